//! Secrets that the broker keeps in BOSH's CredHub, so that the manifest only refers to them.

use serde_json::{Map, Value, json};

use crate::manifest::{PASSWORD, TLS, job_property};
use crate::parameters::Wish;
use crate::protocol::Failure;
use crate::users::random;

/// What the jobs of a secure manifest get, and what the broker is to store.
pub(crate) struct Secure {
    pub(crate) password: Value,
    pub(crate) tls: Value,
    /// By name.
    pub(crate) secrets: Map<String, Value>,
}

impl Secure {
    /// Whatever stands in the manifest until now stays: by then the broker has put its own reference there, and a new one would count as
    /// a change. What isn't there yet, or is wished otherwise, is a new secret.
    pub(crate) fn of(wish: &Wish, previous: Option<&Value>) -> Result<Self, Failure> {
        let mut secrets = Map::new();
        let mut secret = |name: &str, value: Value| {
            secrets.insert(name.to_owned(), value);
            Value::from(format!("((odb_secret:{name}))"))
        };
        let before = |name: &str| job_property(previous?, name);
        let password = match wish {
            Some(Value::String(wish)) => secret(PASSWORD, wish.as_str().into()),
            Some(_) => secret(PASSWORD, random()?.into()),
            None => match before(PASSWORD) {
                Some(reference) => reference,
                None => secret(PASSWORD, random()?.into()),
            },
        };
        let tls = match before(TLS) {
            Some(reference) => reference,
            None => secret(TLS, json!({"certificate": random()?, "private_key": random()?})),
        };
        Ok(Self { password, tls, secrets })
    }
}
