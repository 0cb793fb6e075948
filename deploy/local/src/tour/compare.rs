//! What was printed against what the Director did: any line without a counterpart is a difference.

use super::log;
use super::notes::{is_stage, note, number};
use super::osb::Poll;
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
    pub(super) beside: Beside,
    pub(super) seen: Seen,
}

/// What an operation does besides its deployment, if it comes so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Beside {
    /// The errands that the Director runs, in order.
    pub(super) errands: Vec<String>,
    /// Whether the instance has a UAA client, about which there may be notes.
    pub(super) client: bool,
    /// Notes of the broker's own that have to be printed, in order.
    pub(super) notes: Vec<String>,
}

/// What the platform asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Update,
    Upgrade,
    Recreate,
    Delete,
}

/// A task, as the control API of the simulated Director shows it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Task {
    pub(super) id: u64,
    pub(super) kind: String,
    pub(super) state: String,
    /// Names the errand, for one.
    pub(super) description: String,
    pub(super) result: Option<String>,
    pub(super) deployment: String,
    /// The event log, a line of JSON each.
    pub(super) events: String,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (task {}, {})", self.what(), self.id, self.state)
    }
}

impl Task {
    /// Its kind, and which errand it is.
    pub(super) fn what(&self) -> String {
        match self.description.strip_prefix("run errand ") {
            Some(rest) => format!("errand {}", rest.split(' ').next().unwrap_or_default()),
            None => self.kind.clone(),
        }
    }
}

impl Kind {
    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Create => "create",
            Kind::Update => "update",
            Kind::Upgrade => "upgrade",
            Kind::Recreate => "recreate",
            Kind::Delete => "delete",
        }
    }

    /// The kind of the Director's task.
    fn task(self) -> &'static str {
        match self {
            Kind::Create | Kind::Update | Kind::Upgrade => "deploy",
            Kind::Recreate => "change",
            Kind::Delete => "delete",
        }
    }

    /// How each description begins while it runs.
    pub(super) fn opening(self) -> &'static str {
        match self {
            Kind::Create => "Instance provisioning in progress",
            Kind::Update => "Instance update in progress",
            Kind::Upgrade => "Instance upgrade in progress",
            Kind::Recreate => "Instance recreate in progress",
            Kind::Delete => "Instance deletion in progress",
        }
    }

    /// The state of the task of an operation that ended so, as far as it was watched.
    fn state(self, end: &Poll) -> Option<&'static str> {
        match (self, end) {
            (Kind::Create | Kind::Update | Kind::Upgrade | Kind::Recreate, Poll::Succeeded(_))
            | (Kind::Delete, Poll::Gone) => Some("done"),
            (_, Poll::Failed(_)) => Some("error"),
            // Nobody looked on because the delete came.
            (Kind::Create | Kind::Update | Kind::Upgrade | Kind::Recreate, Poll::InProgress(_)) => Some("cancelled"),
            (Kind::Create | Kind::Update | Kind::Upgrade | Kind::Recreate, Poll::Gone)
            | (Kind::Delete, Poll::Succeeded(_) | Poll::InProgress(_)) => None,
        }
    }
}

