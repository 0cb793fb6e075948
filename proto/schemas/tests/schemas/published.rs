//! What lies on the bus for a plan. Every shape that a release ever wrote must parse for ever: two releases run side by side during an
//! upgrade.

use chandler_schemas::{Parameters, PlanSchemas, Published};
use serde_json::{Value, json};

/// Written by the first release, and given a member that it doesn't know.
const KEPT: &str = include_str!("published-1.json");

fn published(text: &str) -> Published {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_a_release_wrote_is_read_for_ever() {
    let read = published(KEPT);
    assert_eq!(read.schema, 1);
    assert_eq!(read.service_id, "7b9c5d0e-2f59-4f43-8f0e-5d1f4a3f6c11");
    assert_eq!(read.plan_id, "0f1f7c55-6b0a-4a66-9a43-1f4d2f9a7b10");
    assert!(read.plan_digest.starts_with("60303ae2") && read.plan_digest.len() == 64);
    assert_eq!((read.at, read.wrong.len()), (1_767_225_600_123, 0));
    let schemas = PlanSchemas::read(read.schemas.as_ref().unwrap()).unwrap();
    assert_eq!(schemas.check(Parameters::Create, &json!({"maxclients": 3})), Ok(()));
    assert!(schemas.check(Parameters::Create, &json!({"maxclients": 0})).is_err());
    assert_eq!(Some(schemas.to_osbapi()), read.schemas);

    let wrong = r#"{"schema": 1, "service_id": "s", "plan_id": "p", "plan_digest": "d", "at": 5, "wrong": ["too bad"], "later": true}"#;
    let read = published(wrong);
    assert_eq!((read.schemas, read.wrong), (None, vec!["too bad".to_owned()]));
}

/// A change of shape shows here first. A new shape is a new file.
#[test]
fn this_release_writes_it_so() {
    let mut kept: Value = serde_json::from_str(KEPT).unwrap();
    assert!(kept.as_object_mut().unwrap().remove("of a later release").is_some());
    let read = published(KEPT);
    assert_eq!(read.schema, Published::SCHEMA);
    assert_eq!(serde_json::to_value(read).unwrap(), kept);
}
