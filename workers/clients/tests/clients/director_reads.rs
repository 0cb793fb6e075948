//! What is made of the Director's answers to reads.

use chandler_clients::FaultKind;
use chandler_clients::bosh::{Event, Progress, TaskFilter, TaskState};

use crate::server::{Server, context, json, reply};

const TASKS: &str = r#"[
 {"id":36,"state":"processing","description":"create deployment","timestamp":null,"started_at":1795295046,"result":null,"user":"test","deployment":"q2","context_id":"c"},
 {"id":41,"state":"queued","description":"create deployment","timestamp":null,"started_at":null,"result":null,"user":"test","deployment":"q2","context_id":"c"},
 {"id":40,"state":"timeout","description":"create deployment","timestamp":5,"started_at":4,"result":null,"user":null,"deployment":"q2","context_id":"c"},
 {"id":39,"state":"queued","description":"create deployment","timestamp":5,"started_at":4,"result":null,"user":"x","deployment":"other","context_id":"c"},
 {"id":38,"state":"brand-new","description":"x","timestamp":5,"started_at":4,"result":"r","user":"x","deployment":"q2","context_id":null}]"#;

#[tokio::test]
async fn info_without_user_means_wrong_credentials() {
    let body = r#"{"name":"d","uuid":"u","version":"277.3.0 (00000000)","user":null,"user_authentication":{"type":"uaa","options":{"url":"https://uaa"}}}"#;
    let server = Server::with([json("200 OK", body)]).await;
    let info = server.director().info(&context()).await.unwrap();
    assert_eq!((info.user, info.authentication.as_str()), (None, "uaa"));
    assert_eq!(info.uaa_url.as_deref(), Some("https://uaa"));
    assert_eq!(info.version, "277.3.0 (00000000)");
}

#[tokio::test]
async fn an_introduction_is_asked_for_without_credentials() {
    let body = r#"{"name":"d","uuid":"u","version":"277.3.0 (00000000)","user":null}"#;
    let server = Server::with([json("200 OK", body), json("200 OK", body)]).await;
    let info = server.director().introduction(&context()).await.unwrap();
    assert_eq!((info.version.as_str(), info.uuid.as_str()), ("277.3.0 (00000000)", "u"));
    let standing = server.director().standing(&context()).await.unwrap();
    assert_eq!((standing.info.user, standing.scopes), (None, None));
    let carried: Vec<_> = server
        .asked()
        .iter()
        .map(|it| it.header("authorization").is_some())
        .collect();
    assert_eq!(carried, [false, true]);
}

#[tokio::test]
async fn a_deployment_is_missing_only_when_the_director_says_so() {
    let body = r#"{"code":70000,"description":"Deployment 'x' doesn't exist"}"#;
    let server = Server::with([json("404 Not Found", body)]).await;
    assert_eq!(server.director().deployment("x", &context()).await.unwrap(), None);

    for page in [
        "Endpoint '/deployments' not found.",
        "<html>404</html>",
        "",
        r#"{"code":70001}"#,
    ] {
        let server = Server::with([json("404 Not Found", page)]).await;
        let fault = server.director().deployment("x", &context()).await.unwrap_err();
        assert!(matches!(fault.kind, FaultKind::Refused { status: 404, .. }), "{fault}");
        assert!(fault.is_permanent() && fault.nothing_happened());
        assert_eq!(fault.call, "GET /deployments/x of the Director");
    }
}

