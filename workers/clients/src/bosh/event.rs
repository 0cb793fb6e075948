//! A line of a task's event log.

use serde::Deserialize;

use super::TaskError;

/// One line of an event log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A step of a stage began, went on or ended.
    Step(StepEvent),
    /// The task failed; the last line of its log.
    Error(TaskError),
    /// A warning, a deprecation, or a line that can't be understood: nothing follows from it.
    Other,
}

/// A step of a stage, such as one instance of the stage "Updating instance".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepEvent {
    /// Unix seconds, the Director's clock.
    pub time: Option<i64>,
    /// `Updating instance`, for example.
    pub stage: String,
    /// For instances: the instance group.
    pub tags: Vec<String>,
    /// The number of steps in the stage, as announced. Some stages announce too few, or 0.
    pub total: Option<u64>,
    /// What the step is about, `node/<uuid> (0) (canary)` for example.
    pub task: String,
    /// Its number in the stage, from 1.
    pub index: u64,
    /// Where it stands.
    pub state: StepState,
    /// Per cent of this step, 0 to 100.
    pub progress: u64,
    /// What it is doing, `installing packages` for example.
    pub status: Option<String>,
    /// Why it failed, for operators: it may carry stack traces and paths.
    pub failure: Option<String>,
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// Began.
    Started,
    /// Goes on.
    InProgress,
    /// Went through.
    Finished,
    /// Failed.
    Failed,
}

#[derive(Deserialize)]
struct Line {
    time: Option<serde_json::Number>,
    stage: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    total: Option<u64>,
    #[serde(default)]
    task: Option<String>,
    #[serde(default)]
    index: Option<u64>,
    state: Option<String>,
    progress: Option<u64>,
    data: Option<Data>,
    error: Option<TaskError>,
}

#[derive(Deserialize, Default)]
struct Data {
    status: Option<String>,
    error: Option<String>,
}

impl Event {
    /// Reads one line, without its end.
    pub fn parse(line: &str) -> Self {
        let Ok(line) = serde_json::from_str::<Line>(line) else {
            return Self::Other;
        };
        if let Some(error) = line.error {
            return Self::Error(error);
        }
        let state = match line.state.as_deref() {
            Some("started") => StepState::Started,
            Some("in_progress") => StepState::InProgress,
            Some("finished") => StepState::Finished,
            Some("failed") => StepState::Failed,
            Some(_) | None => return Self::Other,
        };
        let Some(stage) = line.stage else {
            return Self::Other;
        };
        let data = line.data.unwrap_or_default();
        Self::Step(StepEvent {
            time: line.time.and_then(|time| time.as_i64()),
            stage,
            tags: line.tags.unwrap_or_default(),
            total: line.total,
            task: line.task.unwrap_or_default(),
            index: line.index.unwrap_or_default(),
            state,
            progress: line.progress.unwrap_or_default().min(100),
            status: data.status,
            failure: data.error,
        })
    }
}
