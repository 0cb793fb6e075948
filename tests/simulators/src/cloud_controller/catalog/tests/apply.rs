//! Taking over: CCC-43 to CCC-46.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::{apply, read};
use super::*;

fn take(state: &mut State, catalog: &Value, now: f64) -> Vec<String> {
    let catalog = read(catalog, BROKER, state).expect("a good catalog");
    apply(state, BROKER, &catalog, now)
}

fn offering<'a>(state: &'a State, id: &str) -> Option<&'a Offering> {
    state.offerings_of(BROKER).find(|it| it.catalog_id == id)
}

fn plan_row<'a>(state: &'a State, id: &str) -> Option<&'a Plan> {
    let of_broker = |it: &&Plan| state.offerings[&it.offering].broker == BROKER;
    state.plans.values().filter(of_broker).find(|it| it.catalog_id == id)
}

#[test]
fn a_catalog_becomes_rows() {
    let shared = shared();
    let mut state = shared.lock();
    let schemas =
        json!({"service_instance": {"create": {"parameters": {"$schema": "http://json-schema.org/draft-04/schema#"}}}});
    let mut catalog = json!({"services": [service("redis", &["small", "large"])]});
    let service = &mut catalog["services"][0];
    service["tags"] = json!(["a", "b"]);
    service["requires"] = json!(["syslog_drain"]);
    service["metadata"] = json!({"displayName": "Redis"});
    service["instances_retrievable"] = json!(true);
    service["plans"][1]["free"] = json!(false);
    service["plans"][1]["bindable"] = json!(false);
    service["plans"][1]["plan_updateable"] = json!(true);
    service["plans"][1]["maximum_polling_duration"] = json!(60);
    service["plans"][1]["maintenance_info"] = json!({"version": "1.0.0", "description": "OS"});
    service["plans"][1]["metadata"] = json!({"bullets": []});
    service["plans"][1]["schemas"] = schemas.clone();
    assert_eq!(take(&mut state, &catalog, 5.0), Vec::<String>::new());
    let redis = offering(&state, "redis-id").expect("the offering");
    assert_eq!(
        (redis.name.as_str(), redis.description.as_str(), redis.broker.as_str()),
        ("redis", "what it is", BROKER)
    );
    assert_eq!(
        [redis.available, redis.bindable, redis.instances_retrievable],
        [true; 3]
    );
    assert_eq!(
        [
            redis.plan_updateable,
            redis.bindings_retrievable,
            redis.allow_context_updates
        ],
        [false; 3]
    );
    assert_eq!(
        (&redis.tags[..], &redis.requires[..]),
        (&["a".to_owned(), "b".to_owned()][..], &["syslog_drain".to_owned()][..])
    );
    assert_eq!(json!(redis.metadata), json!({"displayName": "Redis"}));
    assert_eq!((redis.stamp.created_at, redis.stamp.updated_at), (5.0, 5.0));

    let small = plan_row(&state, "small-id").expect("the plan");
    assert_eq!(
        (small.offering.as_str(), small.name.as_str()),
        (redis.guid.as_str(), "small")
    );
    assert_eq!(
        (small.available, small.free, &small.visibility),
        (true, true, &Visibility::Admin)
    );
    assert_eq!(
        (small.bindable, small.plan_updateable, small.maximum_polling_duration),
        (None, None, None)
    );
    assert_eq!((&small.maintenance_info, &small.schemas), (&None, &Value::Null));

    let large = plan_row(&state, "large-id").expect("the plan");
    assert_eq!(
        (large.free, large.bindable, large.plan_updateable),
        (false, Some(false), Some(true))
    );
    assert_eq!(large.maximum_polling_duration, Some(60));
    assert_eq!(
        json!(large.maintenance_info),
        json!({"version": "1.0.0", "description": "OS"})
    );
    assert_eq!(
        (json!(large.metadata), &large.schemas),
        (json!({"bullets": []}), &schemas)
    );
    assert!(small.stamp.serial < large.stamp.serial);
}

/// Rows keep guid, order and visibility when all else changes.
#[test]
fn the_same_id_is_the_same_row() {
    let shared = shared();
    let mut state = shared.lock();
    take(&mut state, &good(), 5.0);
    let old_offering = offering(&state, "redis-id").expect("the offering").clone();
    let old_plan = plan_row(&state, "small-id").expect("the plan").clone();
    let seen = Visibility::Organizations(BTreeSet::from(["org".to_owned()]));
    state.plans.get_mut(&old_plan.guid).expect("the plan").visibility = seen.clone();
    let mut catalog = json!({"services": [service("valkey", &["tiny", "new"])]});
    catalog["services"][0]["id"] = json!("redis-id");
    catalog["services"][0]["plans"][0]["id"] = json!("small-id");
    catalog["services"][0]["plans"][0]["free"] = json!(false);
    assert_eq!(take(&mut state, &catalog, 9.0), Vec::<String>::new());
    let new_offering = offering(&state, "redis-id").expect("the offering");
    assert_eq!(
        (&new_offering.guid, new_offering.name.as_str()),
        (&old_offering.guid, "valkey")
    );
    assert_eq!(
        (new_offering.stamp.serial, new_offering.stamp.created_at),
        (old_offering.stamp.serial, 5.0)
    );
    let tiny = plan_row(&state, "small-id").expect("the plan");
    assert_eq!(
        (&tiny.guid, tiny.name.as_str(), tiny.free),
        (&old_plan.guid, "tiny", false)
    );
    assert_eq!(
        (&tiny.visibility, tiny.stamp.created_at, tiny.stamp.updated_at),
        (&seen, 5.0, 9.0)
    );
    assert_eq!(
        plan_row(&state, "new-id").expect("the plan").visibility,
        Visibility::Admin
    );
    assert_eq!((state.offerings.len(), state.plans.len()), (1, 2));
}

