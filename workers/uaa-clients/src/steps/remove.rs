//! Remove the client.
use super::{ends, write::Write};
use crate::room::Outside;
use chandler_clients::{Fault, FaultKind};
use chandler_engine::{
    step::{Decision, Scene, Step, Stop},
    texts::Texts,
};
use chandler_proto::{
    failure::Failure,
    job::{Facts, Learnt, OwnClient},
};
use std::time::Duration;
use tracing::warn;

/// See [`Step`].
pub(super) struct Remove<'a>(pub &'a Outside);

/// What is there.
pub(super) struct Seen {
    stands: Stands,
    texts: Texts,
}

/// How the client stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    /// There is none.
    Missing,
    /// It is there.
    There,
    /// It is, or may be, there, and a forced job goes on without it.
    GivenUp,
}

impl Step for Remove<'_> {
    type Seen = Seen;
    type Act = ();
    type Ready = Write;

    async fn observe(&self, scene: &Scene) -> Result<Seen, Fault> {
        let looked = self.0.look(scene).await.map(|found| found.is_some());
        let stands = match (self.gives_up(scene, &looked), looked) {
            (Some(why), _) => {
                let (client, job) = (&scene.record.instance, &scene.job().id);
                warn!(%client, %job, %why,
                    "the UAA client is left there: the forced deprovision goes on without removing it");
                Stands::GivenUp
            }
            (None, Ok(true)) => Stands::There,
            (None, Ok(false)) => Stands::Missing,
            (None, Err(fault)) => return Err(fault),
        };
        Ok(Seen {
            stands,
            texts: self.0.texts,
        })
    }

    fn decide(scene: &Scene, seen: Seen) -> Decision<()> {
        let Seen { stands, texts } = seen;
        let done = |own| {
            Decision::Done(Facts {
                own_client: Some(own),
                ..Facts::default()
            })
        };
        match stands {
            Stands::Missing => done(OwnClient::Gone),
            // For the last look: it needn't look for what is left.
            Stands::GivenUp => done(OwnClient::Had),
            Stands::There if ends::in_vain(scene) => {
                let cause = "the UAA says that it is removed, and shows it still";
                Decision::Fail(ends::failure(texts, scene, cause))
            }
            Stands::There => ends::write(texts, scene, (), "removing UAA client"),
        }
    }

    async fn prepare(&self, _: &Scene, (): ()) -> Result<(Write, Learnt), Stop> {
        Ok((Write::Delete, Learnt::default()))
    }

    async fn act(&self, scene: &Scene, write: Write, limit: Duration) -> Result<Learnt, Stop> {
        match write.send(self.0, scene, limit).await {
            // The next look tells it.
            Err(Stop::Fault(fault)) if scene.job().force && fault.is_permanent() => Ok(Learnt::from(Facts {
                gave_up: Some(self.failure(scene, &fault).for_operator),
                ..Facts::default()
            })),
            other => other,
        }
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        ends::failed(self.0.texts, scene, fault)
    }
    fn waits_for(&self, _: &Fault) -> &'static str {
        ends::THE_UAA
    }
}

impl Remove<'_> {
    /// Why a forced job goes on without having removed what is there or may be there; `looked`: whether it is.
    fn gives_up(&self, scene: &Scene, looked: &Result<bool, Fault>) -> Option<String> {
        let job = scene.job();
        if !job.force {
            return None;
        }
        let last = job.last_fault.as_deref().unwrap_or("none");
        match looked {
            Ok(false) => None,
            Ok(true) if job.facts.gave_up.is_some() => job.facts.gave_up.clone(),
            Ok(true) if scene.expired() || job.attempts >= ends::ENOUGH => Some(format!(
                "it was told {} times to remove it, and it is there; the last fault: {last}",
                job.attempts
            )),
            Ok(true) => None,
            Err(fault) => {
                let at_once = self.0.clients.is_none() || is_refusal(fault) || job.facts.gave_up.is_some();
                let enough = at_once || scene.expired() || job.faults.saturating_add(1) >= ends::ENOUGH;
                enough.then(|| self.failure(scene, fault).for_operator)
            }
        }
    }
}

