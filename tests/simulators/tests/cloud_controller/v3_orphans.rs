//! K3: what a creation fails with, and when the broker is told to clean up.

use serde_json::{Value, json};

use crate::v3_bench::{Bench, PATIENCE};

const INSTANCES: &str = "/v3/service_instances";

/// The broker's first answer, how the job's error begins, and whether a `DELETE` follows.
fn first_answers() -> Vec<(u16, Value, &'static str, bool)> {
    let says = |text: &str| json!({"description": text});
    vec![
        (400, says("too big"), "Service broker error: too big", false),
        (401, json!({}), "Authentication with the service broker failed.", false),
        (408, json!({}), "The request to the service broker timed out", false),
        (409, json!({}), "Resource conflict", false),
        (410, json!({}), "The service broker returned an invalid response.", true),
        (
            422,
            json!({"error": "ConcurrencyError"}),
            "The service broker could not perform this operation in parallel",
            false,
        ),
        (
            422,
            json!({"error": "AsyncRequired"}),
            "This service plan requires client support for asynchronous",
            false,
        ),
        (422, says("what?"), "", true),
        (500, says("broken"), "", true),
        (201, json!("no object"), "", true),
        (200, json!("no object"), "", false),
    ]
}

#[tokio::test]
async fn a_failed_creation_is_cleaned_up_in_just_these_cases() {
    let bench = Bench::new().await;
    let admin = bench.registered("b").await;
    for (at, (status, body, text, cleaned)) in first_answers().into_iter().enumerate() {
        let name = format!("i{at}");
        bench
            .broker
            .answers("PUT", "*/service_instances/", status, body.clone());
        let job = admin.ended("POST", INSTANCES, bench.instance(&name, "small")).await;
        let shown = format!("{status} {body}: {job}");
        assert_eq!(
            (&job["state"], &job["errors"][0]["code"]),
            (&json!("FAILED"), &json!(10009)),
            "{shown}"
        );
        let detail = job["errors"][0]["detail"].as_str().expect("a detail");
        assert!(
            detail.starts_with(&format!("provision could not be completed: {text}")),
            "{shown}"
        );
        let guid = bench.guid_of(&name);
        let row = admin.get(&format!("{INSTANCES}/{guid}")).await.json;
        assert_eq!(row["last_operation"]["type"], "create", "{row}");
        assert_eq!(row["last_operation"]["state"], "failed", "{row}");
        quiet(&bench).await;
        assert_eq!(
            bench.broker.asked("DELETE", &guid).len(),
            usize::from(cleaned),
            "{shown}"
        );
    }
    bench.broker.behaves();
    // All of them can be deleted.
    for instance in bench.cc.instances() {
        admin
            .done("DELETE", &format!("{INSTANCES}/{}", instance.guid), Value::Null)
            .await;
    }
    assert_eq!(bench.cc.instances().len(), 0);
}

async fn quiet(bench: &Bench) {
    let idle = async {
        while !bench.cc.is_idle() {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, idle).await.is_ok(), "it has much to do");
}
