//! `GET /api/v2/permissions`.

use reqwest::StatusCode;
use tokio::time::Instant;

use super::answer::{fault, is_absent};
use super::{CredHub, Permission};
use crate::{CallContext, Fault};

const PATH: [&str; 3] = ["api", "v2", "permissions"];

impl CredHub {
    /// The permission of exactly this actor at exactly this path; `None` when it is missing or we may not read it. CredHub doesn't tell
    /// these apart.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn find_permission(
        &self,
        path: &str,
        actor: &str,
        call: &CallContext,
    ) -> Result<Option<Permission>, Fault> {
        self.permission_until(path, actor, call, self.read_limit()).await
    }

    /// The same, not later than `until`.
    pub(super) async fn permission_until(
        &self,
        path: &str,
        actor: &str,
        call: &CallContext,
        until: Instant,
    ) -> Result<Option<Permission>, Fault> {
        let query = [("path", path), ("actor", actor)];
        let answer = self.read_until(&PATH, &query, call, until).await?;
        match answer.status {
            StatusCode::OK => answer.json().map(Some),
            _ if is_absent(&answer) => Ok(None),
            _ => Err(fault(&answer)),
        }
    }
}
