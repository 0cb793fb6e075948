//! `DELETE /task/:id`.

use std::time::Duration;

use reqwest::{Method, StatusCode};

use super::{Director, TaskId};
use crate::{CallContext, Fault};

impl Director {
    /// Asks the Director to stop a task, once. It stops some time later; one that has already ended is a success. `limit` is the time
    /// that is left for the whole call.
    ///
    /// # Errors
    /// A [`Fault`]; an unknown task is one.
    pub async fn cancel_task(&self, id: TaskId, call: &CallContext, limit: Duration) -> Result<(), Fault> {
        let request = self.request(Method::DELETE, &["task", &id.to_string()], &[], call)?;
        let answer = self.write(request, limit).await?;
        match answer.status {
            StatusCode::NO_CONTENT | StatusCode::OK => Ok(()),
            StatusCode::BAD_REQUEST if answer.text().contains("invalid state") => Ok(()),
            _ => Err(answer.fault()),
        }
    }
}
