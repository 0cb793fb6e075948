//! `PUT /v2/service_instances/{id}/service_bindings/{id}`: for whom polls, and for whom waits.
use super::{
    binding::{POLLS, bind, bind_now, bind_with, fetch, path, poll, unbind_now, unbind_with, without},
    floor::{Floor, put},
    wire::{Reply, Request},
};
use chandler_tests::{
    bindings::APP,
    platform::Platform,
    settings::{LARGE, SERVICE, SMALL},
};
use serde_json::{Value, json};

const NOTE: &str = "n\"o/te é not for everybody";

/// The `error` of a 422 that Cloud Controller knows here.
pub(crate) fn code(reply: &Reply) -> &str {
    assert_eq!(reply.status, 422, "{reply:?}");
    reply.error().unwrap_or_default()
}

/// Equal to what `bind` sends for [`NOTE`]: other order, white space, escapes, and what doesn't count.
fn written_otherwise(instance: &str, binding: &str, query: &str) -> Request {
    let body = format!(
        "\r\n\t{{ \"parameters\" : {{\"adapter_sleep_ms\":4000, \"n\\u006fte\" : \"n\\\"o\\/te \\u00e9 not for everybody\"}},\n \
         \"bind_resource\":{{\"app_guid\":\"{APP}\", \"app_annotations\": {{\"a\":\"b\"}}}}, \"context\":{{\"platform\":\"other\"}},\
         \"plan_id\": \"{SMALL}\" ,\"service_id\":\"{SERVICE}\", \"x_new\": [null]}}\n"
    );
    Request::new("PUT", &format!("{}?{query}", path(instance, binding))).bytes(body)
}

fn others(instance: &str, binding: &str, query: &str) -> Vec<Request> {
    let parameters = json!({"note": NOTE, "adapter_sleep_ms": 4000});
    let body = Platform::bind_body(parameters);
    let (mut plan, mut app) = (body.clone(), body.clone());
    plan["plan_id"] = json!(LARGE);
    app["app_guid"] = json!("another-app");
    app["bind_resource"] = json!({"app_guid": "another-app"});
    let (mut none, mut text) = (body.clone(), body);
    none["parameters"] = json!({});
    text["parameters"]["adapter_sleep_ms"] = json!("4000");
    let all = [plan, app, none, text];
    all.iter()
        .map(|body| bind_with(instance, binding, query, body))
        .collect()
}

pub(crate) async fn from_the_first_put_to_a_binding(floor: &Floor) {
    let (i, b) = ("bound", "first");
    floor.provisioned(i, json!({})).await;
    floor.keeps(NOTE);
    let first = || bind(i, b, json!({"note": NOTE, "adapter_sleep_ms": 4000}));
    let reply = floor.expect(202, first()).await;
    assert_eq!(
        reply.body.as_object().unwrap().len(),
        1,
        "nothing but the operation: {reply:?}"
    );
    let operation = reply.body["operation"].as_str().unwrap().to_owned();
    // While it is being made.
    assert_eq!(floor.accepted(first()).await, operation);
    assert_eq!(floor.accepted(written_otherwise(i, b, POLLS)).await, operation);
    floor.expect(404, fetch(i, b)).await;
    for different in others(i, b, POLLS).into_iter().chain(others(i, b, "")) {
        assert!(!floor.expect(409, different).await.description().is_empty());
    }
    let reply = floor.expect(200, poll(i, b, Some(&operation))).await;
    assert_eq!(reply.body["state"], "in progress");
    floor.covers(&["BND-2", "GSB-4"]);
    // A request that waits is answered with what the other one began.
    let waited = floor.expect(200, written_otherwise(i, b, "")).await;
    let fetched = floor.expect(200, fetch(i, b)).await.body;
    let reply = floor.expect(200, poll(i, b, Some(&operation))).await;
    assert_eq!(reply.body["state"], "succeeded");
    floor.covers(&["GSB-3", "LOP-12", "CCR-38"]);
    let credentials = floor.credentials(i, b, &fetched);
    assert_eq!(credentials["note"], NOTE, "each byte of it");
    assert_eq!(without_parameters(&waited.body), without_parameters(&fetched));
    // When it is there.
    for query in [POLLS, "", "accepts_incomplete=false", "accepts_incomplete=TRUE"] {
        let reply = floor.expect(200, written_otherwise(i, b, query)).await;
        assert_eq!(without_parameters(&reply.body), without_parameters(&fetched));
        assert!(reply.body.get("operation").is_none());
        for different in others(i, b, query) {
            floor.expect(409, different).await;
        }
    }
    assert_eq!(floor.expect(200, fetch(i, b)).await.body, fetched, "untouched");
    let user = &floor.world.users(i)[b];
    assert_eq!((&user["app_guid"], user["note"].as_str()), (&json!(APP), Some(NOTE)));
    floor.covers(&["BND-3", "BND-4", "CCR-45", "CCR-46"]);
    // Each has credentials of its own.
    let other = floor.bound(i, "second", bind(i, "second", json!({"note": NOTE}))).await;
    let second = floor.credentials(i, "second", &other);
    assert_ne!(
        (&second["username"], &second["password"]),
        (&credentials["username"], &credentials["password"])
    );
    floor.unbound(i, "second").await;
    floor.has_no_remains(i, "second");
    floor.credentials(i, b, &fetched);
    floor.covers(&["BND-10", "BND-12", "GSB-2"]);
}

