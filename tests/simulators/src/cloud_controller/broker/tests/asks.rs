//! Paths, queries, bodies, headers: CCS-1 to CCS-11.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::cloud_controller::broker::Change;
use crate::cloud_controller::broker::asks::{Roots, catalog};
use crate::cloud_controller::broker::request::{Origin, Purpose, Target};
use crate::cloud_controller::model::*;
use crate::cloud_controller::options::Options;
use crate::cloud_controller::state::{Shared, State};
use crate::uaa::Verifier;

/// A broker with an offering, the plans `p` (version 1) and `q` (version 2), and an instance of `p`.
fn shared() -> Shared {
    let options = Options::new(Verifier::offline("https://uaa.example"));
    let shared = Shared::new(options, "https://127.0.0.1:9".to_owned(), 0.0);
    let mut state = shared.lock();
    let space = state.spaces.keys().next().expect("a space").clone();
    let stamp = state.stamp(0.0);
    let info = |version: &str| {
        let info = json!({"version": version, "description": "d"});
        info.as_object().cloned()
    };
    let plan = |name: &str, version: &str| Plan {
        guid: name.to_owned(),
        offering: "o".to_owned(),
        catalog_id: format!("{name}-id"),
        name: name.to_owned(),
        description: String::new(),
        available: true,
        free: true,
        bindable: None,
        plan_updateable: None,
        maximum_polling_duration: None,
        maintenance_info: info(version),
        metadata: Map::new(),
        schemas: Value::Null,
        visibility: Visibility::Admin,
        stamp,
    };
    let (p, q) = (plan("p", "1"), plan("q", "2"));
    state.plans = [("p".to_owned(), p), ("q".to_owned(), q)].into();
    let offering = Offering {
        guid: "o".to_owned(),
        broker: "b".to_owned(),
        catalog_id: "o-id".to_owned(),
        name: "o".to_owned(),
        description: String::new(),
        available: true,
        bindable: true,
        plan_updateable: true,
        instances_retrievable: true,
        bindings_retrievable: true,
        allow_context_updates: false,
        tags: Vec::new(),
        requires: Vec::new(),
        metadata: Map::new(),
        stamp,
    };
    state.offerings.insert("o".to_owned(), offering);
    let broker = Broker {
        guid: "b".to_owned(),
        name: "b".to_owned(),
        url: "http://broker.example/base/".to_owned(),
        username: "u".to_owned(),
        password: "p:w".to_owned(),
        space: None,
        state: BrokerState::Available,
        pending: None,
        metadata: Metadata::default(),
        stamp,
    };
    state.brokers.insert("b".to_owned(), broker);
    let annotations = json!({"example.com/team": "x", "private": "y"});
    let instance = Instance {
        guid: "i".to_owned(),
        name: "cache".to_owned(),
        space: space.clone(),
        plan: "p".to_owned(),
        tags: Vec::new(),
        maintenance_info: info("1"),
        dashboard_url: None,
        broker_metadata: None,
        metadata: Metadata {
            labels: Map::new(),
            annotations: annotations.as_object().cloned().unwrap_or_default(),
        },
        last_operation: LastOperation::begin(OperationKind::Create, 0.0),
        job: None,
        stamp,
    };
    state.instances.insert("i".to_owned(), instance);
    let app = App {
        guid: "a".to_owned(),
        name: "app".to_owned(),
        space,
        stamp,
    };
    state.apps.insert("a".to_owned(), app);
    drop(state);
    shared
}

fn binding(kind: BindingKind) -> Binding {
    Binding {
        guid: "k".to_owned(),
        name: None,
        kind,
        instance: "i".to_owned(),
        credentials: None,
        syslog_drain_url: None,
        volume_mounts: None,
        metadata: Metadata::default(),
        last_operation: LastOperation::begin(OperationKind::Create, 0.0),
        stamp: Stamp {
            serial: 1,
            created_at: 0.0,
            updated_at: 0.0,
        },
    }
}

