//! CCR-25 to CCR-30.

use super::{reply, text, verdict};
use crate::cloud_controller::broker::reading::{Removal, remove};
use crate::cloud_controller::broker::trouble::Kind;

#[test]
fn gone_or_going() {
    let read = |status, body| remove(&reply(status, body)).expect("it is taken on");
    assert_eq!(read(200, "{}"), Removal::Gone);
    assert_eq!(read(200, r#"{"operation":7}"#), Removal::Gone);
    for body in ["", "no JSON", "{}"] {
        assert_eq!(read(410, body), Removal::Gone);
    }
    let goes_on = |operation: Option<&str>, description: &str| Removal::GoesOn {
        operation: operation.map(str::to_owned),
        description: description.to_owned(),
    };
    assert_eq!(read(202, "{}"), goes_on(None, ""));
    assert_eq!(
        read(202, r#"{"operation":"o","description":"d"}"#),
        goes_on(Some("o"), "d")
    );
}

#[test]
fn it_stays() {
    let cases = [
        (200, "", Kind::Malformed, 502),
        (200, "[]", Kind::Malformed, 502),
        (202, r#"{"operation":null}"#, Kind::Malformed, 502),
        (202, "", Kind::Malformed, 502),
        (201, "{}", Kind::BadResponse, 502),
        (204, "", Kind::BadResponse, 502),
        (404, "{}", Kind::Rejected, 502),
        (409, "{}", Kind::BadResponse, 502),
        (422, r#"{"error":"ConcurrencyError"}"#, Kind::Concurrency, 422),
        (422, r#"{"error":"AsyncRequired"}"#, Kind::AsyncRequired, 400),
        (422, r#"{"error":"RequiresApp"}"#, Kind::BadResponse, 502),
        (500, "{}", Kind::BadResponse, 502),
    ];
    for (status, body, kind, user) in cases {
        let (found, code, _) = verdict(remove(&reply(status, body)));
        assert_eq!((found, code), (kind, user), "{status} {body}");
    }
    let created = text(remove(&reply(201, r#"{"description":"hidden"}"#)));
    assert!(!created.starts_with("Service broker error"), "{created}");
}
