//! What plans' schemas have to be, and how parameters are checked with them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test it is an assertion")]

mod bounds;
mod chance;
mod checking;
mod published;
mod random;
mod reading;
mod references;
mod secrets;

use chandler_schemas::{Invalid, Parameters, PlanSchemas};
use serde_json::{Value, json};

const DRAFT_4: &str = "http://json-schema.org/draft-04/schema#";
const DRAFT_6: &str = "http://json-schema.org/draft-06/schema#";
const DRAFT_7: &str = "http://json-schema.org/draft-07/schema#";
const DRAFT_2019: &str = "https://json-schema.org/draft/2019-09/schema";
const DRAFT_2020: &str = "https://json-schema.org/draft/2020-12/schema";
const ALL: [&str; 5] = [DRAFT_4, DRAFT_6, DRAFT_7, DRAFT_2019, DRAFT_2020];

fn document(create: &Value, update: &Value, bind: &Value) -> Value {
    json!({
        "service_instance": {"create": {"parameters": create}, "update": {"parameters": update}},
        "service_binding": {"create": {"parameters": bind}},
    })
}

/// A schema of a draft.
fn of(draft: &str, mut schema: Value) -> Value {
    schema["$schema"] = draft.into();
    schema
}

/// A plan with this schema for provisions, or why it is wrong.
fn read(schema: &Value) -> Result<PlanSchemas, String> {
    let fine = json!({"$schema": DRAFT_4, "type": "object"});
    PlanSchemas::read(&document(schema, &fine, &fine)).map_err(|wrong| {
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        let text = wrong[0].to_string();
        let start = "Error validating plan schemas for instance create - failed validating schema - ";
        text.strip_prefix(start).expect(&text).to_owned()
    })
}

fn check(schema: &Value, parameters: &Value) -> Result<(), Invalid> {
    read(schema).unwrap().check(Parameters::Create, parameters)
}

/// The errors, each with its path.
fn errors(schema: &Value, parameters: &Value) -> Vec<String> {
    match check(schema, parameters) {
        Ok(()) => Vec::new(),
        Err(invalid) => invalid.errors().to_vec(),
    }
}

fn metaschema() -> Value {
    serde_json::from_str(include_str!("draft-04.json")).unwrap()
}
