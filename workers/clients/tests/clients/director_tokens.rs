//! The Director by tokens: found, renewed, repeated after a 401, all within the limit.

use std::time::{Duration, Instant};

use chandler_clients::FaultKind;
use chandler_clients::bosh::{Auth, Director, DirectorSettings};

use crate::server::{Reply, Server, context, json, reply};
use crate::uaa_tokens::{bad_credentials, token};

const LIMIT: Duration = Duration::from_secs(10);

fn info(uaa: &Server) -> Reply {
    let url = format!("https://127.0.0.1:{}", uaa.port);
    json(
        "200 OK",
        &format!(
            r#"{{"name":"d","uuid":"u","version":"280.1.0 (00000000)","user":null,
            "user_authentication":{{"type":"uaa","options":{{"url":"{url}","urls":["{url}"]}}}}}}"#
        ),
    )
}

fn refused() -> Reply {
    reply(
        "401 Unauthorized",
        &["WWW-Authenticate: Basic realm=\"BOSH Director\""],
        "Not authorized: '/deployments'\n",
    )
}

fn started() -> Reply {
    reply("302 Found", &["Location: https://127.0.0.1/tasks/7"], "")
}

fn client(director: &Server, uaa: &Server, timeout: Duration) -> Director {
    Director::new(DirectorSettings {
        url: format!("https://127.0.0.1:{}", director.port),
        ca_pem: Some(format!("{}\n{}", director.ca_pem, uaa.ca_pem)),
        auth: Auth::Uaa {
            client_id: "odb".into(),
            client_secret: "uaa-client-secret".into(),
        },
        timeout,
        user_agent: "chandler-test".into(),
    })
    .unwrap()
}

/// What a server was asked: first lines without the version, and the tokens.
fn lines(server: &Server) -> Vec<(String, String)> {
    let asked = server.asked();
    let line = |asked: &crate::server::Asked| {
        let path = asked.line.split(['?']).next().unwrap();
        let path = path.trim_end_matches(" HTTP/1.1").to_owned();
        (path, asked.header("authorization").unwrap_or_default())
    };
    asked.iter().map(line).collect()
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[tokio::test]
async fn its_uaa_is_looked_for_once() {
    let uaa = Server::with([token("t1", 600)]).await;
    let server = Server::with([info(&uaa), json("200 OK", "[]"), started(), json("200 OK", "[]")]).await;
    let director = client(&server, &uaa, LIMIT);
    director.deployments(&context()).await.unwrap();
    let task = director.deploy("name: x", "c", &context(), LIMIT).await.unwrap();
    assert_eq!(task, 7);
    director.deployments(&context()).await.unwrap();
    let wanted = pairs(&[
        ("GET /info", ""),
        ("GET /deployments", "Bearer t1"),
        ("POST /deployments", "Bearer t1"),
        ("GET /deployments", "Bearer t1"),
    ]);
    assert_eq!(lines(&server), wanted);
    assert_eq!(uaa.asked().len(), 1);
    assert_eq!(uaa.asked()[0].line, "POST /oauth/token HTTP/1.1");
}

#[tokio::test]
async fn after_a_401_reads_and_writes_are_repeated_once_with_a_new_token() {
    let uaa = Server::with([token("t1", 600), token("t2", 600), token("t3", 600)]).await;
    let server = Server::with([info(&uaa), refused(), json("200 OK", "[]"), refused(), started()]).await;
    let director = client(&server, &uaa, LIMIT);
    director.deployments(&context()).await.unwrap();
    director.deploy("name: x", "c", &context(), LIMIT).await.unwrap();
    let wanted = pairs(&[
        ("GET /info", ""),
        ("GET /deployments", "Bearer t1"),
        ("GET /deployments", "Bearer t2"),
        ("POST /deployments", "Bearer t2"),
        ("POST /deployments", "Bearer t3"),
    ]);
    assert_eq!(lines(&server), wanted);
    let deploys = server.asked();
    for deploy in &deploys[3..] {
        assert_eq!(deploy.body, "name: x");
        assert_eq!(deploy.header("x-bosh-context-id").unwrap(), "c");
    }
}

#[tokio::test]
async fn a_second_401_counts() {
    let uaa = Server::with([token("t1", 600), token("t2", 600)]).await;
    let server = Server::with([info(&uaa), refused()]).await;
    let director = client(&server, &uaa, LIMIT);
    let fault = director.deploy("name: x", "c", &context(), LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unauthorized);
    assert_eq!(fault.call, "POST /deployments of the Director");
    assert!(fault.nothing_happened() && !fault.is_permanent());
    assert_eq!((server.asked().len(), uaa.asked().len()), (3, 2));
}

#[tokio::test]
async fn a_missing_scope_is_not_a_matter_of_the_token() {
    let uaa = Server::with([token("t1", 600)]).await;
    let scope = json(
        "401 Unauthorized",
        r#"{"code":600000,"description":"Require one of the scopes: bosh.admin"}"#,
    );
    let server = Server::with([info(&uaa), scope]).await;
    let director = client(&server, &uaa, LIMIT);
    for _ in 0..2 {
        let fault = director.deploy("name: x", "c", &context(), LIMIT).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::MissingScope);
        assert!(fault.is_permanent());
    }
    assert_eq!((server.asked().len(), uaa.asked().len()), (3, 1));
}

