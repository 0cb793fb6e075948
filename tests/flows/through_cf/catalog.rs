//! Catalogs that Cloud Controller refuses, and what becomes of plans that come, change and go.
use super::{quick, registered};
use chandler_simulators::cloud_controller::BrokerState;
use chandler_tests::{
    cloud_foundry::{BROKER, CloudFoundry, Login, NAME, NOWHERE, User},
    settings::{LARGE, SMALL},
    world::{Plan, World},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const MEDIUM: &str = "5f1ea7f0-0000-4000-8000-00000000000d";

fn plans(json: &mut Value) -> &mut Vec<Value> {
    json["service_catalog"]["plans"].as_array_mut().unwrap()
}

/// Shows more of the maintenance info than Cloud Controller takes.
fn in_full(json: &mut Value) {
    json["chandler"]["catalog"] = json!({"maintenance_info": "full"});
    for plan in plans(json) {
        plan["maintenance_info"] = json!({"version": "1.0.0", "public": {"stemcell": "1.406"}});
    }
}

/// The state of the broker, and how many plans Cloud Controller has of it.
fn standing(cf: &CloudFoundry) -> (BrokerState, usize) {
    (cf.controller.registered()[0].state, cf.controller.plans().len())
}

#[tokio::test]
async fn what_cant_be_registered_is_told_and_can_be_repaired() {
    let mut world = World::start(Plan {
        change: in_full,
        ..quick()
    })
    .await;
    let cf = CloudFoundry::beside(&world).await;
    let admin = &cf.admin;
    // Away; below its address; with credentials that aren't its own; with a catalog that isn't to Cloud Controller's taste.
    let text = admin.create_broker(NAME, NOWHERE, BROKER).await.failed();
    assert_eq!(text, "The service broker could not be reached");
    assert_eq!(standing(&cf), (BrokerState::SynchronizationFailed, 0));
    let broker = admin.broker(NAME).await;
    let below = json!({"url": format!("{}/nowhere", world.platform.url), "authentication": BROKER.member()});
    let text = admin.update_broker(&broker, &below).await.failed();
    assert!(
        text.starts_with("The service broker rejected the request. Status Code: 404 Not Found"),
        "{text}"
    );
    let wrong = Login {
        password: "wrong",
        ..BROKER
    };
    let body = json!({"url": world.platform.url, "authentication": wrong.member()});
    let text = admin.update_broker(&broker, &body).await.failed();
    assert!(
        text.starts_with("Authentication with the service broker failed."),
        "{text}"
    );
    assert!(!text.contains("wrong"), "{text}");
    let body = json!({"url": world.platform.url, "authentication": BROKER.member()});
    let text = admin.update_broker(&broker, &body).await.failed();
    let plan = |name: &str| format!("  Plan {name}\n    Maintenance info contains invalid key(s): public\n");
    let wanted = format!(
        "Service broker catalog is invalid: \nService example-kv\n{}{}",
        plan("small"),
        plan("large")
    );
    assert_eq!(text, wanted);
    println!("update-service-broker: {text}");
    assert_eq!(standing(&cf), (BrokerState::SynchronizationFailed, 0));

    // The operator repairs it, and tries again.
    world
        .reload(|json| json["chandler"]["catalog"]["maintenance_info"] = json!("minimal"))
        .await;
    admin.update_broker(&broker, &body).await.succeeded();
    assert_eq!(standing(&cf), (BrokerState::Available, 2));
    admin.enable_access(NAME).await;

    // Once it has a catalog, another one that is refused changes nothing: people go on with the one before.
    world
        .reload(|json| json["chandler"]["catalog"]["maintenance_info"] = json!("full"))
        .await;
    assert_eq!(
        admin.refresh_broker(&broker, &world.platform.url).await.failed(),
        wanted
    );
    assert_eq!(standing(&cf), (BrokerState::Available, 2));
    world
        .reload(|json| json["chandler"]["catalog"]["maintenance_info"] = json!("minimal"))
        .await;
    let instance = cf.developer.created("store", "small", json!({})).await;
    cf.developer.delete_service(&instance).await.succeeded();
    cf.is_clean(&world);
}

#[tokio::test]
async fn plans_come_change_and_go() {
    let (mut world, cf, broker) = registered(quick()).await;
    let (admin, user) = (&cf.admin, &cf.developer);
    let instance = user.created("store", "small", json!({})).await;
    let (key, credentials) = user.keyed(&instance, "key").await;
    let app = user.create_app("app").await;
    let small = user.plan("small").await;

    // One comes, one is another now; the ids say which is which.
    world
        .reload(|json| {
            let mut medium = plans(json)[1].clone();
            medium["plan_id"] = json!(MEDIUM);
            medium["name"] = json!("medium");
            plans(json).push(medium);
            plans(json)[0]["name"] = json!("tiny");
            plans(json)[0]["description"] = json!("what was small");
        })
        .await;
    let end = admin.refresh_broker(&broker, &world.platform.url).await.succeeded();
    assert_eq!(end.warnings, [] as [&str; 0]);
    assert_eq!(user.plan("tiny").await, small);
    let row = user.get(&format!("/v3/service_plans/{small}")).await;
    assert_eq!(
        (&row["description"], &row["broker_catalog"]["id"]),
        (&json!("what was small"), &json!(SMALL))
    );
    assert!(!json!(cf.controller.plans()).to_string().contains("a small store"));
    comes(&cf, &broker).await;

    // One without instances goes for good, one with an instance can't be chosen any more.
    world
        .reload(|json| {
            json["chandler"]["allow_missing_plans"] = json!(true);
            plans(json).retain(|plan| plan["plan_id"] == json!(MEDIUM));
        })
        .await;
    let end = admin.refresh_broker(&broker, &world.platform.url).await.succeeded();
    let warned = end.warnings.join("\n");
    assert!(
        warned.starts_with("Warning: Service plans are missing from the broker's catalog")
            && warned.contains("Service Offering: example-kv\nPlans deactivated: tiny\n")
            && !warned.contains("large"),
        "{warned}"
    );
    println!("update-service-broker: {warned}");
    let rows = cf.controller.plans();
    let left: Vec<_> = rows.iter().map(|it| (it.name.as_str(), it.available)).collect();
    let mut sorted = left.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [("medium", true), ("tiny", false)]);
    assert!(!rows.iter().any(|it| it.catalog_id == LARGE));
    gone(&world, &cf, &instance, &small, &app).await;
    stays(&world, &cf, &instance, &small).await;

    // What there is of it still works, and goes.
    assert_eq!(user.credentials(&key).await, credentials);
    cf.agrees(&world);
    for binding in [key, user.app_binding(&instance, &app).await] {
        user.unbind(&binding).await.succeeded();
    }
    user.delete_service(&instance).await.succeeded();
    cf.is_clean(&world);
    // With its last instance gone, the next look takes the plan away.
    admin.refresh_broker(&broker, &world.platform.url).await.succeeded();
    assert_eq!(cf.controller.plans().len(), 1);
}