#[tokio::test]
async fn a_manifest_may_be_missing() {
    let server = Server::with([
        json("200 OK", r#"{"manifest":null}"#),
        json("200 OK", r#"{"manifest":"name: x\n"}"#),
    ])
    .await;
    let director = server.director();
    assert_eq!(
        director.deployment("x", &context()).await.unwrap().unwrap().manifest,
        None
    );
    let deployment = director.deployment("x", &context()).await.unwrap().unwrap();
    assert!(!format!("{deployment:?}").contains("name: x"));
    assert_eq!(deployment.manifest.as_deref(), Some("name: x\n"));
}

#[tokio::test]
async fn names_cannot_change_the_route() {
    let server = Server::with([json("200 OK", r#"{"manifest":null}"#)]).await;
    let director = server.director();
    director.deployment("a/../b?c", &context()).await.unwrap();
    assert_eq!(server.asked()[0].line, "GET /deployments/a%2F..%2Fb%3Fc HTTP/1.1");
    for name in ["", ".", ".."] {
        let fault = director.deployment(name, &context()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotSent);
    }
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn deployments_come_without_what_nobody_reads() {
    let body = r#"[{"name":"a","teams":["odb"],"locked":true},{"name":"b"}]"#;
    let server = Server::with([json("200 OK", body)]).await;
    let rows = server.director().deployments(&context()).await.unwrap();
    assert_eq!((rows[0].locked, rows[1].locked), (true, false));
    assert_eq!(rows[0].teams, ["odb"]);
    let line = &server.asked()[0].line;
    for part in [
        "exclude_configs=true",
        "exclude_releases=true",
        "exclude_stemcells=true",
    ] {
        assert!(line.contains(part), "{line}");
    }
}

#[tokio::test]
async fn locks_may_be_hidden_from_us() {
    let server = Server::with([
        json(
            "200 OK",
            r#"[{"type":"deployment","resource":["lk"],"timeout":"1.5","task_id":"29"},{"type":"compile"}]"#,
        ),
        json(
            "401 Unauthorized",
            r#"{"code":600000,"description":"Require one of the scopes: bosh.admin"}"#,
        ),
        json("401 Unauthorized", "Not authorized: '/locks'\n"),
    ])
    .await;
    let director = server.director();
    let locks = director.locks(&context()).await.unwrap().unwrap();
    assert_eq!((locks[0].task_id, locks[1].task_id), (Some(29), None));
    assert!(locks[0].is_of_deployment("lk") && !locks[1].is_of_deployment("lk"));
    assert_eq!(director.locks(&context()).await.unwrap(), None);
    let fault = director.locks(&context()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unauthorized);
    assert!(!fault.is_permanent());
}

#[tokio::test]
async fn tasks_are_filtered_again_and_sorted() {
    let server = Server::with([json("200 OK", TASKS)]).await;
    let filter = TaskFilter {
        deployment: Some("q2"),
        states: &TaskState::ACTIVE,
        ..Default::default()
    };
    let tasks = server.director().tasks(filter, &context()).await.unwrap();
    assert_eq!(tasks.iter().map(|task| task.id).collect::<Vec<_>>(), [41, 36]);
    let line = &server.asked()[0].line;
    assert!(line.contains("verbose=2") && line.contains("deployment=q2"), "{line}");
    assert!(line.contains("state=queued%2Cprocessing%2Ccancelling"), "{line}");

    let filter = TaskFilter {
        context_id: Some("c"),
        limit: Some(7),
        ..Default::default()
    };
    let tasks = server.director().tasks(filter, &context()).await.unwrap();
    assert_eq!(tasks.iter().map(|task| task.id).collect::<Vec<_>>(), [41, 40, 39, 36]);
    assert_eq!((tasks[1].state, tasks[1].user.as_str()), (TaskState::Timeout, ""));
    assert!(server.asked()[1].line.contains("context_id=c") && server.asked()[1].line.contains("limit=7"));

    let tasks = server
        .director()
        .tasks(TaskFilter::default(), &context())
        .await
        .unwrap();
    assert_eq!((tasks[3].state, tasks[3].context_id.as_str()), (TaskState::Other, ""));

    let filter = TaskFilter {
        states: &[TaskState::Other],
        ..Default::default()
    };
    let tasks = server.director().tasks(filter, &context()).await.unwrap();
    assert_eq!(tasks.iter().map(|task| task.id).collect::<Vec<_>>(), [38]);
    assert!(!server.asked()[3].line.contains("state="));
}

#[tokio::test]
async fn an_unknown_task_is_none() {
    let server = Server::with([json(
        "404 Not Found",
        r#"{"code":10000,"description":"Task 9 not found"}"#,
    )])
    .await;
    let director = server.director();
    assert_eq!(director.task(9, &context()).await.unwrap(), None);
    assert_eq!(director.task_error(9, &context()).await.unwrap(), None);
    let fault = director.task_events(9, 0, &context()).await.unwrap_err();
    assert_eq!(
        fault.kind,
        FaultKind::Refused {
            status: 404,
            code: Some(10000)
        }
    );
}

#[tokio::test]
async fn events_are_followed_by_range() {
    let line = r#"{"time":1,"stage":"Updating instance","tags":["node"],"total":2,"task":"node/x (0) (canary)","index":1,"state":"in_progress","progress":50}"#;
    let next = format!("{line}\n{{\"time\":1,\"sta");
    let at = line.len() as u64 + 1;
    let size = next.len();
    let range = format!("Content-Range: bytes {at}-{}/{size}", size - 1);
    let server = Server::with([
        json("200 OK", ""),
        reply(
            "206 Partial Content",
            &[&format!("Content-Range: bytes 0-{}/{size}", size - 1)],
            &next,
        ),
        reply("206 Partial Content", &[&range], "{\"time\":1,\"sta"),
        reply(
            "416 Range Not Satisfiable",
            &[&format!("Content-Range: bytes */{at}")],
            "Byte range unsatisfiable",
        ),
        json("200 OK", &format!("{next}ge\":\"x\",\"state\":\"started\"}}\n")),
        reply("204 No Content", &[], ""),
        reply("206 Partial Content", &["Content-Range: bytes 0-9/10"], "0123456789"),
    ])
    .await;
    let director = server.director();
    let read = async |from| director.task_events(5, from, &context()).await;

    let none = read(0).await.unwrap();
    assert_eq!((none.lines.len(), none.next_byte), (0, 0));
    let first = read(0).await.unwrap();
    assert_eq!((first.lines.len(), first.next_byte), (1, at));
    assert_eq!(
        Progress::of(&first.lines).note().unwrap(),
        "Updating instance 1 of 2 (node, canary), 25 %"
    );
    let half = read(at).await.unwrap();
    assert_eq!((half.lines.len(), half.next_byte), (0, at));
    let past = read(at).await.unwrap();
    assert_eq!((past.lines.len(), past.next_byte), (0, at));
    let ignored = read(at).await.unwrap();
    assert!(
        matches!(&ignored.lines[..], [Event::Step(step)] if step.stage == "x"),
        "{ignored:?}"
    );
    assert!(ignored.next_byte > at);
    assert_eq!(read(at).await.unwrap().next_byte, at);
    assert_eq!(read(at).await.unwrap_err().kind, FaultKind::Garbled);
    assert_eq!(server.asked()[2].header("range"), Some(format!("bytes={at}-")));
}

#[tokio::test]
async fn the_whole_error_is_in_the_last_error_line() {
    let log = "{\"time\":1,\"stage\":\"a\",\"task\":\"b\",\"index\":1,\"state\":\"failed\",\"progress\":100,\"data\":{\"error\":\"step\"}}\n{\"time\":2,\"error\":{\"code\":100,\"message\":\"Failed to acquire lock for lock:deployment:lk uid: 68e940c8. Locking task id is 29, description: 'delete deployment lk'\"}}\n";
    let server = Server::with([
        json("200 OK", log),
        json("200 OK", ""),
        reply("204 No Content", &[], ""),
    ])
    .await;
    let director = server.director();
    let error = director.task_error(5, &context()).await.unwrap().unwrap();
    assert_eq!(error.code, Some(100));
    assert!(error.is_lock_timeout() && error.message.ends_with("'delete deployment lk'"));
    assert_eq!(director.task_error(5, &context()).await.unwrap(), None);
    assert_eq!(director.task_error(5, &context()).await.unwrap(), None);
}

#[tokio::test]
async fn credentials_and_trace_go_along() {
    let server = Server::with([json("200 OK", "[]")]).await;
    server.director().deployments(&context()).await.unwrap();
    let asked = &server.asked()[0];
    assert_eq!(
        asked.header("authorization").as_deref(),
        Some("Basic b2RiOmRpcmVjdG9yLXBhc3N3b3Jk")
    );
    assert_eq!(asked.header("traceparent"), context().traceparent);
    assert_eq!(asked.header("tracestate"), context().tracestate);
    assert_eq!(asked.header("x-request-id"), context().request_id);
    assert_eq!(asked.header("user-agent").as_deref(), Some("chandler-test"));
}
