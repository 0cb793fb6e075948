//! CCR-39 to CCR-48.

use serde_json::{Value, json};

use super::{reply, text, verdict};
use crate::cloud_controller::broker::reading::{Bound, Secrets, bind};
use crate::cloud_controller::broker::trouble::Kind;

fn all() -> Vec<String> {
    vec!["syslog_drain".to_owned(), "volume_mount".to_owned()]
}

fn mount() -> Value {
    json!({"driver": "nfs", "container_dir": "/data", "mode": "rw", "device_type": "shared", "device": {"volume_id": "v"}})
}

#[test]
fn there_at_once() {
    let empty = Bound::Done(Secrets::default());
    for status in [200, 201] {
        for body in [
            r#"{"credentials":null}"#,
            "{}",
            r#"{"route_service_url":null,"volume_mounts":null,"syslog_drain_url":null}"#,
        ] {
            assert_eq!(bind(&reply(status, body), &[]), Ok(empty.clone()), "{body}");
        }
    }
    let body = json!({
        "credentials": {"password": "p"}, "syslog_drain_url": "syslog://x", "volume_mounts": [mount()],
        "route_service_url": "https://route.example/x", "endpoints": [], "metadata": {"expires_at": "x"},
    });
    let Ok(Bound::Done(secrets)) = bind(&reply(201, &body.to_string()), &all()) else {
        panic!("it is there")
    };
    assert_eq!(secrets.credentials, Some(json!({"password": "p"})));
    assert_eq!(secrets.syslog_drain_url.as_deref(), Some("syslog://x"));
    assert_eq!(secrets.volume_mounts, Some(json!([mount()])));
}

#[test]
fn taken_on() {
    let goes_on = |operation: Option<&str>| Bound::GoesOn {
        operation: operation.map(str::to_owned),
    };
    assert_eq!(bind(&reply(202, r#"{"operation":"o"}"#), &[]), Ok(goes_on(Some("o"))));
    assert_eq!(bind(&reply(202, "{}"), &[]), Ok(goes_on(None)));
}

#[test]
fn refused_and_malformed() {
    let cases = [
        (200, "[]", Kind::Malformed, 502, false),
        (200, "", Kind::Malformed, 502, false),
        (201, "", Kind::Malformed, 502, true),
        (202, "", Kind::Malformed, 502, true),
        (202, r#"{"operation":null}"#, Kind::Malformed, 502, true),
        (200, r#"{"credentials":"x"}"#, Kind::Malformed, 502, false),
        (201, r#"{"credentials":[]}"#, Kind::Malformed, 502, true),
        (200, r#"{"syslog_drain_url":"x"}"#, Kind::InvalidDrain, 502, true),
        (200, r#"{"volume_mounts":[]}"#, Kind::InvalidMounts, 502, true),
        (200, r#"{"route_service_url":"http://x"}"#, Kind::BadResponse, 502, true),
        (200, r#"{"route_service_url":"https://"}"#, Kind::BadResponse, 502, true),
        (
            200,
            r#"{"route_service_url":"https://.example"}"#,
            Kind::BadResponse,
            502,
            true,
        ),
        (
            200,
            r#"{"route_service_url":"not an address"}"#,
            Kind::BadResponse,
            502,
            true,
        ),
        (409, "{}", Kind::Conflict, 409, false),
        (410, "{}", Kind::BadResponse, 502, true),
        (422, r#"{"error":"RequiresApp"}"#, Kind::AppRequired, 400, false),
        (422, r#"{"error":"AsyncRequired"}"#, Kind::AsyncRequired, 400, false),
        (422, r#"{"error":"ConcurrencyError"}"#, Kind::Concurrency, 422, false),
        (
            422,
            r#"{"error":"MaintenanceInfoConflict"}"#,
            Kind::BadResponse,
            502,
            true,
        ),
        (422, "{}", Kind::BadResponse, 502, true),
    ];
    for (status, body, kind, user, orphan) in cases {
        assert_eq!(
            verdict(bind(&reply(status, body), &[])),
            (kind, user, orphan),
            "{status} {body}"
        );
    }
}

#[test]
fn volumes_are_looked_at() {
    let with = |key: &str, value: Value| {
        let mut mount = mount();
        mount[key] = value;
        json!([mount])
    };
    let without = |key: &str| {
        let mut mount = mount();
        mount.as_object_mut().expect("an object").remove(key);
        json!([mount])
    };
    let device = |value: Value| with("device", json!({"volume_id": "v", "mount_config": value}));
    let missing = |key: &str| format!("missing required field '{key}'");
    let mut cases = vec![
        (
            json!([5]),
            "expected \"volume_mounts\" key to contain an array of JSON objects".to_owned(),
        ),
        (
            json!({}),
            "expected \"volume_mounts\" key to contain an array of JSON objects".to_owned(),
        ),
        (
            with("device", json!("x")),
            "required field 'device' must be an object but is String".to_owned(),
        ),
        (
            with("device", json!({})),
            "required field 'device.volume_id' must be a non-empty string".to_owned(),
        ),
        (
            with("device", json!({"volume_id": ""})),
            "required field 'device.volume_id' must be a non-empty string".to_owned(),
        ),
        (
            device(json!([])),
            "field 'device.mount_config' must be an object if it is defined".to_owned(),
        ),
    ];
    for key in ["device_type", "mode", "container_dir", "driver"] {
        cases.push((without(key), missing(key)));
        cases.push((with(key, json!("")), missing(key)));
        cases.push((with(key, json!(5)), missing(key)));
    }
    cases.push((without("device"), missing("device")));
    for (mounts, what) in cases {
        let reply = reply(200, &json!({"volume_mounts": mounts}).to_string());
        assert_eq!(
            verdict(bind(&reply, &all())),
            (Kind::InvalidMounts, 502, true),
            "{mounts}"
        );
        let told = text(bind(&reply, &all()));
        assert!(
            told.starts_with(&format!("The service broker returned an invalid response: {what}")),
            "{told}"
        );
    }
    for mounts in [json!([]), device(json!(null)), device(json!({}))] {
        let body = json!({"volume_mounts": mounts}).to_string();
        assert!(bind(&reply(200, &body), &all()).is_ok(), "{body}");
    }
}
