//! Bindings of a platform that polls, from PUT to gone.
use crate::{
    binder::{POLLS, key, provision, provisioned, wish},
    world::{PLAN, SERVICE, World, body, sealer, send},
};
use chandler_bus::{Rung, Wake};
use chandler_proto::{
    failure::Failure,
    job::{Event, Facts, sealed},
    layout::Lane,
    records::Phase,
};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test]
async fn from_put_to_gone() {
    let world = provisioned(2).await;
    let asked = wish(&json!({ "role": "reader", "password": "s3cr3t" }));
    send(world.fetch(0, "b")).await.is(404);
    let unknown = send(world.poll_binding(0, "b", "")).await;
    assert_eq!(
        unknown.is(404).body["description"],
        "There is no such operation on a service binding with this id"
    );
    let got = send(world.bind(0, "b", POLLS, &asked)).await;
    let operation = got.operation();
    assert!(
        operation.starts_with("b.") && got.body.as_object().unwrap().len() == 1,
        "{got:?}"
    );
    assert_eq!(send(world.bind(1, "b", POLLS, &asked)).await.operation(), operation);
    send(world.bind(1, "b", POLLS, &wish(&json!({})))).await.is(409);
    let poll = send(world.poll_binding(1, "b", &operation)).await;
    assert_eq!(
        (poll.state(), &poll.headers["retry-after"]),
        ("in progress", &reqwest::header::HeaderValue::from(2))
    );
    send(world.fetch(1, "b")).await.is(404);

    let record = world.binding("b").await.unwrap();
    assert!(!record.job.synchronous);
    let raw = String::from_utf8(record.bytes()).unwrap();
    assert!(!raw.contains("s3cr3t") && !raw.contains("cloudfoundry"), "{raw}");
    let request = sealer().open(&key("b"), &record.job.sealed[sealed::REQUEST]).unwrap();
    let mut for_adapter = asked.clone();
    for_adapter["bind_resource"] = json!({ "app_guid": "app", "space_guid": "s" });
    assert_eq!(serde_json::from_str::<Value>(request.expose()).unwrap(), for_adapter);

    let answer = json!({ "credentials": { "password": "p4ss" }, "syslog_drain_url": "syslog://x" });
    world.create("b", &answer).await;
    for (gateway, operation) in [(0, operation.as_str()), (1, ""), (1, "{}")] {
        let poll = world.ended_by(|| world.poll_binding(gateway, "b", operation)).await;
        assert_eq!(
            (poll.state(), poll.body["description"].as_str()),
            ("succeeded", Some("Binding creation completed"))
        );
    }
    let (record, revision) = world.record_at(&key("b")).await.unwrap();
    assert!(!String::from_utf8(record.bytes()).unwrap().contains("p4ss"));
    assert_eq!(send(world.fetch(1, "b")).await.is(200).body, answer);
    assert_eq!(send(world.bind(1, "b", POLLS, &asked)).await.is(200).body, answer);
    assert_eq!(
        world.record_at(&key("b")).await.unwrap().1,
        revision,
        "nothing had to be written"
    );
    send(world.bind(0, "b", POLLS, &wish(&json!({})))).await.is(409);

    let deletion = send(world.unbind(0, "b", POLLS)).await.operation();
    assert!(deletion.starts_with("n."), "{deletion}");
    assert_eq!(send(world.unbind(1, "b", POLLS)).await.operation(), deletion);
    assert_eq!(
        send(world.bind(1, "b", POLLS, &asked)).await.is(422).error(),
        "ConcurrencyError"
    );
    assert_eq!(send(world.poll_binding(1, "b", &deletion)).await.state(), "in progress");
    assert_eq!(send(world.poll_binding(0, "b", &operation)).await.state(), "succeeded");
    send(world.fetch(0, "b")).await.is(404);
    assert!(world.binding("b").await.unwrap().job.sealed.is_empty());
    world.leg_done("b", Facts::default()).await;
    let poll = world.ended_by(|| world.poll_binding(1, "b", &deletion)).await;
    assert_eq!(
        poll.is(410).body,
        json!({ "description": "The service binding is gone" })
    );
    send(world.fetch(0, "b")).await.is(404);
    send(world.unbind(1, "b", POLLS)).await.is(410);
    let again = send(world.bind(0, "b", POLLS, &asked)).await;
    assert_eq!(again.is(422).error(), "ConcurrencyError", "just deleted");
    send(world.get(0, "i")).await.is(200);
}

