//! What goes wrong at CredHub.

use std::time::{Duration, Instant};

use chandler_clients::credhub::{CredHub, CredHubSettings, Generate, NewValue};
use chandler_clients::http::Trust;
use chandler_clients::{FaultKind, SecretJson};
use serde_json::json as value;

use crate::credhub_calls::{LIMIT, Pair};
use crate::server::{Reply, context, json};

fn secret() -> NewValue {
    NewValue::Json(SecretJson::of(&value!({"list": [{"pw": "top-secret"}]})))
}

fn refused(status: u16) -> FaultKind {
    FaultKind::Refused { status, code: None }
}

#[tokio::test]
async fn absence_is_believed_from_credhub_only() {
    for page in ["", "<html>404 Not Found: Requested route does not exist</html>", "{}"] {
        let pair = Pair::with([json("404 Not Found", page)]).await;
        let credhub = &pair.credhub;
        let faults = [
            credhub.get("/a", &context()).await.unwrap_err(),
            credhub.get_by_id("a", &context()).await.unwrap_err(),
            credhub.delete("/a", &context(), LIMIT).await.unwrap_err(),
            credhub.find("/a", &context()).await.unwrap_err(),
            credhub.find_permission("/a", "b", &context()).await.unwrap_err(),
            credhub.delete_permission("a", &context(), LIMIT).await.unwrap_err(),
        ];
        for fault in faults {
            assert_eq!(fault.kind, refused(404), "{page}: {fault}");
            assert!(fault.call.ends_with(" of CredHub"), "{fault}");
        }
    }
    let error = r#"{"error":"does not exist or you do not have sufficient authorization."}"#;
    let pair = Pair::with([json("404 Not Found", error)]).await;
    assert_eq!(pair.credhub.get("/a", &context()).await.unwrap(), None);
    assert_eq!(pair.credhub.get_by_id("a", &context()).await.unwrap(), None);
}

#[tokio::test]
async fn a_write_without_permission_is_not_one_without_a_scope() {
    let error = r#"{"error":"does not exist or you do not have sufficient authorization."}"#;
    let cases = [(error, refused(403)), ("", FaultKind::MissingScope)];
    for (body, kind) in cases {
        let pair = Pair::with([json("403 Forbidden", body)]).await;
        let fault = pair.credhub.set("/a", &secret(), &context(), LIMIT).await.unwrap_err();
        assert_eq!(fault.kind, kind, "{fault}");
        assert!(fault.is_permanent() && fault.nothing_happened());
        assert_eq!((pair.asked().len(), pair.uaa.asked().len()), (1, 1));
    }
}

