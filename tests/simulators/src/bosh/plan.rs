//! What a task will do and when: a pure list of event lines and effects, spread over the task's time.

use std::collections::VecDeque;

use super::deployment::Instance;
use super::events::{Line, Progress};
use super::manifest::Manifest;
use super::task::Ending;
use super::variables::Variable;

/// One thing that happens while a task runs.
#[derive(Debug, Clone)]
pub(super) struct Beat {
    /// Seconds after the task began to run.
    pub(super) at: f64,
    pub(super) what: What,
}

/// A line in the events, something that changes, or the end.
#[derive(Debug, Clone)]
pub(super) enum What {
    Line(Line),
    Change(Change),
    /// Text for the result output.
    Output(String),
    /// Nothing more until somebody says so; then the rest.
    Hang(VecDeque<Beat>),
    /// The end; the text is the result when it ends well.
    Finish(Ending, String),
}

/// A change of the deployment; instances are named by their uuid.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// These instances exist now.
    Rows(Vec<Instance>),
    /// The instance gets a VM.
    Vm(String),
    /// The instance runs this configuration.
    Running(String, String),
    /// The instance is in this state now (`started`, `stopped`, `detached`).
    State(String, &'static str),
    /// The instance's release jobs were stopped, on its way out.
    JobsStopped(String),
    /// The VM is gone, the instance stays.
    Unplug(String),
    /// The instance is gone.
    Gone(String),
    /// The errand of this name ran well on the instance.
    Ran(String, String),
    /// The deployment uses these variables.
    Variables(Vec<Variable>),
    /// The manifest is in force now.
    Persist(Box<Manifest>),
    /// The deployment is gone.
    Destroy,
}

/// Collects beats in units of weight, then scales them to seconds.
#[derive(Debug, Default)]
pub(super) struct Plan {
    at: f64,
    beats: Vec<Beat>,
}

impl Plan {
    pub(super) fn push(&mut self, what: What) {
        self.beats.push(Beat { at: self.at, what });
    }

    pub(super) fn change(&mut self, change: Change) {
        self.push(What::Change(change));
    }

    pub(super) fn pass(&mut self, weight: f64) {
        self.at += weight;
    }

    /// A stage's task from start to end, with a change at its start.
    pub(super) fn stage_with(&mut self, line: &Line, weight: f64, change: Change) {
        self.push(What::Line(line.with(Progress::Started)));
        self.change(change);
        self.pass(weight);
        self.push(What::Line(line.with(Progress::Finished)));
    }

    /// A stage's task from start to end.
    pub(super) fn stage(&mut self, line: &Line, weight: f64) {
        self.push(What::Line(line.with(Progress::Started)));
        self.pass(weight);
        self.push(What::Line(line.with(Progress::Finished)));
    }

    /// Ends the plan and spreads it over `seconds`.
    pub(super) fn finish(mut self, ending: Ending, result: String, seconds: f64) -> VecDeque<Beat> {
        self.push(What::Finish(ending, result));
        let unit = if self.at > 0.0 { seconds / self.at } else { 0.0 };
        for beat in &mut self.beats {
            beat.at *= unit;
        }
        self.beats.into()
    }
}

/// Cuts the beats at a stage (or its task) and lets it fail there; at the end if there is no such stage.
pub(super) fn fail_at(beats: &mut VecDeque<Beat>, stage: &str, code: u32, message: &str) {
    let finish = |at| Beat {
        at,
        what: What::Finish(
            Ending::Error {
                code,
                message: message.to_owned(),
            },
            String::new(),
        ),
    };
    if stage.is_empty() {
        *beats = [finish(0.0)].into();
        return;
    }
    let found = beats.iter().enumerate().find_map(|(i, beat)| match &beat.what {
        What::Line(line)
            if line.state == Progress::Started && (line.stage == stage || line.task.starts_with(stage)) =>
        {
            Some((i, line.clone()))
        }
        _ => None,
    });
    let Some((start, line)) = found else {
        let end = beats.back().map_or(0.0, |b| b.at);
        beats.pop_back();
        beats.retain(|b| !matches!(b.what, What::Change(Change::Persist(_) | Change::Destroy)));
        beats.push_back(finish(end));
        return;
    };
    let done = What::Line(line.with(Progress::Finished));
    let end = beats
        .iter()
        .position(|b| matches!((&b.what, &done), (What::Line(a), What::Line(b)) if a == b))
        .unwrap_or(start + 1);
    let at = beats.get(end).map_or(0.0, |b| b.at);
    beats.truncate(end);
    // What happens beside the failing task at the same time stays; what belongs to it doesn't.
    beats.push_back(Beat {
        at,
        what: What::Line(line.with(Progress::Failed(message.to_owned()))),
    });
    beats.push_back(finish(at));
}
