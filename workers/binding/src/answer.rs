//! What the platform will be answered for a binding.
use chandler_clients::{SecretJson, adapter::Binding};
use serde_json::{Value, json};

/// The answer, and what goes to CredHub.
pub(crate) struct Made {
    /// The JSON for the platform; it may be secret.
    pub(crate) answer: Value,
    /// The credentials, if they are to be stored.
    pub(crate) stored: Option<SecretJson>,
}

/// Makes the answer. With a name in CredHub the credentials go there and a reference takes their place; without
/// credentials there is nothing to store, as in ODB.
pub(crate) fn make(mut binding: Binding, credhub_name: Option<&str>) -> Made {
    let there = |value: &Value| value.as_object().is_some_and(|members| !members.is_empty());
    let mut stored = None;
    if let Some(name) = credhub_name
        && let Some(credentials) = binding.credentials.take_if(|value| there(value))
    {
        stored = Some(SecretJson::of(&credentials));
        binding.credentials = Some(reference(name));
    }
    let answer = serde_json::to_value(&binding).unwrap_or_default();
    Made { answer, stored }
}

/// Whether an answer refers to the credential of this name.
pub(crate) fn refers_to(answer: &str, credhub_name: &str) -> bool {
    serde_json::from_str::<Value>(answer).is_ok_and(|answer| answer["credentials"] == reference(credhub_name))
}

fn reference(name: &str) -> Value {
    json!({"credhub-ref": name})
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "/c/s/i/b/credentials";

    fn binding(json: Value) -> Binding {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn credentials_are_answered_or_stored_never_both() {
        let given = json!({"credentials": {"password": "p"}, "syslog_drain_url": "syslog://h", "metadata": {"expires_at": "x"}});
        let plain = make(binding(given.clone()), None);
        assert_eq!((plain.answer.clone(), plain.stored), (given, None));
        assert!(!refers_to(&plain.answer.to_string(), NAME));
        let secure = make(binding(plain.answer), Some(NAME));
        assert_eq!(secure.stored.unwrap().expose(), r#"{"password":"p"}"#);
        assert_eq!(secure.answer["credentials"], json!({"credhub-ref": NAME}));
        assert_eq!(secure.answer["syslog_drain_url"], "syslog://h");
        assert!(!secure.answer.to_string().contains("\"p\""));
        assert!(refers_to(&secure.answer.to_string(), NAME));
        assert!(!refers_to(&secure.answer.to_string(), "/c/s/i/other/credentials"));
    }

    #[test]
    fn nothing_to_store_leaves_the_answer_as_it_is() {
        for given in [
            json!({}),
            json!({"credentials": {}}),
            json!({"route_service_url": "https://r"}),
        ] {
            let made = make(binding(given.clone()), Some(NAME));
            assert_eq!((made.answer.clone(), made.stored), (given, None));
            assert!(!refers_to(&made.answer.to_string(), NAME));
        }
    }
}