/// Whether the UAA says that we may not look, which won't pass.
fn is_refusal(fault: &Fault) -> bool {
    match fault.kind {
        FaultKind::MissingScope | FaultKind::Refused { status: 403, .. } => true,
        FaultKind::Refused { .. }
        | FaultKind::NotSent
        | FaultKind::Unknown
        | FaultKind::Unauthorized
        | FaultKind::Garbled => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes::{self, TEXTS};
    use chandler_proto::operation::Operation;

    fn decide(scene: &Scene, stands: Stands) -> Decision<()> {
        Remove::decide(scene, Seen { stands, texts: TEXTS })
    }
    fn done(own: OwnClient) -> Decision<()> {
        Decision::Done(Facts {
            own_client: Some(own),
            ..Facts::default()
        })
    }

    #[test]
    fn it_is_removed_until_it_is_gone() {
        let (scene, late) = (
            scenes::scene(Operation::Deprovision),
            scenes::late(Operation::Deprovision),
        );
        for gone in [&scene, &late, &scenes::answered(scene.clone(), 9)] {
            assert_eq!(decide(gone, Stands::Missing), done(OwnClient::Gone));
            assert_eq!(decide(gone, Stands::GivenUp), done(OwnClient::Had));
        }
        let removing = |note: &Option<String>| note.as_deref() == Some("removing UAA client");
        assert!(matches!(decide(&scene, Stands::There), Decision::Act { note, .. } if removing(&note)));
        assert!(matches!(decide(&late, Stands::There), Decision::Fail(_)));
        let Decision::Fail(failure) = decide(&scenes::answered(scene, 6), Stands::There) else {
            panic!("it goes on")
        };
        assert!(failure.for_operator.contains("shows it still"), "{failure:?}");
    }

    /// Of a UAA that can't be asked because nobody has told us how.
    fn without_credentials() -> Outside {
        Outside {
            definition: None,
            sealer: std::sync::Arc::new(scenes::sealer()),
            clients: None,
            texts: TEXTS,
        }
    }
    fn fault(kind: FaultKind) -> Result<bool, Fault> {
        Err(Fault::new(kind, "GET /oauth/clients of the UAA", "what it said"))
    }

    #[test]
    fn only_a_forced_job_gives_up() {
        let outside = without_credentials();
        let scene = scenes::scene(Operation::Deprovision);
        let late = scenes::late(Operation::Deprovision);
        for scene in [&scene, &late, &scenes::answered(scene.clone(), 6)] {
            for looked in [Ok(true), Ok(false), fault(FaultKind::MissingScope)] {
                assert_eq!(Remove(&outside).gives_up(scene, &looked), None);
            }
        }
        let why = Remove(&outside).gives_up(&scenes::forced(scene), &fault(FaultKind::NotSent));
        assert!(why.is_some_and(|why| why.contains("what it said")));
    }

    #[test]
    fn what_is_there_is_tried_six_times_and_until_the_deadline() {
        let outside = without_credentials();
        let gives_up = |scene: &Scene, there| Remove(&outside).gives_up(scene, &Ok(there)).is_some();
        let forced = |scene| scenes::forced(scene);
        let scene = forced(scenes::scene(Operation::Deprovision));
        let late = forced(scenes::late(Operation::Deprovision));
        let mut refused = scene.clone();
        refused.record.job.facts.gave_up = Some("refused".into());
        for (scene, wanted) in [
            (&scene, false),
            (&scenes::answered(scene.clone(), 5), false),
            (&scenes::answered(scene.clone(), 6), true),
            (&late, true),
            (&refused, true),
        ] {
            assert_eq!(gives_up(scene, true), wanted, "{:#?}", scene.job());
            assert!(!gives_up(scene, false), "nothing is left");
        }
    }

    #[test]
    fn what_does_not_pass_is_not_waited_for() {
        for (kind, wanted) in [
            (FaultKind::MissingScope, true),
            (
                FaultKind::Refused {
                    status: 403,
                    code: None,
                },
                true,
            ),
            (
                FaultKind::Refused {
                    status: 429,
                    code: None,
                },
                false,
            ),
            (FaultKind::Unknown, false),
            (FaultKind::NotSent, false),
            (FaultKind::Unauthorized, false),
            (FaultKind::Garbled, false),
        ] {
            let fault = Fault::new(kind, "GET /oauth/clients of the UAA", "");
            assert_eq!(is_refusal(&fault), wanted, "{kind:?}");
        }
    }
}
