//! Secure bindings and secure manifests.
use crate::{
    records::{READER, Wish},
    world::World,
};
use chandler_proto::records::Phase;
use chandler_simulators::common::{CallAction, CallFault};
use chandler_testing::records::failure;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn credentials_are_in_credhub_for_the_app_and_nowhere_else() {
    let world = World::start().await;
    let record = world.run(&world.bind("b-1", &Wish::default())).await;
    let name = World::name("b-1");
    assert_eq!(world.answer(&record)["credentials"], json!({"credhub-ref": name}));
    assert_eq!(world.credhub.kind(&name), Some("json"));
    let user = world.user("b-1").unwrap();
    let services = json!({"example-kv": [{"credentials": {"credhub-ref": name}}]});
    let seen = world.credhub.interpolate_as(READER, &services).unwrap();
    assert_eq!(seen["example-kv"][0]["credentials"]["password"], user["password"]);
    assert!(world.credhub.interpolate_as("mtls-app:other", &services).is_err());
    assert!(
        !String::from_utf8(record.bytes())
            .unwrap()
            .contains(user["password"].as_str().unwrap())
    );
    let gone = world.run(&world.unbind(&record, true)).await;
    assert!(matches!(gone.phase, Phase::Gone { .. }), "{:?}", gone.job.state);
    world.nothing_of("b-1").await;
}

#[tokio::test]
async fn a_lost_answer_or_request_of_credhub_ends_with_credentials_that_work() {
    let world = World::start().await;
    for (binding, action) in [("b-1", CallAction::LoseResponse), ("b-2", CallAction::LoseRequest)] {
        world.credhub.clear_journal();
        world.credhub.set_fault(CallFault::once("PUT", "/api/v1/data", action));
        let record = world.run(&world.bind(binding, &Wish::default())).await;
        assert_eq!(
            world.answer(&record)["credentials"]["credhub-ref"],
            World::name(binding)
        );
        let kept = world.credhub.get(&World::name(binding)).unwrap();
        assert_eq!(kept["password"], world.user(binding).unwrap()["password"], "{binding}");
        assert!(world.credhub.may(READER, &World::name(binding), "read"));
        assert_eq!(
            world.credhub.journal().count("PUT /api/v1/data"),
            2,
            "the fault was met"
        );
        assert_eq!(record.job.facts.unsure, Some(false));
    }
}

#[tokio::test]
async fn a_refused_grant_fails_the_bind() {
    let world = World::start().await;
    let body = json!({"error": "The request could not be completed because you have insufficient permissions."});
    let refusal = CallAction::Answer {
        status: 403,
        body: Some(body.to_string()),
    };
    world
        .credhub
        .set_fault(CallFault::always("POST", "/api/v2/permissions", refusal));
    let record = world.run(&world.bind("b-1", &Wish::default())).await;
    let said = failure(&record);
    assert!(
        said.for_operator.contains("access to the credentials can't be granted"),
        "{said:?}"
    );
    world.credhub.clear_faults();
    world.run(&world.unbind(&record, true)).await;
    world.nothing_of("b-1").await;
    let nobody = Wish {
        reader: None,
        ..Wish::default()
    };
    let record = world.run(&world.bind("b-2", &nobody)).await;
    assert!(
        failure(&record).for_operator.contains("No app-guid"),
        "{:?}",
        failure(&record)
    );
}

#[tokio::test]
async fn nothing_is_created_while_credhub_is_away() {
    let world = World::start().await;
    world.credhub.set_outage(Some(chandler_simulators::common::Outage::Api));
    let mut bind = world.bind("b-1", &Wish::default());
    bind.job.deadline = world.ground.now().plus(Duration::from_secs(60));
    let record = world.run(&bind).await;
    assert!(
        failure(&record).for_operator.contains("CredHub"),
        "{:?}",
        failure(&record)
    );
    assert_eq!(record.job.attempts, 0);
    assert_eq!(world.user("b-1"), None);
}

#[tokio::test]
async fn nothing_to_store_is_nothing_to_grant() {
    let world = World::start().await;
    world.control(
        &json!({"commands": ["create-binding"], "exit_code": 0, "stdout": "{\"syslog_drain_url\": \"syslog://h\"}"}),
    );
    let wish = Wish {
        reader: None,
        ..Wish::default()
    };
    let record = world.run(&world.bind("b-1", &wish)).await;
    assert_eq!(world.answer(&record), json!({"syslog_drain_url": "syslog://h"}));
    assert_eq!(world.credhub.names(), Vec::<String>::new());
}

