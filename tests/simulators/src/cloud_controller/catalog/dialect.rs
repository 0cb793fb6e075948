//! What the library of Cloud Controller (the Ruby gem json-schema) makes of a schema: its conformity, its dialect, its references.

use std::sync::LazyLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

/// The address of the one metaschema that the library has read by then.
const DRAFT_4: &str = "http://json-schema.org/draft-04/schema";

/// Without formats: the library doesn't know whether a text is a regular expression.
static METASCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let built = jsonschema::draft4::options()
        .should_validate_formats(false)
        .build(&referencing::meta::DRAFT4);
    #[expect(clippy::expect_used, reason = "the metaschema is part of the library")]
    built.expect("the metaschema of draft 4 is a schema")
});

/// What keeps a schema from being one of draft 4, whatever its `$schema` says.
pub(super) fn against_draft_4(schema: &Value) -> Vec<String> {
    let told = |it: ValidationError<'_>| format!("{} in schema {DRAFT_4}#", told(&it));
    METASCHEMA.iter_errors(schema).map(told).collect()
}

/// The library's words for the rules that the metaschema has.
fn told(error: &ValidationError<'_>) -> String {
    let path = error.instance_path().as_str();
    let at = format!("The property '#{}'", if path.is_empty() { "/" } else { path });
    let kind = kind(error.instance());
    match error.kind() {
        ValidationErrorKind::Type {
            kind: TypeKind::Single(wanted),
        } => format!("{at} of type {kind} did not match the following type: {wanted}"),
        ValidationErrorKind::AnyOf { .. } => {
            format!("{at} of type {kind} did not match one or more of the required schemas")
        }
        ValidationErrorKind::MinItems { limit } => format!("{at} did not contain a minimum number of items {limit}"),
        ValidationErrorKind::UniqueItems => format!("{at} contained duplicated array values"),
        ValidationErrorKind::Minimum { limit } => format!("{at} did not have a minimum value of {limit}, inclusively"),
        ValidationErrorKind::ExclusiveMinimum { limit } => {
            format!("{at} did not have a minimum value of {limit}, exclusively")
        }
        _ => format!("{at}: {error}"),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(it) if it.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether the library knows the draft that `$schema` names: 1 to 4 and 6, also the hyper-schemas.
pub(super) fn is_known(schema: &Value) -> bool {
    let named = schema.get("$schema").and_then(Value::as_str).unwrap_or_default();
    let drafts = ["draft-01", "draft-02", "draft-03", "draft-04", "draft-06"];
    without_fragment(named)
        .strip_prefix("http://json-schema.org/")
        .and_then(|path| path.split_once('/'))
        .is_some_and(|(draft, file)| drafts.contains(&draft) && ["schema", "hyper-schema"].contains(&file))
}

/// The refusal to read the first reference that leads out of the schema.
pub(super) fn outside(schema: &Value) -> Option<String> {
    let mut own = Vec::new();
    ids(schema, &mut own);
    first_outside(schema, &own)
}

fn first_outside(schema: &Value, own: &[&str]) -> Option<String> {
    if let Some(leads) = schema.get("$ref").and_then(Value::as_str) {
        let leads = without_fragment(leads);
        if !leads.is_empty() && leads != DRAFT_4 && !own.contains(&leads) {
            return Some(refused(leads));
        }
    }
    below(schema).into_iter().find_map(|it| first_outside(it, own))
}

fn refused(leads: &str) -> String {
    match leads.split_once(':') {
        Some(("file", path)) => format!("Read of file at {} refused", path.trim_start_matches("//")),
        Some(_) => format!("Read of URI at {leads} refused"),
        None if leads.starts_with('/') => format!("Read of file at {leads} refused"),
        None => {
            let home = "/var/vcap/packages/cloud_controller_ng/cloud_controller_ng";
            format!("Read of file at {home}/{leads} refused")
        }
    }
}

/// Names by which parts of the schema can be referred to.
fn ids<'a>(schema: &'a Value, found: &mut Vec<&'a str>) {
    found.extend(schema.get("id").and_then(Value::as_str).map(without_fragment));
    for it in below(schema) {
        ids(it, found);
    }
}

/// The schemas in a schema, by the keywords that have some. A reference in `default`, `enum` or a member of no meaning is none.
fn below(schema: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    for key in ["definitions", "properties", "patternProperties"] {
        let members = schema.get(key).and_then(Value::as_object);
        found.extend(members.into_iter().flat_map(|it| it.values()));
    }
    for key in ["additionalProperties", "additionalItems", "not", "items"] {
        found.extend(schema.get(key).filter(|it| it.is_object()));
    }
    for key in ["allOf", "anyOf", "oneOf", "items"] {
        found.extend(schema.get(key).and_then(Value::as_array).into_iter().flatten());
    }
    found
}

fn without_fragment(address: &str) -> &str {
    address.split('#').next().unwrap_or_default()
}
