//! CCR-1 to CCR-8, and the texts.

use super::{reply, text, verdict};
use crate::cloud_controller::broker::client::NoReply;
use crate::cloud_controller::broker::reading::{bind, fetch_binding, fetch_instance, provision, remove, update};
use crate::cloud_controller::broker::trouble::{Kind, Trouble};

#[test]
fn statuses_that_mean_the_same_everywhere() {
    let cases = [
        (401, Kind::Unauthorized, 502, false),
        (408, Kind::BrokerTimeout, 504, false),
        (400, Kind::Rejected, 502, false),
        (403, Kind::Rejected, 502, false),
        (404, Kind::Rejected, 502, false),
        (412, Kind::Rejected, 502, false),
        (413, Kind::Rejected, 502, false),
        (415, Kind::Rejected, 502, false),
        (429, Kind::Rejected, 502, false),
        (499, Kind::Rejected, 502, false),
        (500, Kind::BadResponse, 502, true),
        (503, Kind::BadResponse, 502, true),
        (599, Kind::BadResponse, 502, true),
        (203, Kind::BadResponse, 502, true),
        (204, Kind::BadResponse, 502, true),
        (206, Kind::BadResponse, 502, true),
        (302, Kind::BadResponse, 502, true),
        (304, Kind::BadResponse, 502, true),
    ];
    for (status, kind, user, orphan) in cases {
        let reply = reply(status, "{}");
        let wanted = (kind, user, orphan);
        assert_eq!(verdict(provision(&reply)), wanted, "provision {status}");
        assert_eq!(verdict(update(&reply)), wanted, "update {status}");
        assert_eq!(verdict(bind(&reply, &[])), wanted, "bind {status}");
        assert_eq!(verdict(remove(&reply)), wanted, "remove {status}");
        assert_eq!(verdict(fetch_instance(&reply)), wanted, "fetch {status}");
        assert_eq!(verdict(fetch_binding(&reply)), wanted, "fetch binding {status}");
    }
}

#[test]
fn no_answer() {
    let cases = [
        (
            NoReply::Unreachable,
            Kind::Unreachable,
            502,
            false,
            "The service broker could not be reached",
        ),
        (
            NoReply::TimedOut,
            Kind::TimedOut,
            504,
            true,
            "The request to the service broker timed out",
        ),
        (
            NoReply::Broken("reset".to_owned()),
            Kind::RequestError,
            502,
            false,
            "reset",
        ),
    ];
    for (why, kind, user, orphan, words) in cases {
        let trouble = Trouble::from(why);
        assert_eq!(trouble.text, words);
        assert_eq!(verdict::<()>(Err(trouble)), (kind, user, orphan));
    }
}

#[test]
fn the_broker_has_the_word_where_it_says_something() {
    let described = r#"{"description":"no room"}"#;
    let unauthorized =
        "Authentication with the service broker failed. Double-check that the username and password are correct.";
    let cases = [
        (401, described, unauthorized),
        (408, described, "The request to the service broker timed out"),
        (400, described, "Service broker error: no room"),
        (500, described, "Service broker error: no room"),
        (409, described, "Service broker error: no room"),
        (500, r#"{"description":null}"#, "Service broker error: "),
        (500, r#"{"description":5}"#, "Service broker error: 5"),
        (409, "", "Resource conflict"),
        (409, "[]", "Resource conflict"),
        (
            404,
            "nothing",
            "The service broker rejected the request. Status Code: 404 Not Found, Body: nothing",
        ),
        (
            413,
            "",
            "The service broker rejected the request. Status Code: 413 Request Entity Too Large, Body: ",
        ),
        (
            500,
            r#"["description"]"#,
            "The service broker returned an invalid response. Status Code: 500 Internal Server Error, Body: [\"description\"]",
        ),
        (
            302,
            "",
            "The service broker returned an invalid response. Status Code: 302 Found, Body: ",
        ),
    ];
    for (status, body, words) in cases {
        assert_eq!(text(provision(&reply(status, body))), words, "{status} {body}");
    }
}

#[test]
fn a_long_text_is_cut_at_a_letter() {
    let long = "ä".repeat(10_000);
    let shown = text(provision(&reply(500, &format!(r#"{{"description":"{long}"}}"#))));
    let (kept, told) = shown.split_once("...").expect("it is cut");
    assert!((8191..=8192).contains(&kept.len()), "{}", kept.len());
    assert!(told.starts_with("This message has been truncated due to size."));
    let short = "x".repeat(16_000);
    assert!(text(provision(&reply(400, &format!(r#"{{"description":"{short}"}}"#)))).ends_with("xx"));
}