#[tokio::test]
async fn a_write_without_an_answer_is_not_repeated() {
    let uaa = Server::with([token("t1", 600)]).await;
    for reply in [Reply::Close, json("503 Service Unavailable", "")] {
        let server = Server::with([info(&uaa), reply]).await;
        let director = client(&server, &uaa, LIMIT);
        let fault = director.deploy("name: x", "c", &context(), LIMIT).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
        assert_eq!(server.asked().len(), 2);
    }
}

#[tokio::test]
async fn a_uaa_that_is_away_is_looked_for_again_and_nothing_happened() {
    let old = Server::with([Reply::Close]).await;
    let new = Server::with([token("t1", 600)]).await;
    let server = Server::with([info(&old), info(&new), started()]).await;
    let ca_pem = format!("{}\n{}\n{}", server.ca_pem, old.ca_pem, new.ca_pem);
    let director = Director::new(DirectorSettings {
        url: format!("https://127.0.0.1:{}", server.port),
        ca_pem: Some(ca_pem),
        auth: Auth::Uaa {
            client_id: "odb".into(),
            client_secret: "uaa-client-secret".into(),
        },
        timeout: LIMIT,
        user_agent: "chandler-test".into(),
    })
    .unwrap();
    let fault = director.deploy("name: x", "c", &context(), LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSent, "{fault}");
    assert_eq!(fault.call, "POST /deployments of the Director");
    assert!(fault.detail.contains("the UAA"), "{fault}");
    director.deploy("name: x", "c", &context(), LIMIT).await.unwrap();
    let wanted = pairs(&[("GET /info", ""), ("GET /info", ""), ("POST /deployments", "Bearer t1")]);
    assert_eq!(lines(&server), wanted);
}

#[tokio::test]
async fn a_rotated_secret_names_the_uaa() {
    let uaa = Server::with([bad_credentials()]).await;
    let server = Server::with([info(&uaa)]).await;
    let director = client(&server, &uaa, LIMIT);
    let fault = director.deployments(&context()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unauthorized);
    assert_eq!(fault.call, "POST /oauth/token of the UAA");
    assert!(!fault.to_string().contains("uaa-client-secret"), "{fault}");
    assert_eq!(server.asked().len(), 1, "nothing is asked without a token");
}

#[tokio::test]
async fn a_director_without_a_uaa_gets_no_call() {
    let uaa = Server::with([token("t1", 600)]).await;
    let basic =
        r#"{"name":"d","uuid":"u","version":"1.0.0","user":null,"user_authentication":{"type":"basic","options":{}}}"#;
    let plain = r#"{"version":"1","user_authentication":{"type":"uaa","options":{"url":"http://uaa"}}}"#;
    let cases = [
        (json("200 OK", basic), "names no UAA"),
        (json("200 OK", plain), "must begin with https"),
        (json("404 Not Found", "x"), "GET /info of the Director"),
        (json("200 OK", "<html>"), "not JSON"),
    ];
    for (info, text) in cases {
        let server = Server::with([info]).await;
        let fault = client(&server, &uaa, LIMIT).deployments(&context()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotSent, "{fault}");
        assert!(fault.detail.contains(text), "{fault}");
        assert_eq!(server.asked().len(), 1);
    }
    assert!(uaa.asked().is_empty());
}

#[tokio::test]
async fn the_limit_holds_for_token_and_call_together() {
    let short = Duration::from_secs(2);
    let hangs = [
        // The UAA, before the call and after a 401.
        (vec![Reply::Hang], vec![], FaultKind::NotSent, 0),
        (
            vec![token("t1", 600), Reply::Hang],
            vec![refused()],
            FaultKind::NotSent,
            1,
        ),
        // The call, the first and the second.
        (vec![token("t1", 600)], vec![Reply::Hang], FaultKind::Unknown, 1),
        (
            vec![token("t1", 600)],
            vec![refused(), Reply::Hang],
            FaultKind::Unknown,
            2,
        ),
    ];
    let cases = hangs.into_iter().map(|(tokens, answers, kind, calls)| {
        tokio::spawn(async move {
            let uaa = Server::with(tokens).await;
            let server = Server::with([vec![info(&uaa)], answers].concat()).await;
            let director = client(&server, &uaa, Duration::from_secs(60));
            let begun = Instant::now();
            let fault = director.deploy("name: x", "c", &context(), short).await.unwrap_err();
            assert_eq!((fault.kind, server.asked().len()), (kind, 1 + calls), "{fault}");
            assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        })
    });
    for case in cases.collect::<Vec<_>>() {
        case.await.unwrap();
    }
}

#[tokio::test]
async fn its_authority_is_the_only_one_for_its_uaa_too() {
    let uaa = Server::with([token("t1", 600)]).await;
    let server = Server::with([info(&uaa)]).await;
    let director = Director::new(DirectorSettings {
        url: format!("https://127.0.0.1:{}", server.port),
        ca_pem: Some(server.ca_pem.clone()),
        auth: Auth::Uaa {
            client_id: "odb".into(),
            client_secret: "uaa-client-secret".into(),
        },
        timeout: LIMIT,
        user_agent: "chandler-test".into(),
    })
    .unwrap();
    let fault = director.deployments(&context()).await.unwrap_err();
    assert!(fault.detail.to_lowercase().contains("certificate"), "{fault}");
    assert!(uaa.asked().is_empty());
}
