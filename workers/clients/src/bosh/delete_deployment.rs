//! `DELETE /deployments/:name`.

use std::time::Duration;

use reqwest::Method;
use tokio::time::Instant;

use super::deployment::NO_DEPLOYMENT;
use super::task::started;
use super::{Director, TaskId};
use crate::{CallContext, Fault};

impl Director {
    /// Starts the deletion of a deployment, once; `None` when the Director says that it isn't there. `limit` is the time that is left
    /// for the whole call. With `force` the Director goes on when VMs or disks can't be deleted.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether there may be a task.
    pub async fn delete_deployment(
        &self,
        name: &str,
        force: bool,
        context_id: &str,
        call: &CallContext,
        limit: Duration,
    ) -> Result<Option<TaskId>, Fault> {
        let until = Instant::now() + limit;
        let query: &[(&str, &str)] = if force { &[("force", "true")] } else { &[] };
        let request = self
            .request(Method::DELETE, &["deployments", name], query, call)?
            .header("x-bosh-context-id", context_id)?;
        let answer = self.write(request, until).await?;
        match started(&answer) {
            Ok(id) => Ok(Some(id)),
            Err(fault) if fault.code() == Some(NO_DEPLOYMENT) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}
