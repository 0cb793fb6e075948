//! What Cloud Controller says about what was made of the plans, and for whom.

use chandler_clients::FaultKind;
use chandler_clients::cloud_controller::{
    Binding, BindingFilter, BindingKind, Instance, InstanceFilter, InstanceKind, LastOperation, OperationKind,
    OperationState, Space, Visibility,
};

use crate::cloud_controller::{Pair, all, list};
use crate::server::{context, json};

fn operation(kind: OperationKind, state: OperationState, description: &str) -> Option<LastOperation> {
    Some(LastOperation {
        kind,
        state,
        description: description.into(),
    })
}

#[tokio::test]
async fn who_sees_a_plan() {
    let cases = [
        (r#"{"type":"public"}"#, Visibility::Public),
        (r#"{"type":"admin"}"#, Visibility::Admin),
        (
            r#"{"type":"organization","organizations":[{"guid":"g1","name":"a"},{"guid":"g2","name":"b"}]}"#,
            Visibility::Organizations(vec!["g1".into(), "g2".into()]),
        ),
        (
            r#"{"type":"space","space":{"guid":"s1","name":"dev"}}"#,
            Visibility::Space("s1".into()),
        ),
    ];
    let pair = Pair::with(cases.clone().map(|(body, _)| json("200 OK", body))).await;
    for (_, wanted) in cases {
        let read = pair.cc.visibility("p1", &context()).await.unwrap();
        assert_eq!(read, Some(wanted));
    }
    assert_eq!(pair.last().line, "GET /v3/service_plans/p1/visibility HTTP/1.1");
    for body in [r#"{"type":"space"}"#, r#"{"type":"brand-new"}"#, "{}"] {
        pair.server.go_on_with([json("200 OK", body)]);
        let fault = pair.cc.visibility("p1", &context()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Garbled, "{fault}");
    }
}

#[tokio::test]
async fn instances_say_how_they_are() {
    let managed = r#"{"guid":"i1","name":"cache","tags":[],"type":"managed","dashboard_url":"https://d","upgrade_available":true,
        "last_operation":{"type":"create","state":"in progress","description":"Instance provisioning in progress","updated_at":"x"},
        "maintenance_info":{"version":"1.0.0"},"relationships":{"space":{"data":{"guid":"s1"}},"service_plan":{"data":{"guid":"p1"}}}}"#;
    let provided = r#"{"guid":"i2","name":"mine","type":"user-provided","last_operation":{"type":"odd","state":"odd","description":null},
        "relationships":{"space":{"data":{"guid":"s1"}}}}"#;
    let pair = Pair::with([list(&format!("{managed},{provided}")), json("200 OK", provided)]).await;
    let filter = InstanceFilter {
        plan_guids: all(&["p1"]),
        space_guids: all(&["s1"]),
        organization_guids: all(&["g1"]),
        ..Default::default()
    };
    let found = pair.cc.instances(&filter, &context()).await.unwrap();
    let cache = Instance {
        guid: "i1".into(),
        name: "cache".into(),
        kind: InstanceKind::Managed,
        plan_guid: Some("p1".into()),
        space_guid: "s1".into(),
        last_operation: operation(
            OperationKind::Create,
            OperationState::InProgress,
            "Instance provisioning in progress",
        ),
        maintenance_version: Some("1.0.0".into()),
        upgrade_available: true,
        dashboard_url: Some("https://d".into()),
    };
    let mine = Instance {
        guid: "i2".into(),
        name: "mine".into(),
        kind: InstanceKind::UserProvided,
        plan_guid: None,
        space_guid: "s1".into(),
        last_operation: operation(OperationKind::Other, OperationState::Other, ""),
        maintenance_version: None,
        upgrade_available: false,
        dashboard_url: None,
    };
    assert_eq!(found, [cache, mine.clone()]);
    let line =
        "GET /v3/service_instances?per_page=500&service_plan_guids=p1&space_guids=s1&organization_guids=g1 HTTP/1.1";
    assert_eq!(pair.last().line, line);
    assert_eq!(pair.cc.instance("i2", &context()).await.unwrap(), Some(mine));
    assert_eq!(pair.last().line, "GET /v3/service_instances/i2 HTTP/1.1");
    let running = [
        OperationState::Initial,
        OperationState::InProgress,
        OperationState::Other,
    ];
    assert!(running.iter().all(|it| it.is_running()));
    assert!(!OperationState::Succeeded.is_running() && !OperationState::Failed.is_running());
}

#[tokio::test]
async fn bindings_are_keys_or_for_apps() {
    let key = r#"{"guid":"k1","name":"k","type":"key","last_operation":{"type":"delete","state":"failed","description":"no"},
        "relationships":{"service_instance":{"data":{"guid":"i1"}}}}"#;
    let app = r#"{"guid":"a1","name":null,"type":"app","last_operation":null,
        "relationships":{"service_instance":{"data":{"guid":"i1"}},"app":{"data":{"guid":"app1"}}}}"#;
    let pair = Pair::with([list(&format!("{key},{app}")), json("200 OK", app)]).await;
    let filter = BindingFilter {
        instance_guids: all(&["i1"]),
        kind: Some(BindingKind::Key),
        ..Default::default()
    };
    let found = pair.cc.bindings(&filter, &context()).await.unwrap();
    let wanted = Binding {
        guid: "k1".into(),
        name: Some("k".into()),
        kind: BindingKind::Key,
        instance_guid: "i1".into(),
        app_guid: None,
        last_operation: operation(OperationKind::Delete, OperationState::Failed, "no"),
    };
    assert_eq!(found[0], wanted);
    let line = "GET /v3/service_credential_bindings?per_page=500&type=key&service_instance_guids=i1 HTTP/1.1";
    assert_eq!(pair.last().line, line);
    let binding = pair.cc.binding("a1", &context()).await.unwrap().unwrap();
    assert_eq!(
        (binding.kind, binding.app_guid.as_deref()),
        (BindingKind::App, Some("app1"))
    );
    assert_eq!((binding.name, binding.last_operation), (None, None));
}

#[tokio::test]
async fn spaces_are_looked_for_in_their_organization() {
    let space =
        r#"{"guid":"s1","name":"dev","relationships":{"organization":{"data":{"guid":"g1"}},"quota":{"data":null}}}"#;
    let pair = Pair::with([list(space)]).await;
    let found = pair.cc.spaces(&["dev".into()], "g1", &context()).await.unwrap();
    let wanted = Space {
        guid: "s1".into(),
        name: "dev".into(),
        organization_guid: "g1".into(),
    };
    assert_eq!(found, [wanted]);
    let line = "GET /v3/spaces?per_page=500&names=dev&organization_guids=g1 HTTP/1.1";
    assert_eq!(pair.last().line, line);
}
