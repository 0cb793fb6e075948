//! Secure manifests, and a Director that takes tokens: a whole life with each.
use chandler_tests::{
    bindings::Style,
    settings::SERVICE,
    systems::UaaClientOf,
    world::{Plan, World},
};
use serde_json::json;

const I: &str = "secured";

#[tokio::test]
async fn the_secrets_of_a_manifest_are_in_credhub_and_reach_the_adapter() {
    let world = World::start(Plan {
        secure: true,
        secure_manifests: true,
        ..Plan::default()
    })
    .await;
    let p = &world.platform;
    let vault = world.bosh_credhub();
    let elsewhere = [
        format!("/other/{I}/x"),
        format!("/odb/{SERVICE}/service-instance_{I}-2/password"),
    ];
    for name in &elsewhere {
        vault.set(name, &json!("mine")).unwrap();
    }
    p.provision(I, json!({"password": "chosen-by-the-user"})).await;
    let path = format!("/odb/{SERVICE}/service-instance_{I}");
    let own = || {
        vault
            .names()
            .into_iter()
            .filter(|name| name.starts_with(&format!("{path}/")))
            .collect::<Vec<_>>()
    };
    assert_eq!(own(), [format!("{path}/password"), format!("{path}/tls")]);
    assert_eq!(
        vault.get(&format!("{path}/password")),
        Some(json!("chosen-by-the-user"))
    );
    let tls = vault.get(&format!("{path}/tls")).unwrap();
    let private = tls["private_key"].as_str().unwrap();
    let manifest = world
        .director
        .deployment(&format!("service-instance_{I}"))
        .unwrap()
        .manifest
        .unwrap();
    assert!(manifest.contains(&format!("(({path}/password))")), "{manifest}");
    assert!(
        !manifest.contains("chosen-by-the-user") && !manifest.contains(private) && !manifest.contains("odb_secret")
    );

    let made = p.send(p.bind(I, "b", json!({}), Style::Synchronous)).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(world.users(I)["b"]["authorised_by"], "chosen-by-the-user");
    // What is deployed counts, not what was written since.
    vault
        .set(&format!("{path}/password"), &json!("not deployed yet"))
        .unwrap();
    p.bound(I, "c", json!({})).await;
    assert_eq!(world.users(I)["c"]["authorised_by"], "chosen-by-the-user");
    p.unbound(I, "b").await;

    p.deprovision(I).await;
    assert_eq!(own(), [] as [String; 0]);
    let mut left = elsewhere.to_vec();
    left.sort();
    assert_eq!(
        vault.names(),
        left,
        "what merely has the instance's id in its name stays"
    );
    assert!(world.users(I).is_empty() && world.credhub().names().is_empty());
    for of in [UaaClientOf::CredHub, UaaClientOf::BoshCredHub] {
        assert!(world.uaa().tokens_issued(of.id()) > 0, "{of:?}");
    }
}

#[tokio::test]
async fn a_whole_life_with_tokens_for_the_director() {
    let world = World::start(Plan {
        director_by_uaa: true,
        dns: 1,
        ..Plan::default()
    })
    .await;
    let p = &world.platform;
    p.provision(I, json!({})).await;
    let made = p.send(p.bind(I, "b", json!({}), Style::Synchronous)).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.body["credentials"]["password"], world.users(I)["b"]["password"]);
    // Every token is over in the middle of it, for both workers.
    let tokens = world.uaa().tokens_issued(UaaClientOf::Director.id());
    assert!(tokens >= 2, "one for each worker");
    world.uaa().expire_tokens();
    p.bound(I, "c", json!({})).await;
    p.unbound(I, "b").await;
    p.deprovision(I).await;
    assert!(world.users(I).is_empty() && world.director.deployments().is_empty());
    assert!(world.uaa().tokens_issued(UaaClientOf::Director.id()) >= tokens + 2);
}
