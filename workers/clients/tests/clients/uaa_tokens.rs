//! Tokens: how they are asked for, and how one serves many calls.

use std::time::{Duration, Instant};

use chandler_clients::uaa::{Grant, Token, Tokens, Uaa, UaaSettings};
use chandler_clients::{Fault, FaultKind};

use crate::server::{Reply, Server, context, json};

const LIMIT: Duration = Duration::from_secs(10);

/// The UAA's answer with this token.
pub(crate) fn token(text: &str, seconds: u32) -> Reply {
    json(
        "200 OK",
        &format!(
            r#"{{"access_token":"{text}","token_type":"bearer","expires_in":{seconds},"scope":"bosh.admin","jti":"j","refresh_token":"r"}}"#
        ),
    )
}

/// The UAA's answer to wrong credentials.
pub(crate) fn bad_credentials() -> Reply {
    let body = r#"{"error":"invalid_client","error_description":"Bad credentials"}"#;
    json("401 Unauthorized", body)
}

pub(crate) fn client(secret: &str) -> Grant {
    Grant::ClientCredentials {
        client_id: "odb".into(),
        client_secret: secret.into(),
    }
}

fn tokens_with(server: &Server, grant: Grant, timeout: Duration) -> Tokens {
    let uaa = Uaa::new(UaaSettings {
        url: format!("https://127.0.0.1:{}/uaa", server.port),
        trust: chandler_clients::http::Trust::Only(server.ca_pem.clone()),
        timeout,
        user_agent: "chandler-test".into(),
    })
    .unwrap();
    Tokens::new(uaa, grant).unwrap()
}

fn tokens(server: &Server) -> Tokens {
    tokens_with(server, client("uaa-client-secret"), LIMIT)
}

async fn get(tokens: &Tokens) -> Result<Token, Fault> {
    tokens.get(&context(), tokio::time::Instant::now() + LIMIT).await
}

#[tokio::test]
async fn a_client_shows_itself_by_its_header() {
    let server = Server::with([token("t1", 600)]).await;
    assert_eq!(get(&tokens(&server)).await.unwrap().expose(), "t1");
    let asked = &server.asked()[0];
    assert_eq!(asked.line, "POST /uaa/oauth/token HTTP/1.1");
    assert_eq!(asked.body, "grant_type=client_credentials");
    let header = |name| asked.header(name).unwrap();
    assert_eq!(header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(header("accept"), "application/json");
    // odb:uaa-client-secret
    assert_eq!(header("authorization"), "Basic b2RiOnVhYS1jbGllbnQtc2VjcmV0");
    assert_eq!(header("user-agent"), "chandler-test");
    assert_eq!(header("x-request-id"), "request-1");
    assert!(header("traceparent").starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
}

#[tokio::test]
async fn a_password_is_encoded() {
    let server = Server::with([token("t1", 600)]).await;
    let grant = Grant::Password {
        username: "me@example.com".into(),
        password: "a&grant_type=x %+ä".into(),
    };
    get(&tokens_with(&server, grant, LIMIT)).await.unwrap();
    let asked = &server.asked()[0];
    assert_eq!(
        asked.body,
        "grant_type=password&username=me%40example.com&password=a%26grant_type%3Dx+%25%2B%C3%A4"
    );
    assert_eq!(asked.header("authorization").unwrap(), "Basic Y2Y6");
}

#[tokio::test]
async fn one_request_serves_all_who_wait_and_all_who_come_later() {
    let server = Server::with([token("t1", 600), token("t2", 600)]).await;
    let tokens = tokens(&server);
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let tokens = tokens.clone();
            tokio::spawn(async move { get(&tokens).await.unwrap().expose().to_owned() })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), "t1");
    }
    assert_eq!(get(&tokens).await.unwrap().expose(), "t1");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_caller_who_gives_up_takes_nothing_away_from_the_others() {
    let server = Server::with([Reply::Close, token("t1", 600)]).await;
    let tokens = tokens(&server);
    let short = tokio::time::Instant::now() + Duration::from_millis(1);
    let fault = tokens.get(&context(), short).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSent, "{fault}");
    assert_eq!(get(&tokens).await.unwrap().expose(), "t1");
    assert_eq!(
        server.asked().len(),
        2,
        "the first caller's request, repeated as a read"
    );
}

