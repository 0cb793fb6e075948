//! A change that gave an instance its first client, or a new one, and failed: its secret is lost, the client isn't.
use crate::{
    records::context,
    world::{ID, World},
};
use chandler_proto::{
    catalog::Errand,
    itinerary::ClientWish,
    operation::Operation,
    records::Record,
    step::{ErrandsStep, Step},
};
use chandler_testing::records::succeeded;

const DEPLOY: &str = "deploy";
const ERRAND: &str = "post-deploy errand";

impl World {
    fn keeps(&self, operation: Operation, old: &Record) -> Record {
        self.job(operation, ClientWish::Keep, Some(old), &context())
    }
    /// An update that makes a client and fails at this leg.
    async fn failed_update(&self, old: &Record, leg: &str) -> Record {
        let mut update = self.keeps(Operation::Update, old);
        let errand = Errand {
            name: "smoke-tests".into(),
            instances: vec![],
        };
        update
            .job
            .itinerary
            .push(Step::Errands(ErrandsStep::PostDeploy(errand)));
        let failed = self.fails_at(&update, leg).await;
        assert!(self.client().is_some() && failed.may_have_client(), "{leg}");
        let force = failed.in_force.as_ref().unwrap();
        assert!(force.uaa_client && force.uaa_client_unsettled, "{leg}");
        failed
    }
    /// The next change delivers a secret that is new, and that the UAA has.
    async fn delivers_a_new_secret(&self, operation: Operation, old: &Record) -> Record {
        let lost = self.secret();
        let record = self.run(&self.keeps(operation, old)).await;
        succeeded(&record);
        assert_ne!(self.secret(), lost, "nobody knows that one");
        assert_eq!(self.secret().len(), 32);
        assert_eq!(self.handed()["client_secret"], self.secret().as_str());
        let force = record.in_force.as_ref().unwrap();
        assert!(force.uaa_client && !force.uaa_client_unsettled);
        record
    }
}

#[tokio::test]
async fn the_next_change_makes_it_anew_and_the_adapter_gets_the_secret() {
    for leg in [DEPLOY, ERRAND] {
        for operation in [Operation::Update, Operation::Upgrade] {
            let world = World::start().await;
            let failed = world.failed_update(&world.instance(None), leg).await;
            let settled = world.delivers_a_new_secret(operation, &failed).await;
            // From now on it is kept.
            let secret = world.secret();
            succeeded(&world.run(&world.keeps(operation, &settled)).await);
            assert_eq!((world.secret(), &world.handed()["client_secret"]), (secret, &"".into()));
        }
    }
}

#[tokio::test]
async fn one_that_was_made_again_and_lost_is_made_anew_too() {
    let world = World::start().await;
    let old = world.run(&world.provision()).await;
    succeeded(&old);
    assert!(world.uaa.remove_client(ID));
    let failed = world.failed_update(&old, DEPLOY).await;
    world.delivers_a_new_secret(Operation::Update, &failed).await;
}

#[tokio::test]
async fn a_change_that_fails_with_a_client_that_it_found_loses_nothing() {
    let world = World::start().await;
    let old = world.run(&world.provision()).await;
    let secret = world.secret();
    let failed = world.fails_at(&world.keeps(Operation::Update, &old), DEPLOY).await;
    assert!(!failed.in_force.as_ref().unwrap().uaa_client_unsettled);
    succeeded(&world.run(&world.keeps(Operation::Upgrade, &failed)).await);
    assert_eq!((world.secret(), &world.handed()["client_secret"]), (secret, &"".into()));
}

#[tokio::test]
async fn a_deletion_removes_it_whatever_came_between() {
    for recreated in [false, true] {
        let world = World::start().await;
        let mut last = world.failed_update(&world.instance(None), DEPLOY).await;
        if recreated {
            let recreate = world.job(Operation::Recreate, ClientWish::None, Some(&last), &context());
            last = world.run(&recreate).await;
            succeeded(&last);
            assert!(last.in_force.as_ref().unwrap().uaa_client_unsettled, "it still is");
        }
        succeeded(&world.run(&world.deprovision(&last)).await);
        assert!(world.client().is_none());
    }
}

#[tokio::test]
async fn a_recreate_between_does_not_make_its_secret_known() {
    let world = World::start().await;
    let failed = world.failed_update(&world.instance(None), ERRAND).await;
    let recreate = world.job(Operation::Recreate, ClientWish::None, Some(&failed), &context());
    let recreated = world.run(&recreate).await;
    world.delivers_a_new_secret(Operation::Update, &recreated).await;
}

/// A deprovision takes the place of the update, and fails itself.
#[tokio::test]
async fn a_change_that_was_cancelled_has_lost_its_secret_too() {
    let world = World::start().await;
    world
        .ground
        .put(&world.keeps(Operation::Update, &world.instance(None)))
        .await;
    world.drive_to(DEPLOY).await;
    let (running, _) = world.load().await;
    let failed = world.fails_at(&world.deprovision(&running), "delete deployment").await;
    assert!(world.client().is_some());
    world.delivers_a_new_secret(Operation::Update, &failed).await;
}
