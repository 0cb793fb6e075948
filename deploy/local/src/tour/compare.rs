//! What was printed against what the Director did: any line without a counterpart is a difference.

use super::log;
use super::platform::Poll;
use super::watch::Seen;
use serde::Deserialize;
use std::fmt;
use std::time::Duration;

/// What a story printed about its instance.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) instance: String,
    /// In the order of the calls.
    pub(super) operations: Vec<Operation>,
}

/// One call and how it went.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) kind: Kind,
    pub(super) seen: Seen,
}

/// What the platform asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Update,
    Delete,
}

/// A task, as the control API of the simulated Director shows it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Task {
    pub(super) id: u64,
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) deployment: String,
    /// The event log, a line of JSON each.
    pub(super) events: String,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (task {}, {})", self.kind, self.id, self.state)
    }
}

impl Kind {
    /// The kind of the Director's task.
    fn task(self) -> &'static str {
        match self {
            Kind::Create | Kind::Update => "deploy",
            Kind::Delete => "delete",
        }
    }

    /// How each description begins while it runs.
    fn opening(self) -> &'static str {
        match self {
            Kind::Create => "Instance provisioning in progress",
            Kind::Update => "Instance update in progress",
            Kind::Delete => "Instance deletion in progress",
        }
    }

    /// The state of the task of an operation that ended so, as far as it was watched.
    fn state(self, end: &Poll) -> Option<&'static str> {
        match (self, end) {
            (Kind::Create | Kind::Update, Poll::Succeeded(_)) | (Kind::Delete, Poll::Gone) => Some("done"),
            (Kind::Create | Kind::Update | Kind::Delete, Poll::Failed(_)) => Some("error"),
            // Nobody looked on because the delete came.
            (Kind::Create | Kind::Update, Poll::InProgress(_)) => Some("cancelled"),
            (Kind::Create | Kind::Update, Poll::Gone) | (Kind::Delete, Poll::Succeeded(_) | Poll::InProgress(_)) => {
                None
            }
        }
    }
}

/// From here on somebody who looks on has to see something.
const LONG: Duration = Duration::from_secs(1);

/// The same by the log's clock: two of its whole seconds are more than one.
const LONG_LOG: i64 = 2;

/// All that was printed and isn't so, and all that is so and wasn't printed; nothing if all is well.
pub(super) fn differences(told: &[Told], tasks: &[Task]) -> Vec<String> {
    let mut wrong: Vec<String> = told
        .iter()
        .flat_map(|told| of_instance(told, &of(told, tasks)))
        .collect();
    let ours = |task: &Task| told.iter().any(|told| deployment(&told.instance) == task.deployment);
    let others = tasks.iter().filter(|task| !ours(task));
    wrong.extend(others.map(|task| format!("{task} of {:?}, which is none of ours", task.deployment)));
    // A tour without a single change in a task's note has shown nobody how far anything was.
    if wrong.is_empty() && told.iter().flat_map(|told| &told.operations).all(stands_still) {
        wrong.push("no operation's note ever went on from one moment of a task to another".into());
    }
    wrong
}

/// Whether it lasted and yet told of one moment of its task at most.
fn stands_still(Operation { kind, seen }: &Operation) -> bool {
    let mut staged = seen.notes.iter().filter_map(|text| note(*kind, text).ok());
    let first = staged.find(|note| is_stage(note));
    seen.took > LONG && !staged.any(|note| is_stage(note) && Some(note) != first)
}

/// The tasks of the instance, oldest first.
pub(super) fn of<'a>(told: &Told, tasks: &'a [Task]) -> Vec<&'a Task> {
    let name = deployment(&told.instance);
    tasks.iter().filter(|task| task.deployment == name).collect()
}

/// How many of its notes name a stage, and how many there are.
pub(super) fn counted(told: &Told) -> (usize, usize) {
    let notes = || {
        told.operations
            .iter()
            .flat_map(|it| it.seen.notes.iter().map(|text| (it.kind, text)))
    };
    let staged = notes().filter(|(kind, text)| names_a_stage(*kind, text)).count();
    (staged, notes().count())
}

/// Whether the description tells of a stage of a task, rather than of the broker's own doings.
pub(super) fn names_a_stage(kind: Kind, text: &str) -> bool {
    note(kind, text).is_ok_and(is_stage)
}

