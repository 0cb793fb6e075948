//! The schemas of plans, published by a worker that the tests play.
use crate::{
    binder::{POLLS, wish},
    config::config_of,
    world::{Got, PLAN, SERVICE, World, body, config_text, send, until},
};
use chandler_bus::BootstrapSettings;
use chandler_proto::{
    config::Config,
    failure::Failure,
    job::Event,
    layout::{instance_key, schemas_key},
    operation::Operation,
    step::Worker,
};
use reqwest::Method;
use serde_json::{Value, json};

const OTHER: &str = "plan-2";
const SECRET: &str = "s3cr3t";

fn switched_on(text: &str) -> String {
    text.replace("broker: {", "broker: {enable_plan_schemas: true, ")
}
fn of_schemas(world: &World) -> Config {
    config_of(&switched_on(&config_text(&world.nats.url())))
}

fn schema(draft: &str, member: &str) -> Value {
    json!({ "parameters": {
        "$schema": draft, "type": "object", "additionalProperties": false,
        "properties": { member: { "type": "integer", "maximum": 9 }, "list": { "type": "array", "items": { "enum": ["a", "b"] } } },
    }})
}
/// An adapter's document: create takes `size`, update `grow`, bind `role`.
fn document() -> Value {
    let of = |member| schema("http://json-schema.org/draft-04/schema#", member);
    json!({"service_instance": {"create": of("size"), "update": of("grow")}, "service_binding": {"create": of("role")}})
}
/// What a worker with this configuration publishes for a plan.
fn published(config: &Config, plan: &str, says: Result<Value, &[&str]>) -> Value {
    let digest = config.catalog.plan(SERVICE, plan).unwrap().adapter_digest();
    let (schemas, wrong) = match says {
        Ok(schemas) => (schemas, &[][..]),
        Err(wrong) => (Value::Null, wrong),
    };
    json!({"schema": 1, "service_id": SERVICE, "plan_id": plan, "plan_digest": digest, "at": 1, "schemas": schemas, "wrong": wrong})
}

impl World {
    /// One gateway with schemas, of a bus where nothing is published.
    async fn of_schemas() -> (World, Config) {
        let mut world = World::new(0).await;
        let config = of_schemas(&world);
        world.gateway_of(&config).await;
        (world, config)
    }
    async fn publish(&self, plan: &str, value: &Value) {
        let key = schemas_key(plan);
        let over = self.bus.read(&key).await.unwrap().revision;
        self.bus.write(&key, value.to_string().into(), over).await.unwrap();
    }
    async fn publish_both(&self, config: &Config) {
        for plan in [PLAN, OTHER] {
            self.publish(plan, &published(config, plan, Ok(document()))).await;
        }
        self.catalog_comes_to(200).await;
    }
    async fn catalog(&self) -> Got {
        send(self.ask(0, Method::GET, "/v2/catalog")).await
    }
    async fn catalog_comes_to(&self, status: u16) -> Got {
        until("the catalog changes", || async {
            self.catalog().await.status == status
        })
        .await;
        self.catalog().await
    }
    fn notice(&self) -> Option<String> {
        let checks = self.gateways[0].health.report().checks;
        checks.into_iter().find(|it| it.name == "plan schemas")?.reason
    }
    async fn noticed(&self, parts: &[&str]) {
        until(&format!("a notice: {parts:?}"), || async {
            let text = self.notice().unwrap_or_default();
            parts.iter().all(|part| text.contains(part))
        })
        .await;
    }
    async fn provisioned_by(&self, id: &str) {
        send(self.put(0, id, &body(json!({})))).await.is(202);
        self.finish(id).await;
    }
}

