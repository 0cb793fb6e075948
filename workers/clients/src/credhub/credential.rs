//! A credential as CredHub shows it.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::fault::Fault;
use crate::http::Answer;
use crate::{NotJson, SecretJson};

/// One version of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The id of this version; every write makes a new one.
    pub id: String,
    /// Its name, with a leading slash.
    pub name: String,
    /// Its type.
    pub kind: CredentialKind,
    /// Its value: a string for `value` and `password`, else an object.
    pub value: SecretJson,
}

/// The type of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CredentialKind {
    /// A text.
    Value,
    /// Any JSON object.
    Json,
    /// A password.
    Password,
    /// `username`, `password`, `password_hash`.
    User,
    /// `ca`, `certificate`, `private_key`.
    Certificate,
    /// `public_key`, `private_key`.
    Rsa,
    /// As RSA, with `public_key_fingerprint`.
    Ssh,
    /// One that this client doesn't know.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Wire {
    id: String,
    name: String,
    #[serde(rename = "type")]
    kind: CredentialKind,
    value: Box<RawValue>,
}

#[derive(Deserialize)]
struct Versions {
    data: Vec<Wire>,
}

impl Credential {
    /// The credential that an answer is.
    ///
    /// # Errors
    /// A [`Fault`] that doesn't quote it.
    pub(super) fn of(answer: &Answer) -> Result<Self, Fault> {
        whole(answer.json()?, answer)
    }

    /// The newest credential of an answer with several versions.
    ///
    /// # Errors
    /// A [`Fault`] that doesn't quote them.
    pub(super) fn newest(answer: &Answer) -> Result<Self, Fault> {
        let versions: Versions = answer.json()?;
        match versions.data.into_iter().next() {
            Some(wire) => whole(wire, answer),
            None => Err(answer.garbled("a credential without a version")),
        }
    }
}

fn whole(wire: Wire, answer: &Answer) -> Result<Credential, Fault> {
    let text = String::from(Box::<str>::from(wire.value));
    Ok(Credential {
        id: wire.id,
        name: wire.name,
        kind: wire.kind,
        value: SecretJson::from_text(text).map_err(|NotJson| answer.garbled("a value that is not JSON"))?,
    })
}