/// A new plan is for administrators until they show it.
async fn comes(cf: &CloudFoundry, broker: &str) {
    let (admin, user) = (&cf.admin, &cf.developer);
    assert_eq!(admin.broker(NAME).await, broker);
    let medium = admin.plan("medium").await;
    let row = admin.get(&format!("/v3/service_plans/{medium}")).await;
    assert_eq!(row["visibility_type"], "admin", "{row}");
    assert!(user.list("/v3/service_plans", &[("names", "medium")]).await.is_empty());
    let body = user.service_body("early", &medium, json!({}));
    let refused = user.ask(Method::POST, "/v3/service_instances", Some(&body)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused:?}");
    admin.enable_access(NAME).await;
    let made = user.created("medium", "medium", json!({})).await;
    user.delete_service(&made).await.succeeded();
}

/// An instance can't leave a plan that its broker doesn't have any more: the adapter would be asked for a change from nothing.
async fn stays(world: &World, cf: &CloudFoundry, instance: &str, plan: &str) {
    let user = &cf.developer;
    let (medium, manifest) = (user.plan("medium").await, world.manifest(instance));
    let text = user.update_service(instance, &User::to_plan(&medium)).await.failed();
    let why = format!("plan {SMALL} does not exist");
    assert_eq!(
        text,
        format!("update could not be completed: Service broker error: {why}")
    );
    // Nothing has come of it on either side.
    assert_eq!(world.platform.fetched(instance).await["plan_id"], SMALL);
    assert_eq!(world.manifest(instance), manifest);
    assert_eq!(cf.controller.instances()[0].plan, plan);
}

/// What a plan that has left the catalog still allows, and what it doesn't.
async fn gone(world: &World, cf: &CloudFoundry, instance: &str, plan: &str, app: &str) {
    let user = &cf.developer;
    let ask = async |method: Method, path: &str, body: Value| {
        let answer = user.ask(method, path, Some(&body)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {answer:?}");
        answer.body["errors"][0]["detail"].as_str().unwrap().to_owned()
    };
    let another = user.service_body("another", plan, json!({}));
    let text = ask(Method::POST, "/v3/service_instances", another).await;
    assert!(text.starts_with("Invalid service plan."), "{text}");
    let key = user.key_body(instance, "late");
    let text = ask(Method::POST, "/v3/service_credential_bindings", key).await;
    assert_eq!(text, "Service plan is not available.");
    let path = format!("/v3/service_instances/{instance}");
    let text = ask(Method::PATCH, &path, json!({"parameters": {"task_seconds": 1}})).await;
    assert_eq!(
        text,
        "Cannot update parameters of a service instance that belongs to inaccessible plan"
    );
    // Apps can still be bound.
    user.bind_app(instance, app).await.succeeded();
    assert_eq!(world.users(instance).len(), 2);
}
