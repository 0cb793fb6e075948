//! The checks of a plan's schemas (CCC-35 to CCC-41).

use serde_json::{Map, Value};

use super::check::{Messages, length, truthy};
use super::dialect;

/// The longest schema as JSON, in characters.
const SCHEMA: usize = 65_536;

/// What is wrong with `schemas` of a plan.
pub(super) fn check(schemas: &Map<String, Value>) -> Vec<String> {
    let mut it = Messages::default();
    for (kind, calls) in [
        ("service_instance", &["create", "update"][..]),
        ("service_binding", &["create"][..]),
    ] {
        let Some(of_kind) = hash(&mut it, kind, schemas.get(kind)) else {
            continue;
        };
        for call in calls {
            let path = format!("{kind}.{call}");
            let Some(of_call) = hash(&mut it, &path, of_kind.get(*call)) else {
                continue;
            };
            let path = format!("{path}.parameters");
            if hash(&mut it, &path, of_call.get("parameters")).is_some()
                && let Some(schema) = of_call.get("parameters")
            {
                let wrong = parameters(schema);
                it.0.extend(
                    wrong
                        .into_iter()
                        .map(|why| format!("Schema {path} is not valid. {why}")),
                );
            }
        }
    }
    it.0
}

/// The object that has to stand there, if anything does.
fn hash<'a>(it: &mut Messages, path: &str, value: Option<&'a Value>) -> Option<&'a Map<String, Value>> {
    let value = truthy(value)?;
    it.hash(&format!("Schemas {path}"), value);
    value.as_object()
}

/// What is wrong with one schema: only the first rule that it breaks is told (CCC-41), but all that breaks this rule.
fn parameters(schema: &Value) -> Vec<String> {
    if length(schema) > SCHEMA {
        return vec!["Must not be larger than 64KB".to_owned()];
    }
    if truthy(schema.get("$schema")).is_none() {
        return vec!["Schema must have $schema key but was not present".to_owned()];
    }
    let wrong = dialect::against_draft_4(schema);
    if !wrong.is_empty() {
        let told =
            |why| format!("Must conform to JSON Schema Draft 04 (experimental support for later versions): {why}");
        return wrong.into_iter().map(told).collect();
    }
    if !dialect::is_known(schema) {
        return vec!["Custom meta schemas are not supported.".to_owned()];
    }
    let refused = dialect::outside(schema);
    refused
        .map(|why| format!("No external references are allowed: {why}"))
        .into_iter()
        .collect()
}
