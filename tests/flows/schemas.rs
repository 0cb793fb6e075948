//! The schemas of plans, from the adapter to the platform: the provisioning worker asks and publishes, the gateway shows and checks.
use chandler_tests::{
    bindings::Style,
    platform::{Answer, Platform},
    settings::{LARGE, SMALL},
    wait,
    world::{Plan, World},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{fs, time::Duration};

const LIMIT: Duration = Duration::from_secs(60);
const SECRET: &str = "s3cr3t";

async fn catalog(world: &World) -> Answer {
    let p = &world.platform;
    p.send(p.call(Method::GET, "/v2/catalog")).await
}

/// The catalog, once it is as wanted.
async fn shown(world: &World, what: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
    wait::until(what, LIMIT, || async {
        let answer = catalog(world).await;
        wanted(&answer).then_some(answer)
    })
    .await
}

/// The three schemas of each plan: CAT-21, CAT-22, CCC-35 to CCC-40.
fn keeps_the_rules(catalog: &Value) {
    let plans = catalog["services"][0]["plans"].as_array().unwrap();
    assert_eq!(plans.len(), 2);
    for plan in plans {
        let schemas = plan["schemas"].as_object().unwrap();
        assert_eq!(
            schemas.keys().collect::<Vec<_>>(),
            ["service_instance", "service_binding"]
        );
        for (thing, action) in [
            ("service_instance", "create"),
            ("service_instance", "update"),
            ("service_binding", "create"),
        ] {
            let action = plan["schemas"][thing][action].as_object().unwrap();
            let schema = action["parameters"].as_object().unwrap();
            assert_eq!(schema["$schema"], "http://json-schema.org/draft-04/schema#");
            let text = action["parameters"].to_string();
            assert!(text.chars().count() <= 65_536 && !text.contains("$ref"), "{text}");
        }
    }
}

fn invalid(answer: &Answer, path: &str) {
    let text = answer.body["description"].as_str().unwrap_or_default();
    let begin = format!("validation against JSON schema failed:\n{path}");
    assert!(answer.status == 400 && text.starts_with(&begin), "{answer:?}");
    assert!(!text.contains(SECRET), "{text}");
}

#[tokio::test]
async fn the_adapter_says_what_parameters_are_taken() {
    let mut world = World::start(Plan {
        workers: 2,
        change: |json| json["broker"]["enable_plan_schemas"] = json!(true),
        ..Plan::default()
    })
    .await;
    let first = shown(&world, "the catalog has schemas", |it| it.status == 200).await;
    keeps_the_rules(&first.body);

    let p = &world.platform;
    let wrong = json!({"task_seconds": SECRET});
    invalid(&p.send(p.put("i", wrong.clone())).await, "/task_seconds");
    assert_eq!(p.send(p.get("i")).await.status, 404, "nothing is there");
    assert!(world.director.tasks().is_empty());
    p.provision("i", json!({"task_seconds": 0.1})).await;
    let small = |parameters: Value| Platform::update_body(SMALL, parameters);
    invalid(&p.send(p.patch("i", &small(wrong))).await, "/task_seconds");
    p.changed("i", &small(json!({"task_seconds": 0.2}))).await;
    let bad = p.bind("i", "b", json!({"note": [SECRET]}), Style::Synchronous);
    invalid(&p.send(bad).await, "/note");
    let good = p
        .send(p.bind("i", "b", json!({"note": "mine"}), Style::Synchronous))
        .await;
    assert_eq!(good.status, 201, "{good:?}");

    // The service has another release, whose adapter knows other parameters.
    let narrow = json!({"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "required": ["size"],
        "properties": {"size": {"enum": ["s", "m"]}}, "additionalProperties": false});
    let none = json!({"$schema": "http://json-schema.org/draft-04/schema#", "type": "object"});
    let schemas = json!({"service_instance": {"create": {"parameters": narrow}, "update": {"parameters": none}},
        "service_binding": {"create": {"parameters": none}}});
    let file = world.dir.path().join("schemas.json");
    fs::write(&file, schemas.to_string()).unwrap();
    world.service.control(&json!({ "schemas_file": file }));
    world.reconfigure(|_| ()).await;
    let second = shown(&world, "the catalog changes", |it| {
        it.body["services"][0]["plans"][1]["schemas"] == schemas
            && it.body["services"][0]["plans"][0]["schemas"] == schemas
    })
    .await;
    assert_ne!(second.headers["etag"], first.headers["etag"]);
    let p = &world.platform;
    invalid(&p.send(p.put("j", json!({"task_seconds": 0.1}))).await, "(root)");
    invalid(&p.send(p.put("j", json!({"size": SECRET}))).await, "/size");
    // What is there goes on to be what was asked for.
    let again = p.send(p.put("i", json!({"task_seconds": 0.2}))).await;
    assert_eq!(again.status, 200, "{again:?}");
    p.deprovision("i").await;
}

#[tokio::test]
async fn an_adapter_without_schemas_says_so_in_the_catalog_and_all_else_goes_on() {
    let mut world = World::start(Plan {
        change: |json| {
            json["broker"]["enable_plan_schemas"] = json!(true);
            for plan in json["service_catalog"]["plans"].as_array_mut().unwrap() {
                plan["properties"]["schemas"] = json!(false);
            }
        },
        ..Plan::default()
    })
    .await;
    let answer = shown(&world, "the catalog says why not", |it| it.status == 500).await;
    let text = "enable_plan_schemas is set to true, but the service adapter does not implement generate-plan-schemas";
    assert_eq!(answer.body, json!({ "description": text }));
    let p = &world.platform;
    assert_eq!(p.send(p.put("i", json!({}))).await.status, 503);
    world
        .reconfigure(|json| json["broker"]["enable_plan_schemas"] = json!(false))
        .await;
    let answer = shown(&world, "without schemas all is well", |it| it.status == 200).await;
    assert!(answer.body.to_string().contains(LARGE) && !answer.body.to_string().contains("$schema"));
    let p = &world.platform;
    p.provision("i", json!({})).await;
    // An operator can switch them on while there are instances.
    world
        .reconfigure(|json| {
            json["broker"]["enable_plan_schemas"] = json!(true);
            for plan in json["service_catalog"]["plans"].as_array_mut().unwrap() {
                plan["properties"]["schemas"] = json!(true);
            }
        })
        .await;
    let answer = shown(&world, "now they are there", |it| it.status == 200).await;
    keeps_the_rules(&answer.body);
    world.platform.deprovision("i").await;
}
