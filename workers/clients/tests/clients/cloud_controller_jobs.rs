//! Cloud Controller's jobs, waited for.

use std::time::{Duration, Instant};

use chandler_clients::FaultKind;
use chandler_clients::cloud_controller::{JobError, JobRef, JobState};

use crate::cloud_controller::{LIMIT, Pair};
use crate::server::{Reply, context, json, reply};

fn at(state: &str) -> String {
    format!(
        r#"{{"guid":"j1","created_at":"2026-11-21T20:00:00Z","operation":"service_broker.update","state":"{state}","errors":[],"warnings":[],"links":{{}}}}"#
    )
}

fn job(state: &str) -> Reply {
    json("200 OK", &at(state))
}

async fn wait(pair: &Pair, limit: Duration) -> (Result<Vec<String>, JobError>, Vec<JobState>) {
    let mut seen = Vec::new();
    let job = JobRef::new("j1");
    let ended = pair.cc.wait(&job, &context(), limit, |job| seen.push(job.state)).await;
    (ended, seen)
}

#[tokio::test]
async fn a_job_is_followed_to_its_end() {
    let end = at("COMPLETE").replace(
        r#""warnings":[]"#,
        r#""warnings":[{"detail":"Warning: a plan has no description"},{"detail":"password=top-secret"}]"#,
    );
    let pair = Pair::with([
        job("PROCESSING"),
        job("POLLING"),
        job("BRAND-NEW"),
        json("200 OK", &end),
    ])
    .await;
    let begun = Instant::now();
    let (ended, seen) = wait(&pair, Duration::from_secs(30)).await;
    assert_eq!(ended.unwrap(), ["Warning: a plan has no description", "password=***"]);
    let wanted = [
        JobState::Processing,
        JobState::Polling,
        JobState::Other,
        JobState::Complete,
    ];
    assert_eq!(seen, wanted);
    assert_eq!(pair.last().line, "GET /v3/jobs/j1 HTTP/1.1");
    assert!(begun.elapsed() >= Duration::from_secs(3), "it doesn't hurry");
}

#[tokio::test]
async fn one_that_has_ended_is_not_waited_for() {
    let pair = Pair::with([job("COMPLETE")]).await;
    let begun = Instant::now();
    let (ended, _) = wait(&pair, Duration::from_millis(900)).await;
    assert_eq!(ended.unwrap(), Vec::<String>::new());
    assert!(begun.elapsed() < Duration::from_millis(900));
    let found = pair.cc.job(&JobRef::new("https://api/v3/jobs/j1?x"), &context()).await;
    let found = found.unwrap().unwrap();
    assert_eq!(
        (found.state, found.operation.as_str()),
        (JobState::Complete, "service_broker.update")
    );
    assert_eq!(pair.last().line, "GET /v3/jobs/j1 HTTP/1.1");
}

