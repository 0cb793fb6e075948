//! `PUT /deployments/:name/jobs/*?state=recreate`.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use tokio::time::Instant;

use super::task::started;
use super::{Director, TaskId};
use crate::{CallContext, Fault};

impl Director {
    /// Starts making all VMs of a deployment anew, also those that don't answer (`fix`), once. `limit` is the time that is left for
    /// the whole call. Its task says `create deployment` of itself.
    ///
    /// `context_id` (at most 64 characters) is kept on the task: [`Director::tasks`] finds the task by it when the answer was lost.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether there may be a task. Of a deployment that isn't there the
    /// [code](Fault::code) is [`NO_DEPLOYMENT`](super::NO_DEPLOYMENT).
    pub async fn recreate(
        &self,
        deployment: &str,
        context_id: &str,
        call: &CallContext,
        limit: Duration,
    ) -> Result<TaskId, Fault> {
        let until = Instant::now() + limit;
        let path = ["deployments", deployment, "jobs", "*"];
        let request = self
            .request(Method::PUT, &path, &[("fix", "true"), ("state", "recreate")], call)?
            .header("content-type", "text/yaml")?
            // Not written by itself for an empty body; some proxies answer 411 without it.
            .header("content-length", "0")?
            .header("x-bosh-context-id", context_id)?
            .body(Bytes::new());
        started(&self.write(request, until).await?)
    }
}