pub(crate) fn without_parameters(answer: &Value) -> Value {
    without(answer, "parameters")
}

/// Nobody can be told later, so the answer is the end.
pub(crate) async fn who_cannot_poll_gets_the_end(floor: &Floor) {
    let i = "waited-for";
    floor.provisioned(i, json!({})).await;
    let queries = [
        "",
        "accepts_incomplete=false",
        "accepts_incomplete=1",
        "accepts_incomplete=TRUE",
    ];
    for (n, query) in queries.into_iter().enumerate() {
        let b = format!("waited-{n}");
        let body = Platform::bind_body(json!({}));
        let made = floor.expect(201, bind_with(i, &b, query, &body)).await;
        floor.credentials(i, &b, &made.body);
        assert!(made.body.get("operation").is_none(), "{made:?}");
        let again = floor.expect(200, bind_with(i, &b, query, &body)).await;
        assert_eq!(again.body, made.body);
        let fetched = floor.expect(200, fetch(i, &b)).await.body;
        assert_eq!(without_parameters(&fetched), made.body);
        assert_eq!(floor.expect(200, poll(i, &b, None)).await.body["state"], "succeeded");
        let gone = floor.expect(200, unbind_with(i, &b, query)).await;
        assert_eq!(gone.body, json!({}), "{gone:?}");
        floor.has_no_remains(i, &b);
        floor.expect(410, unbind_with(i, &b, query)).await;
        floor.expect(404, fetch(i, &b)).await;
        floor.expect(410, poll(i, &b, None)).await;
    }
    floor.covers(&[
        "BND-1", "BND-7", "CCR-39", "CCR-44", "UNB-1", "UNB-5", "CCO-15", "HSE-15",
    ]);
}

/// Said by the service, or known to the broker, because nobody could read the credentials.
pub(crate) async fn who_needs_an_app_says_so(floor: &Floor) {
    let i = "apps-only";
    floor.provisioned(i, json!({})).await;
    let body = |resource: Value| {
        let body = Platform::bind_body(json!({"requires_app": true}));
        let mut body = without(&body, "app_guid");
        body["bind_resource"] = resource;
        body
    };
    // A reader in CredHub is no app for the service.
    for (n, resource) in [
        json!({}),
        json!({"app_guid": ""}),
        json!({"credential_client_id": "key-reader"}),
    ]
    .into_iter()
    .enumerate()
    {
        let b = format!("no-app-{n}");
        let known = floor.is_secure() && n < 2;
        let reply = floor.expect(422, bind_with(i, &b, "", &body(resource.clone()))).await;
        assert_eq!(code(&reply), "RequiresApp");
        assert!(!reply.description().is_empty());
        floor.has_no_remains(i, &b);
        if known {
            floor.is_unbound(i, &b).await;
            let reply = floor.expect(422, bind_with(i, &b, POLLS, &body(resource))).await;
            assert_eq!(code(&reply), "RequiresApp");
            floor.is_unbound(i, &b).await;
            continue;
        }
        let operation = floor.accepted(bind_with(i, &b, POLLS, &body(resource))).await;
        let ended = floor.binding_ended(i, &b, &operation).await;
        assert_eq!(ended.body["state"], "failed", "{ended:?}");
        assert!(ended.description().contains("app_guid"), "{ended:?}");
        floor.expect(404, fetch(i, &b)).await;
        floor.unbound(i, &b).await;
    }
    let mut good = body(json!({"app_guid": "an-app"}));
    let made = floor.expect(201, bind_with(i, "by-resource", "", &good)).await;
    floor.credentials(i, "by-resource", &made.body);
    good["app_guid"] = json!("an-app");
    good["bind_resource"] = json!({});
    let made = floor.expect(201, bind_with(i, "by-member", "", &good)).await;
    floor.credentials(i, "by-member", &made.body);
    floor.covers(&["ERR-8", "BND-6", "CCR-47"]);
}

