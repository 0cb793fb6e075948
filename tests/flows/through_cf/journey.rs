//! A developer's way from the marketplace to nothing left, with everything that a broker can be told to do for an instance.
use super::registered;
use chandler_tests::{
    cloud_foundry::{CloudFoundry, User},
    settings::LARGE,
    world::{Plan, World},
};
use serde_json::{Value, json};

/// Everything that there is: clients, CredHub, errands, secrets in manifests.
fn full() -> Plan {
    Plan {
        task_seconds: 1.2,
        secure: true,
        uaa_clients: true,
        errands: true,
        ..super::quick()
    }
}

/// What a user of the service has is what Cloud Controller shows of a key, where it is looked up in CredHub.
fn is_the_users(world: &World, instance: &str, binding: &str, shown: &Value) {
    let users = world.users(instance);
    let user = users.get(binding).unwrap_or_else(|| panic!("{binding}: {users:?}"));
    assert!(
        !user["password"].is_null() && user["password"] == shown["password"],
        "{binding}"
    );
}

#[tokio::test]
async fn from_the_marketplace_to_nothing_left() {
    let (mut world, cf, broker) = registered(full()).await;
    let user = &cf.developer;
    let marketplace = user.list("/v3/service_plans", &[("space_guids", &user.space)]).await;
    let seen: Vec<_> = marketplace.iter().map(|it| (&it["name"], &it["available"])).collect();
    assert_eq!(seen, [(&json!("small"), &json!(true)), (&json!("large"), &json!(true))]);

    let instance = made(&world, &cf).await;
    let (key, binding) = bound(&world, &cf, &instance).await;
    changed(&world, user, &instance).await;
    upgraded(&mut world, &cf, &broker, &instance).await;
    // Who was bound before still has what he had.
    is_the_users(&world, &instance, &key, &user.credentials(&key).await);
    cf.agrees(&world);

    user.unbind(&binding).await.succeeded();
    user.unbind(&key).await.succeeded();
    assert!(world.users(&instance).is_empty());
    let end = user.delete_service(&instance).await.succeeded();
    assert!(says(&end.said, "Instance deletion in progress"), "{:?}", end.said);
    cf.is_idle().await;
    cf.is_clean(&world);
    let again = user
        .ask(reqwest::Method::GET, &format!("/v3/service_instances/{instance}"), None)
        .await;
    assert_eq!(again.status, 404, "{again:?}");
    // With no instance left, the broker can go.
    cf.admin.broker_deleted(&broker).await;
    assert!(cf.controller.offerings().is_empty() && cf.controller.plans().is_empty());
}

fn says(said: &[String], begins: &str) -> bool {
    said.iter().any(|it| it.starts_with(begins))
}

async fn made(world: &World, cf: &CloudFoundry) -> String {
    let user = &cf.developer;
    let plan = user.plan("small").await;
    let (instance, job) = user.create_service("store", &plan, json!({})).await;
    let end = user.ended(&job, Some(&instance)).await.succeeded();
    println!("create-service: {:#?}", end.said);
    assert!(says(&end.said, "Instance provisioning in progress"), "{:?}", end.said);
    assert!(end.said.len() >= 3, "the notes changed on the way: {:?}", end.said);
    assert_eq!(end.said.last().unwrap(), "Instance provisioning completed");
    let row = user.instance(&instance).await;
    assert_eq!(row["last_operation"]["state"], "succeeded", "{row}");
    assert_eq!(row["maintenance_info"]["version"], "1.0.0", "{row}");
    assert_eq!(row["upgrade_available"], false, "{row}");
    let dashboard = row["dashboard_url"].as_str().unwrap();
    assert!(
        dashboard.ends_with(&instance),
        "read from the broker once it was done: {dashboard}"
    );
    cf.agrees(world);
    world.director.set_task_seconds(0.1);
    instance
}

