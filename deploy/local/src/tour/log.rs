//! The event log of a task, read without the broker's own code: a witness has to be somebody else.

use serde::Deserialize;
use std::collections::BTreeMap;

/// A step of a stage began, went on or ended.
#[derive(Debug, Deserialize)]
struct Step {
    time: i64,
    stage: String,
    tags: Vec<String>,
    total: u64,
    task: String,
    index: u64,
    state: String,
    progress: u64,
}

/// The note for each moment of the log, in order: whoever looks while the task runs sees one of them.
pub(super) fn moments(events: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let mut stage = (String::new(), Vec::new());
    let mut announced = 0;
    let mut steps = BTreeMap::new();
    for step in steps_of(events) {
        let at = (step.stage, step.tags);
        if at != stage {
            (stage, announced) = (at, 0);
            steps.clear();
        }
        announced = announced.max(step.total).max(step.index);
        let over = matches!(step.state.as_str(), "finished" | "failed");
        steps.insert(step.index, if over { 100 } else { step.progress });
        let (name, tags) = &stage;
        let mut note = name.clone();
        if announced > 1 {
            note += &format!(" {} of {announced}", steps.len());
        }
        let canary = step.task.ends_with("(canary)").then_some("canary");
        let about: Vec<&str> = tags.iter().map(String::as_str).chain(canary).collect();
        if !about.is_empty() {
            note += &format!(" ({})", about.join(", "));
        }
        let percent = steps.values().sum::<u64>() / announced.max(1);
        if (1..100).contains(&percent) {
            note += &format!(", {percent} %");
        }
        notes.push(note);
    }
    notes
}

/// Seconds from the first step to the last, by the log's clock, which has whole seconds: one more or less is true.
pub(super) fn seconds(events: &str) -> i64 {
    let times: Vec<i64> = steps_of(events).map(|step| step.time).collect();
    match (times.first(), times.last()) {
        (Some(first), Some(last)) => last - first,
        _ => 0,
    }
}

/// How many steps of a stage have ended well.
pub(super) fn finished(events: &str, stage: &str) -> usize {
    let own = steps_of(events).filter(|step| step.stage == stage);
    own.filter(|step| step.state == "finished").count()
}

/// All lines but the error at the end.
fn steps_of(events: &str) -> impl Iterator<Item = Step> {
    events.lines().filter_map(|line| serde_json::from_str(line).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_moment_has_its_note() {
        let log = r#"
{"time":10,"stage":"Preparing deployment","tags":[],"total":1,"task":"Preparing deployment","index":1,"state":"finished","progress":100}
{"time":10,"stage":"Preparing deployment","tags":[],"total":1,"task":"Rendering templates","index":2,"state":"started","progress":0}
{"time":11,"stage":"Updating instance","tags":["kv"],"total":3,"task":"kv/a (0) (canary)","index":1,"state":"finished","progress":100}
{"time":12,"stage":"Updating instance","tags":["kv"],"total":3,"task":"kv/b (1)","index":2,"state":"in_progress","progress":35}
{"time":14,"error":{"code":10001,"message":"Task 1 cancelled"}}
"#;
        assert_eq!(
            moments(log),
            [
                "Preparing deployment",
                "Preparing deployment 2 of 2, 50 %",
                "Updating instance 1 of 3 (kv, canary), 33 %",
                "Updating instance 2 of 3 (kv), 45 %",
            ]
        );
        assert_eq!(seconds(log), 2);
        let finished = |stage| finished(log, stage);
        assert_eq!((finished("Updating instance"), finished("Creating vms")), (1, 0));
        assert_eq!((moments(""), seconds("")), (vec![], 0));
    }
}