#[tokio::test]
async fn a_bind_rings_the_worker_of_bindings() {
    let world = provisioned(1).await;
    send(world.bind(0, "b", POLLS, &wish(&json!({})))).await.is(202);
    let (record, revision) = world.record_at(&key("b")).await.unwrap();
    let wake = Wake {
        worker: "binding".into(),
        lane: Lane::User,
        job: record.job.id.to_string(),
        leg: 0,
        key: "binding.i.b".into(),
        revision,
        traceparent: None,
        tracestate: None,
    };
    assert_eq!(world.bus.wake(&wake).await.unwrap(), Rung::Already);
}

#[tokio::test]
async fn equal_binds_are_one_operation_and_of_different_ones_one_wins() {
    let world = provisioned(2).await;
    let asked = wish(&json!({ "n": 0 }));
    let got = join_all((0..32).map(|n| send(world.bind(n % 2, "b", POLLS, &asked)))).await;
    let operations: BTreeSet<_> = got.iter().map(crate::world::Got::operation).collect();
    assert_eq!(operations.len(), 1, "{operations:?}");
    let wishes: Vec<_> = (0..16).map(|n| wish(&json!({ "n": n }))).collect();
    let each = wishes.iter().enumerate();
    let got = join_all(each.map(|(n, wish)| send(world.bind(n % 2, "c", POLLS, wish)))).await;
    let count = |status: u16| got.iter().filter(|got| got.status == status).count();
    assert_eq!((count(202), count(409)), (1, 15), "{got:?}");
}

#[tokio::test]
async fn a_failed_bind_starts_again_and_a_failed_unbind_is_repeated() {
    let world = provisioned(1).await;
    let asked = wish(&json!({}));
    let first = send(world.bind(0, "b", POLLS, &asked)).await.operation();
    let failure = Failure {
        instance_usable: Some(false),
        ..Failure::new("the adapter says no", "exit 1")
    };
    world.turn_at(&key("b"), Event::Failed(failure.clone())).await;
    let poll = world.ended_by(|| world.poll_binding(0, "b", &first)).await;
    assert_eq!(
        (poll.state(), &poll.body["description"]),
        ("failed", &json!("the adapter says no"))
    );
    send(world.fetch(0, "b")).await.is(404);
    send(world.bind(0, "b", POLLS, &wish(&json!({ "other": 1 }))))
        .await
        .is(409);
    let second = send(world.bind(0, "b", POLLS, &asked)).await.operation();
    assert_ne!(first, second);
    world.create("b", &json!({ "credentials": {} })).await;
    let deletion = send(world.unbind(0, "b", POLLS)).await.operation();
    world.turn_at(&key("b"), Event::Failed(failure)).await;
    let poll = world.ended_by(|| world.poll_binding(0, "b", &deletion)).await;
    assert_eq!(poll.state(), "failed");
    assert!(
        poll.body.get("instance_usable").is_none(),
        "only for a failed deprovision"
    );
    send(world.fetch(0, "b")).await.is(404);
    assert_eq!(
        send(world.bind(0, "b", POLLS, &asked)).await.is(422).error(),
        "ConcurrencyError"
    );
    let again = send(world.unbind(0, "b", POLLS)).await.operation();
    assert_ne!(again, deletion);
    world.leg_done("b", Facts::default()).await;
    world.ended_by(|| world.poll_binding(0, "b", &again)).await.is(410);
}