#[test]
fn what_has_left_without_instances_is_removed() {
    let shared = shared();
    let mut state = shared.lock();
    put_broker(&mut state, "other", "other");
    let elsewhere = read(&good(), "other", &state).expect("a good catalog");
    apply(&mut state, "other", &elsewhere, 2.0);
    take(
        &mut state,
        &json!({"services": [service("a", &["p", "q"]), service("b", &["r"])]}),
        5.0,
    );
    assert_eq!(
        take(&mut state, &json!({"services": [service("a", &["p"])]}), 9.0),
        Vec::<String>::new()
    );
    assert!(plan_row(&state, "p-id").is_some_and(|it| it.available));
    assert!(plan_row(&state, "q-id").is_none());
    assert!(plan_row(&state, "r-id").is_none());
    assert!(offering(&state, "b-id").is_none());
    assert!(offering(&state, "a-id").is_some_and(|it| it.available));
    // The other broker's rows were left alone.
    let others: Vec<bool> = state.offerings_of("other").map(|it| it.available).collect();
    assert_eq!((&others[..], state.plans.len()), (&[true][..], 2));
}

#[test]
fn what_has_left_with_instances_becomes_unavailable() {
    let shared = shared();
    let mut state = shared.lock();
    let full = json!({"services": [service("b", &["r", "s"]), service("a", &["z", "p", "q", "o"])]});
    take(&mut state, &full, 5.0);
    let instances = ["r-id", "z-id", "p-id"].map(|plan| put_instance(&mut state, BROKER, plan));
    let less = json!({"services": [service("a", &["q"])]});
    let broker = state.brokers.get_mut(BROKER).expect("the broker");
    broker.pending = Some(BrokerChange {
        url: Some("https://moved.test".to_owned()),
        ..BrokerChange::default()
    });
    let warning = "Warning: Service plans are missing from the broker's catalog (https://moved.test/v2/catalog) but can not be removed \
        from Cloud Foundry while instances exist. The plans have been deactivated to prevent users from attempting to provision new \
        instances of these plans. The broker should continue to support bind, unbind, and delete for existing instances; if these \
        operations fail contact your broker provider.\n\nService Offering: a\nPlans deactivated: p, z\n\nService Offering: b\nPlans deactivated: r\n";
    assert_eq!(take(&mut state, &less, 9.0), [warning]);
    for (plan, available) in [
        ("r-id", Some(false)),
        ("s-id", None),
        ("z-id", Some(false)),
        ("p-id", Some(false)),
        ("q-id", Some(true)),
        ("o-id", None),
    ] {
        assert_eq!(plan_row(&state, plan).map(|it| it.available), available, "{plan}");
    }
    assert_eq!(offering(&state, "a-id").map(|it| it.available), Some(true));
    assert_eq!(offering(&state, "b-id").map(|it| it.available), Some(false));
    // It is told each time.
    assert_eq!(take(&mut state, &less, 10.0), [warning]);
    for instance in instances {
        state.purge_instance(&instance);
    }
    assert_eq!(take(&mut state, &less, 11.0), Vec::<String>::new());
    assert_eq!((state.offerings.len(), state.plans.len()), (1, 1));
}

#[test]
fn what_comes_back_is_available_again() {
    let shared = shared();
    let mut state = shared.lock();
    take(&mut state, &good(), 5.0);
    put_instance(&mut state, BROKER, "small-id");
    let guid = plan_row(&state, "small-id").expect("the plan").guid.clone();
    assert_eq!(
        take(&mut state, &json!({"services": [service("a", &["p"])]}), 6.0).len(),
        1
    );
    assert_eq!(plan_row(&state, "small-id").map(|it| it.available), Some(false));
    assert_eq!(take(&mut state, &good(), 7.0), Vec::<String>::new());
    let plan = plan_row(&state, "small-id").expect("the plan");
    assert_eq!((&plan.guid, plan.available), (&guid, true));
    assert_eq!(offering(&state, "redis-id").map(|it| it.available), Some(true));
}
