//! `DELETE /task/:id`.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use tokio::time::Instant;

use super::task::NO_TASK;
use super::{Director, TaskId};
use crate::{CallContext, Fault};

impl Director {
    /// Asks the Director to stop a task, once. It stops some time later; one that has already ended, or that the Director
    /// doesn't know any more, is a success. `limit` is the time that is left for the whole call.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn cancel_task(&self, id: TaskId, call: &CallContext, limit: Duration) -> Result<(), Fault> {
        let until = Instant::now() + limit;
        let request = self.request(Method::DELETE, &["task", &id.to_string()], &[], call)?;
        let answer = self.write(request, until).await?;
        match answer.status {
            StatusCode::NO_CONTENT | StatusCode::OK => Ok(()),
            StatusCode::BAD_REQUEST if answer.text().contains("invalid state") => Ok(()),
            _ => match answer.fault() {
                fault if fault.code() == Some(NO_TASK) => Ok(()),
                fault => Err(fault),
            },
        }
    }
}
