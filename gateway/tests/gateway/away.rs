//! The bus is away, or doesn't know everything.
use crate::world::{World, body, send, until};
use chandler_proto::layout;
use futures::future::join_all;
use serde_json::json;

#[tokio::test]
async fn without_the_bus_running_operations_are_told_and_nothing_else() {
    let mut world = World::new(1).await;
    let running = send(world.put(0, "running", &body(json!({})))).await.operation();
    let done = send(world.put(0, "done", &body(json!({})))).await.operation();
    world.finish("done").await;
    world.nats.kill();
    assert_eq!(send(world.poll(0, "running", &running)).await.state(), "in progress");
    assert_eq!(send(world.poll(0, "running", "")).await.state(), "in progress");
    let asked = [
        ("a final answer", world.poll(0, "done", &done)),
        ("an unknown id", world.poll(0, "nobody", "")),
        ("GET", world.get(0, "done")),
        ("PUT", world.put(0, "new", &body(json!({})))),
        ("the same PUT", world.put(0, "running", &body(json!({})))),
        ("DELETE", world.delete(0, "done")),
    ];
    join_all(asked.map(|(what, request)| async move {
        let got = send(request.header("X-Broker-API-Request-Identity", "req-7")).await;
        assert_eq!(got.status, 503, "{what}: {got:?}");
        assert_eq!(got.headers["x-broker-api-request-identity"], "req-7");
        assert!(
            got.body["description"]
                .as_str()
                .unwrap()
                .contains("broker-request-id: req-7"),
            "{what}: {got:?}"
        );
    }))
    .await;
    send(world.ask(0, reqwest::Method::GET, "/v2/catalog")).await.is(200);
    let report = serde_json::to_string(&world.gateways[0].health.report()).unwrap();
    assert!(
        !world.gateways[0].health.is_ready() && report.contains("the bus is away"),
        "{report}"
    );

    world.nats.again();
    until("the bus is back", || async {
        send(world.get(0, "done")).await.status == 200
    })
    .await;
    send(world.get(0, "new")).await.is(404);
    send(world.put(0, "new", &body(json!({})))).await.is(202);
    assert_eq!(send(world.poll(0, "running", &running)).await.state(), "in progress");
}

#[tokio::test]
async fn a_bus_that_may_have_forgotten_never_says_that_nothing_is_there() {
    let world = World::incomplete(1).await;
    for request in [
        world.get(0, "i"),
        world.poll(0, "i", ""),
        world.poll(0, "i", "d.00000000-0000-0000-0000-000000000007.3"),
        world.put(0, "i", &body(json!({}))),
        world.delete(0, "i"),
    ] {
        let got = send(request).await;
        assert!(
            got.is(503).body["description"]
                .as_str()
                .unwrap()
                .contains("chandler bus bootstrap"),
            "{got:?}"
        );
    }
    assert!(world.record("i").await.is_none());
    let health = &world.gateways[0].health;
    until("it is said", || async {
        serde_json::to_string(&health.report())
            .unwrap()
            .contains("chandler rebuild")
    })
    .await;
    assert!(health.is_ready());
    world.bus.write(&layout::complete_key(), "{}".into(), 0).await.unwrap();
    send(world.get(0, "i")).await.is(404);
    send(world.put(0, "i", &body(json!({})))).await.is(202);
    until("the notice goes", || async {
        !serde_json::to_string(&health.report()).unwrap().contains("rebuild")
    })
    .await;
}
