//! The types of credentials, and what their values look like.

use serde_json::{Map, Value, json};

use super::crypt;
use super::refusal::Refusal;

/// The type of a credential; it never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text.
    Value,
    /// An object.
    Json,
    /// A text that can be generated.
    Password,
    /// A name, a password and its hash.
    User,
    /// A certificate with its authority and key.
    Certificate,
    /// A pair of RSA keys.
    Rsa,
    /// A pair of SSH keys.
    Ssh,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Value,
        Self::Json,
        Self::Password,
        Self::User,
        Self::Certificate,
        Self::Rsa,
        Self::Ssh,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Json => "json",
            Self::Password => "password",
            Self::User => "user",
            Self::Certificate => "certificate",
            Self::Rsa => "rsa",
            Self::Ssh => "ssh",
        }
    }

    /// By its name, in capitals or not.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// The value as it is stored and shown, from the one that was sent.
    pub(super) fn accept(self, value: Option<&Value>) -> Result<Value, Refusal> {
        let value = value.filter(|v| !v.is_null());
        match self {
            Self::Value => text(value, Refusal::MissingValue),
            Self::Password => text(value, Refusal::MissingPassword),
            Self::Json => match value {
                None => Err(Refusal::MissingValue),
                Some(object @ Value::Object(_)) => Ok(object.clone()),
                Some(_) => Err(Refusal::BadRequest),
            },
            Self::User => {
                let given = members(value, &["username", "password"], Refusal::MissingValue)?;
                let password = text(given.get("password"), Refusal::MissingPassword)?;
                let name = given.get("username").cloned().unwrap_or(Value::Null);
                user(&name, password.as_str().unwrap_or_default())
            }
            Self::Certificate => keys(value, &["ca", "certificate", "private_key"], &["ca_name"]),
            Self::Rsa | Self::Ssh => keys(value, &["public_key", "private_key"], &[]),
        }
    }
}

/// A user's value with the hash of its password.
pub(super) fn user(name: &Value, password: &str) -> Result<Value, Refusal> {
    if !matches!(name, Value::Null | Value::String(_)) {
        return Err(Refusal::BadRequest);
    }
    let hash = crypt::sha512(password, &crypt::new_salt());
    Ok(json!({"username": name, "password": password, "password_hash": hash}))
}

fn text(value: Option<&Value>, missing: Refusal) -> Result<Value, Refusal> {
    match value {
        None | Some(Value::Null) => Err(missing),
        Some(Value::String(text)) if text.is_empty() => Err(missing),
        Some(text @ Value::String(_)) => Ok(text.clone()),
        Some(_) => Err(Refusal::BadRequest),
    }
}

fn members<'a>(value: Option<&'a Value>, known: &[&str], missing: Refusal) -> Result<&'a Map<String, Value>, Refusal> {
    match value {
        None => Err(missing),
        Some(Value::Object(map)) => match map.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(Refusal::UnknownKey(key.clone())),
            None => Ok(map),
        },
        Some(_) => Err(Refusal::BadRequest),
    }
}

/// Texts of which one at least must be there; those that aren't are null.
fn keys(value: Option<&Value>, shown: &[&str], hidden: &[&str]) -> Result<Value, Refusal> {
    let given = members(value, &[shown, hidden].concat(), Refusal::MissingKeys)?;
    let mut kept = Map::new();
    for key in shown {
        match given.get(*key) {
            None | Some(Value::Null) => kept.insert((*key).to_owned(), Value::Null),
            Some(text @ Value::String(_)) => kept.insert((*key).to_owned(), text.clone()),
            Some(_) => return Err(Refusal::BadRequest),
        };
    }
    match kept.values().all(Value::is_null) {
        true => Err(Refusal::MissingKeys),
        false => Ok(Value::Object(kept)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_by_type() {
        for (kind, sent, stored) in [
            (Kind::Value, json!("x"), json!("x")),
            (Kind::Password, json!("x"), json!("x")),
            (
                Kind::Json,
                json!({"b": {"a": 1}, "a": 1.0}),
                json!({"b": {"a": 1}, "a": 1.0}),
            ),
            (Kind::Json, json!({}), json!({})),
            (
                Kind::Rsa,
                json!({"public_key": "p"}),
                json!({"public_key": "p", "private_key": null}),
            ),
            (
                Kind::Certificate,
                json!({"certificate": "c", "ca_name": "/ca"}),
                json!({"ca": null, "certificate": "c", "private_key": null}),
            ),
        ] {
            assert_eq!(kind.accept(Some(&sent)), Ok(stored), "{kind:?} {sent}");
        }
        for (kind, sent, refusal) in [
            (Kind::Value, json!(null), Refusal::MissingValue),
            (Kind::Value, json!(""), Refusal::MissingValue),
            (Kind::Value, json!({"a": 1}), Refusal::BadRequest),
            (Kind::Password, json!(""), Refusal::MissingPassword),
            (Kind::Json, json!("x"), Refusal::BadRequest),
            (Kind::Json, json!([1]), Refusal::BadRequest),
            (Kind::Json, json!(null), Refusal::MissingValue),
            (Kind::User, json!({"username": "u"}), Refusal::MissingPassword),
            (Kind::User, json!({"username": 1, "password": "p"}), Refusal::BadRequest),
            (Kind::User, json!({"name": "u"}), Refusal::UnknownKey("name".to_owned())),
            (Kind::Ssh, json!({}), Refusal::MissingKeys),
            (Kind::Ssh, json!({"public_key": 1}), Refusal::BadRequest),
        ] {
            assert_eq!(kind.accept(Some(&sent)), Err(refusal), "{kind:?} {sent}");
        }
    }

    #[test]
    fn a_user_has_a_hash() {
        let value = Kind::User.accept(Some(&json!({"username": "u", "password": "p"})));
        let value = value.expect("a value");
        assert_eq!((&value["username"], &value["password"]), (&json!("u"), &json!("p")));
        let hash = value["password_hash"].as_str().expect("a hash");
        let salt = hash.split('$').nth(2).expect("a salt");
        assert_eq!(hash, crypt::sha512("p", salt));
    }

    #[test]
    fn every_type_has_its_name() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(&kind.name().to_uppercase()), Some(kind));
        }
        assert_eq!(Kind::parse("secret"), None);
    }
}