/// A key, and the binding of an app.
async fn bound(world: &World, cf: &CloudFoundry, instance: &str) -> (String, String) {
    let user = &cf.developer;
    let (key, credentials) = user.keyed(instance, "key").await;
    is_the_users(world, instance, &key, &credentials);
    let taken = user.key_body(instance, "key");
    let taken = user
        .ask(reqwest::Method::POST, "/v3/service_credential_bindings", Some(&taken))
        .await;
    assert_eq!(taken.status, 422, "a second key of this name: {taken:?}");

    let app = user.create_app("app").await;
    user.bind_app(instance, &app).await.succeeded();
    let binding = user.app_binding(instance, &app).await;
    assert_eq!(world.users(instance)[&binding]["app_guid"], json!(app));
    // Only the app itself may read what it was given.
    let reference = user.credentials(&binding).await;
    let name = World::credential_name(instance, &binding);
    assert_eq!(reference, json!({"credhub-ref": name}));
    assert_eq!(
        world.permissions(&name),
        [(format!("mtls-app:{app}"), vec!["read".to_owned()])]
    );
    cf.agrees(world);
    (key, binding)
}

/// Parameters, then the plan.
async fn changed(world: &World, user: &User, instance: &str) {
    let end = user
        .update_service(instance, &json!({"parameters": {"task_seconds": 0.1}}))
        .await
        .succeeded();
    assert!(says(&end.said, "Instance update in progress"), "{:?}", end.said);
    assert_eq!(
        world.manifest(instance)["properties"]["chosen"],
        json!({"task_seconds": 0.1})
    );
    let large = user.plan("large").await;
    user.update_service(instance, &User::to_plan(&large)).await.succeeded();
    let row = user.instance(instance).await;
    assert_eq!(
        row["relationships"]["service_plan"]["data"]["guid"],
        json!(large),
        "{row}"
    );
    assert_eq!(world.manifest(instance)["instance_groups"][0]["instances"], 3);
    let at_the_broker = world.platform.fetched(instance).await;
    assert_eq!(at_the_broker["plan_id"], LARGE);
    // What can't be is told, and the instance stays usable.
    let refused = user
        .update_service(instance, &json!({"parameters": {"no_such": 1}}))
        .await
        .failed();
    assert!(
        refused.contains("unsupported parameter(s) for this service plan: no_such"),
        "{refused}"
    );
}

async fn upgraded(world: &mut World, cf: &CloudFoundry, broker: &str, instance: &str) {
    let user = &cf.developer;
    world
        .reload(|json| {
            json["service_deployment"]["releases"][0]["version"] = json!("1.3.0");
            for plan in json["service_catalog"]["plans"].as_array_mut().unwrap() {
                plan["maintenance_info"]["version"] = json!("2.0.0");
            }
        })
        .await;
    assert_eq!(
        user.instance(instance).await["upgrade_available"],
        false,
        "Cloud Controller hasn't looked yet"
    );
    cf.admin.refresh_broker(broker, &world.platform.url).await.succeeded();
    assert_eq!(user.instance(instance).await["upgrade_available"], true);
    let refused = user
        .update_service(instance, &json!({"parameters": {"task_seconds": 0.2}}))
        .await
        .failed();
    assert!(
        refused.contains("service instance needs to be upgraded before updating"),
        "{refused}"
    );
    let end = user.upgrade_service(instance).await.succeeded();
    assert!(says(&end.said, "Instance upgrade in progress"), "{:?}", end.said);
    let row = user.instance(instance).await;
    assert_eq!(
        (&row["maintenance_info"]["version"], &row["upgrade_available"]),
        (&json!("2.0.0"), &json!(false))
    );
    assert_eq!(world.manifest(instance)["releases"][0]["version"], "1.3.0");
}

/// Cloud Controller unbinds first, and doesn't wait for an unbind that the broker hasn't done within its grace (here there is none): the first try says so, and by the second all is
/// unbound. With the grace one try is enough (`bindings::soon`).
#[tokio::test]
async fn what_is_bound_goes_first_and_then_the_instance() {
    let (world, cf, _) = registered(Plan {
        secure: true,
        ..super::quick()
    })
    .await;
    let user = &cf.developer;
    let instance = user.created("store", "small", json!({})).await;
    user.keyed(&instance, "key").await;
    let app = user.create_app("app").await;
    user.bind_app(&instance, &app).await.succeeded();
    let text = user.delete_service(&instance).await.failed();
    println!("delete-service: {text}");
    assert_eq!(
        text,
        "delete could not be completed: An operation for the service binding between app app and service instance store is in progress."
    );
    // Nothing has to be done in between.
    cf.is_idle().await;
    assert!(cf.controller.bindings().is_empty() && world.users(&instance).is_empty());
    assert!(world.credhub().names().is_empty());
    cf.agrees(&world);
    user.delete_service(&instance).await.succeeded();
    cf.is_clean(&world);
}
