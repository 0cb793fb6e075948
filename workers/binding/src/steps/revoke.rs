//! Remove the permission, then the credential, from CredHub; then end as the leg before wants it.
use super::ends;
use crate::room::Outside;
use chandler_clients::Fault;
use chandler_engine::{
    fault::back_off,
    step::{Decision, Scene, Step, Stop},
    texts::Texts,
};
use chandler_proto::{
    failure::Failure,
    job::{Facts, Learnt},
};
use std::{collections::BTreeSet, time::Duration};

/// See [`Step`].
pub(super) struct Revoke<'a>(pub &'a Outside);

/// What is there.
pub(super) struct Seen {
    /// `None`: this worker knows no CredHub.
    left: Option<Left>,
    texts: Texts,
}

/// What is to be removed.
#[derive(Debug, Default)]
struct Left {
    /// The ids of permissions.
    permissions: Vec<String>,
    /// Whether the credential is there.
    credential: bool,
}

/// What this leg writes.
#[derive(Debug, PartialEq)]
pub(super) enum Act {
    /// `DELETE /api/v2/permissions/:id`
    Permission(String),
    /// `DELETE /api/v1/data`
    Credential,
}

impl Step for Revoke<'_> {
    type Seen = Seen;
    type Act = Act;
    type Ready = Act;

    async fn observe(&self, scene: &Scene) -> Result<Seen, Fault> {
        Ok(Seen {
            left: self.look(scene).await?,
            texts: self.0.texts,
        })
    }

    fn decide(scene: &Scene, seen: Seen) -> Decision<Act> {
        let Seen { left, texts } = seen;
        let job = scene.job();
        let put_off = job.facts.put_off.clone();
        let Some(mut left) = left else {
            return Decision::Fail(with(put_off, scene, texts, ends::NO_CREDHUB));
        };
        let next = match left.permissions.pop() {
            Some(id) => Some(Act::Permission(id)),
            None => left.credential.then_some(Act::Credential),
        };
        // What failed at its deadline, or is forced past it, still removes the credential.
        let over = if put_off.is_some() || job.force {
            scene.given_up()
        } else {
            scene.expired()
        };
        match (next, put_off) {
            (None, None) => Decision::Done(Facts::default()),
            (None, Some(failure)) => Decision::Fail(failure),
            (Some(_), Some(failure)) if over => {
                Decision::Fail(with(Some(failure), scene, texts, "the credential is still in CredHub"))
            }
            (Some(_), None) if over => Decision::Fail(ends::too_late(texts, scene)),
            // CredHub took it and shows it still: no reason to hurry.
            (Some(_), _) if job.attempts > 4 && scene.now.since(job.touched_at) < Duration::from_secs(5) => {
                Decision::Wait {
                    after: back_off(job.attempts),
                    note: Some("waiting to remove the credentials".into()),
                    facts: Facts::default(),
                }
            }
            (Some(act), _) => Decision::Act {
                act,
                facts: Facts::default(),
                note: Some("removing the credentials".into()),
            },
        }
    }

    async fn prepare(&self, _: &Scene, act: Act) -> Result<(Act, Learnt), Stop> {
        Ok((act, Learnt::default()))
    }

    async fn act(&self, scene: &Scene, act: Act, limit: Duration) -> Result<Learnt, Stop> {
        let (Some(credhub), Some(name)) = (&self.0.credhub, scene.record.credhub_name()) else {
            return Ok(Learnt::default());
        };
        match act {
            Act::Permission(id) => credhub.delete_permission(&id, &scene.call, limit).await?,
            Act::Credential => credhub.delete(&name, &scene.call, limit).await?,
        };
        Ok(Learnt::default())
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        let put_off = scene.job().facts.put_off.clone();
        with(put_off, scene, self.0.texts, &fault.to_string())
    }
    fn waits_for(&self, fault: &Fault) -> &'static str {
        ends::whom(fault)
    }
}

impl Revoke<'_> {
    async fn look(&self, scene: &Scene) -> Result<Option<Left>, Fault> {
        let Some(credhub) = &self.0.credhub else {
            return Ok(None);
        };
        let Some(name) = scene.record.credhub_name() else {
            return Ok(Some(Left::default()));
        };
        let mut left = Left::default();
        for reader in readers(scene) {
            let there = credhub.find_permission(&name, reader, &scene.call).await?;
            left.permissions.extend(there.map(|it| it.uuid));
        }
        // Its value is nobody's business here: the list of names tells enough.
        let above = name.rsplit_once('/').map_or("", |(above, _)| above);
        left.credential = credhub.find(above, &scene.call).await?.contains(&name);
        Ok(Some(left))
    }
}

