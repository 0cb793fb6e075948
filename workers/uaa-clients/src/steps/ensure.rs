//! See to it that the instance has its client, before the manifest is generated.
use super::{
    ends,
    owner::{self, Owner},
    write::{self, Write},
};
use crate::room::Outside;
use chandler_clients::{Fault, uaa::OauthClient};
use chandler_common::client;
use chandler_engine::{
    step::{Decision, Scene, Step, Stop},
    texts::Texts,
};
use chandler_proto::{
    failure::Failure,
    job::{Facts, Learnt},
};
use std::time::Duration;

/// See [`Step`].
pub(super) struct Ensure<'a>(pub &'a Outside);

/// What is there.
pub(super) struct Seen {
    there: Option<OauthClient>,
    texts: Texts,
}

/// What this leg writes.
#[derive(Debug, PartialEq)]
pub(super) enum Act {
    /// `POST /oauth/clients`
    Create,
    /// `DELETE /oauth/clients/:id`: nobody knows its secret.
    Delete,
}

impl Step for Ensure<'_> {
    type Seen = Seen;
    type Act = Act;
    type Ready = Write;

    async fn observe(&self, scene: &Scene) -> Result<Seen, Fault> {
        // Without it the job can't go on: better now than after the deployment.
        self.0.definition()?;
        Ok(Seen {
            there: self.0.look(scene).await?,
            texts: self.0.texts,
        })
    }

    fn decide(scene: &Scene, seen: Seen) -> Decision<Act> {
        let Seen { there, texts } = seen;
        let Some(client) = there else {
            return ends::write(texts, scene, Act::Create, "creating UAA client");
        };
        match Owner::of(scene) {
            Owner::Stranger => Decision::Fail(ends::failure(texts, scene, &owner::strangers(scene))),
            Owner::Lost if ends::in_vain(scene) => {
                let cause = "it is left from an earlier operation; the UAA says that it is removed, and shows it still";
                Decision::Fail(ends::failure(texts, scene, cause))
            }
            Owner::Lost => ends::write(texts, scene, Act::Delete, "removing UAA client"),
            // As the UAA shows it, also when it is new: the adapter gets the same later.
            Owner::Kept => Decision::Done(Facts {
                uaa_client: Some(client::copy(client)),
                ..Facts::default()
            }),
        }
    }

    async fn prepare(&self, scene: &Scene, act: Act) -> Result<(Write, Learnt), Stop> {
        match act {
            Act::Create => write::create(self.0, scene, true),
            Act::Delete => Ok((Write::Delete, Learnt::default())),
        }
    }

    async fn act(&self, scene: &Scene, write: Write, limit: Duration) -> Result<Learnt, Stop> {
        write.send(self.0, scene, limit).await
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        ends::failed(self.0.texts, scene, fault)
    }
    fn waits_for(&self, _: &Fault) -> &'static str {
        ends::THE_UAA
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes::{self, TEXTS, owning};
    use chandler_proto::{job::OwnClient, operation::Operation};

    fn client() -> OauthClient {
        OauthClient {
            client_id: "i-1".into(),
            scope: vec!["openid".into()],
            authorities: vec!["uaa.none".into()],
            ..OauthClient::default()
        }
    }
    fn decide(scene: &Scene, there: bool) -> Decision<Act> {
        let there = there.then(client);
        Ensure::decide(scene, Seen { there, texts: TEXTS })
    }
    fn acts(decision: Decision<Act>, wanted: &Act, line: &str) -> bool {
        matches!(decision, Decision::Act { act, note, .. } if act == *wanted && note.as_deref() == Some(line))
    }
    fn done(decision: Decision<Act>) -> bool {
        matches!(decision, Decision::Done(Facts { uaa_client: Some(it), .. }) if it == client::copy(client()))
    }
    /// An earlier provision may have made one.
    fn left_over(scene: Scene) -> Scene {
        owning(scene, Some(OwnClient::Had))
    }
    fn made(scene: Scene) -> Scene {
        scenes::sealed(owning(scene, Some(OwnClient::Made)))
    }

    #[test]
    fn a_client_that_is_missing_is_created_whatever_the_operation() {
        for operation in [Operation::Provision, Operation::Update, Operation::Upgrade] {
            let scene = scenes::scene(operation);
            for scene in [
                scene.clone(),
                left_over(scene.clone()),
                made(scene.clone()),
                scenes::unsure(made(scene)),
            ] {
                assert!(
                    acts(decide(&scene, false), &Act::Create, "creating UAA client"),
                    "{operation:?}"
                );
            }
        }
    }

    #[test]
    fn ours_is_kept_or_made_anew_and_a_strangers_is_left_alone() {
        for operation in [Operation::Provision, Operation::Update, Operation::Upgrade] {
            let scene = scenes::scene(operation);
            assert!(done(decide(&made(scene.clone()), true)), "{operation:?}");
            for lost in [left_over(scene.clone()), scenes::unsure(made(scene.clone()))] {
                assert!(
                    acts(decide(&lost, true), &Act::Delete, "removing UAA client"),
                    "{operation:?}"
                );
            }
            let Decision::Fail(failure) = decide(&scene, true) else {
                panic!("{operation:?}: it is touched")
            };
            let said = "UAA client i-1: a client i-1 exists at the UAA that this broker didn't make";
            assert!(failure.for_operator.contains(said), "{failure:?}");
            assert!(!failure.for_user.contains("didn't make"), "{failure:?}");
        }
        let mut settled = scenes::unsure(made(scenes::scene(Operation::Provision)));
        settled.record.job.facts.unsure = Some(false);
        assert!(done(decide(&settled, true)));
    }

    #[test]
    fn nothing_new_is_begun_late() {
        let late = left_over(scenes::late(Operation::Provision));
        assert!(matches!(decide(&late, false), Decision::Fail(_)));
        assert!(matches!(decide(&late, true), Decision::Fail(_)), "it would be removed");
        assert!(done(decide(&made(late), true)), "late, and done all the same");
    }

    #[test]
    fn a_client_that_does_not_go_ends_the_job() {
        let scene = scenes::answered(left_over(scenes::scene(Operation::Provision)), 6);
        let Decision::Fail(failure) = decide(&scene, true) else {
            panic!("it goes on")
        };
        assert!(
            failure.for_operator.contains("UAA client i-1: it is left"),
            "{failure:?}"
        );
        assert!(
            matches!(decide(&scene, false), Decision::Wait { .. }),
            "that it is gone was wanted"
        );
    }
}
