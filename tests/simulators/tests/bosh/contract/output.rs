//! The output of tasks, by ranges and line by line: D6, D7.

use std::collections::BTreeMap;

use reqwest::RequestBuilder;
use serde_json::json;

use super::tasks::fail;
use super::{Seen, ask, errand, error, keys, lines, shown};
use crate::client::{Bench, manifest};
use crate::tasks::{frozen, skip};

/// Output of a task by range.
fn ranged(bench: &Bench, task: u64, kind: &str, range: &str) -> RequestBuilder {
    let path = format!("/tasks/{task}/output?type={kind}");
    bench.request("GET", &path).header("Range", range)
}

#[tokio::test]
async fn d06_output_is_read_by_ranges() {
    let bench = frozen(10.0).await;
    let task = bench.deploy(&manifest("d", 1, 1)).await;
    // As a follower reads: from where it stopped, while the output grows.
    let mut read = String::new();
    let mut unsatisfied = 0;
    for _ in 0..40 {
        let seen = Seen::of(ranged(&bench, task, "event", &format!("bytes={}-", read.len()))).await;
        match seen.status {
            206 => read.push_str(&seen.text),
            416 => unsatisfied += 1,
            _ => panic!("{seen:?}"),
        }
        skip(&bench, 0.3);
    }
    let whole = bench.events(task).await;
    assert_eq!(
        (read.as_str(), shown(&bench, task).await["state"].as_str()),
        (whole.as_str(), Some("done"))
    );
    assert!(unsatisfied > 0);

    let size = whole.len();
    let of = |first: usize, last: usize| {
        (
            206,
            whole[first..=last].to_owned(),
            format!("bytes {first}-{last}/{size}"),
        )
    };
    let beyond = || (416, "Byte range unsatisfiable".to_owned(), format!("bytes */{size}"));
    for (range, (status, text, content_range)) in [
        ("bytes=0-".to_owned(), of(0, size - 1)),
        ("bytes=5-9".to_owned(), of(5, 9)),
        ("bytes=0-0".to_owned(), of(0, 0)),
        (format!("bytes=10-{}", size + 10), of(10, size - 1)),
        (format!("bytes={}-", size - 1), of(size - 1, size - 1)),
        (format!("bytes={size}-"), beyond()),
        (format!("bytes={}-{}", size + 5, size + 9), beyond()),
    ] {
        let seen = Seen::of(ranged(&bench, task, "event", &range)).await;
        assert_eq!(seen.plain(), (status, text.as_str()), "{range}");
        assert_eq!(seen.header("content-range"), Some(content_range.as_str()), "{range}");
    }
    let many = Seen::of(ranged(&bench, task, "event", "bytes=0-1,3-4")).await;
    assert_eq!(
        (many.plain(), many.header("content-range")),
        ((200, whole.as_str()), None)
    );

    // A deployment has no result output.
    for range in ["bytes=0-", "bytes=7-"] {
        let seen = Seen::of(ranged(&bench, task, "result", range)).await;
        assert_eq!(seen.plain(), (200, ""), "{range}");
        assert_eq!(seen.header("content-length"), Some("0"), "{range}");
    }
    let cpi = ask(&bench, "GET", &format!("/tasks/{task}/output?type=cpi")).await;
    assert_eq!(cpi.plain(), (204, ""));
    let debug = ask(&bench, "GET", &format!("/tasks/{task}/output")).await;
    assert_eq!(debug.status, 200);
    assert_ne!(debug.text, whole, "without a type it is the debug log");
    let unknown = ask(&bench, "GET", &format!("/tasks/{task}/output?type=foo")).await;
    assert_eq!(
        (unknown.status, unknown.json()),
        (401, error(600_000, "Unknown type foo"))
    );
}