fn patch(parameters: Value) -> Value {
    json!({"service_id": SERVICE, "plan_id": PLAN, "parameters": parameters})
}
fn description(got: &Got) -> &str {
    got.body["description"].as_str().unwrap()
}
/// Refused as the Go broker does it, naming this path, and none of the values.
fn invalid(got: &Got, path: &str) {
    let text = description(got.is(400));
    let begin = format!("validation against JSON schema failed:\n{path}");
    assert!(text.starts_with(&begin) && !text.contains(SECRET), "{text}");
    assert_eq!(got.body.as_object().unwrap().len(), 1, "{got:?}");
}

#[tokio::test]
async fn the_catalog_is_whole_or_says_why_not() {
    let (world, config) = World::of_schemas().await;
    let got = world.catalog().await;
    let text = description(got.is(503));
    assert!(
        text.contains("nothing is published for small (plan-1), large (plan-2). The provisioning worker"),
        "{text}"
    );
    world
        .noticed(&["plan small (plan-1): no schemas are published", "chandler-provisioning"])
        .await;
    assert!(world.gateways[0].health.is_ready(), "all else is served");
    send(world.get(0, "i")).await.is(404);
    send(world.delete(0, "i")).await.is(410);

    world.publish(PLAN, &published(&config, PLAN, Ok(document()))).await;
    until("one plan is left", || async {
        !description(world.catalog().await.is(503)).contains("small")
    })
    .await;
    world.publish(OTHER, &published(&config, OTHER, Ok(document()))).await;
    let got = world.catalog_comes_to(200).await;
    let plans = &got.body["services"][0]["plans"];
    assert_eq!((&plans[0]["schemas"], &plans[1]["schemas"]), (&document(), &document()));
    until("nothing is to be told", || async { world.notice().is_none() }).await;

    let tag = got.headers["etag"].clone();
    let asked = || {
        world
            .ask(0, Method::GET, "/v2/catalog")
            .header("If-None-Match", tag.clone())
    };
    assert_eq!(asked().send().await.unwrap().status(), 304);
    let mut other = document();
    other["service_binding"]["create"]["parameters"]["title"] = json!("another");
    world.publish(PLAN, &published(&config, PLAN, Ok(other.clone()))).await;
    until("the tag changes", || async {
        asked().send().await.unwrap().status() == 200
    })
    .await;
    assert_eq!(world.catalog().await.body["services"][0]["plans"][0]["schemas"], other);

    let wrong = [
        "Invalid JSON Schema for plan small: Error validating plan schemas for instance create - failed validating schema - no JSON Schema provided",
    ];
    world.publish(PLAN, &published(&config, PLAN, Err(&wrong))).await;
    let got = world.catalog_comes_to(500).await;
    assert_eq!(got.body, json!({ "description": wrong[0] }));
    world.noticed(&["plan small (plan-1): its schemas can't be used"]).await;
    let got = send(world.put(0, "new", &body(json!({"size": 1})))).await;
    assert!(
        description(got.is(503)).contains("GET /v2/catalog tells what is wrong"),
        "{got:?}"
    );
    send(world.get(0, "new")).await.is(404);
}

#[tokio::test]
async fn parameters_have_to_fit_before_anything_is_accepted() {
    let (world, config) = World::of_schemas().await;
    let unknown = send(world.put(0, "i", &body(json!({})))).await;
    let text = description(unknown.is(503));
    assert!(
        text.contains("nothing was changed. The provisioning worker publishes them"),
        "{text}"
    );
    assert!(world.record("i").await.is_none());
    world.publish_both(&config).await;

    let put = |parameters: Value| send(world.put(0, "i", &body(parameters)));
    invalid(&put(json!({"size": SECRET})).await, "/size");
    invalid(&put(json!({"list": ["a", SECRET]})).await, "/list/1");
    invalid(&put(json!({"grow": 1})).await, "(root)");
    let large = json!({"size": 1, "list": vec![SECRET; 2000]});
    invalid(&put(large).await, "/list/0");
    assert!(world.record("i").await.is_none());
    let mut none = body(json!({}));
    none.as_object_mut().unwrap().remove("parameters");
    send(world.put(0, "none", &none)).await.is(202);
    put(json!({"size": 3})).await.is(202);
    world.finish("i").await;

    let change = |parameters: Value| send(world.patch(0, "i", &patch(parameters)));
    invalid(&change(json!({"size": 3})).await, "(root)");
    invalid(&change(json!({"grow": 10})).await, "/grow");
    assert_eq!(world.record("i").await.unwrap().0.job.operation, Operation::Provision);
    change(json!({"grow": 9})).await.is(202);
    world.finish("i").await;

    let bind = |parameters: Value| send(world.bind(0, "b", POLLS, &wish(&parameters)));
    invalid(&bind(json!({"role": SECRET})).await, "/role");
    assert!(world.binding("b").await.is_none());
    bind(json!({"role": 1})).await.is(202);
}