/// What Cloud Controller and others may say of what is bound, in whatever place.
pub(crate) async fn what_the_platform_may_send_along(floor: &Floor) {
    let i = "bound-to-all";
    floor.provisioned(i, json!({})).await;
    let space = json!({"app_guid": "app-1", "space_guid": "space", "app_annotations": {"a.example.com/b": "c"}});
    let cloud_foundry = json!({"platform": "cloudfoundry", "organization_guid": "o", "organization_name": "on", "space_guid": "s",
        "space_name": "sn", "organization_annotations": {}, "space_annotations": {"a": "b"}});
    let kubernetes = json!({"platform": "kubernetes", "namespace": "n", "clusterid": "c", "namespace_annotations": {}});
    let app = json!("app-1");
    let cases = [
        (
            json!({"app_guid": app, "bind_resource": space, "context": cloud_foundry}),
            Some("app-1"),
        ),
        (json!({"app_guid": app}), Some("app-1")),
        (json!({"app_guid": app, "bind_resource": {}}), Some("app-1")),
        (
            json!({"app_guid": app, "bind_resource": null, "context": null}),
            Some("app-1"),
        ),
        (
            json!({"bind_resource": {"app_guid": app}, "context": kubernetes}),
            Some("app-1"),
        ),
        (
            json!({"bind_resource": {"app_guid": app, "new": {"deep": [null]}}, "context": {}}),
            Some("app-1"),
        ),
        (
            json!({"bind_resource": {"credential_client_id": "a-client"}, "context": {"platform": "own"}}),
            None,
        ),
        (
            json!({"bind_resource": {"credential_client_id": "a-client", "route": "r.example.com/p"}}),
            None,
        ),
        (
            json!({"bind_resource": {"route": "r.example.com/p", "app_guid": app}}),
            Some("app-1"),
        ),
        (json!({"bind_resource": {}}), None),
        (json!({}), None),
    ];
    for (n, (more, app)) in cases.into_iter().enumerate() {
        let b = format!("said-{n}");
        let mut body = json!({"service_id": SERVICE, "plan_id": SMALL});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let readable = app.is_some() || more["bind_resource"]["credential_client_id"].is_string();
        if floor.is_secure() && !readable {
            let reply = floor.ask(bind_with(i, &b, POLLS, &body)).await;
            assert_eq!(code(&reply), "RequiresApp", "{body}");
            continue;
        }
        let operation = floor.accepted(bind_with(i, &b, POLLS, &body)).await;
        // No parameters, null and empty ones are the same.
        for parameters in [json!({}), Value::Null] {
            body["parameters"] = parameters;
            let status = floor.ask(bind_with(i, &b, POLLS, &body)).await;
            assert!(
                status.status == 200 || status.body["operation"] == operation.as_str(),
                "{body}: {status:?}"
            );
        }
        let ended = floor.binding_ended(i, &b, &operation).await;
        assert_eq!(ended.body["state"], "succeeded", "{body}: {ended:?}");
        floor.credentials(i, &b, &floor.expect(200, fetch(i, &b)).await.body);
        assert_eq!(floor.world.users(i)[&b]["app_guid"].as_str(), app, "{body}");
    }
    floor.covers(&["BND-21", "PRF-3", "CCS-9"]);
}

/// Refused for the head of the request: what is there stays, what isn't stays away.
pub(crate) async fn a_refused_head_changes_nothing(floor: &Floor) {
    let i = "refused-by-head";
    floor.provisioned(i, json!({})).await;
    let there = floor.expect(201, bind_now(i, "there", json!({}))).await.body;
    const VERSION: &str = "X-Broker-API-Version";
    for request in [
        bind(i, "new", json!({})),
        bind_now(i, "new", json!({})),
        unbind_now(i, "there"),
    ] {
        floor.expect(401, request.clone().without("Authorization")).await;
        floor.expect(412, request.clone().set(VERSION, "3.0")).await;
        floor.expect(400, request.clone().without(VERSION)).await;
    }
    floor.is_unbound(i, "new").await;
    let fetched = floor.expect(200, fetch(i, "there")).await.body;
    assert_eq!(without_parameters(&fetched), there);
    floor.credentials(i, "there", &fetched);
    // Nor does a provision know them: the paths are the same but for their end.
    floor.expect(200, put(i, json!({}))).await;
    floor.covers(&["GEN-2"]);
}
