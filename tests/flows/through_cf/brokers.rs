//! What can be done with a broker at Cloud Controller while it has instances, and before.
use super::{Standstill, is_polled, quick, registered};
use chandler_simulators::tls::Identity;
use chandler_tests::{
    cloud_foundry::{BROKER, CloudFoundry, NAME, NOWHERE, ORGANIZATION, SPACE},
    nats::shared_port,
    platform::{Answer, Platform},
    process::{Process, binary},
    world::World,
};
use reqwest::{Certificate, Method, StatusCode};
use serde_json::{Value, json};
use socket2::Socket;
use std::fs;

/// The first error of a refusal.
fn detail(answer: &Answer) -> &str {
    answer.body["errors"][0]["detail"].as_str().unwrap()
}

/// What a broker offers, for a `GET`.
fn offered(cf: &CloudFoundry) -> Vec<(String, String)> {
    let mut plans: Vec<_> = (cf.controller.plans().iter())
        .map(|it| (it.guid.clone(), it.name.clone()))
        .collect();
    plans.sort();
    plans
}

#[tokio::test]
async fn a_space_scoped_broker_serves_its_space_alone() {
    let world = World::start(quick()).await;
    let spaces = vec![SPACE.to_owned(), "elsewhere".to_owned()];
    let cf = CloudFoundry::with(&world, |it| it.organizations = vec![(ORGANIZATION.to_owned(), spaces)]).await;
    let (user, url) = (&cf.developer, &world.platform.url);
    let body = json!({"name": NAME, "url": url, "authentication": BROKER.member()});
    let refused = user.ask(Method::POST, "/v3/service_brokers", Some(&body)).await;
    assert_eq!(
        refused.status,
        StatusCode::FORBIDDEN,
        "for all spaces an administrator is wanted: {refused:?}"
    );

    user.create_space_broker(NAME, url, BROKER).await.succeeded();
    let broker = user.broker(NAME).await;
    // Nobody has to show its plans to anybody, nor could he.
    let plan = user.plan("small").await;
    let row = user.get(&format!("/v3/service_plans/{plan}")).await;
    assert_eq!(row["visibility_type"], "space", "{row}");
    let path = format!("/v3/service_plans/{plan}/visibility");
    let refused = cf
        .admin
        .ask(Method::PATCH, &path, Some(&json!({"type": "public"})))
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused:?}");
    let mut there = user.service_body("there", &plan, json!({}));
    there["relationships"]["space"]["data"]["guid"] = json!(cf.controller.space(ORGANIZATION, "elsewhere").unwrap());
    let refused = user.ask(Method::POST, "/v3/service_instances", Some(&there)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused:?}");
    assert!(detail(&refused).starts_with("Invalid service plan."), "{refused:?}");

    let instance = user.created("here", "small", json!({})).await;
    user.keyed(&instance, "key").await;
    cf.agrees(&world);
    let key = user.key(&instance, "key").await;
    user.unbind(&key).await.succeeded();
    user.delete_service(&instance).await.succeeded();
    user.broker_deleted(&broker).await;
    cf.is_clean(&world);
}

#[tokio::test]
async fn a_renamed_broker_goes_on_and_cant_be_deleted_while_it_has_instances() {
    let (world, cf, broker) = registered(quick()).await;
    let (admin, user) = (&cf.admin, &cf.developer);
    let instance = user.created("store", "small", json!({})).await;
    let before = offered(&cf);
    cf.controller.clear_journal();
    admin
        .update_broker(&broker, &json!({"name": "renamed"}))
        .await
        .succeeded();
    assert_eq!(admin.broker("renamed").await, broker, "the same one");
    assert_eq!(offered(&cf), before, "its plans are those that they were");
    assert!(admin.list("/v3/service_brokers", &[("names", NAME)]).await.is_empty());
    let body = json!({"name": "renamed", "url": world.platform.url, "authentication": BROKER.member()});
    let refused = admin.ask(Method::POST, "/v3/service_brokers", Some(&body)).await;
    assert_eq!(
        (refused.status.as_u16(), detail(&refused)),
        (422, "Name must be unique")
    );
    // The old name is free, for whoever comes.
    admin.create_broker(NAME, &world.platform.url, BROKER).await.succeeded();
    let other = admin.broker(NAME).await;
    assert_ne!(other, broker);
    admin.broker_deleted(&other).await;

    let (key, _) = user.keyed(&instance, "key").await;
    user.unbind(&key).await.succeeded();
    let refused = admin.delete_broker(&broker).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{refused:?}");
    assert_eq!(refused.body["errors"][0]["code"], 270_010);
    assert_eq!(
        detail(&refused),
        "Can not remove brokers that have associated service instances: renamed"
    );
    // Nothing has come of it: the instance can be used, and goes, and then so does the broker.
    user.keyed(&instance, "again").await;
    let key = user.key(&instance, "again").await;
    user.unbind(&key).await.succeeded();
    user.delete_service(&instance).await.succeeded();
    admin.broker_deleted(&broker).await;
    assert!(cf.controller.registered().is_empty() && offered(&cf).is_empty());
    cf.is_clean(&world);
}