/// Checks the lines of a task; the answer is its stages in order.
async fn checked(bench: &Bench, task: u64) -> Vec<String> {
    let plain = ["time", "stage", "tags", "total", "task", "index", "state", "progress"];
    let (mut reached, mut stages, mut time) = (BTreeMap::new(), Vec::new(), 0);
    let lines = lines(bench, task).await;
    for (at, line) in lines.iter().enumerate() {
        let now = line["time"].as_i64().expect("seconds");
        assert!(now >= time, "{line}");
        time = now;
        if line.get("error").is_some() {
            assert_eq!(keys(line), ["time", "error"]);
            assert_eq!(keys(&line["error"]), ["code", "message"]);
            assert_eq!(at + 1, lines.len(), "an error is the last line");
            continue;
        }
        let mut expected = plain.to_vec();
        let state = line["state"].as_str().expect("a state");
        let data = match state {
            "in_progress" => Some("status"),
            "failed" => Some("error"),
            "started" | "finished" => None,
            other => panic!("state {other}"),
        };
        if let Some(data) = data {
            expected.push("data");
            assert_eq!(keys(&line["data"]), [data]);
        }
        assert_eq!(keys(line), expected);
        assert!(line["tags"].is_array() && line["index"].is_u64(), "{line}");
        assert!(line["total"].is_u64() || line["total"].is_null(), "{line}");
        let progress = line["progress"].as_i64().expect("a number");
        let end = ["finished", "failed"].contains(&state);
        assert_eq!(
            (progress == 0, progress == 100 && end),
            (state == "started", end),
            "{line}"
        );
        let last = reached.insert((line["stage"].to_string(), line["task"].to_string()), (progress, end));
        match (state, last) {
            ("started", last) => assert_eq!(last, None, "{line}"),
            (_, last) => assert!(last.is_some_and(|(last, ended)| last <= progress && !ended), "{line}"),
        }
        let stage = line["stage"].as_str().expect("a stage").to_owned();
        if !stages.contains(&stage) {
            stages.push(stage);
        }
    }
    stages
}

#[tokio::test]
async fn d07_event_lines_are_in_order_and_a_failure_ends_them() {
    let bench = Bench::new().await;
    let preparing = ["Preparing deployment", "Preparing package compilation"];
    let deployed = [&preparing[..], &["Creating missing vms", "Updating instance"]].concat();
    let task = bench.deploy(&manifest("zero", 0, 1)).await;
    assert_eq!(checked(&bench, task).await, preparing);
    let task = bench.deploy(&manifest("d", 3, 1)).await;
    assert_eq!(checked(&bench, task).await, deployed);
    assert!(lines(&bench, task).await.iter().all(|line| line["error"].is_null()));
    let statuses: Vec<(i64, String)> = lines(&bench, task)
        .await
        .iter()
        .filter(|line| line["state"] == "in_progress" && line["index"] == 1)
        .map(|line| {
            let status = line["data"]["status"].as_str().expect("a status");
            (line["progress"].as_i64().expect("a number"), status.to_owned())
        })
        .collect();
    let expected = [
        (5, "executing pre-stop"),
        (10, "executing drain"),
        (30, "stopping jobs"),
        (40, "executing post-stop"),
        (50, "installing packages"),
        (60, "configuring jobs"),
        (70, "executing pre-start"),
        (90, "starting jobs"),
        (100, "executing post-start"),
    ]
    .map(|(progress, status)| (progress, status.to_owned()));
    assert_eq!(statuses, expected);
    let run = errand(&bench, "d", "svc", "{}").await;
    assert!(checked(&bench, run).await.contains(&"Running errand".to_owned()));
    let deleted = bench.delete("d").await;
    assert_eq!(
        checked(&bench, deleted).await,
        [
            "Deleting instances",
            "Removing deployment artifacts",
            "Deleting properties"
        ]
    );

    for stage in ["Rendering templates", "Creating missing vms", "Updating instance"] {
        bench.world.set_fault(fail(stage, "told to"));
        let task = bench.deploy(&manifest("bad", 1, 1)).await;
        checked(&bench, task).await;
        let lines = lines(&bench, task).await;
        let [.., failed, last] = lines.as_slice() else {
            panic!("{lines:?}")
        };
        assert!([&failed["stage"], &failed["task"]].contains(&&json!(stage)), "{failed}");
        assert_eq!(failed["state"], "failed");
        assert_eq!(failed["data"]["error"], "told to");
        assert_eq!(last["error"]["message"], "told to");
        assert!(last["error"]["code"].is_u64());
        bench.delete("bad").await;
    }
}
