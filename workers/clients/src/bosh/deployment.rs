//! `GET /deployments/:name`.

use std::fmt;

use reqwest::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Director;
use crate::http::Answer;
use crate::{CallContext, Fault};

/// The Director's code for a deployment that isn't there.
pub const NO_DEPLOYMENT: u64 = 70_000;

/// A deployment that is there.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Deployment {
    /// The last manifest that was deployed, byte for byte; nothing while no deploy got that far. It may hold secrets.
    pub manifest: Option<String>,
}

impl fmt::Debug for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = self.manifest.as_ref().map(|_| "***");
        f.debug_struct("Deployment").field("manifest", &manifest).finish()
    }
}

impl Director {
    /// Reads a deployment; `None` when the Director says that there is none.
    ///
    /// # Errors
    /// A [`Fault`]; a 404 with any other code is one, too (a wrong address must not look like a deleted deployment).
    pub async fn deployment(&self, name: &str, call: &CallContext) -> Result<Option<Deployment>, Fault> {
        let answer = self.get(&["deployments", name], &[], call).await?;
        if_there(&answer, StatusCode::OK)
    }
}

/// What an answer about a deployment says; nothing when the Director says that there is none.
///
/// # Errors
/// A [`Fault`]; a 404 with any other code is one, too.
pub(super) fn if_there<T: DeserializeOwned>(answer: &Answer, wanted: StatusCode) -> Result<Option<T>, Fault> {
    if answer.status == wanted {
        return answer.json().map(Some);
    }
    let fault = answer.fault();
    if fault.code() == Some(NO_DEPLOYMENT) {
        Ok(None)
    } else {
        Err(fault)
    }
}
