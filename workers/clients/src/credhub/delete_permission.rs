//! `DELETE /api/v2/permissions/:uuid`.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use tokio::time::Instant;

use super::CredHub;
use super::answer::{fault, is_absent};
use crate::{CallContext, Fault};

impl CredHub {
    /// Deletes a permission, once; `false` when it wasn't there, or when we may not see it: CredHub doesn't tell these apart. `limit` is
    /// the time that is left for the whole call.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether it may be gone.
    pub async fn delete_permission(&self, uuid: &str, call: &CallContext, limit: Duration) -> Result<bool, Fault> {
        let until = Instant::now() + limit;
        let request = self.request(Method::DELETE, &["api", "v2", "permissions", uuid], &[], call)?;
        let answer = self.write(request, until).await?;
        match answer.status {
            StatusCode::NO_CONTENT | StatusCode::OK => Ok(true),
            _ if is_absent(&answer) => Ok(false),
            _ => Err(fault(&answer)),
        }
    }
}
