//! The secret values that we hand to an adapter, to mask them where it repeats them (`set -x` in a script is enough).

use serde_json::Value;
use zeroize::Zeroizing;

use super::GenerateManifest;

/// Shorter ones would mask ordinary words.
const SHORTEST: usize = 6;

/// The values: the UAA client's secret, the secrets of the deployed manifest, all texts in the user's parameters, the
/// deployed manifest, and the whole document on stdin; each as it is and as it looks inside JSON. The longest first, so that one that is
/// part of another doesn't spoil it.
pub(super) fn of(input: &GenerateManifest, stdin: Option<&[u8]>) -> Vec<Zeroizing<String>> {
    let mut found = Vec::new();
    collect(
        parse(&input.uaa_client).get("client_secret").unwrap_or(&Value::Null),
        &mut found,
    );
    collect(&parse(&input.previous_secrets), &mut found);
    collect(
        parse(&input.request_parameters)
            .get("parameters")
            .unwrap_or(&Value::Null),
        &mut found,
    );
    found.push(Zeroizing::new(input.previous_manifest.trim().to_owned()));
    found.retain(|value| value.len() >= SHORTEST);
    let once: Vec<_> = found.iter().map(|value| escaped(value)).collect();
    let twice: Vec<_> = once.iter().map(|value| escaped(value)).collect();
    found.extend(once);
    found.extend(twice);
    let document = String::from_utf8_lossy(stdin.unwrap_or_default());
    found.push(Zeroizing::new(document.trim().to_owned()));
    found.retain(|value| value.len() >= SHORTEST);
    found.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    found.dedup();
    found
}

/// The text as it stands between the quotes of a JSON string.
fn escaped(text: &str) -> Zeroizing<String> {
    let quoted = Zeroizing::new(Value::from(text).to_string());
    Zeroizing::new(
        quoted
            .strip_prefix('"')
            .unwrap_or_default()
            .strip_suffix('"')
            .unwrap_or_default()
            .to_owned(),
    )
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

fn collect(value: &Value, found: &mut Vec<Zeroizing<String>>) {
    match value {
        Value::String(text) => found.push(Zeroizing::new(text.clone())),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => members.values().for_each(|item| collect(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_secret_values() {
        let input = GenerateManifest {
            uaa_client: r#"{"client_id":"public-id","client_secret":"topsecret"}"#.into(),
            previous_secrets: r#"{"((a))":"first-secret","((b))":"{\"x\":1}"}"#.into(),
            request_parameters: r#"{"plan_id":"plan-guid","parameters":{"pw":["parameter-secret"],"n":"ab"}}"#.into(),
            ..Default::default()
        };
        let found = of(&input, Some(b"{\"the\": \"whole document on its input\"}\n"));
        let found: Vec<&str> = found.iter().map(|value| value.as_str()).collect();
        let wanted = [
            r#"{"the": "whole document on its input"}"#,
            "parameter-secret",
            r#"{\\\"x\\\":1}"#,
            "first-secret",
            "topsecret",
            r#"{\"x\":1}"#,
            r#"{"x":1}"#,
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn nothing_comes_of_nothing() {
        let input = GenerateManifest {
            previous_secrets: "null".into(),
            ..Default::default()
        };
        assert!(of(&input, None).is_empty());
    }
}
