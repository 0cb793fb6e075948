//! `GET /locks`.

use reqwest::StatusCode;
use serde::{Deserialize, Deserializer};

use super::{Director, TaskId};
use crate::{CallContext, Fault, FaultKind};

/// A lock that is held at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Lock {
    /// `deployment`, `release`, `stemcells` or `compile`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What is locked: for a deployment its name alone.
    #[serde(default)]
    pub resource: Vec<String>,
    /// The task that holds it.
    #[serde(default, deserialize_with = "task_id")]
    pub task_id: Option<TaskId>,
}

impl Lock {
    /// Whether it is the lock of that deployment.
    pub fn is_of_deployment(&self, name: &str) -> bool {
        self.kind == "deployment" && self.resource.iter().any(|it| it == name)
    }
}

/// The Director writes the id as a string.
fn task_id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<TaskId>, D::Error> {
    let value = Option::<serde_json::Value>::deserialize(from)?;
    Ok(value.and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok())))
}

impl Director {
    /// The locks that are held; `None` when our credentials lack the scope to see them (clients of a team).
    ///
    /// # Errors
    /// A [`Fault`], never [`FaultKind::MissingScope`].
    pub async fn locks(&self, call: &CallContext) -> Result<Option<Vec<Lock>>, Fault> {
        let answer = self.get(&["locks"], &[], call).await?;
        if answer.status == StatusCode::OK {
            return answer.json().map(Some);
        }
        let fault = answer.fault();
        if fault.kind == FaultKind::MissingScope {
            Ok(None)
        } else {
            Err(fault)
        }
    }
}
