//! Labels: from the adapter's output into the record of what is in force.
use crate::{
    records::{provision, update},
    site::Site,
    update::{I, first, made, manifest, run, second},
};
use chandler_proto::records::Record;
use chandler_simulators::bosh::{Ending, TaskEffect, TaskFault, TaskKind};
use chandler_testing::records::{done, failure, succeeded};
use serde_json::{Value, json};

fn labels(record: &Record) -> Value {
    json!(record.in_force.as_ref().map(|it| &it.labels))
}

#[tokio::test]
async fn what_the_adapter_says_is_kept_as_texts() {
    let site = Site::start(|_| ()).await;
    let said = json!({"service": "kv", "nodes": 3, "tls": true, "none": null, "zones": ["z1"]});
    site.adapter_says(&json!({"manifest": manifest("p", 1), "labels": said}));
    site.ground.write(&provision(&site, "i"), 0).await;
    let record = site.drive(I, done).await;
    succeeded(&record);
    let kept = json!({"nodes": "3", "service": "kv", "tls": "true", "zones": "[\"z1\"]"});
    assert_eq!(labels(&record), kept);
    assert_eq!(record.job.facts.labels, None, "they belong to what is in force");
}

#[tokio::test]
async fn too_many_fail_the_operation_before_anything_is_sent() {
    let site = Site::start(|_| ()).await;
    let long = "x".repeat(20_000);
    site.adapter_says(&json!({"manifest": manifest("p", 1), "labels": {"a": long}}));
    site.ground.write(&provision(&site, "i"), 0).await;
    let record = site.drive(I, done).await;
    let why = failure(&record);
    assert!(why.for_operator.contains("labels of more than 16384 bytes"), "{why:?}");
    assert!(site.servers.bosh.world().tasks().is_empty());
}

#[tokio::test]
async fn an_update_names_others_none_or_says_nothing_and_one_that_fails_changes_nothing() {
    let (site, record) = made(|_| ()).await;
    assert_eq!(labels(&record), json!({}));
    let (mut record, mut deployed) = (record, first());
    for (said, kept) in [
        (json!({"a": "b", "c": "d"}), json!({"a": "b", "c": "d"})),
        (Value::Null, json!({"a": "b", "c": "d"})),
        (json!({"c": "e"}), json!({"c": "e"})),
        (json!({}), json!({})),
        (json!({"f": "g"}), json!({"f": "g"})),
    ] {
        site.adapter_repeats(&json!({ "manifest": deployed }));
        site.adapter_says(&json!({"manifest": second(), "labels": said}));
        record = run(&site, &update(&site, &record)).await;
        succeeded(&record);
        assert_eq!(labels(&record), kept, "{said}");
        deployed = second();
    }
    // The Director took it, and it went wrong.
    let ending = Ending::Error {
        code: 400_001,
        message: "'kv/0' is not running after update".into(),
    };
    let fails = TaskFault::once(TaskKind::Deploy, TaskEffect::End { ending });
    site.servers.bosh.world().set_fault(fails);
    site.adapter_repeats(&json!({ "manifest": deployed }));
    site.adapter_says(&json!({"manifest": second(), "labels": {"h": "i"}}));
    let failed = run(&site, &update(&site, &record)).await;
    failure(&failed);
    assert_eq!(labels(&failed), json!({"f": "g"}));
    // What that one said is not taken over by the next one.
    site.adapter_says(&json!({ "manifest": second() }));
    let next = run(&site, &update(&site, &failed)).await;
    succeeded(&next);
    assert_eq!(labels(&next), json!({"f": "g"}));
}
