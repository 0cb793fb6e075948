//! CCR-49 to CCR-55.

use serde_json::json;

use super::{reply, verdict};
use crate::cloud_controller::broker::reading::{catalog, fetch_binding, fetch_instance};
use crate::cloud_controller::broker::trouble::Kind;

#[test]
fn instances() {
    let body =
        r#"{"service_id":"s","plan_id":"p","dashboard_url":"https://d","parameters":{"a":1},"metadata":{"labels":{}}}"#;
    let read = fetch_instance(&reply(200, body)).expect("it is read");
    assert_eq!(read.dashboard_url.as_deref(), Some("https://d"));
    assert_eq!(read.parameters, json!({"a": 1}));
    assert_eq!(
        fetch_instance(&reply(200, "{}")).expect("it is read").parameters,
        json!({})
    );
    let bad = [
        r#"{"dashboard_url":null}"#,
        r#"{"service_id":null}"#,
        r#"{"plan_id":1}"#,
        r#"{"parameters":null}"#,
        r#"{"parameters":[]}"#,
        r#"{"metadata":{"attributes":null}}"#,
        "[]",
        "",
    ];
    for body in bad {
        assert_eq!(verdict(fetch_instance(&reply(200, body))).0, Kind::Malformed, "{body}");
    }
    for status in [201, 202, 410, 409, 422] {
        assert_eq!(
            verdict(fetch_instance(&reply(status, "{}"))).0,
            Kind::BadResponse,
            "{status}"
        );
    }
}

#[test]
fn bindings() {
    let mount = json!({
        "driver": "nfs", "container_dir": "/data", "mode": "r", "device_type": "shared",
        "device": {"volume_id": "v", "mount_config": null},
    });
    let body = json!({"credentials": {"p": "x"}, "parameters": {"a": 1}, "volume_mounts": [mount]});
    let (secrets, parameters) = fetch_binding(&reply(200, &body.to_string())).expect("it is read");
    assert_eq!(secrets.credentials, Some(json!({"p": "x"})));
    assert_eq!(secrets.volume_mounts, Some(json!([mount])));
    assert_eq!(parameters, json!({"a": 1}));
    let with = |key: &str, value: serde_json::Value| {
        let mut mount = mount.clone();
        mount[key] = value;
        json!({"volume_mounts": [mount]})
    };
    let bad = [
        json!({"credentials": null}),
        json!({"parameters": null}),
        json!({"syslog_drain_url": null}),
        json!({"route_service_url": null}),
        json!({"volume_mounts": null}),
        json!({"volume_mounts": [5]}),
        json!({"volume_mounts": [{}]}),
        with("mode", json!("w")),
        with("device", json!({})),
        with("device", json!({"volume_id": 5})),
        with("device", json!({"volume_id": "v", "mount_config": []})),
        with("driver", json!(5)),
    ];
    for body in bad {
        assert_eq!(
            verdict(fetch_binding(&reply(200, &body.to_string()))).0,
            Kind::Malformed,
            "{body}"
        );
    }
    for status in [204, 404, 410] {
        assert!(fetch_binding(&reply(status, "{}")).is_err(), "{status}");
    }
}

#[test]
fn catalogs() {
    assert_eq!(catalog(&reply(200, r#"{"services":[]}"#)), Ok(json!({"services": []})));
    let advice = "Please check that the URL points to a valid service broker.";
    let rejected = |status: &str| format!("The service broker rejected the request. Status Code: {status}. {advice}");
    let malformed =
        format!("The service broker returned an invalid response: expected valid JSON object in body. {advice}");
    let unauthorized =
        "Authentication with the service broker failed. Double-check that the username and password are correct.";
    let bad =
        |status: &str| format!("The service broker returned an invalid response. Status Code: {status}, Body: {{}}");
    let cases = [
        (200, "[]", 502, 270_021, malformed.clone()),
        (201, "[]", 502, 270_021, malformed),
        (201, "{}", 502, 10001, bad("201 Created")),
        (202, "{}", 502, 10001, bad("202 Accepted")),
        (204, "{}", 502, 10001, bad("204 No Content")),
        (302, "{}", 502, 10001, bad("302 Found")),
        (401, "{}", 502, 10001, unauthorized.to_owned()),
        (404, "{}", 502, 270_020, rejected("404 Not Found")),
        (400, r#"{"description":"d"}"#, 502, 270_020, rejected("400 Bad Request")),
        (410, "{}", 502, 10001, bad("410 Gone")),
        (500, "{}", 502, 10001, bad("500 Internal Server Error")),
        (
            408,
            "{}",
            504,
            10001,
            "The request to the service broker timed out".to_owned(),
        ),
    ];
    for (status, body, user, code, words) in cases {
        let refusal = catalog(&reply(status, body)).expect_err("it is refused");
        let entry = &refusal.errors[0];
        assert_eq!(
            (refusal.status.as_u16(), entry.code, &entry.detail),
            (user, code, &words),
            "{status} {body}"
        );
    }
}
