//! `GET /api/v1/data?name=`.

use reqwest::StatusCode;

use super::answer::{fault, is_absent};
use super::{CredHub, Credential};
use crate::{CallContext, Fault};

impl CredHub {
    /// The newest version of a credential; `None` when it is missing or we may not read it. CredHub doesn't tell these apart.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn get(&self, name: &str, call: &CallContext) -> Result<Option<Credential>, Fault> {
        let query = [("current", "true"), ("name", name)];
        let answer = self.read(&["api", "v1", "data"], &query, call).await?;
        match answer.status {
            StatusCode::OK => Credential::newest(&answer).map(Some),
            _ if is_absent(&answer) => Ok(None),
            _ => Err(fault(&answer)),
        }
    }
}