/// Who may have been let in: by what is in force, and by a job that was to make it.
fn readers(scene: &Scene) -> BTreeSet<&str> {
    let made = scene
        .record
        .in_force
        .as_ref()
        .and_then(|it| it.binding.as_ref())
        .map(|it| &it.made);
    let wanted = scene.job().wanted.as_ref().and_then(|it| it.binding.as_ref());
    let both = [made, wanted].into_iter().flatten();
    both.filter_map(|it| it.reader.as_deref()).collect()
}

/// The failure that was put off, with what came on top of it for the operator.
fn with(put_off: Option<Failure>, scene: &Scene, texts: Texts, cause: &str) -> Failure {
    let here = texts.failure(scene, None, cause);
    match put_off {
        None => here,
        Some(first) => Failure {
            for_operator: format!("{}; besides: {}", first.for_operator, here.for_operator),
            ..first
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes::{self, READER, TEXTS};
    use chandler_proto::operation::Operation;

    fn decide(scene: &Scene, permissions: &[&str], credential: bool) -> Decision<Act> {
        let permissions = permissions.iter().map(|&id| id.to_owned()).collect();
        let left = Some(Left {
            permissions,
            credential,
        });
        Revoke::decide(scene, Seen { left, texts: TEXTS })
    }
    fn put_off(mut scene: Scene) -> Scene {
        scene.record.job.facts.put_off = Some(Failure::new("the adapter's text", "exited with 1"));
        scene
    }
    fn acts(decision: Decision<Act>, wanted: &Act) -> bool {
        matches!(decision, Decision::Act { act, .. } if act == *wanted)
    }

    #[test]
    fn permissions_go_before_the_credential_and_both_before_the_end() {
        for scene in [
            scenes::scene(Operation::Unbind),
            put_off(scenes::scene(Operation::Unbind)),
        ] {
            assert!(acts(decide(&scene, &["p1"], true), &Act::Permission("p1".into())));
            assert!(acts(decide(&scene, &["p1"], false), &Act::Permission("p1".into())));
            assert!(acts(decide(&scene, &[], true), &Act::Credential));
        }
        let gone = decide(&scenes::scene(Operation::Unbind), &[], false);
        assert_eq!(gone, Decision::Done(Facts::default()));
        let gone = decide(&put_off(scenes::scene(Operation::Unbind)), &[], false);
        assert!(matches!(gone, Decision::Fail(failure) if failure.for_user == "the adapter's text"));
    }

    #[test]
    fn a_deadline_ends_it_but_not_for_what_failed_at_the_deadline() {
        assert!(matches!(
            decide(&scenes::late(Operation::Unbind), &[], true),
            Decision::Fail(_)
        ));
        assert_eq!(
            decide(&scenes::late(Operation::Unbind), &[], false),
            Decision::Done(Facts::default())
        );
        assert!(acts(
            decide(&put_off(scenes::late(Operation::Unbind)), &[], true),
            &Act::Credential
        ));
        let forced = |mut scene: Scene| {
            scene.record.job.force = true;
            scene
        };
        let late = forced(scenes::late(Operation::Unbind));
        assert!(acts(decide(&late, &[], true), &Act::Credential));
        let given_up = forced(scenes::given_up(Operation::Unbind));
        assert!(matches!(decide(&given_up, &[], true), Decision::Fail(_)));
        let Decision::Fail(failure) = decide(&put_off(scenes::given_up(Operation::Unbind)), &[], true) else {
            panic!("it goes on")
        };
        assert_eq!(failure.for_user, "the adapter's text");
        assert_eq!(
            failure.for_operator,
            "exited with 1; besides: the credential is still in CredHub"
        );
    }

    #[test]
    fn without_a_credhub_it_fails_and_says_so() {
        let seen = || Seen {
            left: None,
            texts: TEXTS,
        };
        let Decision::Fail(failure) = Revoke::decide(&scenes::scene(Operation::Unbind), seen()) else {
            panic!("it goes on")
        };
        assert!(failure.for_operator.contains("no section credhub"), "{failure:?}");
    }

    #[test]
    fn what_does_not_go_is_removed_at_a_distance() {
        let mut scene = scenes::scene(Operation::Unbind);
        scene.record.job.attempts = 5;
        scene.record.job.touched_at = scene.now;
        assert!(matches!(decide(&scene, &[], true), Decision::Wait { .. }));
    }

    #[test]
    fn whoever_may_have_been_let_in_is_looked_for() {
        let mut scene = scenes::scene(Operation::Unbind);
        assert_eq!(readers(&scene), BTreeSet::from([READER]));
        scene.record.job.wanted = None;
        assert_eq!(readers(&scene), BTreeSet::new());
    }
}