/// The name of its deployment.
pub(super) fn deployment(instance: &str) -> String {
    format!("service-instance_{instance}")
}

fn of_instance(told: &Told, tasks: &[&Task]) -> Vec<String> {
    let Told { instance, operations } = told;
    let mut wrong = Vec::new();
    let mut expected = Vec::new();
    for Operation { kind, seen } in operations {
        match kind.state(&seen.end) {
            Some(state) => expected.push((kind.task(), state)),
            None => wrong.push(format!("no {} task can end with {:?}", kind.task(), seen.end)),
        }
    }
    let found = tasks.iter().map(|task| (task.kind.as_str(), task.state.as_str()));
    let fits = found.eq(expected.iter().copied());
    if !fits {
        let found: Vec<String> = tasks.iter().map(|task| task.to_string()).collect();
        wrong.push(format!("what was printed means {expected:?}, and there are {found:?}"));
    }
    for (n, operation) in operations.iter().enumerate() {
        let of_kind = tasks.iter().filter(|task| task.kind == operation.kind.task());
        let own = match fits {
            true => vec![tasks[n]],
            false => of_kind.copied().collect(),
        };
        wrong.extend(of_operation(operation, &own, tasks));
    }
    let took: Duration = operations.iter().map(|it| it.seen.took).sum();
    if took > LONG && counted(told).0 == 0 {
        wrong.push(format!(
            "no note named a stage in {:.1} s: {:?}",
            took.as_secs_f64(),
            notes(operations)
        ));
    }
    if operations
        .iter()
        .all(|it| it.seen.notes.windows(2).all(|two| two[0] == two[1]))
    {
        wrong.push(format!("its notes never changed: {:?}", notes(operations)));
    }
    wrong.into_iter().map(|text| format!("{instance}: {text}")).collect()
}

/// `own` are its tasks, one if all is well; `tasks` all of the instance.
fn of_operation(Operation { kind, seen }: &Operation, own: &[&Task], tasks: &[&Task]) -> Vec<String> {
    let moments: Vec<String> = own.iter().flat_map(|task| log::moments(&task.events)).collect();
    let mut wrong = Vec::new();
    for text in &seen.notes {
        match note(*kind, text) {
            Err(()) => wrong.push(format!("{text:?} was printed of a {kind:?}")),
            Ok(note) if is_stage(note) && !moments.iter().any(|moment| moment == note) => wrong.push(format!(
                "{text:?} was printed, and at no moment does the log of a {} task say so",
                kind.task()
            )),
            Ok(note) => {
                if let Some(id) = number(note, "BOSH task ")
                    && !tasks.iter().any(|task| task.id == id)
                {
                    wrong.push(format!("{text:?} was printed, and no such task is the instance's"));
                }
            }
        }
    }
    if let Poll::Failed(text) = &seen.end
        && let Some(id) = number(text, "task-id: ")
        && !own.iter().any(|task| task.id == id && task.state == "error")
    {
        wrong.push(format!("{text:?} was printed, and no such task failed"));
    }
    let long = own.iter().any(|task| log::seconds(&task.events) >= LONG_LOG);
    if long && seen.took > LONG && !seen.notes.iter().any(|text| names_a_stage(*kind, text)) {
        wrong.push(format!(
            "no note named a stage of the {} task: {:?}",
            kind.task(),
            seen.notes
        ));
    }
    wrong
}

fn notes(operations: &[Operation]) -> Vec<&String> {
    operations.iter().flat_map(|it| &it.seen.notes).collect()
}

/// What the description says beyond that it runs, and since when; empty if that is all.
fn note(kind: Kind, text: &str) -> Result<&str, ()> {
    let rest = text.strip_prefix(kind.opening()).ok_or(())?;
    let rest = match (rest.ends_with(" so far)"), rest.rfind(" (")) {
        (true, Some(at)) => &rest[..at],
        _ => rest,
    };
    match rest {
        "" => Ok(""),
        rest => rest.strip_prefix(": ").ok_or(()),
    }
}

/// The Director writes its stages with a capital; the broker's own notes have none, but for the name of BOSH.
fn is_stage(note: &str) -> bool {
    note.starts_with(char::is_uppercase) && !note.starts_with("BOSH task ")
}

/// The number after `mark`.
fn number(text: &str, mark: &str) -> Option<u64> {
    let (_, rest) = text.split_once(mark)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests;
