//! What to do about a task-starting leg: by the first line that fits.
use chandler_proto::ids::Millis;
use std::time::Duration;

/// How a task of ours stands, as far as the table needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Queued, processing or cancelling.
    Active,
    /// Ended well.
    Done,
    /// Nothing ran: the deployment's lock was not to be had.
    NoLock,
    /// The Director itself failed: `timeout`, or `error` without a word about the cause.
    Fault,
    /// The deployment failed.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

/// One task of the leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    /// Its id.
    pub id: u64,
    /// How it stands.
    pub end: End,
    /// When it ended, by the Director's clock.
    pub ended: Option<Millis>,
    /// Active, and already asked to stop.
    pub cancelling: bool,
    /// Active, and a worker of the Director has it: its log says something.
    pub processing: bool,
}

/// Everything the table looks at.
#[derive(Clone, Debug)]
pub struct Sight {
    /// The leg's own tasks, newest first.
    pub own: Vec<Own>,
    /// Active tasks of the deployment that earlier jobs of the instance started, and that nobody has cancelled yet.
    pub replaced: Vec<u64>,
    /// The newest active task of the deployment, whoever started it.
    pub active: Option<u64>,
    /// Who holds the deployment's lock, if it is held (and may be seen).
    pub locked: Option<String>,
    /// Whether the deployment is there.
    pub exists: bool,
    /// When the job last wrote its record: pauses count from here, too, should the Director's clock be ahead of ours.
    pub touched: Millis,
}

/// How much time the job has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// It may go on.
    Within,
    /// The deadline is past: what runs is cancelled, nothing is started.
    Expired,
    /// Even the cancelling has had its time.
    GivenUp,
}

/// What kind of leg asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    /// A deploy, or a recreate.
    Deploy,
    /// An errand: what may have run isn't run again.
    Errand,
    /// A delete.
    Delete {
        /// `force=true` in the request.
        force: bool,
        /// The instance once reached `succeeded`.
        ever_succeeded: bool,
    },
}

impl Leg {
    /// Whether it is over when the deployment is.
    pub(super) fn deletes(self) -> bool {
        match self {
            Leg::Deploy | Leg::Errand => false,
            Leg::Delete { .. } => true,
        }
    }
}

/// What the table says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// Cancel this task; nothing else before it has ended.
    Cancel(u64),
    /// A task runs.
    WaitForTask(u64),
    /// The lock is held.
    WaitForLock(String),
    /// Too early for the next attempt.
    BackOff(Duration),
    /// Start the task.
    Start {
        /// With `force=true`.
        force: bool,
    },
    /// The leg is done.
    Done,
    /// This task of ours ended badly, and that is the end.
    Failed(u64),
    /// The deadline is past, and nothing of ours runs any more.
    TimedOut,
}

/// How often a task that ended by a fault is started in all.
pub const ATTEMPTS: usize = 3;

/// The table of the design, line by line.
pub fn decide(leg: Leg, sight: &Sight, now: Millis, time: Time) -> Row {
    let ours = sight.own.iter().find(|t| t.end == End::Active);
    if let Some(task) = sight.active.or(ours.map(|t| t.id)) {
        return while_active(task, ours, sight, time);
    }
    let deletes = leg.deletes();
    let done = sight.own.iter().any(|t| t.end == End::Done);
    if !deletes && done || deletes && !sight.exists && sight.locked.is_none() {
        return Row::Done;
    }
    if time != Time::Within {
        return Row::TimedOut;
    }
    if let Some(holder) = &sight.locked {
        return Row::WaitForLock(holder.clone());
    }
    // What an errand did is done, even if a late request for another run of it met a lock afterwards.
    let ran = sight.own.iter().find(|t| leg == Leg::Errand && t.end != End::NoLock);
    let Some(newest) = ran.or(sight.own.first()) else {
        return Row::Start {
            force: wants_force(leg, 0),
        };
    };
    let bad_ends = sight
        .own
        .iter()
        .filter(|t| matches!(t.end, End::Fault | End::Failed))
        .count();
    let again = match (newest.end, leg) {
        (End::NoLock, _) => true,
        (End::Done, Leg::Delete { .. }) => true, // it says done, and the deployment is there: again
        (End::Fault, Leg::Deploy | Leg::Delete { .. }) => bad_ends < ATTEMPTS,
        (End::Fault, Leg::Errand) => false,
        (
            End::Failed,
            Leg::Delete {
                ever_succeeded: false, ..
            },
        ) => bad_ends < ATTEMPTS,
        (End::Failed | End::Cancelled, _) | (End::Done, Leg::Deploy | Leg::Errand) => false,
        (End::Active, _) => return Row::WaitForTask(newest.id),
    };
    if !again {
        return Row::Failed(newest.id);
    }
    let pause = Duration::from_secs(2u64 << sight.own.len().min(5));
    let waited = newest
        .ended
        .map_or(pause, |ended| now.since(ended))
        .max(now.since(sight.touched));
    if waited < pause {
        Row::BackOff(pause - waited)
    } else {
        Row::Start {
            force: wants_force(leg, bad_ends),
        }
    }
}

/// A task of the deployment is active, ours or somebody's.
fn while_active(task: u64, ours: Option<&Own>, sight: &Sight, time: Time) -> Row {
    let replaced = sight.replaced.first().copied();
    match (time, ours) {
        (Time::Within, _) => replaced.map_or(Row::WaitForTask(task), Row::Cancel),
        (Time::Expired, Some(own)) if !own.cancelling => Row::Cancel(own.id),
        (Time::Expired, Some(own)) => Row::WaitForTask(own.id),
        // Somebody else's task: the deadline doesn't wait for it.
        (Time::Expired, None) => replaced.map_or(Row::TimedOut, Row::Cancel),
        (Time::GivenUp, _) => Row::TimedOut,
    }
}

fn wants_force(leg: Leg, bad_ends: usize) -> bool {
    match leg {
        Leg::Deploy | Leg::Errand => false,
        Leg::Delete { force, ever_succeeded } => force || !ever_succeeded && bad_ends + 1 >= ATTEMPTS,
    }
}

#[cfg(test)]
mod tests;
