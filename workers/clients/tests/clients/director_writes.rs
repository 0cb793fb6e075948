//! Writes: sent once, and what is known afterwards.

use std::time::Duration;

use chandler_clients::FaultKind;

use crate::server::{Reply, Server, context, json, reply};

const LIMIT: Duration = Duration::from_secs(10);
const PAGE: &str = "<html><head><title>502 Bad Gateway</title></head></html>";

fn found(location: &str) -> Reply {
    reply("302 Found", &[&format!("Location: {location}")], "")
}

#[tokio::test]
async fn the_task_is_the_last_segment_whatever_stands_before() {
    let places = [
        "https://127.0.0.1:25555/tasks/10",
        "https://127.0.0.1/tasks/10",
        "http://elsewhere/tasks/10/",
        "/tasks/10",
        "https://host/tasks/10?x=1",
    ];
    for place in places {
        let server = Server::with([found(place)]).await;
        let task = server
            .director()
            .deploy("name: x\n", "job.deploy", &context(), LIMIT)
            .await
            .unwrap();
        assert_eq!(task, 10, "{place}");
        let asked = server.asked();
        assert_eq!(asked.len(), 1, "the redirect is not followed");
        assert_eq!(asked[0].line, "POST /deployments HTTP/1.1");
        assert_eq!(asked[0].body, "name: x\n");
        assert_eq!(asked[0].header("content-type").as_deref(), Some("text/yaml"));
        assert_eq!(asked[0].header("x-bosh-context-id").as_deref(), Some("job.deploy"));
        assert_eq!(asked[0].header("traceparent"), context().traceparent);
    }
}

#[tokio::test]
async fn a_success_that_names_no_task_may_have_taken_effect() {
    let odd = [
        found("https://host/login"),
        found("/tasks/x"),
        found("/10"),
        reply("302 Found", &[], ""),
        json("200 OK", "{}"),
    ];
    for odd in odd {
        let server = Server::with([odd]).await;
        let fault = server
            .director()
            .deploy("name: x", "c", &context(), LIMIT)
            .await
            .unwrap_err();
        assert_eq!(fault.kind, FaultKind::Garbled, "{fault}");
        assert!(!fault.nothing_happened());
    }
}

#[tokio::test]
async fn a_write_is_sent_once_and_its_fault_says_what_is_known() {
    let unknown = FaultKind::Unknown;
    let cases = [
        (reply("502 Bad Gateway", &["Content-Type: text/html"], PAGE), unknown),
        (reply("503 Service Unavailable", &[], ""), unknown),
        (reply("500 Internal Server Error", &[], ""), unknown),
        (Reply::Close, unknown),
        (
            Reply::Bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut".into()),
            unknown,
        ),
        (Reply::Bytes("garbage\r\n\r\n".into()), unknown),
        (
            json(
                "400 Bad Request",
                r#"{"code":40001,"description":"Deployment manifest must have a 'name' key"}"#,
            ),
            FaultKind::Refused {
                status: 400,
                code: Some(40001),
            },
        ),
        (
            json("404 Not Found", "Endpoint '/deployments' not found."),
            FaultKind::Refused {
                status: 404,
                code: None,
            },
        ),
        (
            json("401 Unauthorized", "Not authorized: '/deployments'\n"),
            FaultKind::Unauthorized,
        ),
        (
            json(
                "401 Unauthorized",
                r#"{"code":600000,"description":"Require one of the scopes"}"#,
            ),
            FaultKind::MissingScope,
        ),
        (
            json("429 Too Many Requests", ""),
            FaultKind::Refused {
                status: 429,
                code: None,
            },
        ),
    ];
    for (given, kind) in cases {
        let name = format!("{given:?}");
        let server = Server::with([given]).await;
        let fault = server
            .director()
            .deploy("name: x", "c", &context(), LIMIT)
            .await
            .unwrap_err();
        assert_eq!(fault.kind, kind, "{name}");
        assert_eq!(fault.nothing_happened(), kind != FaultKind::Unknown, "{name}");
        assert_eq!(server.asked().len(), 1, "{name}");
        assert!(!fault.to_string().contains("director-password"));
    }
}

