//! Where the instance goes, so does its client.
use crate::world::World;
use chandler_proto::{
    job::OwnClient,
    records::{Phase, Record},
};
use chandler_simulators::common::{CallAction, CallFault};
use chandler_testing::records::{failure, succeeded};

const DELETE: &str = "DELETE /oauth/clients/{}";

impl World {
    fn removal(&self) -> Record {
        self.deprovision(&self.instance_with_client())
    }
}

#[tokio::test]
async fn a_client_goes_with_its_instance() {
    let world = World::start().await;
    world.leave_over();
    let record = world.run(&world.removal()).await;
    succeeded(&record);
    assert!(matches!(record.phase, Phase::Gone { .. }));
    assert_eq!(record.job.facts.own_client, Some(OwnClient::Gone));
    assert!(world.client().is_none());
    assert_eq!(world.done(DELETE), 1);
    assert!(
        world
            .notes
            .lock()
            .unwrap()
            .iter()
            .any(|note| note == "removing UAA client")
    );
}

#[tokio::test]
async fn what_is_not_there_is_not_deleted() {
    let world = World::start().await;
    succeeded(&world.run(&world.removal()).await);
    assert_eq!(world.uaa.journal().count(DELETE), 0);
}

#[tokio::test]
async fn a_lost_delete_is_sent_again_and_a_lost_answer_is_not() {
    for (action, received) in [(CallAction::LoseRequest, 2), (CallAction::LoseResponse, 1)] {
        let world = World::start().await;
        world.leave_over();
        world
            .uaa
            .set_fault(CallFault::once("DELETE", "/oauth/clients/", action.clone()));
        succeeded(&world.run(&world.removal()).await);
        assert!(world.client().is_none(), "{action:?}");
        assert_eq!(world.uaa.journal().count(DELETE), received, "{action:?}");
    }
}

#[tokio::test]
async fn it_goes_without_a_definition() {
    let mut world = World::start().await;
    world.leave_over();
    world.reconfigure(|yml| {
        yml["cf"]["uaa"].as_object_mut().unwrap().remove("client_definition");
    });
    succeeded(&world.run(&world.removal()).await);
    assert!(world.client().is_none());
}

#[tokio::test]
async fn a_client_that_does_not_go_fails_the_deprovision() {
    let world = World::start().await;
    world.leave_over();
    let fine = CallAction::Answer {
        status: 200,
        body: Some("{}".into()),
    };
    world
        .uaa
        .set_fault(CallFault::always("DELETE", "/oauth/clients/", fine));
    let record = world.run(&world.removal()).await;
    let said = &failure(&record).for_operator;
    assert!(
        said.contains("UAA client i-1: the UAA says that it is removed, and shows it still"),
        "{said}"
    );
    assert_eq!(world.uaa.journal().count(DELETE), 6);
}
