//! `GET /v2/service_instances/{id}`
use super::{
    floor::{Floor, get, path},
    wire::Request,
};
use chandler_tests::settings::{LARGE, SERVICE, SMALL};
use serde_json::{Value, json};

/// Whether Cloud Controller takes it: no null where a text is wanted.
fn is_taken(body: &Value) -> bool {
    let absent_or = |name: &str, is: fn(&Value) -> bool| body.get(name).is_none_or(is);
    let texts = ["service_id", "plan_id", "dashboard_url"]
        .iter()
        .all(|name| absent_or(name, Value::is_string));
    let labels = |metadata: &Value| {
        ["labels", "attributes"]
            .iter()
            .all(|m| metadata.get(*m).is_none_or(Value::is_object))
    };
    let metadata = body
        .get("metadata")
        .is_none_or(|metadata| metadata.is_object() && labels(metadata));
    body.is_object() && texts && metadata && absent_or("parameters", Value::is_object)
}

pub(crate) async fn hints_are_hints(floor: &Floor) {
    let id = "fetched";
    floor.provisioned(id, json!({"password": "never shown"})).await;
    let reply = floor.expect(200, get(id)).await;
    assert!(is_taken(&reply.body), "{reply:?}");
    assert!(
        !is_taken(&json!({"dashboard_url": null})) && !is_taken(&json!({"metadata": {"labels": []}})),
        "it can tell"
    );
    assert!(!String::from_utf8_lossy(&reply.bytes).contains("never shown"));
    let hints = [
        format!("service_id={SERVICE}&plan_id={SMALL}"),
        format!("service_id=other&plan_id={LARGE}"),
        "service_id=".into(),
        "plan_id".into(),
        "x=1&%ff".into(),
        String::new(),
    ];
    for hint in hints {
        let hinted = floor
            .expect(200, Request::new("GET", &format!("{}?{hint}", path(id))))
            .await;
        assert_eq!(hinted.body, reply.body, "{hint}");
        floor
            .expect(404, Request::new("GET", &format!("{}?{hint}", path("never-fetched"))))
            .await;
    }
    floor.is_unknown("never-fetched").await;
    floor.covers(&["GSI-7", "CCS-11", "CCR-49"]);
}
