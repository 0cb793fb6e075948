//! Have the adapter delete the binding, whatever became of it.
use super::ends::{self, Run};
use crate::{inputs, room::Outside};
use chandler_clients::{
    Fault,
    adapter::{AdapterError, DeleteBinding, ExitMeaning},
};
use chandler_engine::{
    step::{Decision, Scene, Step, Stop},
    texts::Texts,
};
use chandler_proto::{
    failure::Failure,
    job::{Facts, Learnt},
    step::{BindingStep, Step as Leg},
};
use std::time::Duration;
use tracing::warn;

/// See [`Step`].
pub(super) struct Delete<'a>(pub &'a Outside);

/// What is left to do.
pub(super) enum Ready {
    /// Run the adapter.
    Delete(DeleteBinding),
    /// Without a deployment there is nothing to delete.
    Nothing,
    /// Nobody has the adapter any more.
    NoAdapter(Fault),
}

impl Step for Delete<'_> {
    /// There is nothing to look at: only the adapter knows bindings, and it can't be asked.
    type Seen = Texts;
    type Act = ();
    type Ready = Ready;

    fn act_limit(&self, scene: &Scene, ready: &Ready) -> Duration {
        match ready {
            Ready::Delete(_) => self.0.adapter_limit(scene, Duration::ZERO),
            Ready::Nothing | Ready::NoAdapter(_) => Duration::from_secs(20),
        }
    }

    async fn observe(&self, scene: &Scene) -> Result<Texts, Fault> {
        let job = scene.job();
        if scene.expired() && job.force && job.facts.was_gone.is_none() {
            let last = job.last_fault.as_deref();
            warn!(
                last,
                "the binding can't be deleted at the service; going on, because it is forced"
            );
        }
        Ok(self.0.texts)
    }

    fn decide(scene: &Scene, texts: Texts) -> Decision<()> {
        let job = scene.job();
        if let Some(failure) = job.facts.put_off.clone().filter(|_| !credhub_follows(scene)) {
            return Decision::Fail(failure);
        }
        if job.facts.was_gone.is_some() || job.facts.put_off.is_some() {
            return Decision::Done(Facts::default());
        }
        if !scene.expired() {
            return Decision::Act {
                act: (),
                facts: Facts::default(),
                note: Some("deleting the binding".into()),
            };
        }
        match (job.force, credhub_follows(scene)) {
            (true, _) => Decision::Done(Facts::default()),
            (false, true) => Decision::Done(Facts {
                put_off: Some(ends::too_late(texts, scene)),
                ..Facts::default()
            }),
            (false, false) => Decision::Fail(ends::too_late(texts, scene)),
        }
    }

    async fn prepare(&self, scene: &Scene, (): ()) -> Result<(Ready, Learnt), Stop> {
        let adapters = &self.0.adapters;
        let ready = match adapters.of(&scene.record) {
            Err(fault) if adapters.are_final() => Ready::NoAdapter(fault),
            Err(fault) => return Err(fault.into()),
            Ok(_) => match inputs::deployed(self.0, scene).await? {
                Some(deployed) => Ready::Delete(deployed.for_delete(scene)),
                None => Ready::Nothing,
            },
        };
        Ok((ready, Learnt::default()))
    }

    async fn act(&self, scene: &Scene, ready: Ready, limit: Duration) -> Result<Learnt, Stop> {
        let input = match ready {
            Ready::Delete(input) => input,
            Ready::Nothing => return Ok(deleted(true)),
            Ready::NoAdapter(fault) => return self.given_up(scene, None, &fault.to_string()),
        };
        let adapter = self.0.adapters.of(&scene.record)?;
        match adapter.delete_binding(input, &scene.call, limit).await {
            Ok(()) => Ok(deleted(false)),
            Err(error) => self.not_deleted(scene, error),
        }
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        ends::failed(self.0.texts, scene, fault)
    }
    fn waits_for(&self, fault: &Fault) -> &'static str {
        ends::whom(fault)
    }
}