#[tokio::test]
async fn what_was_accepted_or_asks_for_nothing_isnt_looked_at_again() {
    let (world, config) = World::of_schemas().await;
    world.publish_both(&config).await;
    let (first, change) = (body(json!({"size": 1})), patch(json!({"grow": 1})));
    let operation = send(world.put(0, "i", &first)).await.operation();
    world.provisioned_by("j").await;
    let updating = send(world.patch(0, "j", &change)).await.operation();
    world.provisioned_by("other").await;
    send(world.put(0, "half", &first)).await.is(202);
    world.turn("half", Event::Failed(Failure::new("no", "no"))).await;

    // Now nothing fits any more.
    let mut narrow = document();
    for pointer in [
        "/service_instance/create",
        "/service_instance/update",
        "/service_binding/create",
    ] {
        narrow.pointer_mut(pointer).unwrap()["parameters"]["required"] = json!(["impossible"]);
    }
    world.publish(PLAN, &published(&config, PLAN, Ok(narrow))).await;
    until("it is known", || async {
        world.catalog().await.body.to_string().contains("impossible")
    })
    .await;
    invalid(&send(world.put(0, "new", &body(json!({})))).await, "(root)");

    assert_eq!(send(world.put(0, "i", &first)).await.operation(), operation);
    assert_eq!(send(world.patch(0, "j", &change)).await.operation(), updating);
    world.finish("i").await;
    send(world.put(0, "i", &first)).await.is(200);
    let got = send(world.put(0, "i", &body(json!({"size": 2})))).await;
    got.is(409);
    // An upgrade brings nothing to look at, and nor do deletions.
    let mut upgrade = patch(json!({}));
    upgrade["maintenance_info"] = json!({"version": "1.2.3"});
    upgrade["previous_values"] = json!({"maintenance_info": {"version": "1.2.2"}});
    outdated(&world, "other").await;
    let got = send(world.patch(0, "other", &upgrade)).await;
    assert!(got.operation().starts_with('g'), "an upgrade: {got:?}");
    send(world.delete(0, "i")).await.is(202);
    // What failed begins again, and is looked at.
    invalid(&send(world.put(0, "half", &first)).await, "(root)");
}

