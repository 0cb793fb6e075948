//! What the adapter says an instance should be found by, as its record keeps it.
use chandler_clients::adapter::Generated;
use serde_json::Value;
use std::collections::BTreeMap;

/// They are kept in the record; as JSON they may have so many bytes.
const LONGEST: usize = 16 * 1024;

/// The labels as texts, which every platform takes: numbers and switches as JSON has them, and so are lists and maps; `null` is no label.
/// `None`: nothing is said of them, and the instance keeps those that it has; a map with nothing in it takes them away.
///
/// # Errors
/// For the operator: there are too many.
pub(super) fn labels(made: &Generated) -> Result<Option<BTreeMap<String, String>>, String> {
    let Some(labels) = &made.labels else { return Ok(None) };
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Some(value.to_string()),
    };
    let kept = labels
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), text(value)?)));
    let kept: BTreeMap<_, _> = kept.collect();
    if serde_json::json!(kept).to_string().len() > LONGEST {
        return Err(format!("adapter returned labels of more than {LONGEST} bytes"));
    }
    Ok(Some(kept))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn made(labels: Value) -> Generated {
        Generated {
            manifest: "name: d".into(),
            secrets: None,
            configs: None,
            labels: serde_json::from_value(labels).unwrap(),
        }
    }

    #[test]
    fn every_label_is_a_text() {
        for (said, kept) in [
            (json!("a text"), Some("a text")),
            (json!(""), Some("")),
            (json!("null"), Some("null")),
            (json!(3), Some("3")),
            (json!(1.5), Some("1.5")),
            (json!(-7), Some("-7")),
            (json!(true), Some("true")),
            (json!(["a", 1]), Some(r#"["a",1]"#)),
            (json!({"b": null}), Some(r#"{"b":null}"#)),
            (json!(null), None),
        ] {
            let wanted: BTreeMap<_, _> = kept
                .map(|text| ("name".to_owned(), text.to_owned()))
                .into_iter()
                .collect();
            assert_eq!(labels(&made(json!({"name": said}))), Ok(Some(wanted)), "{said}");
        }
    }

    #[test]
    fn nothing_said_is_not_the_same_as_none() {
        assert_eq!(labels(&made(json!(null))), Ok(None));
        assert_eq!(labels(&made(json!({}))), Ok(Some(BTreeMap::new())));
    }

    #[test]
    fn a_record_is_no_place_for_much() {
        let long = |length: usize| labels(&made(json!({"name": "x".repeat(length)})));
        // {"name":""}
        assert!(long(LONGEST - 11).is_ok());
        let why = long(LONGEST - 10).unwrap_err();
        assert_eq!(why, "adapter returned labels of more than 16384 bytes");
    }
}
