//! Binds that can't be.
use crate::{
    binder::{POLLS, WAITS, provision, wish},
    world::{World, body, config_text, send},
};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn what_cannot_be_bound_is_refused() {
    let world = World::new(1).await;
    let asked = wish(&json!({}));
    let got = send(world.bind(0, "b", POLLS, &asked)).await;
    assert_eq!(got.is(404).body["description"], "instance does not exist");
    send(world.put(0, "i", &body(json!({})))).await.is(202);
    let got = send(world.bind(0, "b", POLLS, &asked)).await;
    assert_eq!(got.is(422).error(), "ConcurrencyError");
    world.finish("i").await;
    let with = |member: &str, value: Value| {
        let mut asked = wish(&json!({}));
        asked[member] = value;
        asked
    };
    for (asked, status, text) in [
        (with("service_id", Value::Null), 400, "service_id missing"),
        (
            with("plan_id", json!("plan-2")),
            400,
            "plan_id is not that of the service instance: it has the plan small. If the platform shows another one, update it to this plan",
        ),
        (
            with("service_id", json!("x")),
            400,
            "service_id is not that of the service instance",
        ),
        (with("parameters", json!([])), 400, "parameters must be an object"),
        (
            with("bind_resource", json!({ "backup_agent": true })),
            422,
            "service does not support backup agent binding",
        ),
        (
            with("predecessor_binding_id", json!("x")),
            400,
            "predecessor_binding_id is not that of a binding of this service instance",
        ),
    ] {
        let got = send(world.bind(0, "b", POLLS, &asked)).await;
        assert_eq!(got.is(status).body["description"], text, "{asked}");
    }
    let mut large = body(json!({}));
    large["plan_id"] = json!("plan-2");
    send(world.put(0, "large", &large)).await.is(202);
    world.finish("large").await;
    let path = "/v2/service_instances/large/service_bindings/b?accepts_incomplete=true";
    let got = send(world.ask(0, Method::PUT, path).json(&with("plan_id", json!("plan-2")))).await;
    assert_eq!(got.is(400).body["description"], "The service plan can't be bound");
    assert!(world.binding("b").await.is_none(), "nothing was written");
    for query in ["service_id=s", "plan_id=p", ""] {
        let path = format!("{}?{query}", crate::binder::path("b"));
        send(world.ask(0, Method::DELETE, &path)).await.is(400);
    }
    send(world.ask(0, Method::PATCH, &crate::binder::path("b")))
        .await
        .is(405);
    send(world.bind(0, "a%2Fb", POLLS, &asked)).await.is(400);
    send(world.delete(0, "i")).await.is(202);
    assert_eq!(
        send(world.bind(0, "b", POLLS, &asked)).await.is(422).error(),
        "ConcurrencyError"
    );
}

/// A bus with a provisioned instance, and one more gateway that is configured with this, too.
async fn configured(broker: &str, more: &str) -> World {
    let mut world = World::new(1).await;
    provision(&world).await;
    let text = config_text(&world.nats.url()).replacen("broker: {", &format!("broker: {{{broker}"), 1);
    let config = chandler_proto::config::parse(&format!("{text}\n{more}"));
    world.gateway_of(&config.unwrap().config).await;
    world
}

#[tokio::test]
async fn with_credhub_a_bind_says_for_whom_it_is() {
    let world = configured("", "credhub: {client_id: c, client_secret: s}").await;
    let mut asked = wish(&json!({}));
    asked["app_guid"] = Value::Null;
    asked["bind_resource"] = json!({});
    for query in [POLLS, WAITS] {
        let got = send(world.bind(1, "b", query, &asked)).await;
        assert_eq!(got.is(422).error(), "RequiresApp");
    }
    asked["bind_resource"] = json!({ "credential_client_id": "client" });
    send(world.bind(1, "b", POLLS, &asked)).await.is(202);
    let job = world.binding("b").await.unwrap().job;
    let made = job.wanted.unwrap().binding.unwrap();
    assert_eq!((made.secure, made.reader.as_deref()), (true, Some("uaa-client:client")));
    assert_eq!(job.itinerary.len(), 2, "created, and granted");
    asked["bind_resource"] = json!({});
    asked["app_guid"] = Value::Null;
    send(world.bind(0, "c", POLLS, &asked)).await.is(202);
}

#[tokio::test]
async fn a_backup_agent_binds_where_the_broker_says_so() {
    let world = configured("support_backup_agent_binding: true, ", "").await;
    let mut asked = wish(&json!({}));
    asked["bind_resource"] = json!({ "backup_agent": true });
    send(world.bind(0, "b", POLLS, &asked)).await.is(422);
    send(world.bind(1, "b", POLLS, &asked)).await.is(202);
}
