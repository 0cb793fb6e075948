//! CCR-9 to CCR-24.

use serde_json::json;

use super::{reply, text, verdict};
use crate::cloud_controller::broker::reading::{provision, update};
use crate::cloud_controller::broker::trouble::Kind;

#[test]
fn done_or_taken_on() {
    let body = r#"{"dashboard_url":"https://d","operation":"o","state":"failed","description":"ready",
                   "metadata":{"labels":{"a":"b"},"attributes":{}},"extra":1}"#;
    for status in [200, 201] {
        let read = provision(&reply(status, body)).expect("it is done");
        assert_eq!(read.goes_on, None, "neither state nor operation has an effect");
        assert_eq!(read.description, "ready");
        assert_eq!(read.dashboard_url.as_deref(), Some("https://d"));
        assert_eq!(read.metadata, Some(json!({"labels": {"a": "b"}, "attributes": {}})));
    }
    for read in [provision, update] {
        let taken = read(&reply(202, body)).expect("it goes on");
        assert_eq!(taken.goes_on, Some(Some("o".to_owned())));
        let taken = read(&reply(202, "{}")).expect("it goes on");
        assert_eq!(taken.goes_on, Some(None));
        let null = read(&reply(202, r#"{"dashboard_url":null}"#)).expect("a dashboard may be null");
        assert_eq!(null.dashboard_url, None);
        assert_eq!(read(&reply(200, "{}")).expect("it is done").goes_on, None);
    }
}

#[test]
fn malformed() {
    let long = format!(r#"{{"operation":"{}"}}"#, "x".repeat(10_001));
    let bodies = [
        "",
        "no JSON",
        "[]",
        "null",
        r#""text""#,
        r#"{"operation":null}"#,
        r#"{"operation":7}"#,
        &long,
        r#"{"dashboard_url":7}"#,
        r#"{"metadata":[]}"#,
        r#"{"metadata":null}"#,
        r#"{"metadata":{"labels":null}}"#,
        r#"{"metadata":{"attributes":[]}}"#,
    ];
    for body in bodies {
        for (status, orphan) in [(200, false), (201, true), (202, true)] {
            assert_eq!(
                verdict(provision(&reply(status, body))),
                (Kind::Malformed, 502, orphan),
                "{status} {body}"
            );
        }
        for status in [200, 202] {
            assert_eq!(
                verdict(update(&reply(status, body))).0,
                Kind::Malformed,
                "{status} {body}"
            );
        }
    }
    let longest = format!(r#"{{"operation":"{}"}}"#, "ä".repeat(10_000));
    assert!(provision(&reply(202, &longest)).is_ok());
}

#[test]
fn what_is_malformed_is_told() {
    let begin = "The service broker returned an invalid response: ";
    let cases = [
        ("[]", "expected valid JSON object in body, broker returned '[]'"),
        (
            r#"{"operation":null}"#,
            "\nThe property '#/operation' of type NilClass did not match the following type: string",
        ),
        (
            r#"{"dashboard_url":1.5,"operation":[]}"#,
            "\nThe property '#/dashboard_url' of type Float did not match one or more of the following types: string, null\
             \nThe property '#/operation' of type Array did not match the following type: string",
        ),
        (
            r#"{"metadata":{"labels":"x"}}"#,
            "\nThe property '#/metadata/labels' of type String did not match the following type: object",
        ),
    ];
    for (body, what) in cases {
        assert_eq!(text(provision(&reply(201, body))), format!("{begin}{what}"));
    }
}

#[test]
fn refused_provisions() {
    let cases = [
        (409, "{}", Kind::Conflict, 409, false),
        (410, "{}", Kind::BadResponse, 502, true),
        (422, r#"{"error":"AsyncRequired"}"#, Kind::AsyncRequired, 400, false),
        (422, r#"{"error":"ConcurrencyError"}"#, Kind::Concurrency, 422, false),
        (
            422,
            r#"{"error":"MaintenanceInfoConflict"}"#,
            Kind::MaintenanceInfoConflict,
            422,
            false,
        ),
        (422, r#"{"error":"RequiresApp"}"#, Kind::BadResponse, 502, true),
        (422, r#"{"error":5}"#, Kind::BadResponse, 502, true),
        (422, "{}", Kind::BadResponse, 502, true),
        (422, "no JSON", Kind::BadResponse, 502, true),
    ];
    for (status, body, kind, user, orphan) in cases {
        assert_eq!(
            verdict(provision(&reply(status, body))),
            (kind, user, orphan),
            "{status} {body}"
        );
    }
}

#[test]
fn refused_updates() {
    let cases = [
        (201, "{}", Kind::BadResponse, 502),
        (409, "{}", Kind::BadResponse, 502),
        (410, "{}", Kind::BadResponse, 502),
        (422, r#"{"error":"AsyncRequired"}"#, Kind::AsyncRequired, 400),
        (
            422,
            r#"{"error":"MaintenanceInfoConflict"}"#,
            Kind::MaintenanceInfoConflict,
            422,
        ),
        (422, r#"{"error":"ConcurrencyError"}"#, Kind::Rejected, 502),
        (422, "{}", Kind::Rejected, 502),
    ];
    for (status, body, kind, user) in cases {
        let (found, code, _) = verdict(update(&reply(status, body)));
        assert_eq!((found, code), (kind, user), "{status} {body}");
    }
    let described = r#"{"description":"busy","error":"ConcurrencyError"}"#;
    assert_eq!(text(update(&reply(422, described))), "Service broker error: busy");
    let created = text(update(&reply(201, r#"{"description":"hidden"}"#)));
    assert!(
        created.starts_with("The service broker returned an invalid response. Status Code: 201 Created"),
        "{created}"
    );
}

#[test]
fn codes_have_their_own_words() {
    let of = |body: &str| text(provision(&reply(422, body)));
    let concurrent = of(r#"{"error":"ConcurrencyError","description":"d"}"#);
    let words = "The service broker could not perform this operation in parallel with other running operations";
    assert_eq!(concurrent, words);
    let asynchronous = of(r#"{"error":"AsyncRequired","description":"d"}"#);
    let words = "This service plan requires client support for asynchronous service operations.";
    assert_eq!(asynchronous, words);
    let conflict = of(r#"{"error":"MaintenanceInfoConflict","description":"old"}"#);
    assert_eq!(conflict, "Service broker error: old");
    let silent = of(r#"{"error":"MaintenanceInfoConflict","description":" "}"#);
    assert!(
        silent.starts_with("The service broker did not provide a reason for this conflict"),
        "{silent}"
    );
}