/// Starts another gateway of the world, with HTTPS; it is what the world's platform talks to from now on.
async fn another_gateway(world: &mut World, identity: &Identity) -> (Process, Socket) {
    let write = |name: &str, text: &str| {
        let file = world.dir.path().join(name);
        fs::write(&file, text).unwrap();
        file
    };
    let (certificate, key) = (
        write("gateway.crt", &identity.cert_pem),
        write("gateway.key", &identity.key_pem),
    );
    let mut json: Value = serde_json::from_str(&fs::read_to_string(&world.config).unwrap()).unwrap();
    json["broker"]["tls"] = json!({"cert_file": certificate, "key_file": key});
    let config = write("https.yml", &json.to_string());
    let (port, held) = shared_port();
    let port_text = port.to_string();
    let listen = [
        "--bind",
        "127.0.0.1",
        "--port",
        &port_text,
        "--admin-addr",
        "127.0.0.1:0",
        "--log",
        "json",
    ];
    let mut command = vec![
        binary("chandler-gateway"),
        "--config".to_owned(),
        config.to_str().unwrap().to_owned(),
    ];
    command.extend(listen.map(str::to_owned));
    let gateway = Process::start("gateway-there", world.dir.path(), command, vec![]);
    let ca = Certificate::from_pem(identity.ca_pem.as_bytes()).unwrap();
    world.platform = Platform {
        url: format!("https://127.0.0.1:{port}"),
        http: reqwest::Client::builder().tls_certs_only([ca]).build().unwrap(),
    };
    world.serves().await;
    (gateway, held)
}

#[tokio::test]
async fn a_broker_moves_to_another_address_in_the_middle_of_an_operation() {
    let mut world = World::start(quick()).await;
    let identity = Identity::generate().unwrap();
    let cf = CloudFoundry::with(&world, |it| it.broker_ca.clone_from(&identity.ca_pem)).await;
    let broker = cf.register(&world).await;
    let (admin, user) = (&cf.admin, &cf.developer);
    // Nobody there: it stays where it is.
    let text = admin.refresh_broker(&broker, NOWHERE).await.failed();
    assert_eq!(text, "The service broker could not be reached");
    let url = || cf.controller.registered()[0].url.clone();
    assert_eq!(url(), world.platform.url);

    Standstill::prepare(&world);
    let plan = user.plan("small").await;
    let (instance, job) = user.create_service("store", &plan, json!({})).await;
    let deploy = Standstill::reached(&world, user, &job).await;
    let (gateway, _held) = another_gateway(&mut world, &identity).await;
    admin.refresh_broker(&broker, &world.platform.url).await.succeeded();
    assert!(url().starts_with("https://") && url() == world.platform.url);
    // The old address is nobody's any more.
    world.gateways[0].kill();
    assert!(is_polled(user, &job).await);
    deploy.ends();
    user.ended(&job, Some(&instance)).await.succeeded();
    let (key, _) = user.keyed(&instance, "key").await;
    cf.agrees(&world);
    user.unbind(&key).await.succeeded();
    user.delete_service(&instance).await.succeeded();
    cf.is_clean(&world);
    drop(gateway);
}

#[tokio::test]
async fn two_brokers_of_one_address_are_strangers_to_each_other() {
    let (world, cf, first) = registered(quick()).await;
    let (admin, user) = (&cf.admin, &cf.developer);
    admin
        .create_broker("twin", &world.platform.url, BROKER)
        .await
        .succeeded();
    admin.enable_access("twin").await;
    let twin = admin.broker("twin").await;
    // The same ids twice, in rows of their own.
    let ids = |of: &str| {
        let offerings = cf.controller.offerings();
        let guid = &offerings.iter().find(|it| it.broker == of).unwrap().guid;
        let plans = cf.controller.plans();
        let mut ids: Vec<_> = (plans.iter().filter(|it| it.offering == *guid))
            .map(|it| it.catalog_id.clone())
            .collect();
        ids.sort();
        ids
    };
    assert_eq!((ids(&first), ids(&first).len()), (ids(&twin), 2));
    let (mine, its) = (user.plan("small").await, user.plan_of("twin", "small").await);
    assert_ne!(mine, its);

    let make = async |name: &str, plan: &str| {
        let (instance, job) = user.create_service(name, plan, json!({})).await;
        user.ended(&job, Some(&instance)).await.succeeded();
        instance
    };
    let (one, other) = tokio::join!(make("one", &mine), make("other", &its));
    user.keyed(&one, "key").await;
    let (_, kept) = user.keyed(&other, "key").await;
    cf.agrees(&world);
    // Each has its own instances in the way.
    for broker in [&first, &twin] {
        assert_eq!(
            admin.delete_broker(broker).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    let key = user.key(&one, "key").await;
    user.unbind(&key).await.succeeded();
    user.delete_service(&one).await.succeeded();
    admin.broker_deleted(&first).await;
    // The other one goes on as if nothing had happened.
    let key = user.key(&other, "key").await;
    assert_eq!(user.credentials(&key).await, kept);
    assert!(!kept["password"].is_null() && kept["password"] == world.users(&other)[&key]["password"]);
    let changed = user
        .update_service(&other, &json!({"parameters": {"task_seconds": 0.2}}))
        .await;
    changed.succeeded();
    cf.agrees(&world);
    user.unbind(&key).await.succeeded();
    user.delete_service(&other).await.succeeded();
    admin.broker_deleted(&twin).await;
    assert_eq!(offered(&cf), []);
    cf.is_clean(&world);
}