impl Operation {
    /// What the Director has to have done for it, each with its state: errands follow what went well, or go before a
    /// deletion.
    fn tasks(&self) -> Option<Vec<(String, &'static str)>> {
        let state = self.kind.state(&self.seen.end)?;
        let own = (self.kind.task().to_owned(), state);
        let errands = self.beside.errands.iter().filter(|_| state == "done");
        let errands = errands.map(|name| (format!("errand {name}"), "done"));
        Some(match self.kind {
            Kind::Create | Kind::Update | Kind::Upgrade | Kind::Recreate => [own].into_iter().chain(errands).collect(),
            Kind::Delete => errands.chain([own]).collect(),
        })
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
fn stands_still(Operation { kind, seen, .. }: &Operation) -> bool {
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
    for operation in operations {
        match operation.tasks() {
            Some(tasks) => expected.push(tasks),
            None => wrong.push(format!(
                "no {} task can end with {:?}",
                operation.kind.task(),
                operation.seen.end
            )),
        }
    }
    let found = tasks.iter().map(|task| (task.what(), task.state.as_str()));
    let fits = expected.len() == operations.len() && found.eq(expected.concat());
    if !fits && wrong.is_empty() {
        let found: Vec<String> = tasks.iter().map(|task| task.to_string()).collect();
        let expected = expected.concat();
        wrong.push(format!("what was printed means {expected:?}, and there are {found:?}"));
    }
    let mut rest = tasks;
    for (n, operation) in operations.iter().enumerate() {
        let own: Vec<&Task> = match fits {
            true => {
                let own;
                (own, rest) = rest.split_at(expected[n].len());
                own.to_vec()
            }
            false => {
                let of_kind = |task: &&&Task| task.kind == operation.kind.task() || task.kind == "errand";
                tasks.iter().filter(of_kind).copied().collect()
            }
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

/// `own` are its tasks; `tasks` all of the instance.
fn of_operation(Operation { kind, beside, seen }: &Operation, own: &[&Task], tasks: &[&Task]) -> Vec<String> {
    let moments: Vec<String> = own.iter().flat_map(|task| log::moments(&task.events)).collect();
    let mut wrong = Vec::new();
    for text in &seen.notes {
        match note(*kind, text) {
            Err(()) => wrong.push(format!("{text:?} was printed of a {kind:?}")),
            Ok(note) if is_stage(note) && !moments.iter().any(|moment| moment == note) => wrong.push(format!(
                "{text:?} was printed, and at no moment does the log of a {} task say so",
                kind.task()
            )),
            Ok(note) => wrong.extend(of_own_note(note, beside, tasks)),
        }
    }
    let mut printed = seen.notes.iter().filter_map(|text| note(*kind, text).ok());
    let missing = beside.notes.iter().find(|wanted| !printed.any(|note| note == *wanted));
    wrong.extend(missing.map(|note| format!("{note:?} was not printed, or not in its turn: {:?}", seen.notes)));
    if let Poll::Failed(text) = &seen.end
        && let Some(id) = number(text, "task-id: ")
        && !own.iter().any(|task| task.id == id && task.state == "error")
    {
        wrong.push(format!("{text:?} was printed, and no such task failed"));
    }
    let mut deployments = own.iter().filter(|task| task.kind == kind.task());
    let long = deployments.any(|task| log::seconds(&task.events) >= LONG_LOG);
    if long && seen.took > LONG && !seen.notes.iter().any(|text| names_a_stage(*kind, text)) {
        wrong.push(format!(
            "no note named a stage of the {} task: {:?}",
            kind.task(),
            seen.notes
        ));
    }
    wrong
}

/// What the broker says by itself names only what there is.
fn of_own_note(note: &str, beside: &Beside, tasks: &[&Task]) -> Option<String> {
    let foreign_task = number(note, "BOSH task ").is_some_and(|id| !tasks.iter().any(|task| task.id == id));
    let errand = note.strip_prefix("running errand ");
    let foreign_errand = errand.is_some_and(|name| !beside.errands.iter().any(|it| it == name));
    let foreign_client = note.ends_with(" UAA client") && !beside.client;
    [
        (foreign_task, "no such task is the instance's"),
        (foreign_errand, "no such errand is its plan's"),
        (foreign_client, "instances have none"),
    ]
    .into_iter()
    .find(|(is_so, _)| *is_so)
    .map(|(_, why)| format!("{note:?} was printed, and {why}"))
}

fn notes(operations: &[Operation]) -> Vec<&String> {
    operations.iter().flat_map(|it| &it.seen.notes).collect()
}

#[cfg(test)]
mod tests;
