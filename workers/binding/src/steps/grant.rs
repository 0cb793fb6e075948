//! Let the app, or the service key's client, read the credential in CredHub.
use super::ends;
use crate::{answer, room::Outside};
use chandler_clients::{
    Fault,
    credhub::{NewPermission, Operation as May},
};
use chandler_engine::{
    fault::back_off,
    step::{Decision, Scene, Step, Stop},
    texts::Texts,
};
use chandler_proto::{
    failure::Failure,
    job::{Facts, Learnt, sealed},
};
use std::time::Duration;

/// See [`Step`].
pub(super) struct Grant<'a>(pub &'a Outside);

/// What is there.
pub(super) struct Seen {
    stands: Stands,
    texts: Texts,
}

/// How the permission stands.
#[derive(Clone, Copy, Debug)]
enum Stands {
    /// Nothing was stored, so there is nothing to grant.
    NothingStored,
    /// It is there.
    Granted,
    /// It isn't there.
    Missing,
    /// It can't be granted, for this reason.
    Hopeless(&'static str),
}

impl Step for Grant<'_> {
    type Seen = Seen;
    type Act = ();
    type Ready = NewPermission;

    async fn observe(&self, scene: &Scene) -> Result<Seen, Fault> {
        Ok(Seen {
            stands: self.look(scene).await?,
            texts: self.0.texts,
        })
    }

    fn decide(scene: &Scene, seen: Seen) -> Decision<()> {
        let Seen { stands, texts } = seen;
        let job = scene.job();
        match stands {
            Stands::NothingStored | Stands::Granted => Decision::Done(Facts::default()),
            Stands::Hopeless(why) => Decision::Fail(texts.failure(scene, None, why)),
            Stands::Missing if scene.expired() => Decision::Fail(ends::too_late(texts, scene)),
            // CredHub took it and doesn't show it: no reason to hurry.
            Stands::Missing if job.attempts > 1 && scene.now.since(job.touched_at) < Duration::from_secs(5) => {
                Decision::Wait {
                    after: back_off(job.attempts),
                    note: Some("waiting for CredHub to show the permission".into()),
                    facts: Facts::default(),
                }
            }
            Stands::Missing => Decision::Act {
                act: (),
                facts: Facts::default(),
                note: Some("granting access to the credentials".into()),
            },
        }
    }

    async fn prepare(&self, scene: &Scene, (): ()) -> Result<(NewPermission, Learnt), Stop> {
        let ready = NewPermission {
            path: scene.record.credhub_name().unwrap_or_default(),
            actor: reader(scene).unwrap_or_default().to_owned(),
            operations: vec![May::Read],
        };
        Ok((ready, Learnt::default()))
    }

    async fn act(&self, scene: &Scene, wanted: NewPermission, limit: Duration) -> Result<Learnt, Stop> {
        if let Some(credhub) = &self.0.credhub {
            credhub.add_permission(&wanted, &scene.call, limit).await?;
        }
        Ok(Learnt::default())
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        let cause = format!("access to the credentials can't be granted: {fault}");
        self.0.texts.failure(scene, None, &cause)
    }
    fn waits_for(&self, fault: &Fault) -> &'static str {
        ends::whom(fault)
    }
}

impl Grant<'_> {
    async fn look(&self, scene: &Scene) -> Result<Stands, Fault> {
        let kept = scene.job().sealed.get(sealed::ANSWER);
        let (Some(kept), Some(name)) = (kept, scene.record.credhub_name()) else {
            return Ok(Stands::Hopeless("the job has no answer to grant access to"));
        };
        match self.0.sealer.open(&scene.record.key(), kept) {
            Ok(answer) if answer::refers_to(answer.expose(), &name) => {}
            Ok(_) => return Ok(Stands::NothingStored),
            Err(_) => return Ok(Stands::Hopeless("the sealed answer of the binding can't be opened")),
        }
        let Some(credhub) = &self.0.credhub else {
            return Ok(Stands::Hopeless(ends::NO_CREDHUB));
        };
        let Some(reader) = reader(scene) else {
            return Ok(Stands::Hopeless(
                "No app-guid or credential client ID were provided in the binding request, you must configure one of these",
            ));
        };
        let there = credhub.find_permission(&name, reader, &scene.call).await?;
        Ok(match there.is_some_and(|it| it.operations.contains(&May::Read)) {
            true => Stands::Granted,
            false => Stands::Missing,
        })
    }
}

/// Who is to read the credential.
fn reader(scene: &Scene) -> Option<&str> {
    scene.job().wanted.as_ref()?.binding.as_ref()?.reader.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes::{self, TEXTS};
    use chandler_proto::operation::Operation;

    fn decide(scene: &Scene, stands: Stands) -> Decision<()> {
        Grant::decide(scene, Seen { stands, texts: TEXTS })
    }

    #[test]
    fn a_permission_is_granted_until_it_is_seen() {
        let scene = scenes::scene(Operation::Bind);
        let late = scenes::late(Operation::Bind);
        for done in [Stands::NothingStored, Stands::Granted] {
            assert_eq!(decide(&scene, done), Decision::Done(Facts::default()));
            assert_eq!(
                decide(&late, done),
                Decision::Done(Facts::default()),
                "late, and done all the same"
            );
        }
        assert!(matches!(decide(&scene, Stands::Missing), Decision::Act { .. }));
        assert!(matches!(decide(&late, Stands::Missing), Decision::Fail(_)));
        let Decision::Fail(failure) = decide(&scene, Stands::Hopeless(ends::NO_CREDHUB)) else {
            panic!("it goes on")
        };
        assert!(failure.for_operator.contains("no section credhub"), "{failure:?}");
    }

    #[test]
    fn one_that_credhub_never_shows_is_granted_again_at_a_distance() {
        let mut scene = scenes::scene(Operation::Bind);
        scene.record.job.attempts = 2;
        scene.record.job.touched_at = scene.now;
        assert!(matches!(decide(&scene, Stands::Missing), Decision::Wait { .. }));
        scene.now = scene.now.plus(Duration::from_secs(6));
        assert!(matches!(decide(&scene, Stands::Missing), Decision::Act { .. }));
    }
}
