//! The secret values that we hand to an adapter, to mask them where it repeats them (`set -x` in a script is enough).

use serde_json::Value;
use zeroize::Zeroizing;

use super::{CreateBinding, DashboardUrl, GenerateManifest};

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
    in_all_forms(found, stdin.unwrap_or_default())
}

/// The values for a binding: the secrets of the manifest, all texts in the user's parameters, the manifest, and the whole document.
pub(super) fn of_binding(input: &CreateBinding, stdin: &[u8]) -> Vec<Zeroizing<String>> {
    let mut found = Vec::new();
    collect(&parse(&input.secrets), &mut found);
    collect(
        parse(&input.request_parameters)
            .get("parameters")
            .unwrap_or(&Value::Null),
        &mut found,
    );
    found.push(Zeroizing::new(input.manifest.trim().to_owned()));
    in_all_forms(found, stdin)
}

/// The values for a dashboard: the manifest, and the whole document.
pub(super) fn of_dashboard(input: &DashboardUrl, stdin: &[u8]) -> Vec<Zeroizing<String>> {
    in_all_forms(vec![Zeroizing::new(input.manifest.trim().to_owned())], stdin)
}

/// The values for a plan's schemas: all texts in the plan's properties, which are the operator's, the plan, and the whole document.
pub(super) fn of_plan(plan: &str, stdin: &[u8]) -> Vec<Zeroizing<String>> {
    let mut found = Vec::new();
    collect(parse(plan).get("properties").unwrap_or(&Value::Null), &mut found);
    found.push(Zeroizing::new(plan.trim().to_owned()));
    in_all_forms(found, stdin)
}

/// Adds the texts of an output that is secret itself. When it isn't JSON they are whatever stands between quotes.
pub(super) fn add_output(secrets: &mut Vec<Zeroizing<String>>, stdout: &[u8]) {
    let mut found = Vec::new();
    match serde_json::from_slice::<Value>(stdout) {
        Ok(output) => collect(&output, &mut found),
        Err(_) => {
            let text = Zeroizing::new(String::from_utf8_lossy(stdout).into_owned());
            found.extend(text.split('"').map(|piece| Zeroizing::new(piece.trim().to_owned())));
        }
    }
    secrets.append(&mut in_all_forms(found, stdout));
    sort(secrets);
}

/// Each as it is, as it looks inside JSON and inside JSON within JSON, and the whole they came from.
fn in_all_forms(mut found: Vec<Zeroizing<String>>, whole: &[u8]) -> Vec<Zeroizing<String>> {
    found.retain(|value| value.len() >= SHORTEST);
    let once: Vec<_> = found.iter().map(|value| escaped(value)).collect();
    let twice: Vec<_> = once.iter().map(|value| escaped(value)).collect();
    found.extend(once);
    found.extend(twice);
    found.push(Zeroizing::new(String::from_utf8_lossy(whole).trim().to_owned()));
    found.retain(|value| value.len() >= SHORTEST);
    sort(&mut found);
    found
}

fn sort(values: &mut Vec<Zeroizing<String>>) {
    values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    values.dedup();
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
    fn finds_what_a_binding_must_not_show() {
        let input = CreateBinding {
            secrets: r#"{"((a))":"manifest-secret"}"#.into(),
            request_parameters: r#"{"app_guid":"an-app-guid","parameters":{"note":"a \"note\""}}"#.into(),
            ..Default::default()
        };
        let mut found = of_binding(&input, b"");
        add_output(&mut found, br#"{"credentials":{"password":"a-password"}}"#);
        let has = |found: &[Zeroizing<String>], text: &str| found.iter().any(|value| value.as_str() == text);
        for text in ["manifest-secret", r#"a "note""#, r#"a \"note\""#, "a-password"] {
            assert!(has(&found, text), "{text}");
        }
        assert!(!has(&found, "an-app-guid"));
        assert!(found.is_sorted_by_key(|value| std::cmp::Reverse(value.len())));
        let mut found = Vec::new();
        add_output(&mut found, br#"{"credentials":{"password":"cut-passwo"#);
        assert!(has(&found, "cut-passwo"));
    }

    #[test]
    fn finds_what_a_plan_must_not_show() {
        let plan = r#"{"instance_groups":[{"name":"a-group"}],"properties":{"db":[{"key":"a \"key\""}],"licence":"of-operators","n":"short"}}"#;
        let found = of_plan(plan, br#"{"the":"document"}"#);
        let has = |text: &str| found.iter().any(|value| value.as_str() == text);
        let document = r#"{"the":"document"}"#;
        for text in [
            plan,
            document,
            "of-operators",
            r#"a "key""#,
            r#"a \"key\""#,
            r#"a \\\"key\\\""#,
        ] {
            assert!(has(text), "{text}");
        }
        for text in ["a-group", "short", "licence"] {
            assert!(!has(text), "{text}");
        }
        assert!(of_plan("null", b"").is_empty() && !of_plan("no JSON", b"").is_empty());
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
