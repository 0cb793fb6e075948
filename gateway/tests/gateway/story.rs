//! One instance from PUT to gone, at two gateways.
use crate::world::{PLAN, SERVICE, World, body, send};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chandler_proto::{
    failure::Failure,
    job::{Event, Facts, sealed},
    layout::instance_key,
};
use serde_json::json;

#[tokio::test]
async fn from_put_to_gone() {
    let world = World::new(2).await;
    let wish = body(json!({ "size": 1.50, "password": "s3cr3t" }));
    send(world.get(0, "i")).await.is(404);
    send(world.poll(0, "i", "")).await.is(404);
    let operation = send(world.put(0, "i", &wish)).await.operation();
    assert!(operation.starts_with("p."), "{operation}");
    assert_eq!(
        send(world.put(1, "i", &wish)).await.operation(),
        operation,
        "the same at another gateway"
    );
    send(world.put(1, "i", &body(json!({ "size": 1.5 })))).await.is(409);
    for gateway in [0, 1] {
        let poll = send(world.poll(gateway, "i", &operation)).await;
        assert_eq!(poll.state(), "in progress");
        assert!(poll.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    }
    send(world.get(1, "i")).await.is(404);

    let (record, _) = world.record("i").await.unwrap();
    let raw = String::from_utf8(record.bytes()).unwrap();
    assert!(
        !raw.contains("s3cr3t") && !raw.contains("mine"),
        "neither parameters nor context in the clear"
    );
    let opened = crate::world::sealer()
        .open(&instance_key("i"), &record.job.sealed[sealed::REQUEST])
        .unwrap();
    assert!(
        opened.expose().contains(r#""parameters":{"#) && opened.expose().contains("1.5"),
        "{}",
        opened.expose()
    );

    world
        .turn(
            "i",
            Event::Noted {
                note: "deploying 1 of 2".into(),
                facts: Facts::default(),
            },
        )
        .await;
    crate::world::until("the note is told", || async {
        let poll = send(world.poll(1, "i", &operation)).await;
        poll.body["description"]
            .as_str()
            .unwrap()
            .ends_with("in progress: deploying 1 of 2")
    })
    .await;
    world.finish("i").await;
    for (gateway, operation) in [(0, operation.as_str()), (1, ""), (1, r#"{"BoshTaskID":1}"#)] {
        assert_eq!(world.ended(gateway, "i", operation).await.state(), "succeeded");
    }
    let got = send(world.get(1, "i")).await;
    assert_eq!(
        got.is(200).body,
        json!({ "service_id": SERVICE, "plan_id": PLAN, "maintenance_info": { "version": "1.2.3" } })
    );
    assert_eq!(send(world.put(1, "i", &wish)).await.is(200).body, json!({}));

    let deletion = send(world.delete(0, "i")).await.operation();
    assert!(deletion.starts_with("d."));
    assert_eq!(send(world.delete(1, "i")).await.operation(), deletion);
    assert_eq!(send(world.put(1, "i", &wish)).await.is(422).error(), "ConcurrencyError");
    assert_eq!(send(world.poll(0, "i", &deletion)).await.state(), "in progress");
    assert_eq!(
        send(world.poll(1, "i", &operation)).await.state(),
        "failed",
        "the job before: nobody is told any more that it was made"
    );
    send(world.get(1, "i")).await.is(200);
    world.finish("i").await;
    assert_eq!(
        world.ended(1, "i", &deletion).await.is(410).body,
        json!({"description": "The service instance is gone"})
    );
    world.ended(0, "i", "").await.is(410);
    send(world.get(0, "i")).await.is(404);
    assert_eq!(
        send(world.delete(1, "i")).await.is(410).body,
        json!({"description": "The service instance is gone"})
    );
    assert_eq!(
        send(world.put(0, "i", &wish)).await.is(422).error(),
        "ConcurrencyError",
        "just deleted"
    );
}

#[tokio::test]
async fn a_failed_provision_starts_again_and_a_delete_works_from_there() {
    let world = World::new(1).await;
    let first = send(world.put(0, "i", &body(json!({})))).await.operation();
    let failure = Failure {
        instance_usable: Some(false),
        ..Failure::new("no capacity", "cpi error")
    };
    world.turn("i", Event::Failed(failure.clone())).await;
    let poll = world.ended(0, "i", &first).await;
    assert_eq!(
        (poll.state(), poll.body["description"].as_str()),
        ("failed", Some("no capacity"))
    );
    assert!(
        poll.body.get("instance_usable").is_none(),
        "only for a failed deprovision"
    );
    send(world.put(0, "i", &body(json!({ "other": 1 })))).await.is(409);
    let second = send(world.put(0, "i", &body(json!({})))).await.operation();
    assert_ne!(first, second);
    assert_eq!(
        send(world.poll(0, "i", &first)).await.state(),
        "failed",
        "the job before"
    );
    assert_eq!(send(world.poll(0, "i", &second)).await.state(), "in progress");

    let deletion = send(world.delete(0, "i")).await.operation();
    assert_eq!(send(world.poll(0, "i", &second)).await.state(), "failed", "cancelled");
    world.turn("i", Event::Failed(failure)).await;
    let poll = world.ended(0, "i", &deletion).await;
    assert_eq!((poll.state(), &poll.body["instance_usable"]), ("failed", &json!(false)));
    let again = send(world.delete(0, "i")).await.operation();
    assert_ne!(again, deletion);
    world.finish("i").await;
    world.ended(0, "i", &again).await.is(410);
}

#[tokio::test]
async fn the_job_carries_trace_and_identities() {
    let world = World::new(1).await;
    let who = format!("cloudfoundry {}", STANDARD.encode(r#"{"user_id":"u"}"#));
    let request = world.put(0, "i", &body(json!({})));
    let request = request
        .header("X-Broker-API-Originating-Identity", &who)
        .header("x-broker-api-request-identity", "req-1");
    assert_eq!(
        send(request).await.is(202).headers["x-broker-api-request-identity"],
        "req-1"
    );
    let (record, _) = world.record("i").await.unwrap();
    assert_eq!(
        (record.job.originating_identity, record.job.request_identity.as_deref()),
        (Some(who), Some("req-1"))
    );
    let text = world.gateways[0].registry.encode();
    assert!(text.contains(r#"chandler_gateway_requests_total{method="PUT",route="/v2/service_instances/{instance_id}",status="202"} 1"#), "{text}");
}
