//! `GET /api/v1/data/:id`.

use reqwest::StatusCode;

use super::answer::{fault, is_absent};
use super::{CredHub, Credential};
use crate::{CallContext, Fault};

impl CredHub {
    /// One version of a credential; `None` when it is missing or we may not read it. CredHub doesn't tell these apart.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn get_by_id(&self, id: &str, call: &CallContext) -> Result<Option<Credential>, Fault> {
        let answer = self.read(&["api", "v1", "data", id], &[], call).await?;
        match answer.status {
            StatusCode::OK => Credential::of(&answer).map(Some),
            _ if is_absent(&answer) => Ok(None),
            _ => Err(fault(&answer)),
        }
    }
}
