//! CCR-31 to CCR-36.

use super::reply;
use crate::cloud_controller::broker::client::Reply;
use crate::cloud_controller::broker::reading::{Polled, poll};

fn goes_on(description: &str) -> Polled {
    Polled::GoesOn {
        description: description.to_owned(),
        retry_after: None,
    }
}

fn succeeded(description: &str) -> Polled {
    let description = description.to_owned();
    Polled::Succeeded { description }
}

fn failed(description: &str) -> Polled {
    let description = description.to_owned();
    Polled::Failed { description }
}

#[test]
fn what_a_poll_says() {
    let cases = [
        (200, r#"{"state":"in progress","description":"d"}"#, goes_on("d")),
        (200, r#"{"state":"in progress"}"#, goes_on("")),
        (200, r#"{"state":"succeeded","description":"d"}"#, succeeded("d")),
        (200, r#"{"state":"failed","description":"d"}"#, failed("d")),
        (200, r#"{"state":"done"}"#, Polled::Nothing),
        (200, r#"{"state":5}"#, Polled::Nothing),
        (200, "{}", Polled::Nothing),
        (200, "[]", Polled::Nothing),
        (200, "", Polled::Nothing),
        (400, r#"{"description":"d"}"#, failed("d")),
        (400, r#"{"state":"succeeded"}"#, failed("Bad request")),
        (400, "no JSON", failed("Bad request")),
        (400, "[]", failed("Bad request")),
    ];
    for (status, body, wanted) in cases {
        for deleting in [false, true] {
            assert_eq!(poll(&reply(status, body), deleting), wanted, "{status} {body}");
        }
    }
}

#[test]
fn what_is_gone_is_deleted_and_never_made() {
    for body in ["", "{}", r#"{"state":"failed"}"#] {
        assert_eq!(poll(&reply(410, body), true), succeeded(""));
        assert_eq!(poll(&reply(410, body), false), goes_on(""));
    }
}

#[test]
fn other_statuses_say_nothing() {
    let body = r#"{"state":"succeeded","description":"d"}"#;
    for status in [
        201, 202, 204, 302, 401, 403, 404, 408, 409, 412, 422, 429, 500, 502, 503,
    ] {
        for deleting in [false, true] {
            assert_eq!(poll(&reply(status, body), deleting), Polled::Nothing, "{status}");
        }
    }
}

#[test]
fn a_wish_for_a_pause_counts_only_on_an_answer_that_is_of_use() {
    let with = |status, body: &str| Reply {
        retry_after: Some("90".to_owned()),
        ..reply(status, body)
    };
    let heard = |it: Polled| matches!(it, Polled::GoesOn { retry_after: Some(after), .. } if after == "90");
    assert!(heard(poll(&with(200, r#"{"state":"in progress"}"#), false)));
    assert!(heard(poll(&with(410, ""), false)));
    assert!(!heard(poll(&with(500, ""), false)));
    assert!(!heard(poll(&with(200, "{}"), false)));
}
