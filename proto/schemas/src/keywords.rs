//! Keywords that are ours, as the library's own can take too long: `pattern` for the backtracking engine, `uniqueItems` because its hash
//! is the same for all arrays of empty arrays, the format `regex` for its length.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use jsonschema::paths::Location;
use jsonschema::{Keyword, ValidationError, ValidationOptions};
use serde_json::{Map, Value};

use crate::fuel;
use crate::patterns::Pattern;

/// The longest pattern that the format `regex` looks at, in bytes.
const MAX_REGEX: usize = 4096;

struct OurPattern(Pattern, String);
struct OurUniqueItems(bool);

/// The library's options with these keywords in the place of its own.
pub(crate) fn ours(options: ValidationOptions<'_>) -> ValidationOptions<'_> {
    options
        .with_keyword("pattern", pattern)
        .with_keyword("uniqueItems", unique_items)
        .with_format("regex", |text| {
            text.len() <= MAX_REGEX && jsonschema_regex::is_valid_ecma_regex(text)
        })
}

fn pattern<'a>(
    _: &'a Map<String, Value>,
    value: &'a Value,
    _: Location,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>> {
    let text = value.as_str().unwrap_or_default();
    let pattern = Pattern::compile(text).map_err(ValidationError::custom)?;
    Ok(Box::new(OurPattern(pattern, text.to_owned())))
}

fn unique_items<'a>(
    _: &'a Map<String, Value>,
    value: &'a Value,
    _: Location,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>> {
    Ok(Box::new(OurUniqueItems(value == true)))
}

impl<'i> Keyword<'i> for OurPattern {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if Keyword::is_valid(self, instance) {
            return Ok(());
        }
        Err(ValidationError::custom(format!("value does not match {:?}", self.1)))
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        instance.as_str().is_none_or(|text| self.0.is_match(text))
    }
}

impl<'i> Keyword<'i> for OurUniqueItems {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if Keyword::is_valid(self, instance) {
            return Ok(());
        }
        Err(ValidationError::custom("value has non-unique elements"))
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        let Some(items) = instance.as_array().filter(|items| self.0 && items.len() > 1) else {
            return true;
        };
        let mut seen = HashSet::with_capacity(items.len());
        items.iter().all(|item| {
            let text = canonical_text(item);
            fuel::take(8 * text.len() as u64) && seen.insert(text)
        })
    }
}

/// Whether no two values are equal; for values of a schema, without fuel.
pub(crate) fn are_unique(values: &[Value]) -> bool {
    let texts: HashSet<_> = values.iter().map(canonical_text).collect();
    texts.len() == values.len()
}

fn canonical_text(value: &Value) -> String {
    let mut text = String::new();
    canonical(value, &mut text);
    text
}

/// A text that is the same for values that JSON Schema calls equal: `1` and `1.0` are, members have no order.
fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => {
            let _ = write!(text, "{value}");
        }
        Value::Number(number) => {
            let whole = number
                .as_f64()
                .filter(|n| number.is_f64() && n.fract() == 0.0 && n.abs() < 9e15);
            let _ = match whole {
                Some(whole) => write!(text, "{whole:.0}").map(|()| {
                    if text.ends_with("-0") && whole == 0.0 {
                        text.truncate(text.len() - 2);
                        text.push('0');
                    }
                }),
                None => write!(text, "{number}"),
            };
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(members) => {
            text.push('{');
            for (name, member) in members.iter().collect::<BTreeMap<_, _>>() {
                let _ = write!(text, "{}:", Value::from(name.as_str()));
                canonical(member, text);
                text.push(',');
            }
            text.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_is_what_json_schema_calls_equal() {
        let unique = |value: Value| fuel::metered(|| Keyword::is_valid(&OurUniqueItems(true), &value)) == (true, true);
        for same in [
            json!([1, 1.0]),
            json!([0, -0.0]),
            json!([-5, -5.0]),
            json!([{"a": 1, "b": [2]}, {"b": [2.0], "a": 1}]),
            json!(["x", 1, "x"]),
            json!([1e300, 1e300]),
            json!([[], []]),
        ] {
            assert!(!unique(same.clone()), "{same}");
        }
        for other in [
            json!([1, "1"]),
            json!([true, 1]),
            json!([[[]], [[], []], []]),
            json!([u64::MAX, u64::MAX - 1]),
            json!([9007199254740993_u64, 9007199254740992_u64]),
            json!([0.1, 0.2]),
            json!([{"a": 1}, {"a": 1, "b": 1}]),
            json!([["a,b"], ["a", "b"]]),
            json!([10, -10, 100, 1000]),
        ] {
            assert!(unique(other.clone()), "{other}");
        }
    }
}