fn context(state: &State) -> Value {
    let organization = state.organizations.keys().next().expect("an organization");
    let space = state.spaces.keys().next().expect("a space");
    json!({
        "platform": "cloudfoundry",
        "organization_guid": organization, "organization_name": "demo", "organization_annotations": {},
        "space_guid": space, "space_name": "dev", "space_annotations": {},
    })
}

fn query(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    pairs.iter().map(|(key, value)| (*key, (*value).to_owned())).collect()
}

#[test]
fn a_provision_has_parameters_only_if_there_are_some() {
    let shared = shared();
    let state = shared.lock();
    let roots = Roots::of(&state, "i").expect("the rows");
    let mut context = context(&state);
    context["instance_name"] = json!("cache");
    context["instance_annotations"] = json!({"example.com/team": "x"});
    let mut body = json!({
        "service_id": "o-id", "plan_id": "p-id",
        "organization_guid": context["organization_guid"], "space_guid": context["space_guid"],
        "context": context, "maintenance_info": {"version": "1", "description": "d"},
    });
    for parameters in [None, Some(&Map::new())] {
        let ask = roots.provision(parameters);
        assert_eq!(
            (ask.method.as_str(), ask.path.as_str()),
            ("PUT", "/v2/service_instances/i")
        );
        assert_eq!(ask.query, query(&[("accepts_incomplete", "true")]));
        assert_eq!(ask.body, Some(body.clone()));
    }
    let parameters = Map::from_iter([("a".to_owned(), json!(1))]);
    body["parameters"] = json!({"a": 1});
    assert_eq!(roots.provision(Some(&parameters)).body, Some(body));
}

#[test]
fn an_update_says_what_was() {
    let shared = shared();
    let state = shared.lock();
    let roots = Roots::of(&state, "i").expect("the rows");
    let body = |change: &Change| roots.update(change).expect("the plan").body.expect("a body");
    let mut context = context(&state);
    context["instance_name"] = json!("cache");
    let plain = body(&Change::default());
    let previous = json!({
        "plan_id": "p-id", "service_id": "o-id",
        "organization_id": context["organization_guid"], "space_id": context["space_guid"],
        "maintenance_info": {"version": "1", "description": "d"},
    });
    let wanted = json!({
        "service_id": "o-id", "plan_id": "p-id", "previous_values": previous, "context": context, "parameters": {},
    });
    assert_eq!(plain, wanted);

    let plan = body(&Change {
        plan: Some("q".to_owned()),
        name: Some("new".to_owned()),
        ..Change::default()
    });
    assert_eq!(
        (&plan["plan_id"], &plan["previous_values"]["plan_id"]),
        (&json!("q-id"), &json!("p-id"))
    );
    assert_eq!(plan["maintenance_info"], json!({"version": "2"}));
    assert_eq!(plan["context"]["instance_name"], "new");

    let upgrade = body(&Change {
        maintenance_version: Some("3".to_owned()),
        ..Change::default()
    });
    assert_eq!(
        (&upgrade["plan_id"], &upgrade["maintenance_info"]),
        (&json!("p-id"), &json!({"version": "3"}))
    );
    let gone = Change {
        plan: Some("gone".to_owned()),
        ..Change::default()
    };
    assert!(roots.update(&gone).is_none());
}

#[test]
fn a_version_that_isnt_known_is_null() {
    let shared = shared();
    let mut state = shared.lock();
    state.instances.get_mut("i").expect("the instance").maintenance_info = None;
    let ask = Roots::of(&state, "i")
        .and_then(|it| it.update(&Change::default()))
        .expect("the rows");
    assert_eq!(
        ask.body.expect("a body")["previous_values"].get("maintenance_info"),
        Some(&Value::Null)
    );
}

