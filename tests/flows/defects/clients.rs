//! UAA clients of instances: that they go, and the UAA that makes trouble.
use super::{LIMIT, deployment, logs, quick, refusal, somebody_deletes};
use chandler_simulators::{
    bosh::{TaskEffect, TaskFault, TaskKind},
    common::{CallAction, CallFault},
};
use chandler_tests::{
    settings::CLEANUP_DATA,
    wait,
    world::{Plan, World},
};
use serde_json::{Value, json};
use std::fs;

const UNCHECKED: &str = "disable_ssl_cert_verification";

#[tokio::test]
async fn d07_a_uaa_client_goes_however_its_instance_goes() {
    let world = World::start(Plan {
        errands: true,
        uaa_clients: true,
        ..quick()
    })
    .await;
    let p = &world.platform;
    let with_errands = async {
        let i = "with-errands";
        p.provision(i, json!({})).await;
        assert!(world.client(i).is_some());
        p.deprovision(i).await;
        let last = world.errands(i).pop();
        assert!(last.is_some_and(|(name, _)| name == CLEANUP_DATA));
    };
    let failed = async {
        let i = "failed";
        let fails = TaskEffect::Fail {
            stage: "Updating instance".into(),
            message: None,
            code: None,
        };
        world
            .director
            .set_fault(TaskFault::once(TaskKind::Deploy, fails).of(&deployment(i)));
        let operation = p.accepted(p.put(i, json!({}))).await;
        let (answer, _) = p.ended(i, &operation, LIMIT).await;
        assert_eq!(answer.body["state"], "failed", "{answer:?}");
        assert!(world.client(i).is_some(), "it was made before the deployment");
        // The platform removes what it couldn't create.
        p.deprovision(i).await;
    };
    let robbed = async {
        let i = "robbed";
        p.provision(i, json!({})).await;
        somebody_deletes(&world, i).await;
        assert!(world.client(i).is_some());
        p.deprovision(i).await;
        assert!(
            world.errands(i).iter().all(|(name, _)| name != CLEANUP_DATA),
            "there was nothing to run it on"
        );
    };
    tokio::join!(with_errands, failed, robbed);
    for i in ["with-errands", "failed", "robbed"] {
        assert!(world.client(i).is_none(), "{i}");
        assert!(world.manifest(i).is_null(), "{i}");
    }
}

#[tokio::test]
async fn d21_certificates_of_the_uaa_are_checked_unless_told_otherwise() {
    let mut world = World::start(Plan {
        uaa_clients: true,
        change: |json| {
            json["cf"].as_object_mut().unwrap().remove("root_ca_cert");
        },
        ..quick()
    })
    .await;
    // It is signed by nobody whom we know.
    let i = "trusting";
    let operation = world.platform.accepted(world.platform.put(i, json!({}))).await;
    wait::until("the log says why", LIMIT, || async {
        let log = world.client_workers[0].output();
        log.lines()
            .any(|line| line.contains(i) && line.contains("certificate"))
            .then_some(())
    })
    .await;
    let poll = world
        .platform
        .send(world.platform.last_operation(i, Some(&operation)))
        .await;
    assert_eq!(poll.body["state"], "in progress", "{poll:?}");
    assert!(
        world.uaa().journal().calls.is_empty() && world.client(i).is_none(),
        "nobody was told a secret"
    );

    world.reconfigure(|json| json["broker"][UNCHECKED] = json!(true)).await;
    let (answer, _) = world.platform.ended(i, &operation, LIMIT).await;
    assert_eq!(answer.body["state"], "succeeded", "{answer:?}");
    assert!(world.client(i).is_some());
    let warned = world.client_workers[0].output();
    assert!(warned.contains(UNCHECKED), "the operator is warned: {warned}");

    // The same for Cloud Foundry alone.
    world
        .reconfigure(|json| {
            json["broker"][UNCHECKED] = json!(false);
            json["cf"][UNCHECKED] = json!(true);
        })
        .await;
    world.platform.provision("trusting-too", json!({})).await;
    assert!(world.client("trusting-too").is_some());
}

#[tokio::test]
async fn d22_the_log_says_why_there_is_no_uaa_client() {
    let world = World::start(Plan {
        uaa_clients: true,
        ..quick()
    })
    .await;
    // A worker that can't make its own client of the UAA.
    let mut json: Value = serde_json::from_str(&fs::read_to_string(&world.config).unwrap()).unwrap();
    json["cf"]["root_ca_cert"] = json!("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
    let (code, said) = refusal(&world, "chandler-uaa-clients", &json.to_string()).await;
    assert_eq!(code, 64, "{said}");
    assert!(said.contains("cf.") && said.contains("certificate"), "{said}");

    // A client of an instance that the UAA won't make.
    let (p, i) = (&world.platform, "refused");
    let words = "The moon is in the wrong house";
    let refusal = CallAction::Answer {
        status: 403,
        body: Some(json!({"error": "insufficient_scope", "error_description": words}).to_string()),
    };
    world
        .uaa()
        .set_fault(CallFault::always("POST", "/oauth/clients$", refusal));
    p.accepted(p.put(i, json!({}))).await;
    wait::until("the log says why", LIMIT, || async {
        let log = world.client_workers[0].output();
        log.lines()
            .any(|line| line.contains(i) && line.contains(words))
            .then_some(())
    })
    .await;
    for (name, text) in logs(&world) {
        assert!(
            !text.contains("#{") && !text.contains("%!"),
            "a placeholder in {name}: {text}"
        );
    }
}
