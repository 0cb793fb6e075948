//! Errands and recreation: the requests, and results in the words of recordings.

use std::time::Duration;

use chandler_clients::FaultKind;
use chandler_clients::bosh::{ErrandPlace, ErrandRun};

use crate::server::{Reply, Server, context, json, reply};

const LIMIT: Duration = Duration::from_secs(10);
pub(crate) const SMOKE: ErrandRun<'static> = ErrandRun {
    name: "smoke",
    instances: &[],
    keep_alive: false,
    when_changed: false,
};

fn found(task: u64) -> Reply {
    reply("302 Found", &[&format!("Location: https://127.0.0.1/tasks/{task}")], "")
}

#[tokio::test]
async fn the_requests_are_those_of_odb() {
    let server = Server::with([found(20), found(21), found(22), found(23)]).await;
    let director = server.director();
    let run = async |errand| {
        director
            .run_errand("d1", &errand, "job.errand", &context(), LIMIT)
            .await
    };
    assert_eq!(run(SMOKE).await.unwrap(), 20);
    let places = [
        ErrandPlace {
            group: "node",
            id: Some("0"),
        },
        ErrandPlace {
            group: "arbiter",
            id: None,
        },
    ];
    let narrowed = ErrandRun {
        instances: &places,
        keep_alive: true,
        when_changed: true,
        ..SMOKE
    };
    assert_eq!(run(narrowed).await.unwrap(), 21);
    let odd = ErrandRun { name: "a/b c", ..SMOKE };
    assert_eq!(run(odd).await.unwrap(), 22);
    let task = director.recreate("d1", "job.recreate", &context(), LIMIT).await;
    assert_eq!(task.unwrap(), 23);

    let asked = server.asked();
    assert_eq!(asked[0].line, "POST /deployments/d1/errands/smoke/runs HTTP/1.1");
    assert_eq!(asked[0].header("content-type").as_deref(), Some("application/json"));
    assert_eq!(asked[0].header("x-bosh-context-id").as_deref(), Some("job.errand"));
    let body = |n: usize| serde_json::from_str::<serde_json::Value>(&asked[n].body).unwrap();
    let nowhere = serde_json::json!({"instances": [], "keep-alive": false, "when-changed": false});
    assert_eq!(body(0), nowhere);
    let both = serde_json::json!({
        "instances": [{"group": "node", "id": "0"}, {"group": "arbiter"}], "keep-alive": true, "when-changed": true,
    });
    assert_eq!(body(1), both);
    assert_eq!(asked[2].line, "POST /deployments/d1/errands/a%2Fb%20c/runs HTTP/1.1");
    assert_eq!(
        asked[3].line,
        "PUT /deployments/d1/jobs/*?fix=true&state=recreate HTTP/1.1"
    );
    assert_eq!(asked[3].header("content-type").as_deref(), Some("text/yaml"));
    assert_eq!(asked[3].header("content-length").as_deref(), Some("0"));
    assert_eq!(asked[3].header("x-bosh-context-id").as_deref(), Some("job.recreate"));
}

#[tokio::test]
async fn names_that_would_be_another_call_are_not_sent() {
    let server = Server::with([found(1)]).await;
    let director = server.director();
    for name in ["", ".", ".."] {
        let errand = ErrandRun { name, ..SMOKE };
        let fault = director.run_errand("d1", &errand, "c", &context(), LIMIT).await;
        assert_eq!(fault.unwrap_err().kind, FaultKind::NotSent);
        let fault = director.recreate(name, "c", &context(), LIMIT).await;
        assert_eq!(fault.unwrap_err().kind, FaultKind::NotSent);
    }
    assert!(server.asked().is_empty());
}

/// The lines are recorded ones; `stdout` of the second says what nobody may see.
#[tokio::test]
async fn every_line_of_a_result_counts() {
    let line = |id: &str, exit: i64, said: &str| {
        format!(
            r#"{{"instance":{{"group":"node","id":"{id}"}},"errand_name":"smoke","exit_code":{exit},"stdout":"{said}","stderr":"boom\n","logs":{{"blobstore_id":"49e2","sha1":"5f65"}}}}"#
        )
    };
    let two = format!(
        "{}\n{}\n",
        line("a", 0, "fine\\n"),
        line("b", 137, "password=hidden\\n")
    );
    let null = r#"{"instance":{"group":"smoke","id":"0d0c"},"errand_name":"smoke","exit_code":3,"stdout":null,"stderr":null,"logs":null}"#;
    let server = Server::with([
        json("200 OK", &two),
        json("200 OK", null),
        json("200 OK", ""),
        reply("204 No Content", &[], ""),
        json("404 Not Found", r#"{"code":10000,"description":"Task 9 not found"}"#),
        json("200 OK", &format!("{}\n{{\"instance\":", line("a", 0, ""))),
        json("200 OK", r#"{"instance":{"group":"a","id":"b"},"errand_name":"smoke"}"#),
        json("404 Not Found", "Not Found: /tasks/9/output"),
    ])
    .await;
    let director = server.director();
    let results = async || director.errand_results(9, &context()).await;

    let both = results().await.unwrap().unwrap();
    let codes: Vec<_> = both.iter().map(|it| (it.instance.id.as_str(), it.exit_code)).collect();
    assert_eq!(codes, [("a", 0), ("b", 137)]);
    assert!(both[0].succeeded() && !both[1].succeeded());
    assert_eq!(
        (both[0].stdout.as_str(), both[1].stdout.as_str()),
        ("fine\n", "password=***\n")
    );
    assert!(!format!("{both:?}").contains("boom"));
    let odd = results().await.unwrap().unwrap();
    assert_eq!((odd[0].exit_code, odd[0].stdout.as_str()), (3, ""));
    assert_eq!(results().await.unwrap(), Some(vec![]));
    assert_eq!(results().await.unwrap(), Some(vec![]));
    assert_eq!(results().await.unwrap(), None);
    for which in ["result 2", "result 1"] {
        let fault = results().await.unwrap_err();
        assert!(
            fault.kind == FaultKind::Garbled && fault.detail.contains(which),
            "{fault}"
        );
    }
    assert!(results().await.is_err());
    assert_eq!(server.asked()[0].line, "GET /tasks/9/output?type=result HTTP/1.1");
}

/// What an errand left stays as it is; what somebody on the way says passes.
#[tokio::test]
async fn a_page_is_not_what_an_errand_left() {
    let page = "<html>Sign in, password=hidden</html>";
    for (answer, kind) in [
        (json("200 OK", page), FaultKind::Unknown),
        (json("200 OK", r#"{"error":"sign in"}"#), FaultKind::Unknown),
        (json("200 OK", "null"), FaultKind::Unknown),
        (json("302 Found", page), FaultKind::Unknown),
        (json("502 Bad Gateway", page), FaultKind::Unknown),
        (json("200 OK", "{"), FaultKind::Garbled),
        (json("200 OK", " {\"instance\":{\"group\":\"a\"}}"), FaultKind::Garbled),
        (json("200 OK", r#"{"exit_code":"none"}"#), FaultKind::Garbled),
    ] {
        let server = Server::with([answer]).await;
        let fault = server.director().errand_results(9, &context()).await.unwrap_err();
        assert_eq!(fault.kind, kind, "{fault}");
        assert!(!fault.to_string().contains("hidden"), "{fault}");
    }
}
