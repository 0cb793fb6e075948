//! Catalogs as wholes: CCC-1 to CCC-7, CCC-42.

use serde_json::{Value, json};

use super::super::inspect::{inspect, plain};
use super::super::{apply, read};
use super::*;

#[test]
fn there_is_a_service() {
    for none in [json!({}), json!({"services": []})] {
        refused(&none, &["Service broker must provide at least one service"]);
    }
    taken(&good());
}

#[test]
fn what_a_real_one_stumbles_over() {
    for body in [
        json!([]),
        json!({"services": null}),
        json!({"services": {"a": 1}}),
        json!({"services": ["a"]}),
    ] {
        let refusal = refusal(&body, &shared().lock());
        assert_eq!(
            refusal,
            Refusal::new(500, 10001, "UnknownError", "An unknown error occurred."),
            "{body}"
        );
    }
}

#[test]
fn services_are_told_apart() {
    let mut catalog = json!({"services": [service("a", &["p"]), service("b", &["q"])]});
    taken(&catalog);
    catalog["services"][1]["id"] = json!("a-id");
    refused(&catalog, &["Service ids must be unique"]);
    catalog["services"][1]["name"] = json!("a");
    refused(
        &catalog,
        &[
            "Service ids must be unique",
            "Service names must be unique within a broker",
        ],
    );
    catalog["services"][1]["id"] = json!("b-id");
    refused(&catalog, &["Service names must be unique within a broker"]);
}

#[test]
fn plan_ids_are_told_apart_over_all_services() {
    let mut catalog = json!({"services": [service("a", &["p"]), service("b", &["q"])]});
    catalog["services"][1]["plans"][0]["name"] = json!("p");
    taken(&catalog);
    catalog["services"][1]["plans"][0]["id"] = json!("p-id");
    refused(
        &catalog,
        &[
            "Plan ids must be unique. Unable to register plan with id 'p-id' (plan name 'p', service name 'b') \
         because it uses the same id as another plan in the catalog (plan name 'p', service name 'a')",
        ],
    );
}

#[test]
fn dashboard_clients_are_told_apart() {
    let client = |id: &str| json!({"id": id, "secret": "s", "redirect_uri": "https://d.test"});
    let mut catalog = json!({"services": [service("a", &["p"]), service("b", &["q"])]});
    catalog["services"][0]["dashboard_client"] = client("c");
    catalog["services"][1]["dashboard_client"] = client("d");
    taken(&catalog);
    catalog["services"][1]["dashboard_client"] = client("c");
    refused(&catalog, &["Service dashboard_client id must be unique"]);
}

/// Takes a catalog over for a broker.
fn register(state: &mut State, broker: &str, catalog: &Value) {
    let catalog = read(catalog, broker, state).expect("a good catalog");
    assert_eq!(apply(state, broker, &catalog, 2.0), Vec::<String>::new());
}

#[test]
fn the_name_of_a_service_with_instances_is_taken() {
    let shared = shared();
    let mut state = shared.lock();
    put_broker(&mut state, "other", "other");
    register(&mut state, "other", &good());
    put_instance(&mut state, "other", "small-id");
    register(&mut state, BROKER, &good());
    let mut renewed = good();
    renewed["services"][0]["id"] = json!("new-id");
    renewed["services"][0]["plans"][0]["id"] = json!("new-plan-id");
    // It has no instances, and those of another broker don't count.
    assert!(read(&renewed, BROKER, &state).is_ok());
    put_instance(&mut state, BROKER, "small-id");
    assert_eq!(
        problems(&renewed, &state),
        "Service names must be unique within a broker. Services with names [\"redis\"] already exist\n",
    );
    assert!(read(&good(), BROKER, &state).is_ok(), "it is the same service");
}

#[test]
fn a_plan_stays_with_its_service() {
    let shared = shared();
    let mut state = shared.lock();
    register(&mut state, BROKER, &good());
    let mut moved = good();
    moved["services"][0]["id"] = json!("new-id");
    moved["services"][0]["name"] = json!("valkey");
    moved["services"][0]["plans"][0]["name"] = json!("tiny");
    let broker = state.brokers.get_mut(BROKER).expect("the broker");
    broker.pending = Some(BrokerChange {
        name: Some("renamed".to_owned()),
        ..BrokerChange::default()
    });
    assert_eq!(
        problems(&moved, &state),
        "Plan ids must be unique. Unable to register plan with id 'small-id' (plan name 'tiny', service name 'valkey') \
         because it uses the same id as an existing plan (plan name 'small', service name 'redis', broker name 'renamed')\n",
    );
    put_broker(&mut state, "other", "other");
    assert!(read(&moved, "other", &state).is_ok(), "ids count within a broker");
}

#[test]
fn services_ask_for_what_is_switched_on() {
    let shared = shared();
    let mut state = shared.lock();
    let catalog = with(
        "/services/0/requires",
        json!(["volume_mount", "route_forwarding", "syslog_drain"]),
    );
    assert!(read(&catalog, BROKER, &state).is_ok());
    let line = |kind: &str| {
        format!("Service redis is declared to be a {kind} service but support for {kind} services is disabled.\n")
    };
    for (route, volume, lines) in [
        (false, true, line("route")),
        (true, false, line("volume mount")),
        (false, false, line("route") + &line("volume mount")),
    ] {
        state.options.route_services = route;
        state.options.volume_services = volume;
        let text = format!("Service broker catalog is incompatible: \n{lines}");
        let expected = Refusal::new(502, 270019, "CF-ServiceBrokerCatalogIncompatible", text);
        assert_eq!(refusal(&catalog, &state), expected);
        assert!(read(&good(), BROKER, &state).is_ok());
    }
}

#[test]
fn values_are_shown_as_ruby_shows_them() {
    for (value, shown) in [
        (json!(null), "nil"),
        (json!(true), "true"),
        (json!(-1.5), "-1.5"),
        (json!("a\"\\\n\u{1b}\u{1}#{x} #x ä"), r##""a\"\\\n\e\u0001\#{x} #x ä""##),
        (json!([1, [null], {}]), "[1, [nil], {}]"),
        (json!({"b": "x", "a": {"c": false}}), r#"{"b"=>"x", "a"=>{"c"=>false}}"#),
    ] {
        assert_eq!(inspect(Some(&value)), shown);
    }
    assert_eq!(
        [plain(None), plain(Some(&json!("a\"b"))), plain(Some(&json!(5)))],
        ["", "a\"b", "5"]
    );
}
