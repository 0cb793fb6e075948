//! Locks of deployments.

use serde_json::{Value, json};

/// A held lock, or one that its dead holder left.
#[derive(Debug, Clone)]
pub(super) struct Lock {
    pub(super) task: u64,
    pub(super) description: String,
    pub(super) since: f64,
    /// When it is gone although nobody gave it back; none while its task runs.
    pub(super) expires: Option<f64>,
}

/// Seconds after which an unrenewed lock runs out, as recorded.
pub(super) const LEASE: f64 = 241.0;

impl Lock {
    pub(super) fn is_held(&self, now: f64) -> bool {
        self.expires.is_none_or(|at| now < at)
    }

    pub(super) fn shown(&self, deployment: &str, now: f64) -> Value {
        let timeout = self
            .expires
            .unwrap_or_else(|| self.since.max(now - LEASE / 2.0) + LEASE);
        json!({
            "type": "deployment", "resource": [deployment],
            "timeout": format!("{timeout:.6}"), "task_id": self.task.to_string(),
        })
    }

    pub(super) fn refusal(&self, deployment: &str) -> String {
        format!(
            "Failed to acquire lock for lock:deployment:{deployment} uid: {}. Locking task id is {}, description: '{}'",
            uuid::Uuid::new_v4(),
            self.task,
            self.description
        )
    }
}
