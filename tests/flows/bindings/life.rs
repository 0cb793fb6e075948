//! From bind to unbind, as a platform that waits and one that polls see it, with the credentials in the answer or in CredHub.
use chandler_tests::{
    bindings::{APP, Style},
    platform::Platform,
    service::Side,
    settings::SERVICE,
    world::{Plan, World},
};
use serde_json::{Value, json};
use std::time::Duration;

const I: &str = "bound.instance";

/// What the service itself made of a binding, and what the platform was told of it by its answer or by CredHub.
fn same_user(world: &World, binding: &str, credentials: &Value) {
    let users = world.users(I);
    let user = users
        .get(binding)
        .unwrap_or_else(|| panic!("no user for {binding}: {users:?}"));
    for member in ["username", "password"] {
        assert!(
            !user[member].is_null() && credentials[member] == user[member],
            "{member} of {binding}"
        );
    }
}

fn sync(p: &Platform, binding: &str, parameters: Value) -> reqwest::RequestBuilder {
    p.bind(I, binding, parameters, Style::Synchronous)
}

#[tokio::test]
async fn credentials_in_the_answer() {
    let world = World::start(Plan {
        dns: 2,
        ..Plan::default()
    })
    .await;
    let p = &world.platform;
    assert_eq!(
        p.send(sync(p, "early", json!({}))).await.status,
        404,
        "there is no instance"
    );
    p.provision(I, json!({})).await;

    let made = p.send(sync(p, "waited", json!({"note": "n"}))).await;
    assert_eq!(made.status, 201, "{made:?}");
    let credentials = &made.body["credentials"];
    same_user(&world, "waited", credentials);
    let hosts: Vec<_> = credentials["hosts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|h| h.as_str().unwrap())
        .collect();
    let by_dns = |host: &&str| host.starts_with("q-") && host.ends_with(".bosh") && host.contains(".kv.");
    assert!(
        hosts.len() == 2 && hosts.iter().all(by_dns),
        "addresses by BOSH DNS: {hosts:?}"
    );
    assert_ne!(hosts[0], hosts[1], "one of them asks for what is healthy");
    assert_eq!(world.links(I), [] as [&str; 0], "no link stays");

    for style in [Style::Synchronous, Style::Asynchronous] {
        let again = p.send(p.bind(I, "waited", json!({"note": "n"}), style)).await;
        assert_eq!((again.status.as_u16(), &again.body), (200, &made.body), "{style:?}");
        let other = p.send(p.bind(I, "waited", json!({"note": "m"}), style)).await;
        assert_eq!(other.status, 409, "{style:?}: {other:?}");
    }
    let fetched = p.fetched_binding(I, "waited").await;
    assert_eq!(fetched["credentials"], *credentials);

    let polled = p
        .bound(I, "polled", json!({"syslog_drain_url": "syslog://drain"}))
        .await;
    same_user(&world, "polled", &polled["credentials"]);
    assert_eq!(polled["syslog_drain_url"], "syslog://drain");
    let key = p.send(p.bind_with(I, "key", &key_of(None), Style::Synchronous)).await;
    assert_eq!(key.status, 201, "{key:?}");
    same_user(&world, "key", &key.body["credentials"]);
    assert!(world.users(I)["key"].get("app_guid").is_none() && world.users(I)["waited"]["app_guid"] == APP);

    let gone = p.send(p.unbind(I, "waited", Style::Synchronous)).await;
    assert_eq!((gone.status.as_u16(), &gone.body), (200, &json!({})), "{gone:?}");
    for style in [Style::Synchronous, Style::Asynchronous] {
        assert_eq!(p.send(p.unbind(I, "waited", style)).await.status, 410, "{style:?}");
    }
    assert_eq!(p.send(p.fetch_binding(I, "waited")).await.status, 404);
    p.unbound(I, "polled").await;
    assert_eq!(p.send(p.unbind(I, "polled", Style::Asynchronous)).await.status, 410);
    assert_eq!(world.users(I).keys().collect::<Vec<_>>(), ["key"]);
    assert_eq!(world.links(I), [] as [&str; 0]);
}

#[tokio::test]
async fn a_repeat_meets_the_first() {
    let world = World::start(Plan::default()).await;
    let p = &world.platform;
    p.provision(I, json!({})).await;
    let gate = world.service.gate("create-binding", Side::Before);
    let call = || p.bind(I, "one", json!({}), Style::Asynchronous);
    let operation = p.accepted(call()).await;
    gate.reached().await;
    assert_eq!(p.accepted(call()).await, operation, "202 with the same operation");
    assert_eq!(p.send(p.fetch_binding(I, "one")).await.status, 404, "not yet");
    let other = p.bind(I, "one", json!({"note": "n"}), Style::Asynchronous);
    assert_eq!(p.send(other).await.status, 409);
    let waiting = tokio::spawn({
        let (p, call) = (p.clone(), sync(p, "one", json!({})));
        async move { p.send(call).await }
    });
    let poll = p.send(p.binding_last_operation(I, "one", Some(&operation))).await;
    assert_eq!(poll.body["state"], "in progress", "{poll:?}");
    assert_eq!(
        poll.body["description"],
        "Binding creation in progress: creating the binding"
    );
    gate.open();
    let waited = waiting.await.unwrap();
    assert_eq!(
        waited.status, 200,
        "it is there, and another request made it: {waited:?}"
    );
    same_user(&world, "one", &waited.body["credentials"]);
    let (ended, _) = p.binding_ended(I, "one", &operation, Duration::from_secs(60)).await;
    assert_eq!(ended.body["state"], "succeeded", "{ended:?}");
    assert_eq!(world.users(I).len(), 1);
}

/// The body of a service key, read by a UAA client if one is named.
fn key_of(client: Option<&str>) -> Value {
    let mut body = Platform::bind_body(json!({}));
    body.as_object_mut().unwrap().remove("app_guid");
    body["bind_resource"] = client.map_or(json!({}), |client| json!({"credential_client_id": client}));
    body
}

/// What a reader makes of a credhub-ref, as the platform does it when an app starts.
fn resolved(world: &World, reader: &str, answer: &Value) -> Option<Value> {
    let services = json!({"kv": [{"credentials": answer["credentials"]}]});
    let seen = world.credhub().interpolate_as(reader, &services).ok()?;
    Some(seen["kv"][0]["credentials"].clone())
}

#[tokio::test]
async fn credentials_in_credhub() {
    let world = World::start(Plan {
        secure: true,
        ..Plan::default()
    })
    .await;
    let p = &world.platform;
    p.provision(I, json!({})).await;
    let made = p.send(sync(p, "waited", json!({}))).await;
    let name = World::credential_name(I, "waited");
    assert_eq!(
        (made.status.as_u16(), &made.body["credentials"]),
        (201, &json!({"credhub-ref": name}))
    );
    let app = format!("mtls-app:{APP}");
    same_user(
        &world,
        "waited",
        &resolved(&world, &app, &made.body).expect("its app may read it"),
    );
    for other in ["mtls-app:another", "uaa-client:another", &format!("uaa-client:{APP}")] {
        assert_eq!(resolved(&world, other, &made.body), None, "{other}");
    }
    assert_eq!(world.permissions(&name), [(app.clone(), vec!["read".to_owned()])]);
    let again = p.send(sync(p, "waited", json!({}))).await;
    assert_eq!((again.status.as_u16(), &again.body), (200, &made.body));
    assert_eq!(world.credhub().versions(&name), 1);

    let polled = p.bound(I, "polled", json!({})).await;
    same_user(&world, "polled", &resolved(&world, &app, &polled).unwrap());
    let nobody = p
        .send(p.bind_with(I, "nobody", &key_of(None), Style::Synchronous))
        .await;
    assert_eq!(
        (nobody.status.as_u16(), &nobody.body["error"]),
        (422, &json!("RequiresApp"))
    );
    let key = p
        .send(p.bind_with(I, "key", &key_of(Some("reader")), Style::Synchronous))
        .await;
    assert_eq!(key.status, 201, "{key:?}");
    same_user(
        &world,
        "key",
        &resolved(&world, "uaa-client:reader", &key.body).unwrap(),
    );
    assert_eq!(resolved(&world, &app, &key.body), None);
    let mut expected = ["key", "polled", "waited"].map(|binding| World::credential_name(I, binding));
    expected.sort();
    assert_eq!(world.credhub().names(), expected);

    assert_eq!(p.send(p.unbind(I, "waited", Style::Synchronous)).await.status, 200);
    p.unbound(I, "polled").await;
    assert_eq!(world.credhub().names(), [World::credential_name(I, "key")]);
    for binding in ["waited", "polled"] {
        assert_eq!(world.permissions(&World::credential_name(I, binding)), []);
    }
    p.unbound(I, "key").await;
    assert!(world.users(I).is_empty() && world.credhub().names().is_empty());
    let others: Vec<_> = world
        .credhub()
        .permissions()
        .into_iter()
        .filter(|(path, _, _)| path != "/c/*")
        .collect();
    assert_eq!(others, []);
}

async fn a_deprovision_takes_them_along(secure: bool) {
    let world = World::start(Plan {
        secure,
        dns: 1,
        ..Plan::default()
    })
    .await;
    let p = &world.platform;
    for instance in [I, "bystander"] {
        p.provision(instance, json!({})).await;
        for binding in ["a", "b"] {
            p.bound(instance, binding, json!({})).await;
        }
    }
    let gate = world.service.gate("delete-binding", Side::Before);
    let operation = p.accepted(p.delete(I)).await;
    gate.reached().await;
    let starts = world.director.journal().starts;
    assert!(
        starts.iter().all(|it| it.method == "POST"),
        "the deployment is there while a binding is: {starts:?}"
    );
    gate.open();
    let (answer, seen) = p.ended(I, &operation, Duration::from_secs(60)).await;
    assert_eq!(answer.status, 410, "{answer:?}, {seen:?}");
    assert!(world.users(I).is_empty());
    for binding in ["a", "b"] {
        assert_eq!(p.send(p.fetch_binding(I, binding)).await.status, 404);
        assert_eq!(p.send(p.unbind(I, binding, Style::Synchronous)).await.status, 410);
        assert_eq!(p.send(p.fetch_binding("bystander", binding)).await.status, 200);
    }
    assert_eq!(p.send(sync(p, "late", json!({}))).await.status, 404);
    assert_eq!(world.users("bystander").len(), 2);
    if secure {
        let prefix = format!("/c/{SERVICE}/bystander/");
        let names = world.credhub().names();
        assert!(
            names.len() == 2 && names.iter().all(|name| name.starts_with(&prefix)),
            "{names:?}"
        );
        let of_instance = |(path, _, _): &(String, String, Vec<String>)| path.contains(I);
        assert!(!world.credhub().permissions().iter().any(of_instance));
    }
}

#[tokio::test]
async fn a_deprovision_takes_plain_bindings_along() {
    a_deprovision_takes_them_along(false).await;
}

#[tokio::test]
async fn a_deprovision_takes_secure_bindings_along() {
    a_deprovision_takes_them_along(true).await;
}
