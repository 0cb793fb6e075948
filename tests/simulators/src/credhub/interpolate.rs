//! References in a `VCAP_SERVICES` document, replaced by what they refer to.

use serde_json::Value;

use super::kind::Kind;
use super::refusal::Refusal;
use super::vault::Vault;

impl Vault {
    /// The document with each `credentials` object that refers to a credential replaced by its value. What isn't a list
    /// of services with credentials is left as it is.
    pub(super) fn interpolate(&self, actor: &str, mut document: Value) -> Result<Value, Refusal> {
        let Value::Object(services) = &mut document else {
            return Err(Refusal::BadRequest);
        };
        let lists = services.values_mut().filter_map(Value::as_array_mut);
        for service in lists.flatten() {
            let Some(credentials) = service.get_mut("credentials") else {
                continue;
            };
            if let Some(name) = reference(credentials) {
                *credentials = self.resolve(actor, &name)?;
            }
        }
        Ok(document)
    }

    fn resolve(&self, actor: &str, name: &str) -> Result<Value, Refusal> {
        let there = self.readable(actor, name)?;
        if there.kind != Kind::Json {
            return Err(Refusal::NotJson(name.to_owned()));
        }
        let newest = there.newest().ok_or(Refusal::NoCredential)?;
        Ok(newest.value.clone())
    }
}

/// The name in `credhub-ref`, which may be wrapped in `((…))`.
fn reference(credentials: &Value) -> Option<String> {
    let name = credentials
        .get("credhub_ref")
        .or_else(|| credentials.get("credhub-ref"))?;
    let name = name.as_str()?;
    let name = name.strip_prefix("((").unwrap_or(name);
    Some(name.strip_suffix("))").unwrap_or(name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credhub::permissions::Operation;
    use crate::credhub::vault::tests::{draft, guarded};
    use serde_json::json;

    fn vault() -> Vault {
        let mut vault = guarded(&[("/c/*", "broker", &Operation::ALL), ("/c/b", "app", &[Operation::Read])]);
        for (name, value) in [
            ("/c/b", json!({"old": 1})),
            ("/c/b", json!({"host": "h"})),
            ("/c/t", json!("x")),
        ] {
            vault.set("broker", draft(name, value), 0.0).expect("a write");
        }
        vault
    }

    #[test]
    fn references_become_values() {
        let vault = vault();
        for reference in [
            json!({"credhub-ref": "/c/b"}),
            json!({"credhub-ref": "((/c/b))"}),
            json!({"credhub_ref": "c/b", "more": 1}),
        ] {
            let sent = json!({"redis": [
                {"name": "plain", "credentials": {"a": 1}},
                {"name": "cache", "credentials": reference, "label": "redis"},
                "odd", {"name": "none"},
            ], "odd": {"credentials": {"credhub-ref": "/c/b"}}});
            let expected = json!({"redis": [
                {"name": "plain", "credentials": {"a": 1}},
                {"name": "cache", "credentials": {"host": "h"}, "label": "redis"},
                "odd", {"name": "none"},
            ], "odd": {"credentials": {"credhub-ref": "/c/b"}}});
            assert_eq!(vault.interpolate("app", sent), Ok(expected), "{reference}");
        }
    }

    #[test]
    fn what_cannot_be_resolved_fails_the_whole() {
        let vault = vault();
        let one = |name: &str| json!({"redis": [{"credentials": {"credhub-ref": name}}]});
        for (actor, document, refusal) in [
            ("broker", one("/c/t"), Refusal::NotJson("/c/t".to_owned())),
            ("broker", one("/c/none"), Refusal::NoCredential),
            ("other", one("/c/b"), Refusal::NoCredential),
            ("app", one("/c/t"), Refusal::NoCredential),
            ("app", json!([]), Refusal::BadRequest),
        ] {
            assert_eq!(
                vault.interpolate(actor, document.clone()),
                Err(refusal),
                "{actor} {document}"
            );
        }
    }
}