#[tokio::test]
async fn a_failure_says_all_that_is_said() {
    let tree = "Service broker catalog is invalid: \\nService redis\\n  Plan small\\n    Plan id must be unique\\n";
    let errors = format!(
        r#""errors":[{{"code":270012,"title":"CF-ServiceBrokerCatalogInvalid","detail":"{tree}"}},{{"code":10009,"title":"CF-UnableToPerform","detail":"bind could not be completed: token=top-secret"}}]"#
    );
    let end = at("FAILED").replace(r#""errors":[]"#, &errors);
    let end = end.replace(r#""warnings":[]"#, r#""warnings":[{"detail":"w"}]"#);
    let pair = Pair::with([job("POLLING"), json("200 OK", &end)]).await;
    let (ended, seen) = wait(&pair, LIMIT).await;
    assert_eq!(seen, [JobState::Polling, JobState::Failed]);
    let error = ended.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Cloud Controller's job service_broker.update failed: CF-ServiceBrokerCatalogInvalid: Service broker catalog is invalid: \n\
         Service redis\n  Plan small\n    Plan id must be unique\n; CF-UnableToPerform: bind could not be completed: token=***"
    );
    assert!(!format!("{error:?}").contains("top-secret"));
    let JobError::Failed {
        operation,
        errors,
        warnings,
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(
        (operation.as_str(), warnings.as_slice()),
        ("service_broker.update", &["w".to_owned()][..])
    );
    let codes: Vec<_> = errors.iter().map(|error| error.code).collect();
    assert_eq!(codes, [270_012, 10_009]);

    for errors in ["[]", "[{}]"] {
        let end = at("FAILED").replace(r#""errors":[]"#, &format!(r#""errors":{errors}"#));
        let pair = Pair::with([json("200 OK", &end)]).await;
        let error = wait(&pair, LIMIT).await.0.unwrap_err();
        assert!(matches!(error, JobError::Failed { .. }), "{error:?}");
        assert!(error.to_string().contains("update failed"), "{error}");
    }
}

#[tokio::test]
async fn its_time_has_an_end() {
    let pair = Pair::with([job("POLLING")]).await;
    let begun = Instant::now();
    let (ended, seen) = wait(&pair, Duration::from_millis(2500)).await;
    assert!(begun.elapsed() < LIMIT);
    assert!(seen.len() >= 2, "{seen:?}");
    let error = ended.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Cloud Controller's job j1 hasn't ended in time (POLLING)"
    );
    let state = Some(JobState::Polling);
    let job = JobRef::new("j1");
    let fault = None;
    assert_eq!(error, JobError::Unfinished { job, state, fault });

    let pair = Pair::with([Reply::Hang]).await;
    let begun = Instant::now();
    let (ended, seen) = wait(&pair, Duration::from_millis(300)).await;
    assert!(begun.elapsed() < LIMIT && seen.is_empty());
    let error = ended.unwrap_err();
    assert!(error.to_string().contains("(not seen): GET /v3/jobs/j1"), "{error}");
}

#[tokio::test]
async fn it_looks_as_seldom_as_it_is_asked_to() {
    let slow = reply("200 OK", &["Retry-After: 3"], &at("POLLING"));
    let pair = Pair::with([slow, job("COMPLETE")]).await;
    let begun = Instant::now();
    wait(&pair, Duration::from_secs(30)).await.0.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(pair.server.asked().len(), 2);

    // Asked for more than there is time for, it looks once more before the end.
    let slower = reply("200 OK", &["Retry-After: 600"], &at("POLLING"));
    let pair = Pair::with([slower, job("COMPLETE")]).await;
    wait(&pair, Duration::from_secs(3)).await.0.unwrap();
}

#[tokio::test]
async fn looks_that_come_to_nothing_for_a_while_are_tried_again() {
    let pair = Pair::with([
        json("500 Internal Server Error", ""),
        json(
            "404 Not Found",
            "404 Not Found: Requested route ('api.demo') does not exist.",
        ),
        json(
            "429 Too Many Requests",
            r#"{"errors":[{"code":10013,"title":"CF-RateLimitExceeded","detail":"x"}]}"#,
        ),
        job("COMPLETE"),
    ])
    .await;
    wait(&pair, Duration::from_secs(30)).await.0.unwrap();
    assert_eq!(pair.server.asked().len(), 4);
}

#[tokio::test]
async fn what_will_not_change_ends_the_wait() {
    let gone = r#"{"errors":[{"code":10010,"title":"CF-ResourceNotFound","detail":"Job not found"}]}"#;
    let scope = r#"{"errors":[{"code":10003,"title":"CF-NotAuthorized","detail":"no"}]}"#;
    let refused = FaultKind::Refused {
        status: 404,
        code: Some(10_010),
    };
    let cases = [
        (json("404 Not Found", gone), refused),
        (json("403 Forbidden", scope), FaultKind::MissingScope),
        (json("401 Unauthorized", ""), FaultKind::Unauthorized),
        (json("200 OK", "<html>"), FaultKind::Garbled),
        (json("200 OK", r#"{"guid":"j1","errors":[]}"#), FaultKind::Garbled),
    ];
    for (reply, kind) in cases {
        let pair = Pair::with([reply]).await;
        let begun = Instant::now();
        match wait(&pair, Duration::from_secs(60)).await.0.unwrap_err() {
            JobError::Fault(fault) => assert_eq!(fault.kind, kind, "{fault}"),
            other => panic!("{other:?}"),
        }
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
    let pair = Pair::with([json("404 Not Found", gone)]).await;
    assert_eq!(pair.cc.job(&JobRef::new("j1"), &context()).await.unwrap(), None);
    let odd = pair.cc.job(&JobRef::new("https://api/v3/jobs/.."), &context()).await;
    assert_eq!(odd.unwrap_err().kind, FaultKind::NotSent);
}