#[test]
fn deletions_and_polls_have_no_body() {
    let shared = shared();
    let mut state = shared.lock();
    let ids = [("plan_id", "p-id"), ("service_id", "o-id")];
    let deletion = query(&[&[("accepts_incomplete", "true")], &ids[..]].concat());
    let roots = Roots::of(&state, "i").expect("the rows");
    let gone = roots.deprovision(Purpose::Orphan);
    assert_eq!(
        (gone.method.as_str(), gone.path.as_str(), &gone.query),
        ("DELETE", "/v2/service_instances/i", &deletion)
    );
    let unbind = roots.unbind("k", Purpose::Unbind);
    assert_eq!(
        (unbind.path.as_str(), &unbind.query),
        ("/v2/service_instances/i/service_bindings/k", &deletion)
    );
    assert_eq!((gone.body, unbind.body), (None, None));
    assert_eq!(roots.poll().query, query(&ids));
    let mut key = binding(BindingKind::Key);
    key.last_operation.operation = Some("k o".to_owned());
    let poll = roots.poll_binding(&key);
    assert_eq!(poll.path, "/v2/service_instances/i/service_bindings/k/last_operation");
    assert_eq!(poll.query.last(), Some(&("operation", "k o".to_owned())));
    assert!(roots.fetch().query.is_empty() && roots.fetch_binding("k").query.is_empty() && catalog().query.is_empty());

    let instance = state.instances.get_mut("i").expect("the instance");
    instance.last_operation.operation = Some("x".to_owned());
    let poll = Roots::of(&state, "i").expect("the rows").poll();
    assert_eq!(poll.path, "/v2/service_instances/i/last_operation");
    assert_eq!(poll.query, query(&[ids[0], ids[1], ("operation", "x")]));
}

#[test]
fn keys_and_apps_are_bound_differently() {
    let shared = shared();
    let state = shared.lock();
    let roots = Roots::of(&state, "i").expect("the rows");
    let body = |kind| roots.bind(&binding(kind), None).body.expect("a body");
    let key = body(BindingKind::Key);
    let wanted = json!({
        "service_id": "o-id", "plan_id": "p-id", "context": context(&state),
        "bind_resource": {"credential_client_id": "cc_service_key_client"},
    });
    assert_eq!(key, wanted);
    let app = body(BindingKind::App { app: "a".to_owned() });
    let space = &context(&state)["space_guid"];
    assert_eq!(app["app_guid"], "a");
    assert_eq!(
        app["bind_resource"],
        json!({"app_guid": "a", "space_guid": space, "app_annotations": {}})
    );
    let parameters = Map::from_iter([("a".to_owned(), json!(1))]);
    let ask = roots.bind(&binding(BindingKind::Key), Some(&parameters));
    assert_eq!(ask.body.expect("a body")["parameters"], json!({"a": 1}));
}

#[test]
fn headers_say_who_and_which() {
    let shared = shared();
    let state = shared.lock();
    let roots = Roots::of(&state, "i").expect("the rows");
    let target = Target::of(&state.brokers["b"]);
    assert_eq!(target.url, "http://broker.example/base");
    let origin = Origin::new(Some("jo".to_owned()), &state.url, true);
    let (put, get) = (roots.provision(None), roots.fetch());
    let headers = origin.headers(&target, &put);
    let of = |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    assert_eq!(of("authorization"), format!("Basic {}", STANDARD.encode("u:p:w")));
    assert_eq!(of("accept"), "application/json");
    assert_eq!(of("content-type"), "application/json");
    assert_eq!(of("x-broker-api-version"), "2.15");
    assert_eq!(of("x-api-info-location"), "127.0.0.1:9/");
    let identity = STANDARD.encode(r#"{"user_id":"jo"}"#);
    assert_eq!(
        of("x-broker-api-originating-identity"),
        format!("cloudfoundry {identity}")
    );
    assert_eq!((of("x-b3-traceid").len(), of("x-b3-spanid").len()), (32, 16));
    assert!(uuid::Uuid::parse_str(of("x-broker-api-request-identity")).is_ok());

    let second = origin.headers(&target, &get);
    let same = |name: &str| headers.get(name) == second.get(name);
    assert!(same("x-vcap-request-id") && same("x-b3-traceid"));
    assert!(!same("x-broker-api-request-identity"), "each call has its own");
    assert!(second.get("content-type").is_none());

    let nobody = Origin::new(None, &state.url, false).headers(&target, &get);
    for name in ["x-broker-api-originating-identity", "x-b3-traceid", "x-b3-spanid"] {
        assert!(nobody.get(name).is_none(), "{name}");
    }
}
