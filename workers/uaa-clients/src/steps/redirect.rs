//! Bring the client to what the configuration and the dashboard's URL say.
use super::{
    ends,
    owner::{self, Owner},
    write::{self, Write},
};
use crate::{request, room::Outside};
use chandler_clients::{Fault, uaa::OauthClient};
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
pub(super) struct Redirect<'a>(pub &'a Outside);

/// What is there.
pub(super) struct Seen {
    stands: Stands,
    texts: Texts,
}

/// How the client stands.
#[derive(Clone, Debug)]
enum Stands {
    /// There is none.
    Missing,
    /// It is as it should be.
    Right,
    /// It should be like this.
    Differs(Box<OauthClient>),
    /// How it should be can't be said, for this reason.
    Hopeless(String),
}

/// What this leg writes.
#[derive(Debug, PartialEq)]
pub(super) enum Act {
    /// `POST /oauth/clients`
    Create,
    /// `PUT /oauth/clients/:id`
    Update(Box<OauthClient>),
    /// `DELETE /oauth/clients/:id`: it may not be the one that the adapter was told of.
    Delete,
}

impl Step for Redirect<'_> {
    type Seen = Seen;
    type Act = Act;
    type Ready = Write;

    async fn observe(&self, scene: &Scene) -> Result<Seen, Fault> {
        Ok(Seen {
            stands: self.stands(scene).await?,
            texts: self.0.texts,
        })
    }

    fn decide(scene: &Scene, seen: Seen) -> Decision<Act> {
        let Seen { stands, texts } = seen;
        let fails = |cause: &str| Decision::Fail(ends::failure(texts, scene, cause));
        let owner = Owner::of(scene);
        match stands {
            Stands::Missing if ends::has_secret(scene) => ends::write(texts, scene, Act::Create, "creating UAA client"),
            // The service has its old secret, and nobody else knows it.
            Stands::Missing => fails(
                "somebody removed it while the operation ran, and its secret is not known any more; \
                the next update makes a new one",
            ),
            Stands::Right | Stands::Differs(_) | Stands::Hopeless(_) if owner == Owner::Stranger => {
                fails(&owner::strangers(scene))
            }
            Stands::Right | Stands::Differs(_) | Stands::Hopeless(_) if owner == Owner::Lost => {
                ends::write(texts, scene, Act::Delete, "removing UAA client")
            }
            Stands::Right => Decision::Done(Facts::default()),
            Stands::Hopeless(why) => fails(&why),
            Stands::Differs(_) if ends::in_vain(scene) => fails("the UAA takes its update, and shows it otherwise"),
            Stands::Differs(wanted) => ends::write(texts, scene, Act::Update(wanted), "updating UAA client"),
        }
    }

    async fn prepare(&self, scene: &Scene, act: Act) -> Result<(Write, Learnt), Stop> {
        match act {
            Act::Create => write::create(self.0, scene, false),
            Act::Update(client) => Ok((Write::Update(client), Learnt::default())),
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

impl Redirect<'_> {
    async fn stands(&self, scene: &Scene) -> Result<Stands, Fault> {
        let definition = self.0.definition()?;
        let Some(there) = self.0.look(scene).await? else {
            return Ok(Stands::Missing);
        };
        let asked = match request::asked(&self.0.sealer, scene) {
            Ok(asked) => asked,
            Err(why) => return Ok(Stands::Hopeless(why)),
        };
        let wanted = write::pattern(definition, scene, &asked).updated(&there);
        Ok(match there.has(&wanted) {
            true => Stands::Right,
            false => Stands::Differs(Box::new(wanted)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes::{self, TEXTS, owning};
    use chandler_proto::{job::OwnClient, operation::Operation};

    fn wanted() -> Box<OauthClient> {
        Box::new(OauthClient {
            client_id: "i-1".into(),
            ..OauthClient::default()
        })
    }
    fn decide(scene: &Scene, stands: Stands) -> Decision<Act> {
        Redirect::decide(scene, Seen { stands, texts: TEXTS })
    }
    fn acts(decision: Decision<Act>, wanted: &Act, line: &str) -> bool {
        matches!(decision, Decision::Act { act, note, .. } if act == *wanted && note.as_deref() == Some(line))
    }
    fn fails(decision: Decision<Act>, why: &str) -> bool {
        matches!(decision, Decision::Fail(failure) if failure.for_operator.contains(why))
    }

    /// The job has made it.
    fn made(scene: Scene) -> Scene {
        scenes::sealed(owning(scene, Some(OwnClient::Made)))
    }

    #[test]
    fn a_client_is_updated_until_it_is_right() {
        let scene = made(scenes::scene(Operation::Provision));
        let update = Act::Update(wanted());
        assert!(acts(
            decide(&scene, Stands::Differs(wanted())),
            &update,
            "updating UAA client"
        ));
        assert_eq!(decide(&scene, Stands::Right), Decision::Done(Facts::default()));
        assert!(fails(
            decide(&scene, Stands::Hopeless("no space".into())),
            "UAA client i-1: no space"
        ));
        let stubborn = scenes::answered(scene, 6);
        assert!(fails(
            decide(&stubborn, Stands::Differs(wanted())),
            "shows it otherwise"
        ));
        assert_eq!(decide(&stubborn, Stands::Right), Decision::Done(Facts::default()));
    }

    #[test]
    fn one_that_is_missing_is_made_again_with_the_secret_that_the_adapter_got_or_not_at_all() {
        for operation in [Operation::Provision, Operation::Update, Operation::Upgrade] {
            let scene = owning(scenes::scene(operation), Some(OwnClient::Had));
            assert!(
                fails(decide(&scene, Stands::Missing), "somebody removed it"),
                "{operation:?}"
            );
            let sealed = made(scene);
            assert!(acts(
                decide(&sealed, Stands::Missing),
                &Act::Create,
                "creating UAA client"
            ));
        }
    }

    #[test]
    fn whatever_it_looks_like_one_that_came_late_is_removed_and_a_strangers_is_not() {
        let late = scenes::unsure(made(scenes::scene(Operation::Provision)));
        let strange = owning(late.clone(), Some(OwnClient::Gone));
        for stands in [Stands::Right, Stands::Differs(wanted()), Stands::Hopeless("x".into())] {
            let removes = acts(decide(&late, stands.clone()), &Act::Delete, "removing UAA client");
            assert!(removes, "{stands:?}");
            assert!(fails(decide(&strange, stands), "this broker didn't make"));
        }
    }

    #[test]
    fn one_that_the_instance_was_deployed_with_is_updated() {
        let had = owning(scenes::scene(Operation::Update), Some(OwnClient::Had));
        let scene = scenes::deployed(had, false);
        let update = Act::Update(wanted());
        let decided = decide(&scene, Stands::Differs(wanted()));
        assert!(acts(decided, &update, "updating UAA client"));
    }

    #[test]
    fn nothing_new_is_begun_late() {
        let late = made(scenes::late(Operation::Update));
        assert!(fails(decide(&late, Stands::Differs(wanted())), "deadline passed"));
        assert!(fails(decide(&late, Stands::Missing), "deadline passed"));
        assert_eq!(
            decide(&late, Stands::Right),
            Decision::Done(Facts::default()),
            "late, and done all the same"
        );
    }
}