#[tokio::test]
async fn what_can_be_used_stays_in_use() {
    let (mut world, config) = World::of_schemas().await;
    world.publish_both(&config).await;
    // Another configuration's: a rollout is under way.
    let mut stale = published(&config, PLAN, Ok(document()));
    stale["plan_digest"] = json!("of another");
    world.publish(PLAN, &stale).await;
    world
        .noticed(&["plan small (plan-1): the published schemas are those of another configuration"])
        .await;
    world.catalog().await.is(200);
    invalid(&send(world.put(0, "i", &body(json!({"size": SECRET})))).await, "/size");

    let mut newer = published(&config, PLAN, Ok(document()));
    newer["schemas"]["service_instance"]["create"]["parameters"]["$schema"] =
        json!("http://json-schema.org/draft-07/schema#");
    world.publish(PLAN, &newer).await;
    world.noticed(&["written in draft-07", "Cloud Controller"]).await;
    world.catalog().await.is(200);

    for (value, why) in [
        (
            json!({"schema": 2, "schemas": "elsewhere"}),
            "a later release wrote it (shape 2",
        ),
        (
            published(&config, PLAN, Ok(json!({"service_instance": {}}))),
            "no JSON Schema provided",
        ),
        (json!("x"), "isn't of the form"),
    ] {
        world.publish(PLAN, &value).await;
        world.noticed(&["can't be used by this release", why]).await;
        let shown = world.catalog().await.is(200).body["services"][0]["plans"][0]["schemas"].clone();
        assert_eq!(shown, newer["schemas"]);
    }
    world.publish_both(&config).await;
    until("all is well", || async { world.notice().is_none() }).await;

    let key = schemas_key(OTHER);
    let revision = world.bus.read(&key).await.unwrap().revision;
    world.bus.purge(&key, revision).await.unwrap();
    world
        .noticed(&["plan large (plan-2): the bus has lost its schemas"])
        .await;
    world.catalog().await.is(200);
    world.publish_both(&config).await;

    // The whole bus is made anew.
    world.nats.loses_all();
    world.bus.connected().await;
    until("the bus is set up", || async {
        let workers = Worker::ALL.iter().map(|worker| worker.name());
        world.bus.bootstrap(&BootstrapSettings::new(workers)).await.is_ok()
    })
    .await;
    world
        .noticed(&[
            "plan small (plan-1): the bus has lost",
            "plan large (plan-2): the bus has lost",
        ])
        .await;
    world.catalog().await.is(200);
    world.publish_both(&config).await;
    until("all is well", || async { world.notice().is_none() }).await;
}

#[tokio::test]
async fn a_reload_switches_it_on_and_off() {
    let mut world = World::new(1).await;
    let off = config_text(&world.nats.url());
    let on = switched_on(&off);
    let plain = world.catalog().await;
    let config = config_of(&on);
    for plan in [PLAN, OTHER] {
        world.publish(plan, &published(&config, plan, Ok(document()))).await;
    }
    let shown = |got: &Got| got.body["services"][0]["plans"][0]["schemas"].clone();
    assert_eq!(shown(plain.is(200)), Value::Null);
    send(world.put(0, "free", &body(json!({"size": SECRET})))).await.is(202);

    world.gateways[0].reloader.reload(&on).unwrap();
    let got = world.catalog_comes_to(200).await;
    assert_eq!(shown(&got), document());
    assert_ne!(got.headers["etag"], plain.headers["etag"]);
    invalid(
        &send(world.put(0, "bound", &body(json!({"size": SECRET})))).await,
        "/size",
    );
    // A plan that the worker doesn't know yet.
    let more = on.replace("plan_id: plan-2", "plan_id: plan-3");
    world.gateways[0].reloader.reload(&more).unwrap();
    assert!(description(world.catalog().await.is(503)).contains("large (plan-3)"));
    world.gateways[0].reloader.reload(&off).unwrap();
    let again = world.catalog().await;
    assert_eq!(
        (again.body, &again.headers["etag"]),
        (plain.body, &plain.headers["etag"])
    );
    until("nothing is told", || async { world.notice().is_none() }).await;
    send(world.put(0, "bound", &body(json!({"size": SECRET}))))
        .await
        .is(202);

    // A gateway that starts later knows what lay there before it is ready.
    world
        .start(std::sync::Arc::new(chandler_process::SystemClock::new()), &config)
        .await;
    send(world.ask(1, Method::GET, "/v2/catalog")).await.is(200);
}

/// The record says that it has an older version.
async fn outdated(world: &World, id: &str) {
    let (mut record, revision) = world.record(id).await.unwrap();
    record.in_force.as_mut().unwrap().maintenance_version = Some("1.2.2".into());
    let bytes = record.bytes();
    world
        .bus
        .write(&instance_key(id), bytes.into(), revision)
        .await
        .unwrap();
}