#[tokio::test]
async fn the_adapter_gets_the_secrets_of_a_secure_manifest() {
    let world = World::start().await;
    world.bosh_credhub.set("/odb/s/i/pw", &json!("from-credhub")).unwrap();
    world.deploy(&json!("((/odb/s/i/pw))")).await;
    world
        .bosh_credhub
        .set("/odb/s/i/pw", &json!("not deployed yet"))
        .unwrap();
    let record = world.run(&world.bind("b-1", &Wish::default())).await;
    world.answer(&record);
    assert_eq!(world.user("b-1").unwrap()["authorised_by"], "from-credhub");
    // What can't be had is left out, and the adapter says what it thinks of it.
    world.bosh_credhub.delete_all();
    let record = world.run(&world.bind("b-2", &Wish::default())).await;
    assert!(
        failure(&record).for_operator.contains("service adapter"),
        "{:?}",
        failure(&record)
    );
    assert_eq!(world.user("b-2"), None);
}

#[tokio::test]
async fn bosh_credhub_is_waited_for() {
    let world = World::start().await;
    world.bosh_credhub.set("/odb/s/i/pw", &json!("from-credhub")).unwrap();
    world.deploy(&json!("((/odb/s/i/pw))")).await;
    let away = || CallAction::Answer {
        status: 503,
        body: None,
    };
    // Reads are repeated by the client itself, within its limit.
    let moment = |path: &str| CallFault {
        count: Some(8),
        ..CallFault::always("GET", path, away())
    };
    world.bosh_credhub.set_fault(moment("/api/v1/data"));
    world.answer(&world.run(&world.bind("b-1", &Wish::default())).await);
    world.director.world().set_fault(moment("/deployments/*/variables"));
    let bound = world.run(&world.bind("b-2", &Wish::default())).await;
    world.answer(&bound);
    for binding in ["b-1", "b-2"] {
        assert_eq!(world.user(binding).unwrap()["authorised_by"], "from-credhub");
    }

    world
        .bosh_credhub
        .set_fault(CallFault::always("GET", "/api/v1/data", away()));
    let mut bind = world.bind("b-3", &Wish::default());
    bind.job.deadline = world.ground.now().plus(Duration::from_secs(60));
    let record = world.run(&bind).await;
    let said = &failure(&record).for_operator;
    assert!(
        said.contains("deadline passed") && said.contains("BOSH CredHub"),
        "{said}"
    );
    assert_eq!(record.job.attempts, 0, "the adapter isn't run without the secrets");
    let mut unbind = world.unbind(&bound, true);
    unbind.job.force = true;
    unbind.job.deadline = world.ground.now().plus(Duration::from_secs(60));
    let gone = world.run(&unbind).await;
    assert!(matches!(gone.phase, Phase::Gone { .. }), "{:?}", gone.job.state);
    assert_eq!(world.credhub.get(&World::name("b-2")), None);
}

#[tokio::test]
async fn what_bosh_credhub_refuses_is_left_out() {
    let world = World::start().await;
    world.bosh_credhub.set("/odb/s/i/pw", &json!("by-name")).unwrap();
    world.deploy(&json!("((/odb/s/i/pw))")).await;
    world.bosh_credhub.delete_all();
    world.bosh_credhub.set("/odb/s/i/pw", &json!("by-name")).unwrap();
    let refused = CallAction::Answer {
        status: 403,
        body: None,
    };
    let variables = CallFault::always("GET", "/deployments/*/variables", refused.clone());
    world.director.world().set_fault(variables);
    world.answer(&world.run(&world.bind("b-1", &Wish::default())).await);
    assert_eq!(world.user("b-1").unwrap()["authorised_by"], "by-name");
    world
        .bosh_credhub
        .set_fault(CallFault::always("GET", "/api/v1/data", refused));
    let record = world.run(&world.bind("b-2", &Wish::default())).await;
    assert!(
        failure(&record).for_operator.contains("exited with"),
        "the adapter says what it thinks of it: {:?}",
        failure(&record)
    );
}
