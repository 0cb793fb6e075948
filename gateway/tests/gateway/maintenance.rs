//! A catalog that shows all of maintenance info.
use crate::{
    config::config_of,
    world::{PLAN, SERVICE, World, body, config_text, send},
};
use chandler_proto::operation::Operation;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

const PATH: &str = "/v2/service_instances/i?accepts_incomplete=true";

/// With facts of which one is private.
fn full(url: &str, private: &str) -> String {
    let facts = format!("version: 1.2.3, public: {{edition: gold}}, private: {{seed: {private}}}");
    config_text(url).replace("version: 1.2.3", &facts).replacen(
        "chandler:\n",
        "chandler:\n  catalog: {maintenance_info: full}\n",
        1,
    )
}
fn put(world: &World, id: &str, info: &Value) -> RequestBuilder {
    let mut body = body(json!({}));
    body["maintenance_info"] = info.clone();
    world.put(0, id, &body)
}
fn patch(world: &World, info: &Value, previous: &Value) -> RequestBuilder {
    let body = json!({
        "service_id": SERVICE, "plan_id": PLAN, "parameters": {}, "maintenance_info": info,
        "previous_values": { "plan_id": PLAN, "maintenance_info": previous },
    });
    world.ask(0, Method::PATCH, PATH).json(&body)
}
/// What the catalog shows of the plan.
async fn shown(world: &World) -> Value {
    let catalog = send(world.ask(0, Method::GET, "/v2/catalog")).await;
    catalog.is(200).body["services"][0]["plans"][0]["maintenance_info"].clone()
}
/// An operator asks for an upgrade: the status.
async fn upgraded(world: &World) -> u16 {
    let addr = world.gateways[0].addr;
    let url = format!("http://{addr}/mgmt/service_instances/i?operation_type=upgrade");
    let request = Client::builder().no_proxy().build().unwrap().patch(url);
    let request = request
        .basic_auth("broker", Some("p:ss"))
        .json(&json!({ "plan_id": PLAN }));
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn what_is_shown_is_compared_and_other_facts_are_an_upgrade() {
    let mut world = World::new(0).await;
    let url = world.nats.url();
    world.gateway_of(&config_of(&full(&url, "one"))).await;
    let first = shown(&world).await;
    assert_eq!(first["public"], json!({ "edition": "gold" }));
    assert_eq!(first["private"].as_str().map(str::len), Some(64), "{first}");

    let text = "passed maintenance_info does not match the catalog maintenance_info";
    for wrong in [
        json!({ "version": "1.2.3", "private": "another" }),
        json!({ "public": { "edition": "silver" } }),
        json!({ "version": "1.2.4" }),
    ] {
        let got = send(put(&world, "i", &wrong)).await;
        assert_eq!(got.is(422).error(), "MaintenanceInfoConflict");
        assert_eq!(got.body["description"], text);
    }
    let mut other_plan = body(json!({}));
    other_plan["plan_id"] = json!("plan-2");
    other_plan["maintenance_info"] = json!({});
    let got = send(world.put(0, "x", &other_plan)).await;
    let text = "maintenance_info was passed, but the broker catalog contains no maintenance_info";
    assert_eq!(got.is(422).body["description"], text);
    send(put(&world, "i", &json!({ "public": { "edition": 7 } })))
        .await
        .is(400);

    send(put(&world, "i", &first)).await.is(202);
    world.finish("i").await;
    assert_eq!(upgraded(&world).await, 204, "it is up to date");

    let reloader = world.gateways[0].reloader.clone();
    reloader.reload(&full(&url, "two")).unwrap();
    let second = shown(&world).await;
    assert_eq!(
        (&first["version"], &first["public"]),
        (&second["version"], &second["public"])
    );
    assert_ne!(first["private"], second["private"]);
    send(patch(&world, &first, &first)).await.is(422);
    assert_eq!(upgraded(&world).await, 202);
    assert_eq!(upgraded(&world).await, 202, "the same");
    world.finish("i").await;
    assert_eq!(upgraded(&world).await, 204);

    // A platform that sees facts asks for them, too.
    reloader.reload(&full(&url, "three")).unwrap();
    let third = shown(&world).await;
    let operation = send(patch(&world, &json!({ "private": third["private"] }), &second))
        .await
        .operation();
    assert!(operation.starts_with("g."), "{operation}");
    world.finish("i").await;
    assert_eq!(upgraded(&world).await, 204);
    let (record, _) = world.record("i").await.unwrap();
    assert_eq!(record.job.operation, Operation::Upgrade);

    // Where they aren't shown they count for the broker alone, and the version has to be sent.
    let minimal = full(&url, "four").replace("maintenance_info: full", "maintenance_info: minimal");
    reloader.reload(&minimal).unwrap();
    assert_eq!(shown(&world).await, json!({ "version": "1.2.3" }));
    send(put(&world, "y", &json!({ "private": "any" }))).await.is(400);
    send(put(
        &world,
        "y",
        &json!({ "version": "1.2.3", "private": 7, "public": [] }),
    ))
    .await
    .is(202);
    assert_eq!(upgraded(&world).await, 202, "an operator brings them all the same");
}
