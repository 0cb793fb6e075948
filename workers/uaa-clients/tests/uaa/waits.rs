//! What is waited for: the UAA, and a configuration that has what the job needs.
use crate::world::World;
use chandler_engine::probe::NoProbe;
use chandler_simulators::common::{CallAction, CallFault, Outage};
use chandler_testing::records::{failure, succeeded};
use serde_json::Value;
use std::time::Duration;

const NO_CREDENTIALS: &str = "no cf.uaa.authentication.client_credentials";
const NO_DEFINITION: &str = "no cf.uaa.client_definition";

/// One turn, after which the job says that it waits for the UAA; what it says for the operator.
async fn waits(world: &World) -> String {
    world.turn(&NoProbe).await;
    let (record, _) = world.load().await;
    assert!(!record.job.finished(), "{:?}", record.job.state);
    assert_eq!(record.job.note.as_deref(), Some("waiting for the UAA"));
    assert_eq!(record.job.attempts, 0);
    record.job.last_fault.unwrap()
}

fn without_credentials(yml: &mut Value) {
    let uaa = yml["cf"]["uaa"].as_object_mut().unwrap();
    uaa.remove("authentication");
    uaa.remove("client_definition");
}

#[tokio::test]
async fn a_uaa_that_is_away_for_a_while_is_waited_for() {
    for outage in [Outage::Connections, Outage::Api] {
        let world = World::start().await;
        world.uaa.set_outage_for(outage, Duration::from_secs(30));
        world.ground.put(&world.provision()).await;
        let said = waits(&world).await;
        assert!(
            said.starts_with("UAA client i-1: GET /oauth/clients of the UAA"),
            "{said}"
        );
        succeeded(&world.to_the_end(&NoProbe).await);
        assert_eq!(world.handed()["client_secret"], world.secret().as_str());
        let took = world.ground.now().since(world.load().await.0.job.accepted_at);
        assert!(
            took >= Duration::from_secs(25) && took < Duration::from_secs(90),
            "{outage:?}: {took:?}"
        );
    }
}

#[tokio::test]
async fn a_uaa_that_stays_away_fails_the_job_at_its_deadline() {
    let world = World::start().await;
    world.uaa.set_outage(Some(Outage::Connections));
    let mut provision = world.provision();
    provision.job.deadline = world.ground.now().plus(Duration::from_secs(60));
    let record = world.run(&provision).await;
    let said = failure(&record);
    assert!(
        said.for_operator
            .contains("UAA client i-1: GET /oauth/clients of the UAA"),
        "{said:?}"
    );
    assert!(!said.for_user.contains("oauth"), "{said:?}");
}

#[tokio::test]
async fn writes_that_are_refused_for_the_moment_end_with_the_deadline_and_its_last_fault() {
    let world = World::start().await;
    let away = CallAction::Answer {
        status: 503,
        body: None,
    };
    world.uaa.set_fault(CallFault::always("POST", "/oauth/clients$", away));
    let mut provision = world.provision();
    provision.job.deadline = world.ground.now().plus(Duration::from_secs(60));
    let record = world.run(&provision).await;
    let said = &failure(&record).for_operator;
    assert!(
        said.contains("deadline passed") && said.contains("POST /oauth/clients of the UAA"),
        "{said}"
    );
    assert!(record.job.attempts > 1, "{}", record.job.attempts);
}

#[tokio::test]
async fn a_leg_without_credentials_waits_for_a_configuration_that_has_some() {
    let mut world = World::start().await;
    world.leave_over();
    world.reconfigure(without_credentials);
    let deprovision = world.deprovision(&world.instance_with_client());
    world.ground.put(&deprovision).await;
    world.drive_to("remove UAA client").await;
    let said = waits(&world).await;
    assert!(said.contains(NO_CREDENTIALS) && said.contains("of the UAA"), "{said}");
    assert!(world.client().is_some());
    world.reconfigure(|yml| {
        let us = serde_json::json!({"client_credentials": {"client_id": "broker", "client_secret": "hush-hush"}});
        yml["cf"]["uaa"]["authentication"] = us;
    });
    succeeded(&world.to_the_end(&NoProbe).await);
    assert!(world.client().is_none());
}

#[tokio::test]
async fn without_credentials_it_fails_after_its_deadline_and_says_so() {
    let mut world = World::start().await;
    world.reconfigure(without_credentials);
    let mut deprovision = world.deprovision(&world.instance_with_client());
    deprovision.job.deadline = world.ground.now().plus(Duration::from_secs(60));
    let record = world.run(&deprovision).await;
    assert!(
        failure(&record).for_operator.contains(NO_CREDENTIALS),
        "{:?}",
        failure(&record)
    );
}

#[tokio::test]
async fn a_leg_waits_for_a_worker_whose_file_has_a_definition() {
    let mut world = World::start().await;
    world.ground.put(&world.provision()).await;
    let mut definition = Value::Null;
    world.reconfigure(|yml| {
        definition = yml["cf"]["uaa"]
            .as_object_mut()
            .unwrap()
            .remove("client_definition")
            .unwrap();
    });
    let said = waits(&world).await;
    assert!(said.contains(NO_DEFINITION), "{said}");
    assert!(world.client().is_none());
    world.reconfigure(|yml| yml["cf"]["uaa"]["client_definition"] = definition.clone());
    while world.load().await.0.job.facts.dashboard_url.is_none() {
        world.turn(&NoProbe).await;
    }
    world.reconfigure(|yml| {
        yml["cf"]["uaa"].as_object_mut().unwrap().remove("client_definition");
    });
    let said = waits(&world).await;
    assert!(said.contains(NO_DEFINITION), "{said}");
    world.reconfigure(|yml| yml["cf"]["uaa"]["client_definition"] = definition);
    succeeded(&world.to_the_end(&NoProbe).await);
}
