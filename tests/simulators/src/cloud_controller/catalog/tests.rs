//! Each rule with a catalog that breaks it, and with one that just doesn't.

mod apply;
mod catalogs;
mod plans;
mod schemas;
mod services;

use serde_json::{Value, json};

use super::read;
use crate::cloud_controller::model::*;
use crate::cloud_controller::options::Options;
use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::state::{Shared, State};
use crate::uaa::Verifier;

/// The guid of the broker in tests.
const BROKER: &str = "broker";

/// A state with a broker and nothing else.
fn shared() -> Shared {
    let options = Options::new(Verifier::offline("https://uaa.test"));
    let shared = Shared::new(options, "https://cc.test".to_owned(), 1.0);
    put_broker(&mut shared.lock(), BROKER, "odb");
    shared
}

fn put_broker(state: &mut State, guid: &str, name: &str) {
    let broker = Broker {
        guid: guid.to_owned(),
        name: name.to_owned(),
        url: format!("https://{name}.test"),
        username: "user".to_owned(),
        password: "password".to_owned(),
        space: None,
        state: BrokerState::Synchronizing,
        pending: None,
        metadata: Metadata::default(),
        stamp: state.stamp(1.0),
    };
    state.brokers.insert(guid.to_owned(), broker);
}

/// An instance of the plan with this id in the catalog of this broker.
fn put_instance(state: &mut State, broker: &str, plan: &str) -> String {
    let of_broker = |it: &&Plan| state.offerings[&it.offering].broker == broker;
    let plan = state.plans.values().filter(of_broker).find(|it| it.catalog_id == plan);
    let plan = plan.expect("the plan").guid.clone();
    let stamp = state.stamp(1.0);
    let instance = Instance {
        guid: format!("instance-{}", stamp.serial),
        name: "cache".to_owned(),
        space: "space".to_owned(),
        plan,
        tags: Vec::new(),
        maintenance_info: None,
        dashboard_url: None,
        broker_metadata: None,
        metadata: Metadata::default(),
        last_operation: LastOperation::begin(OperationKind::Create, 1.0),
        job: None,
        stamp,
    };
    let guid = instance.guid.clone();
    state.instances.insert(guid.clone(), instance);
    guid
}

/// A catalog without faults, with one service and one plan.
fn good() -> Value {
    json!({"services": [service("redis", &["small"])]})
}

/// A service `NAME` with id `NAME-id`; its plans have ids `PLAN-id`.
fn service(name: &str, plans: &[&str]) -> Value {
    let plans: Vec<Value> = plans.iter().map(|it| plan(it)).collect();
    json!({"id": format!("{name}-id"), "name": name, "description": "what it is", "bindable": true, "plans": plans})
}

fn plan(name: &str) -> Value {
    json!({"id": format!("{name}-id"), "name": name, "description": "what it is"})
}

/// The good catalog with another value at a place such as `/services/0/id`.
fn with(place: &str, value: Value) -> Value {
    let mut catalog = good();
    let (parent, key) = place.rsplit_once('/').expect("a place");
    catalog.pointer_mut(parent).expect("a parent")[key] = value;
    catalog
}

/// The good catalog without what is at a place.
fn without(place: &str) -> Value {
    let mut catalog = good();
    let (parent, key) = place.rsplit_once('/').expect("a place");
    let parent = catalog.pointer_mut(parent).and_then(Value::as_object_mut);
    parent.expect("a parent").shift_remove(key).expect("something there");
    catalog
}

fn refusal(catalog: &Value, state: &State) -> Refusal {
    let read = read(catalog, BROKER, state);
    read.expect_err("a catalog that isn't taken")
}

/// What a catalog is refused with, without the sentence in front.
fn problems(catalog: &Value, state: &State) -> String {
    let refusal = refusal(catalog, state);
    let [error] = &refusal.errors[..] else {
        panic!("one error: {refusal:?}");
    };
    assert_eq!(
        (refusal.status.as_u16(), error.code, error.title),
        (502, 270012, "CF-ServiceBrokerCatalogInvalid"),
    );
    let text = error.detail.strip_prefix("Service broker catalog is invalid: \n");
    text.expect("the sentence in front").to_owned()
}

/// Asserts that a catalog for a broker without any is refused with just these lines.
fn refused(catalog: &Value, lines: &[&str]) {
    let expected: String = lines.iter().map(|it| format!("{it}\n")).collect();
    assert_eq!(problems(catalog, &shared().lock()), expected, "{catalog}");
}

/// Asserts that a catalog for a broker without any is taken.
fn taken(catalog: &Value) {
    let read = read(catalog, BROKER, &shared().lock());
    assert!(read.is_ok(), "{catalog}: {read:?}");
}
