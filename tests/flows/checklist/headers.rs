//! The headers of the API, at each endpoint.
use super::{
    floor::{Floor, path, put},
    items::Endpoint,
    wire::Request,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

const VERSION: &str = "X-Broker-API-Version";
const ORIGIN: &str = "X-Broker-API-Originating-Identity";
const IDENTITY: &str = "X-Broker-API-Request-Identity";

pub(crate) async fn versions(floor: &Floor) {
    for at in Endpoint::ALL {
        let id = format!("version-{at:?}");
        let (request, served) = at.probe(&id);
        for good in ["2.0", "2.11", "2.13", "2.15", "2.16", "2.17", "2.18", "2.99", "2.4711"] {
            floor.expect(served, request.clone().set(VERSION, good)).await;
        }
        for other in ["1.0", "1.17", "3.0", "3.17", "20.17", "0.2"] {
            let reply = floor.expect(412, request.clone().set(VERSION, other)).await;
            assert!(
                reply.description().contains("2."),
                "it names the version to use: {reply:?}"
            );
        }
        let reply = floor.expect(400, request.clone().without(VERSION)).await;
        assert!(reply.description().contains(VERSION), "{reply:?}");
        let long = "2".repeat(5_000);
        for garbage in [
            "",
            "2",
            "two",
            "2.",
            ".17",
            "2.x",
            "v2.17",
            "2.17.1",
            "2,17",
            "-2.17",
            "2 .17",
            "2.17;",
            "2.17, 3.0",
            &long,
        ] {
            let reply = floor.ask(request.clone().set(VERSION, garbage)).await;
            assert!([400, 412].contains(&reply.status), "{garbage:?}: {reply:?}");
        }
        // Which of two counts is not said; both being good, so is the request.
        let status = floor.ask(request.clone().with(VERSION, "2.15")).await.status;
        assert!([served, 400].contains(&status), "twice a good one: {status}");
        let status = floor.ask(request.clone().with(VERSION, "3.0")).await.status;
        assert!([served, 400, 412].contains(&status), "2.17 and 3.0: {status}");
        // What is refused for its version has no effect, whatever it asks for.
        for bad in ["3.0", "garbage"] {
            let reply = floor.ask(put(&id, json!({})).set(VERSION, bad)).await;
            assert!([400, 412].contains(&reply.status), "{reply:?}");
        }
        floor.is_unknown(&id).await;
        floor.covers_at(at, &["VER-3", "HSE-4"]);
    }
    floor.covers(&["GEN-8", "CCS-1"]);
}

fn origin(platform: &str, json: &str) -> String {
    format!("{platform} {}", STANDARD.encode(json))
}

pub(crate) async fn originating_identities(floor: &Floor) {
    let known = [
        origin("cloudfoundry", r#"{"user_id":"683ea748-3092-4ff4-b656-39cacc4d5360"}"#),
        origin(
            "kubernetes",
            r#"{"username":"duke","uid":"c2dde242","groups":["admin"],"extra":{"mydata":["x"]}}"#,
        ),
        origin("someone-else", r#"{"whatever":{"is":["known",1,null]}}"#),
        origin("cloudfoundry", "{}"),
        origin("p", &format!(r#"{{"long":"{}"}}"#, "x".repeat(8_000))),
    ];
    let malformed = [
        "",
        "cloudfoundry",
        "cloudfoundry ",
        "cloudfoundry !!!",
        "cloudfoundry e30",
        " e30=",
        "cloudfoundry\te30=",
        "a b c d",
        &origin("cloudfoundry", "[]"),
        &origin("cloudfoundry", "nonsense"),
        &origin("cloudfoundry", "\"text\""),
        &origin("cloudfoundry", "{\"user_id\":"),
        &origin("cloudfoundry", &"[".repeat(20_000)),
        "cloudfoundry /////w==",
    ];
    for at in Endpoint::ALL {
        let (request, served) = at.probe(&format!("origin-{at:?}"));
        floor.expect(served, request.clone()).await;
        for value in &known {
            floor.expect(served, request.clone().with(ORIGIN, value)).await;
        }
        for value in malformed {
            let reply = floor.ask(request.clone().with(ORIGIN, value)).await;
            let ignored = reply.status == served;
            assert!(
                ignored || reply.status == 400 && !reply.description().is_empty(),
                "{value:?}: {reply:?}"
            );
        }
        floor.covers_at(at, &["OID-1", "OID-3"]);
    }
    // Not only where nothing happens.
    for (n, value) in known.iter().enumerate() {
        let id = format!("by-somebody-{n}");
        floor.accepted(put(&id, json!({})).with(ORIGIN, value)).await;
    }
    floor.covers(&["OID-2"]);
}

/// That each answer echoes what was sent is judged at the end, over all answers; here are the odd ones.
pub(crate) async fn request_identities(floor: &Floor) {
    let long = "x".repeat(3_000);
    for value in ["1", "not a GUID", "a\"b\\c{}<>&%0d%0a", "*", &long] {
        for at in Endpoint::ALL {
            let (request, served) = at.probe("request-identity");
            let reply = floor.expect(served, request.clone().set(IDENTITY, value)).await;
            assert_eq!(reply.header(IDENTITY), Some(value), "{at:?}");
            for (status, refused) in [
                (401, request.clone().without("Authorization")),
                (412, request.clone().set(VERSION, "3.0")),
                (400, request.clone().without(VERSION)),
            ] {
                let reply = floor.expect(status, refused.set(IDENTITY, value)).await;
                assert_eq!(reply.header(IDENTITY), Some(value), "{at:?} {status}");
            }
            let reply = floor.expect(served, request.without(IDENTITY)).await;
            assert_eq!(reply.header(IDENTITY), None, "{at:?}: nothing was sent");
        }
    }
    for (status, request) in [
        (404, Request::new("GET", "/v2/nothing")),
        (405, Request::new("POST", "/v2/catalog")),
        (400, Request::new("GET", &path("a%2Fb"))),
        (400, Request::new("PUT", &path("request-identity")).bytes("{")),
        (
            413,
            Request::new("PUT", &path("request-identity")).bytes("x".repeat(300_000)),
        ),
    ] {
        let reply = floor.expect(status, request.set(IDENTITY, "this one")).await;
        assert_eq!(reply.header(IDENTITY), Some("this one"), "{status}");
    }
}

/// As Cloud Controller writes them, and otherwise; with everything that it sends along.
pub(crate) async fn names_have_no_case(floor: &Floor) {
    for at in Endpoint::ALL {
        let (request, served) = at.probe("no-case");
        for change in [str::to_lowercase, str::to_uppercase, |name: &str| {
            name.replace("API", "Api")
        }] {
            let mut cased = request
                .clone()
                .with(ORIGIN, &origin("cloudfoundry", r#"{"user_id":"u"}"#));
            for (name, _) in &mut cased.headers {
                *name = change(name);
            }
            let reply = floor.expect(served, cased.clone()).await;
            assert_eq!(reply.header(IDENTITY), cased.header(IDENTITY));
        }
        let all = request
            .set("X-Broker-Api-Version", "2.15")
            .with(
                "X-Broker-Api-Originating-Identity",
                &origin("cloudfoundry", r#"{"user_id":"u"}"#),
            )
            .with("X-VCAP-Request-ID", "9f0c1a7e-33f5-4f4e-8a2e-d8d26ecb2a9c::1b2c3d4e")
            .with("X-Api-Info-Location", "api.example.com/v2/info")
            .with("X-B3-TraceId", "463ac35c9f6413ad48485a3953bb6124")
            .with("X-B3-SpanId", "a2fb4a1d1a96d312");
        floor.expect(served, all).await;
    }
    floor.covers(&["CCS-2", "CCS-3"]);
}