#[tokio::test]
async fn a_token_is_renewed_without_a_call_that_fails() {
    let server = Server::with([token("t1", 2), token("t2", 600)]).await;
    let tokens = tokens(&server);
    let begun = Instant::now();
    while get(&tokens).await.unwrap().expose() == "t1" {
        assert!(begun.elapsed() < Duration::from_secs(20), "it is never renewed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(begun.elapsed() >= Duration::from_millis(1400), "{:?}", begun.elapsed());
    assert_eq!(get(&tokens).await.unwrap().expose(), "t2");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_token_without_an_end_serves_who_waited_for_it() {
    let server = Server::with([json("200 OK", r#"{"access_token":"t1"}"#), token("t2", 600)]).await;
    let tokens = tokens(&server);
    let (one, two) = tokio::join!(get(&tokens), get(&tokens));
    assert_eq!((one.unwrap().expose(), two.unwrap().expose()), ("t1", "t1"));
    assert_eq!(get(&tokens).await.unwrap().expose(), "t2");
}

#[tokio::test]
async fn a_token_that_was_refused_is_replaced_once_for_all() {
    let server = Server::with([token("t1", 600), token("t2", 600)]).await;
    let tokens = tokens(&server);
    let (old, same) = (get(&tokens).await.unwrap(), get(&tokens).await.unwrap());
    tokens.forget(&old);
    assert_eq!(get(&tokens).await.unwrap().expose(), "t2");
    tokens.forget(&same);
    assert_eq!(get(&tokens).await.unwrap().expose(), "t2");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_rotated_secret_passes_and_the_uaa_is_not_hammered_meanwhile() {
    let server = Server::with([bad_credentials(), token("t1", 600)]).await;
    let tokens = tokens(&server);
    for _ in 0..20 {
        let fault = get(&tokens).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unauthorized, "{fault}");
        assert_eq!(fault.call, "POST /oauth/token of the UAA");
        assert!(fault.detail.contains("Bad credentials"), "{fault}");
        assert!(!fault.is_permanent() && fault.nothing_happened());
    }
    assert_eq!(server.asked().len(), 1);
    let begun = Instant::now();
    while get(&tokens).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it never comes back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn what_the_uaa_says_decides_whether_it_passes() {
    let scope = r#"{"error":"invalid_scope","error_description":"x is invalid. uaa-client-secret"}"#;
    let page = "<html>404 Not Found: Requested route does not exist</html>";
    let refused = FaultKind::Refused {
        status: 400,
        code: None,
    };
    let cases = [
        (json("400 Bad Request", scope), refused, 1),
        (json("404 Not Found", page), FaultKind::Unknown, 1),
        (json("500 Internal Server Error", ""), FaultKind::Unknown, 1),
        (json("503 Service Unavailable", page), FaultKind::Unknown, 3),
        (Reply::Close, FaultKind::Unknown, 3),
        (json("302 Found", page), FaultKind::Unknown, 1),
        (json("200 OK", page), FaultKind::Garbled, 1),
        (
            json("200 OK", r#"{"access_token":"top\nsecret"}"#),
            FaultKind::Garbled,
            1,
        ),
        (
            json("201 Created", r#"{"access_token":"top-secret"}"#),
            FaultKind::Unknown,
            1,
        ),
    ];
    for (reply, kind, requests) in cases {
        let server = Server::with([reply.clone()]).await;
        let fault = get(&tokens(&server)).await.unwrap_err();
        assert_eq!(fault.kind, kind, "{reply:?}: {fault}");
        assert_eq!(fault.call, "POST /oauth/token of the UAA");
        assert_eq!(server.asked().len(), requests, "{reply:?}");
        for hidden in ["uaa-client-secret", "top"] {
            assert!(!fault.to_string().contains(hidden), "{fault}");
        }
    }
}

#[tokio::test]
async fn a_uaa_that_hangs_costs_no_more_than_the_limit() {
    let server = Server::with([Reply::Hang]).await;
    let tokens = tokens_with(&server, client("s"), Duration::from_secs(60));
    let begun = Instant::now();
    let until = tokio::time::Instant::now() + Duration::from_millis(300);
    let fault = tokens.get(&context(), until).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSent);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());

    let past = tokio::time::Instant::now();
    let fault = tokens.get(&context(), past).await.unwrap_err();
    assert!(fault.detail.contains("no time was left"), "{fault}");

    // A renewal ends by itself, and then another one may begin.
    let tokens = tokens_with(&server, client("s"), Duration::from_millis(300));
    let fault = get(&tokens).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
    let before = server.asked().len();
    get(&tokens).await.unwrap_err();
    assert!(server.asked().len() > before);
}