#[tokio::test]
async fn an_unbind_cancels_the_bind_that_runs() {
    let world = provisioned(2).await;
    let operation = send(world.bind(0, "b", POLLS, &wish(&json!({})))).await.operation();
    let deletion = send(world.unbind(1, "b", POLLS)).await.operation();
    let poll = send(world.poll_binding(0, "b", &operation)).await;
    assert_eq!(poll.state(), "failed");
    let text = poll.body["description"].as_str().unwrap();
    assert!(
        text.starts_with("The operation was cancelled by an unbind. (operation-id: "),
        "{text}"
    );
    assert_eq!(send(world.poll_binding(0, "b", &deletion)).await.state(), "in progress");
    world.leg_done("b", Facts::default()).await;
    world.ended_by(|| world.poll_binding(0, "b", &deletion)).await.is(410);
}

#[tokio::test]
async fn a_delete_that_overtakes_its_bind_takes_its_place() {
    let world = provisioned(2).await;
    let got = send(world.unbind(1, "b", POLLS)).await;
    assert_eq!(
        got.is(410).body,
        json!({ "description": "The service binding is gone" })
    );
    let record = world.binding("b").await.unwrap();
    assert!(matches!(record.phase, Phase::Gone { stray: true, .. }), "{record:?}");
    let got = send(world.bind(0, "b", POLLS, &wish(&json!({})))).await;
    assert_eq!(got.is(422).error(), "ConcurrencyError");
    send(world.fetch(0, "b")).await.is(404);
}

#[tokio::test]
async fn a_binding_is_reachable_only_under_its_own_instance() {
    let world = provisioned(1).await;
    send(world.bind(0, "b", POLLS, &wish(&json!({})))).await.is(202);
    world.create("b", &json!({ "credentials": {} })).await;
    send(world.put(0, "j", &body(json!({})))).await.is(202);
    world.finish("j").await;
    let other = "/v2/service_instances/j/service_bindings/b";
    send(world.ask(0, Method::GET, other)).await.is(404);
    send(world.ask(0, Method::GET, &format!("{other}/last_operation")))
        .await
        .is(404);
    let query = format!("accepts_incomplete=true&service_id={SERVICE}&plan_id={PLAN}");
    send(world.ask(0, Method::DELETE, &format!("{other}?{query}")))
        .await
        .is(410);
    send(world.fetch(0, "b")).await.is(200);
}

#[tokio::test]
async fn an_answer_that_cannot_be_opened_is_trouble() {
    let world = provisioned(1).await;
    let asked = wish(&json!({}));
    send(world.bind(0, "b", POLLS, &asked)).await.is(202);
    world.create("b", &json!({ "credentials": {} })).await;
    // Sealed for another record: its associated data differs.
    let (mut record, revision) = world.record_at(&key("b")).await.unwrap();
    let foreign = sealer().seal(&key("other"), "{}", rand::random()).unwrap();
    record.in_force.as_mut().unwrap().binding.as_mut().unwrap().answer = Some(foreign);
    world
        .bus
        .write(&key("b"), record.bytes().into(), revision)
        .await
        .unwrap();
    send(world.fetch(0, "b")).await.is(503);
    send(world.bind(0, "b", POLLS, &asked)).await.is(503);
    send(world.unbind(0, "b", POLLS)).await.is(202);
}

#[tokio::test]
async fn unknown_bindings_are_not_denied_by_a_bucket_that_may_have_lost_some() {
    let world = World::incomplete(1).await;
    send(world.fetch(0, "b")).await.is(503);
    send(world.poll_binding(0, "b", "")).await.is(503);
    send(world.unbind(0, "b", POLLS)).await.is(503);
    send(world.bind(0, "b", POLLS, &wish(&json!({})))).await.is(503);
    let mark = chandler_proto::layout::complete_key();
    world.bus.write(&mark, "{}".into(), 0).await.unwrap();
    provision(&world).await;
    send(world.bind(0, "b", POLLS, &wish(&json!({})))).await.is(202);
}
