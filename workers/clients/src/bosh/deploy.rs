//! `POST /deployments`.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use tokio::time::Instant;

use super::task::started;
use super::{Director, TaskId};
use crate::{CallContext, Fault};

impl Director {
    /// Starts a deploy (a first one or an update), once. `limit` is the time that is left for the whole call.
    ///
    /// `context_id` (at most 64 characters) is kept on the task: [`Director::tasks`] finds the task by it when the answer was lost.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether there may be a task.
    pub async fn deploy(
        &self,
        manifest_yaml: &str,
        context_id: &str,
        call: &CallContext,
        limit: Duration,
    ) -> Result<TaskId, Fault> {
        let until = Instant::now() + limit;
        let request = self
            .request(Method::POST, &["deployments"], &[], call)?
            .header("content-type", "text/yaml")?
            .header("x-bosh-context-id", context_id)?
            .body(Bytes::copy_from_slice(manifest_yaml.as_bytes()));
        started(&self.write(request, until).await?)
    }
}
