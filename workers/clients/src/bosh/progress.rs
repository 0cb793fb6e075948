//! How far a task is, from its event lines, in words for platform users.

use std::collections::BTreeMap;

use super::redact::without_uuids;
use super::{Event, StepEvent, StepState};
use crate::text;

/// The most bytes of a note.
const MAX_NOTE: usize = 200;

/// How far a task is. Fold the lines in as they come; only the stage of the newest line is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    stage: Option<Stage>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Stage {
    name: String,
    tags: Vec<String>,
    total: u64,
    /// Per cent of each step, by its number.
    steps: BTreeMap<u64, u64>,
    canary: bool,
}

impl Progress {
    /// The progress that these lines describe.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut progress = Self::default();
        for event in events {
            progress.apply(event);
        }
        progress
    }

    /// Takes in the next line.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Step(step) => self.apply_step(step),
            Event::Error(_) | Event::Other => {}
        }
    }

    fn apply_step(&mut self, step: &StepEvent) {
        let same = |stage: &Stage| stage.name == step.stage && stage.tags == step.tags;
        let mut stage = self.stage.take().filter(same).unwrap_or_else(|| Stage {
            name: step.stage.clone(),
            tags: step.tags.clone(),
            total: 0,
            steps: BTreeMap::new(),
            canary: false,
        });
        stage.total = stage.total.max(step.total.unwrap_or_default()).max(step.index);
        stage.canary = step.task.ends_with("(canary)");
        let percent = match step.state {
            StepState::Started | StepState::InProgress => step.progress,
            StepState::Finished | StepState::Failed => 100,
        };
        stage.steps.insert(step.index, percent);
        self.stage = Some(stage);
    }

    /// The name of the stage, as the Director gives it.
    pub fn stage(&self) -> Option<&str> {
        self.stage.as_ref().map(|stage| stage.name.as_str())
    }

    /// Per cent of the stage, 0 to 100. Of the whole task nothing is known: how many stages will come isn't said.
    pub fn percent(&self) -> Option<u64> {
        let stage = self.stage.as_ref()?;
        let sum: u64 = stage.steps.values().sum();
        Some((sum / stage.total.max(1)).min(100))
    }

    /// A line for users, `Updating instance 2 of 3 (node, canary), 45 %` for example; without ids of VMs, and without messages.
    pub fn note(&self) -> Option<String> {
        let stage = self.stage.as_ref()?;
        let mut note = clean(&stage.name);
        if stage.total > 1 {
            let current = (stage.steps.len() as u64).clamp(1, stage.total);
            note.push_str(&format!(" {current} of {}", stage.total));
        }
        let mut about: Vec<String> = stage.tags.iter().map(|tag| clean(tag)).collect();
        if stage.canary {
            about.push("canary".to_owned());
        }
        if !about.is_empty() {
            note.push_str(&format!(" ({})", about.join(", ")));
        }
        if let Some(percent) = self.percent().filter(|percent| (1..100).contains(percent)) {
            note.push_str(&format!(", {percent} %"));
        }
        Some(text::cut(&note, MAX_NOTE))
    }
}

/// One line without UUIDs: some stages carry an instance's in their names.
fn clean(name: &str) -> String {
    without_uuids(name).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(lines: &[&str]) -> Vec<String> {
        let mut progress = Progress::default();
        lines
            .iter()
            .map(|line| {
                progress.apply(&Event::parse(line));
                progress.note().unwrap_or_default()
            })
            .collect()
    }

    #[test]
    fn follows_an_update() {
        let lines = [
            r#"{"time":1,"stage":"Preparing deployment","tags":[],"total":1,"task":"Preparing deployment","index":1,"state":"started","progress":0}"#,
            r#"{"time":1,"stage":"Updating instance","tags":["node"],"total":3,"task":"node/7f3c8f52-0c47-4b1e-9d6e-0a1f5f2c9f11 (0) (canary)","index":1,"state":"started","progress":0}"#,
            r#"{"time":1,"stage":"Updating instance","tags":["node"],"total":3,"task":"node/7f3c8f52-0c47-4b1e-9d6e-0a1f5f2c9f11 (0) (canary)","index":1,"state":"in_progress","progress":50,"data":{"status":"installing packages"}}"#,
            r#"{"time":1,"stage":"Updating instance","tags":["node"],"total":3,"task":"node/7f3c8f52-0c47-4b1e-9d6e-0a1f5f2c9f11 (0) (canary)","index":1,"state":"finished","progress":100}"#,
            r#"{"time":1,"stage":"Updating instance","tags":["node"],"total":3,"task":"node/8f3c8f52-0c47-4b1e-9d6e-0a1f5f2c9f11 (1)","index":2,"state":"in_progress","progress":30}"#,
            r#"{"time":1,"stage":"Fetching logs for smoke/7f3c8f52-0c47-4b1e-9d6e-0a1f5f2c9f11 (0)","tags":[],"total":1,"task":"x","index":1,"state":"started","progress":0}"#,
        ];
        assert_eq!(
            notes(&lines),
            [
                "Preparing deployment",
                "Updating instance 1 of 3 (node, canary)",
                "Updating instance 1 of 3 (node, canary), 16 %",
                "Updating instance 1 of 3 (node, canary), 33 %",
                "Updating instance 2 of 3 (node), 43 %",
                "Fetching logs for smoke (0)",
            ]
        );
    }

    #[test]
    fn copes_with_wrong_and_missing_totals() {
        let lines = [
            r#"{"time":1,"stage":"Preparing deployment","tags":[],"total":1,"task":"a","index":1,"state":"finished","progress":100}"#,
            r#"{"time":1,"stage":"Preparing deployment","tags":[],"total":1,"task":"b","index":2,"state":"started","progress":0}"#,
            r#"{"time":1,"stage":"Deleting properties","tags":[],"total":0,"task":"Destroying deployment","index":1,"state":"started","progress":0}"#,
            r#"{"time":1,"stage":"Odd","tags":[],"total":null,"task":"x","index":0,"state":"finished","progress":100}"#,
            "not json",
            r#"{"time":1,"type":"deprecation","message":"old"}"#,
        ];
        assert_eq!(
            notes(&lines),
            [
                "Preparing deployment",
                "Preparing deployment 2 of 2, 50 %",
                "Deleting properties",
                "Odd",
                "Odd",
                "Odd"
            ]
        );
    }

    #[test]
    fn the_message_of_a_failure_is_not_shown() {
        let lines = [
            r#"{"time":1,"stage":"Creating missing vms","tags":[],"total":1,"task":"node/x","index":1,"state":"failed","progress":100,"data":{"error":"/director/lib/x.rb:87"}}"#,
            r#"{"time":1,"error":{"code":100,"message":"/director/lib/x.rb:87"}}"#,
        ];
        assert_eq!(notes(&lines), ["Creating missing vms", "Creating missing vms"]);
    }
}
