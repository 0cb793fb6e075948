//! `POST /deployments/:name/errands/:errand/runs`.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use serde::Serialize;
use serde_json::json;
use tokio::time::Instant;

use super::task::started;
use super::{Director, TaskId};
use crate::{CallContext, Fault};

/// A run of an errand.
#[derive(Debug, Clone, Copy, Default)]
pub struct ErrandRun<'a> {
    /// The errand: a release job, or an instance group whose lifecycle is `errand`.
    pub name: &'a str,
    /// Where it runs; none means wherever it is.
    pub instances: &'a [ErrandPlace<'a>],
    /// Whether VMs that are made for it stay. ODB says no.
    pub keep_alive: bool,
    /// Whether it is left out where nothing has changed since it last went well. ODB says no.
    pub when_changed: bool,
}

/// Where an errand runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ErrandPlace<'a> {
    /// The instance group.
    pub group: &'a str,
    /// An instance's id or index, or `first`; none means all of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
}

impl Director {
    /// Starts a run of an errand, once. `limit` is the time that is left for the whole call.
    ///
    /// `context_id` (at most 64 characters) is kept on the task: [`Director::tasks`] finds the task by it when the answer was lost.
    /// An errand or an instance that isn't there is not refused: its task fails, and [`Director::task_error`] says why. A script that
    /// fails leaves its task in [`TaskState::Done`](super::TaskState::Done): [`Director::errand_results`] has the exit codes.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether there may be a task. Of a deployment that isn't there the
    /// [code](Fault::code) is [`NO_DEPLOYMENT`](super::NO_DEPLOYMENT).
    pub async fn run_errand(
        &self,
        deployment: &str,
        errand: &ErrandRun<'_>,
        context_id: &str,
        call: &CallContext,
        limit: Duration,
    ) -> Result<TaskId, Fault> {
        let until = Instant::now() + limit;
        let body = json!({
            "instances": errand.instances,
            "keep-alive": errand.keep_alive,
            "when-changed": errand.when_changed,
        });
        let path = ["deployments", deployment, "errands", errand.name, "runs"];
        let request = self
            .request(Method::POST, &path, &[], call)?
            .header("content-type", "application/json")?
            .header("x-bosh-context-id", context_id)?
            .body(Bytes::from(body.to_string()));
        started(&self.write(request, until).await?)
    }
}
