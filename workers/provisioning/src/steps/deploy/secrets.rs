//! Secrets that the adapter wants kept out of the manifest: they go to BOSH's CredHub, the manifest refers to them.
use chandler_clients::{Secret, SecretJson, credhub::NewValue};
use serde_json::{Map, Value};

/// A manifest that refers to CredHub, and what has to be there before it is deployed.
pub(super) struct Placed {
    pub manifest: String,
    /// Name in CredHub and value.
    pub values: Vec<(String, NewValue)>,
}

/// Replaces `((odb_secret:<name>))` by `((<path><name>))`. What the manifest doesn't refer to is not stored, and a
/// reference without a value stays as it is.
///
/// # Errors
/// A text for the operator, when CredHub has no type for a value: nothing is stored then.
pub(super) fn place(mut manifest: String, secrets: Map<String, Value>, path: &str) -> Result<Placed, String> {
    let mut values = vec![];
    for (name, value) in secrets {
        let reference = format!("((odb_secret:{name}))");
        if !manifest.contains(&reference) {
            continue;
        }
        let value = match value {
            Value::String(text) => NewValue::Text(Secret::new(text)),
            Value::Object(_) => NewValue::Json(SecretJson::of(&value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                return Err(format!("Unknown credential type of the manifest secret '{name}'"));
            }
        };
        let stored = format!("{path}{name}");
        manifest = manifest.replace(&reference, &format!("(({stored}))"));
        values.push((stored, value));
    }
    Ok(Placed { manifest, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PATH: &str = "/odb/service/service-instance_i/";

    fn placed(manifest: &str, secrets: Value) -> Result<Placed, String> {
        let Value::Object(secrets) = secrets else {
            panic!("an object")
        };
        place(manifest.into(), secrets, PATH)
    }

    #[test]
    fn what_is_referred_to_is_stored_and_everything_else_stays() {
        let text = |t: &str| NewValue::Text(Secret::new(t));
        let json = |v: Value| NewValue::Json(SecretJson::of(&v));
        for (manifest, secrets, then, stored) in [
            ("p: ((odb_secret:pw))", json!({}), "p: ((odb_secret:pw))", vec![]),
            ("p: x", json!({"pw": "s"}), "p: x", vec![]),
            (
                "p: ((odb_secret: pw))",
                json!({"pw": "s"}),
                "p: ((odb_secret: pw))",
                vec![],
            ),
            ("p: ((pw))", json!({"pw": "s"}), "p: ((pw))", vec![]),
            (
                "p: ((odb_secret:pw))",
                json!({"pw": "s"}),
                "p: ((/odb/service/service-instance_i/pw))",
                vec![("/odb/service/service-instance_i/pw", text("s"))],
            ),
            (
                "a: ((odb_secret:pw))\nb: ((odb_secret:pw)), ((odb_secret:pw2))",
                json!({"pw": "s", "pw2": {"n": 1}}),
                "a: ((/odb/service/service-instance_i/pw))\n\
                 b: ((/odb/service/service-instance_i/pw)), ((/odb/service/service-instance_i/pw2))",
                vec![
                    ("/odb/service/service-instance_i/pw", text("s")),
                    ("/odb/service/service-instance_i/pw2", json(json!({"n": 1}))),
                ],
            ),
        ] {
            let placed = placed(manifest, secrets).unwrap();
            assert_eq!(placed.manifest, then);
            let values: Vec<_> = placed
                .values
                .iter()
                .map(|(name, v)| (name.as_str(), v.clone()))
                .collect();
            assert_eq!(values, stored, "{manifest}");
        }
    }

    #[test]
    fn a_value_that_credhub_has_no_type_for_is_told_by_its_name() {
        for value in [json!(1), json!(null), json!(true), json!(["a-secret"])] {
            let why = placed("p: ((odb_secret:pw))", json!({"pw": value})).err().unwrap();
            assert_eq!(why, "Unknown credential type of the manifest secret 'pw'");
            assert!(
                placed("p: x", json!({"pw": value})).is_ok(),
                "not referred to, not looked at"
            );
        }
    }
}
