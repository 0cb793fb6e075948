//! `PUT /api/v1/data`.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::CredHub;
use super::answer::fault;
use crate::fault::FaultKind;
use crate::{CallContext, Fault, Secret, SecretJson, text};

/// Shorter ones would mask ordinary words.
const SHORTEST: usize = 6;

/// A value to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewValue {
    /// Of type `json`: an object.
    Json(SecretJson),
    /// Of type `value`: a text.
    Text(Secret),
}

/// What was stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Stored {
    /// The id of the new version.
    pub id: String,
    /// The name as CredHub keeps it, with a leading slash.
    pub name: String,
}

#[derive(Serialize)]
struct Wire<'a, T> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    value: T,
}

impl NewValue {
    fn texts(&self) -> Vec<Zeroizing<String>> {
        match self {
            Self::Json(json) => json.texts(),
            Self::Text(secret) => vec![Zeroizing::new(secret.expose().to_owned())],
        }
    }
}

impl CredHub {
    /// Stores a new version under this name, once. `limit` is the time that is left for the whole call.
    ///
    /// A second call with the same name and value makes one more version, which changes nothing for who reads the newest. The type
    /// of a name that is there can't be changed: that is refused with 400.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether it may be stored. Without permission for the name it is refused with 403.
    pub async fn set(
        &self,
        name: &str,
        value: &NewValue,
        call: &CallContext,
        limit: Duration,
    ) -> Result<Stored, Fault> {
        let until = Instant::now() + limit;
        let request = self.request(Method::PUT, &["api", "v1", "data"], &[], call)?;
        if name.is_empty() {
            return Err(request.fault(FaultKind::NotSent, "the name is empty"));
        }
        let request = match value {
            NewValue::Json(json) => {
                let value: &RawValue = serde_json::from_str(json.expose())
                    .map_err(|_| request.fault(FaultKind::NotSent, "its value is not JSON"))?;
                let kind = "json";
                request.json(&Wire { name, kind, value })?
            }
            NewValue::Text(secret) => {
                let (kind, value) = ("value", secret.expose());
                request.json(&Wire { name, kind, value })?
            }
        };
        let answer = self.write(request, until).await?;
        if answer.status == StatusCode::OK {
            return answer.json();
        }
        let mut fault = fault(&answer);
        let texts = value.texts();
        let long = texts
            .iter()
            .map(|text| text.as_str())
            .filter(|text| text.len() >= SHORTEST);
        fault.detail = text::mask_values(&fault.detail, long);
        Err(fault)
    }
}