#[tokio::test]
async fn a_write_ends_with_its_limit_and_nothing_is_sent_without_time() {
    let server = Server::with([Reply::Hang]).await;
    let director = server.director();
    let begun = std::time::Instant::now();
    let fault = director
        .deploy("name: x", "c", &context(), Duration::from_millis(300))
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(server.asked().len(), 1);

    let fault = director
        .deploy("name: x", "c", &context(), Duration::ZERO)
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotSent);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn each_write_has_a_connection_of_its_own() {
    // On a connection that was kept the second write would get no answer.
    let silent = Reply::Once("HTTP/1.1 302 Found\r\nLocation: /tasks/1\r\nContent-Length: 0\r\n\r\n".into());
    let server = Server::with([silent]).await;
    let director = server.director();
    for _ in 0..5 {
        assert_eq!(director.deploy("name: x", "c", &context(), LIMIT).await.unwrap(), 1);
    }
    assert_eq!(server.asked().len(), 5);
}

#[tokio::test]
async fn deleting_tells_gone_from_odd() {
    let server = Server::with([
        found("/tasks/3"),
        found("/tasks/4"),
        json(
            "404 Not Found",
            r#"{"code":70000,"description":"Deployment 'x' doesn't exist"}"#,
        ),
        json("404 Not Found", "Not Found: /deployments/x"),
    ])
    .await;
    let director = server.director();
    let delete = async |force| {
        director
            .delete_deployment("x", force, "job.delete", &context(), LIMIT)
            .await
    };
    assert_eq!(delete(false).await.unwrap(), Some(3));
    assert_eq!(delete(true).await.unwrap(), Some(4));
    assert_eq!(delete(false).await.unwrap(), None);
    assert_eq!(
        delete(false).await.unwrap_err().kind,
        FaultKind::Refused {
            status: 404,
            code: None
        }
    );
    let asked = server.asked();
    assert_eq!(asked[0].line, "DELETE /deployments/x HTTP/1.1");
    assert_eq!(asked[1].line, "DELETE /deployments/x?force=true HTTP/1.1");
    assert_eq!(asked[1].header("x-bosh-context-id").as_deref(), Some("job.delete"));
}

#[tokio::test]
async fn cancelling_what_has_ended_is_a_success() {
    let server = Server::with([
        reply("204 No Content", &[], ""),
        json("400 Bad Request", "Cannot cancel task 26: invalid state (cancelled)"),
        json("400 Bad Request", "something else"),
        json("404 Not Found", r#"{"code":10000,"description":"Task 26 not found"}"#),
        json("404 Not Found", "Not Found: /task/26"),
    ])
    .await;
    let director = server.director();
    director.cancel_task(26, &context(), LIMIT).await.unwrap();
    director.cancel_task(26, &context(), LIMIT).await.unwrap();
    assert!(
        director
            .cancel_task(26, &context(), LIMIT)
            .await
            .unwrap_err()
            .is_permanent()
    );
    // The Director keeps 2,000 tasks of each type: one that it has forgotten ended long ago.
    director.cancel_task(26, &context(), LIMIT).await.unwrap();
    assert!(director.cancel_task(26, &context(), LIMIT).await.is_err());
    assert_eq!(server.asked()[0].line, "DELETE /task/26 HTTP/1.1");
}

#[tokio::test]
async fn configs_are_found_by_name_and_deleting_a_missing_one_is_a_success() {
    let rows =
        r#"[{"id":"2","name":"x","type":"runtime","content":""},{"id":"1","name":"x","type":"cloud","content":""}]"#;
    let server = Server::with([
        json("200 OK", rows),
        reply("204 No Content", &[], ""),
        json("404 Not Found", "Endpoint '/configs' not found."),
        json(
            "401 Unauthorized",
            r#"{"code":600000,"description":"Require one of the scopes"}"#,
        ),
    ])
    .await;
    let director = server.director();
    let types = director.config_types("x", &context()).await.unwrap();
    assert_eq!(types, ["cloud", "runtime"]);
    director.delete_config("cloud", "x", &context(), LIMIT).await.unwrap();
    director.delete_config("cloud", "x", &context(), LIMIT).await.unwrap();
    let fault = director
        .delete_config("cloud", "x", &context(), LIMIT)
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::MissingScope);
    assert_eq!(server.asked()[1].line, "DELETE /configs?type=cloud&name=x HTTP/1.1");
}