#[tokio::test]
async fn an_expired_token_is_replaced_once() {
    let expired = json(
        "401 Unauthorized",
        r#"{"error":"access_token_expired","error_description":"Access token expired"}"#,
    );
    let pair = Pair::with([expired.clone(), json("200 OK", r#"{"id":"1","name":"/a"}"#), expired]).await;
    pair.credhub.set("/a", &secret(), &context(), LIMIT).await.unwrap();
    let tokens: Vec<_> = pair
        .asked()
        .iter()
        .map(|a| a.header("authorization").unwrap())
        .collect();
    assert_eq!(tokens, ["Bearer t1", "Bearer t2"]);
    assert_eq!(pair.asked()[0].body, pair.asked()[1].body);

    let fault = pair.credhub.delete("/a", &context(), LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unauthorized);
    assert!(fault.detail.contains("Access token expired"), "{fault}");
    assert_eq!(pair.asked().len(), 4);
}

#[tokio::test]
async fn faults_never_quote_values() {
    let cases = [
        ("200 OK", r#"{"id":5,"value":"top-secret"}"#, FaultKind::Garbled),
        ("200 OK", "top-secret", FaultKind::Garbled),
        ("202 Accepted", r#"{"value":"top-secret"}"#, FaultKind::Garbled),
        ("302 Found", "top-secret", FaultKind::Garbled),
        (
            "422 Unprocessable Entity",
            r#"{"error":"unrecognized 'top-secret'"}"#,
            refused(422),
        ),
        ("500 Internal Server Error", "top-secret", FaultKind::Unknown),
        (
            "503 Service Unavailable",
            r#"{"error":"read only mode"}"#,
            FaultKind::Unknown,
        ),
    ];
    for (status, body, kind) in cases {
        let pair = Pair::with([json(status, body)]).await;
        let fault = pair.credhub.set("/a", &secret(), &context(), LIMIT).await.unwrap_err();
        assert_eq!(fault.kind, kind, "{status} {body}: {fault}");
        assert!(!fault.to_string().contains("top-secret"), "{fault}");
        assert_eq!(pair.asked().len(), 1, "a write is sent once");
    }
    for body in [
        r#"{"data":[{"id":1,"value":"top-secret"}]}"#,
        r#"{"data":[]}"#,
        "top-secret",
    ] {
        let pair = Pair::with([json("200 OK", body)]).await;
        let fault = pair.credhub.get("/a", &context()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Garbled, "{body}");
        assert!(!fault.to_string().contains("top-secret"), "{fault}");
    }
    for status in ["202 Accepted", "302 Found"] {
        let pair = Pair::with([json(status, "top-secret")]).await;
        let fault = pair.credhub.get("/a", &context()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Garbled, "{status}");
        assert_eq!(fault.detail, format!("answered {}", &status[..3]));
    }
}

#[tokio::test]
async fn empty_names_would_be_other_calls() {
    let pair = Pair::with([json("200 OK", "{}")]).await;
    let credhub = &pair.credhub;
    let what = Generate::Password { length: None };
    let faults = [
        credhub.get("", &context()).await.unwrap_err(),
        credhub.get_by_id("", &context()).await.unwrap_err(),
        credhub.get_by_id("..", &context()).await.unwrap_err(),
        credhub.delete("", &context(), LIMIT).await.unwrap_err(),
        credhub.find("", &context()).await.unwrap_err(),
        credhub.find_permission("", "x", &context()).await.unwrap_err(),
        credhub.delete_permission("", &context(), LIMIT).await.unwrap_err(),
        credhub.set("", &secret(), &context(), LIMIT).await.unwrap_err(),
        credhub.generate("", &what, &context(), LIMIT).await.unwrap_err(),
    ];
    for fault in faults {
        assert_eq!(fault.kind, FaultKind::NotSent, "{fault}");
    }
    assert!(pair.uaa.asked().is_empty());
}

#[tokio::test]
async fn reads_are_repeated_and_limits_hold() {
    let found = json("200 OK", r#"{"credentials":[{"name":"/a/b"}]}"#);
    let pair = Pair::with([Reply::Close, json("503 Service Unavailable", ""), found]).await;
    assert_eq!(pair.credhub.find("/a", &context()).await.unwrap(), ["/a/b"]);

    let pair = Pair::with([Reply::Hang]).await;
    let begun = Instant::now();
    let short = Duration::from_secs(2);
    let fault = pair.credhub.set("/a", &secret(), &context(), short).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
    let fault = pair.credhub.delete("/a", &context(), Duration::ZERO).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSent, "{fault}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn settings_that_cannot_work_are_refused_without_secrets() {
    let settings = CredHubSettings {
        url: "credhub.example.com:8844".into(),
        trust: Trust::System,
        uaa_trust: Trust::System,
        client_id: "odb".into(),
        client_secret: "uaa-client-secret".into(),
        timeout: LIMIT,
        user_agent: "x".into(),
    };
    assert!(!format!("{settings:?}").contains("uaa-client-secret"));
    let credhub = CredHub::new(settings.clone()).unwrap();
    assert!(!format!("{credhub:?}").contains("uaa-client-secret"));
    let broken = |change: fn(&mut CredHubSettings)| {
        let mut settings = settings.clone();
        change(&mut settings);
        CredHub::new(settings).unwrap_err()
    };
    assert!(broken(|s| s.url = "http://credhub".into()).contains("https"));
    assert!(broken(|s| s.trust = Trust::Only("x".into())).contains("CA certificate"));
    assert!(broken(|s| s.uaa_trust = Trust::Only("x".into())).contains("CA certificate"));
    assert!(broken(|s| s.client_id = "a:b".into()).contains("colon"));
}
