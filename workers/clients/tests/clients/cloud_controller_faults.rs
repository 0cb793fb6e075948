//! Cloud Controller's refusals and failures, and nothing secret in any of it.

use std::time::{Duration, Instant};

use chandler_clients::cloud_controller::{
    BrokerChange, BrokerCredentials, CloudController, CloudControllerSettings, NewBroker,
};
use chandler_clients::{FaultKind, Secret};
use chandler_testing::log::Log;

use crate::cloud_controller::{LIMIT, Pair, settings, tokens};
use crate::server::{Reply, Server, context, json, reply};
use crate::uaa_tokens::{client, token};

fn said(code: u64, title: &str, detail: &str) -> String {
    serde_json::json!({"errors": [{"code": code, "title": title, "detail": detail}]}).to_string()
}

pub(crate) fn invalid_token() -> Reply {
    let body = said(1000, "CF-InvalidAuthToken", "Invalid Auth Token");
    json("401 Unauthorized", &body)
}

pub(crate) fn broker() -> Reply {
    json("200 OK", r#"{"guid":"b1","name":"odb","url":"u"}"#)
}

#[tokio::test]
async fn what_is_believed_of_an_answer() {
    let refused = |status, code| FaultKind::Refused {
        status,
        code: Some(code),
    };
    let page = "<html>404 Not Found: Requested route does not exist</html>";
    let two = r#"{"errors":[{"code":10008,"title":"CF-UnprocessableEntity","detail":"Name must be unique"},{"code":1,"title":"CF-Other","detail":"x"}]}"#;
    let not_authorized = said(10003, "CF-NotAuthorized", "You are not authorized");
    let few_scopes = said(10007, "CF-InsufficientScope", "Your token lacks the necessary scopes");
    let disabled = said(330_002, "CF-FeatureDisabled", "Feature Disabled");
    let unknown_path = said(10000, "CF-NotFound", "Unknown request");
    let query = said(10005, "CF-BadQueryParameter", "The query parameter is invalid");
    let limited = said(10013, "CF-RateLimitExceeded", "Rate Limit Exceeded");
    let server = said(10001, "CF-ServerError", "oops");
    let cases = [
        (
            json("422 Unprocessable Entity", two),
            refused(422, 10008),
            "CF-UnprocessableEntity: Name must be unique; CF-Other: x",
        ),
        (
            json("403 Forbidden", &not_authorized),
            FaultKind::MissingScope,
            "CF-NotAuthorized: You are not authorized",
        ),
        (
            json("403 Forbidden", &few_scopes),
            FaultKind::MissingScope,
            "CF-InsufficientScope",
        ),
        (
            json("403 Forbidden", &disabled),
            refused(403, 330_002),
            "CF-FeatureDisabled",
        ),
        (
            json("404 Not Found", &unknown_path),
            refused(404, 10000),
            "CF-NotFound: Unknown request",
        ),
        (
            json("400 Bad Request", &query),
            refused(400, 10005),
            "CF-BadQueryParameter",
        ),
        (
            json("429 Too Many Requests", &limited),
            refused(429, 10013),
            "CF-RateLimitExceeded",
        ),
        (
            json("500 Internal Server Error", &server),
            FaultKind::Unknown,
            "answered 500 CF-ServerError: oops",
        ),
        (json("404 Not Found", page), FaultKind::Unknown, "answered 404 <html>"),
        (
            json("403 Forbidden", "blocked"),
            FaultKind::Unknown,
            "answered 403 blocked",
        ),
        (
            json("404 Not Found", r#"{"errors":[]}"#),
            FaultKind::Unknown,
            "answered 404",
        ),
        (
            json(
                "404 Not Found",
                r#"{"code":60004,"error_code":"CF-ServiceInstanceNotFound"}"#,
            ),
            FaultKind::Unknown,
            "answered 404",
        ),
        (
            json("500 Internal Server Error", ""),
            FaultKind::Unknown,
            "answered 500",
        ),
        (json("200 OK", "{\"guid\":"), FaultKind::Garbled, "ends too early"),
        (json("200 OK", page), FaultKind::Garbled, "not JSON"),
        (
            json("200 OK", r#"{"guid":"b1","name":"odb"}"#),
            FaultKind::Garbled,
            "unexpected shape",
        ),
        (
            json("206 Partial Content", "top-secret"),
            FaultKind::Garbled,
            "answered 206",
        ),
        (
            reply("302 Found", &["Location: https://x"], "top-secret"),
            FaultKind::Garbled,
            "answered 302",
        ),
        (Reply::Close, FaultKind::Unknown, ""),
    ];
    for (reply, kind, part) in cases {
        let pair = Pair::with([reply.clone()]).await;
        let fault = pair.cc.broker("b1", &context()).await.unwrap_err();
        assert_eq!(fault.kind, kind, "{reply:?}: {fault}");
        assert!(fault.detail.contains(part), "{fault}");
        assert_eq!(fault.call, "GET /v3/service_brokers/b1 of Cloud Controller");
        assert!(!fault.to_string().contains("top-secret"), "{fault}");
    }
    let absent = said(10010, "CF-ResourceNotFound", "Service broker not found");
    let pair = Pair::with([json("404 Not Found", &absent)]).await;
    let (cc, ctx) = (&pair.cc, context());
    assert_eq!(cc.broker("x", &ctx).await.unwrap(), None);
    assert_eq!(cc.instance("x", &ctx).await.unwrap(), None);
    assert_eq!(cc.binding("x", &ctx).await.unwrap(), None);
    assert_eq!(cc.visibility("x", &ctx).await.unwrap(), None);
    let fault = cc.organizations(&["o".into()], &ctx).await.unwrap_err();
    assert_eq!(fault.code(), Some(10010), "a list is never absent: {fault}");
}

#[tokio::test]
async fn a_read_that_shall_come_later_does() {
    let limited = said(10016, "CF-ServiceBrokerRateLimitExceeded", "later");
    let later = |status, body: &str| reply(status, &["Retry-After: 2"], body);
    let pair = Pair::with([later("429 Too Many Requests", &limited), broker()]).await;
    let begun = Instant::now();
    assert!(pair.cc.broker("b1", &context()).await.unwrap().is_some());
    assert!(begun.elapsed() >= Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(pair.server.asked().len(), 2);

    // Cloud Controller's own limit says the second of the epoch; no read waits for that.
    for after in [
        "Retry-After: 1795000000",
        "Retry-After: 60",
        "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT",
        "X-Other: 1",
    ] {
        let pair = Pair::with([reply("429 Too Many Requests", &[after], &limited)]).await;
        let begun = Instant::now();
        let fault = pair.cc.broker("b1", &context()).await.unwrap_err();
        assert!(begun.elapsed() < LIMIT, "{after}");
        assert_eq!(pair.server.asked().len(), 1, "{after}");
        assert!(!fault.is_permanent(), "{fault}");
    }
    // One that always says so doesn't keep us longer than the limit.
    let (uaa, server) = (
        Server::with([token("t1", 600)]).await,
        Server::with([reply("429 Too Many Requests", &["Retry-After: 0"], &limited)]).await,
    );
    let timeout = Duration::from_millis(2500);
    let short = CloudControllerSettings {
        timeout,
        ..settings(&server, "")
    };
    let cc = CloudController::new(short, tokens(&uaa, client("s"))).unwrap();
    let begun = Instant::now();
    cc.broker("b1", &context()).await.unwrap_err();
    assert!(begun.elapsed() < LIMIT);
    let asked = server.asked().len();
    assert!((2..=3).contains(&asked), "{asked}");
}

/// All tasks of such a test run on its thread, so the subscriber sees them.
#[tokio::test]
async fn no_secret_is_shown() {
    let log = Log::default();
    let _guard = log.catch();
    let echo = said(
        10008,
        "CF-UnprocessableEntity",
        "the word brokers-hidden-word is too short, Bearer t1",
    );
    let pair = Pair::with([
        json("422 Unprocessable Entity", &echo),
        json("500 Internal Server Error", "brokers-hidden-word"),
        invalid_token(),
        reply("202 Accepted", &["Location: https://api/v3/jobs/j1"], ""),
    ])
    .await;
    let credentials = BrokerCredentials {
        username: "broker".into(),
        password: Secret::new("brokers-hidden-word"),
    };
    let new = NewBroker {
        name: "odb".into(),
        url: "https://broker".into(),
        credentials: credentials.clone(),
        space_guid: None,
    };
    let change = BrokerChange {
        credentials: Some(credentials),
        ..Default::default()
    };
    let refused = pair.cc.create_broker(&new, &context(), LIMIT).await.unwrap_err();
    let unknown = pair
        .cc
        .update_broker("b1", &change, &context(), LIMIT)
        .await
        .unwrap_err();
    let job = pair.cc.update_broker("b1", &change, &context(), LIMIT).await.unwrap();
    let settings = settings(&pair.server, "");
    tracing::info!(?new, ?change, ?refused, %refused, ?unknown, %unknown, ?job, cc = ?pair.cc, ?settings, "shown");
    assert!(pair.server.asked()[0].body.contains("brokers-hidden-word"));
    assert!(refused.detail.contains("the word *** is too short"), "{refused}");

    let text = log.text();
    for seen in [
        "POST /v3/service_brokers of Cloud Controller",
        "shown",
        "CF-UnprocessableEntity",
    ] {
        assert!(text.contains(seen), "{seen} not in {text}");
    }
    for hidden in [
        "brokers-hidden-word",
        "uaa-client-secret",
        "Bearer t1",
        "Bearer t2",
        "b2RiOnVhYS1jbGllbnQtc2VjcmV0",
    ] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
}
