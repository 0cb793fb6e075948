//! Lines of a task's event output.

use crate::common::clock::seconds;
use serde_json::{Value, json};

/// A line before its time is known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) stage: String,
    pub(super) tags: Vec<String>,
    pub(super) total: usize,
    pub(super) task: String,
    pub(super) index: usize,
    pub(super) state: Progress,
}

/// How far the line's task is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Progress {
    Started,
    At(u8, &'static str),
    Finished,
    Failed(String),
}

impl Line {
    pub(super) fn text(&self, time: f64) -> String {
        let (state, progress, data) = match &self.state {
            Progress::Started => ("started", 0, None),
            Progress::At(progress, status) => ("in_progress", *progress, Some(json!({"status": status}))),
            Progress::Finished => ("finished", 100, None),
            Progress::Failed(error) => ("failed", 100, Some(json!({"error": error}))),
        };
        let mut line = json!({
            "time": seconds(time), "stage": self.stage, "tags": self.tags, "total": self.total,
            "task": self.task, "index": self.index, "state": state, "progress": progress,
        });
        if let (Some(data), Value::Object(line)) = (data, &mut line) {
            line.insert("data".to_owned(), data);
        }
        format!("{line}\n")
    }

    pub(super) fn with(&self, state: Progress) -> Self {
        Self { state, ..self.clone() }
    }
}

/// The last line of a failed task.
pub(super) fn error_line(time: f64, code: u32, message: &str) -> String {
    let line = json!({"time": seconds(time), "error": {"code": code, "message": message}});
    format!("{line}\n")
}
