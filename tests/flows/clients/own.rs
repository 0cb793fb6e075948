//! An instance gets its first client late, or loses the last one: by a change, also by one that fails on its way.
use super::{defined, deprovisioned, fail_once, fails, logs_in, secret, start, succeeds, told, touch, undefined};
use chandler_simulators::bosh::TaskKind;
use chandler_tests::settings::SMALL;
use serde_json::{Value, json};

/// Something to upgrade to.
fn maintained(json: &mut Value) {
    for plan in json["service_catalog"]["plans"].as_array_mut().unwrap() {
        plan["maintenance_info"]["version"] = json!("2.0.0");
    }
}

#[tokio::test]
async fn an_instance_from_before_gets_a_client_by_its_next_change_and_keeps_it() {
    let mut world = start(undefined).await;
    for id in ["updated", "upgraded"] {
        world.platform.provision(id, json!({})).await;
        assert!(world.client(id).is_none() && told(&world, id).is_null(), "{id}");
    }
    world.reconfigure(defined).await;

    succeeds(&world, "updated", touch(&world, "updated")).await;
    let first = secret(&world, "updated").await;
    let p = &world.platform;
    succeeds(&world, "updated", p.update("updated", SMALL, json!({}))).await;
    assert!(secret(&world, "updated").await == first, "the service keeps its secret");
    succeeds(&world, "updated", p.manage("updated", "recreate", SMALL)).await;
    assert!(secret(&world, "updated").await == first, "the service keeps its secret");

    world.reconfigure(maintained).await;
    let p = &world.platform;
    succeeds(&world, "upgraded", p.manage("upgraded", "upgrade", SMALL)).await;
    secret(&world, "upgraded").await;

    for id in ["updated", "upgraded"] {
        deprovisioned(p, &world, id).await;
        assert!(world.client(id).is_none(), "{id}");
    }
}

#[tokio::test]
async fn a_client_that_a_failed_change_made_is_made_anew_by_the_next() {
    let mut world = start(undefined).await;
    let update = ("update-again", TaskKind::Deploy);
    let upgrade = ("upgrade-instead", TaskKind::Deploy);
    let errand = ("errand", TaskKind::Errand);
    let given_up = ("given-up", TaskKind::Deploy);
    let all = [update, upgrade, errand, given_up];
    for (id, _) in all {
        world.platform.provision(id, json!({})).await;
    }
    world.reconfigure(defined).await;
    let mut had = vec![];
    for (id, kind) in all {
        fail_once(&world, id, kind);
        fails(&world, id, touch(&world, id)).await;
        let client = world.client(id).unwrap_or_else(|| panic!("{id}: it was made"));
        // A deploy that failed has told the deployment nothing.
        let knows = kind == TaskKind::Errand;
        assert_eq!(told(&world, id).is_null(), !knows, "{id}");
        had.push(client.secrets[0].clone());
    }
    let p = &world.platform;
    for (id, request) in [
        (update.0, touch(&world, update.0)),
        (upgrade.0, p.manage(upgrade.0, "upgrade", SMALL)),
        (errand.0, touch(&world, errand.0)),
    ] {
        succeeds(&world, id, request).await;
        let is = secret(&world, id).await;
        for old in &had {
            assert!(!logs_in(&world, id, old).await, "{id}: a secret that failed");
        }
        succeeds(&world, id, p.update(id, SMALL, json!({}))).await;
        assert!(secret(&world, id).await == is, "{id}: from now on it stays");
    }
    for (id, _) in all {
        deprovisioned(p, &world, id).await;
        assert!(world.client(id).is_none(), "{id}");
    }
}

#[tokio::test]
async fn without_a_definition_the_client_goes_after_the_next_deploy_that_succeeds() {
    let (mut world, id) = (start(defined).await, "undefined");
    world.platform.provision(id, json!({})).await;
    let before = secret(&world, id).await;
    world.reconfigure(undefined).await;
    assert!(secret(&world, id).await == before, "nothing goes by itself");

    fail_once(&world, id, TaskKind::Deploy);
    fails(&world, id, touch(&world, id)).await;
    assert!(secret(&world, id).await == before, "the service still uses it");

    succeeds(&world, id, touch(&world, id)).await;
    assert_eq!(told(&world, id), Value::Null, "the adapter was told of none");
    assert!(world.client(id).is_none(), "the client is left");

    world.uaa().clear_journal();
    succeeds(&world, id, world.platform.update(id, SMALL, json!({}))).await;
    deprovisioned(&world.platform, &world, id).await;
    let calls = world.uaa().journal().calls;
    assert!(calls.is_empty(), "there is nothing to ask the UAA: {calls:?}");
}