impl Delete<'_> {
    /// What the adapter says for good ends the job.
    fn not_deleted(&self, scene: &Scene, error: AdapterError) -> Result<Learnt, Stop> {
        let (meaning, for_user, cause) = match ends::run(error, "delete-binding") {
            Run::Not(fault) | Run::TimedOut(fault) | Run::Killed(fault) => return Err(fault.into()),
            Run::Ended {
                meaning,
                for_user,
                cause,
            } => (meaning, for_user, cause),
        };
        if meaning == Some(ExitMeaning::BindingNotFound) {
            return Ok(deleted(true));
        }
        self.given_up(scene, for_user, &cause)
    }

    /// The job ends badly, but not before CredHub is cleaned; with `force` it goes on.
    fn given_up(&self, scene: &Scene, for_user: Option<String>, cause: &str) -> Result<Learnt, Stop> {
        if scene.job().force {
            warn!(%cause, "the binding can't be deleted at the service; going on, because it is forced");
            return Ok(deleted(false));
        }
        let failure = self.0.texts.from_adapter(scene, for_user, cause);
        match credhub_follows(scene) {
            true => Ok(Learnt::from(Facts {
                put_off: Some(failure),
                ..Facts::default()
            })),
            false => Err(Stop::Failure(failure)),
        }
    }
}

/// Whether there is still something to remove from CredHub.
fn credhub_follows(scene: &Scene) -> bool {
    let later = scene.job().itinerary.iter().skip(scene.job().leg + 1);
    later.into_iter().any(|leg| *leg == Leg::Binding(BindingStep::Revoke))
}

fn deleted(was_gone: bool) -> Learnt {
    Learnt::from(Facts {
        was_gone: Some(was_gone),
        ..Facts::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes::{self, TEXTS};
    use chandler_proto::operation::Operation;

    fn decide(scene: &Scene) -> Decision<()> {
        Delete::decide(scene, TEXTS)
    }
    /// At the leg Delete, behind Addresses.
    fn at_delete(mut scene: Scene) -> Scene {
        scene.record.job.leg = 1;
        scene
    }
    fn not_secure(mut scene: Scene) -> Scene {
        scene.record.job.itinerary.truncate(2);
        scene
    }
    fn forced(mut scene: Scene) -> Scene {
        scene.record.job.force = true;
        scene
    }

    #[test]
    fn it_is_deleted_until_the_adapter_has_answered() {
        let mut scene = at_delete(scenes::scene(Operation::Unbind));
        assert!(matches!(decide(&scene), Decision::Act { .. }));
        for was_gone in [true, false] {
            scene.record.job.facts.was_gone = Some(was_gone);
            assert_eq!(decide(&scene), Decision::Done(Facts::default()));
        }
        scene.record.job.facts.was_gone = None;
        scene.record.job.facts.put_off = Some(Failure::new("u", "o"));
        assert_eq!(
            decide(&scene),
            Decision::Done(Facts::default()),
            "the next leg ends the job"
        );
        let last = decide(&not_secure(scene));
        assert!(matches!(last, Decision::Fail(failure) if failure.for_user == "u"));
    }

    #[test]
    fn at_the_deadline_credhub_is_cleaned_all_the_same() {
        let late = at_delete(scenes::late(Operation::Unbind));
        let Decision::Done(Facts {
            put_off: Some(failure), ..
        }) = decide(&late)
        else {
            panic!("{:?}", decide(&late))
        };
        assert!(failure.for_operator.contains("deadline passed"));
        assert!(matches!(decide(&not_secure(late.clone())), Decision::Fail(_)));
        assert_eq!(decide(&forced(late.clone())), Decision::Done(Facts::default()));
        assert_eq!(decide(&forced(not_secure(late))), Decision::Done(Facts::default()));
    }
}
