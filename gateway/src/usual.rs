//! How long operations usually take, by those that went well: what polls are told of it. Pure.
use chandler_proto::{
    ids::{JobId, Millis},
    job::{Job, State},
    operation::Operation,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

/// So many of the newest operations of a kind count.
const WINDOW: usize = 32;
/// No poll is told to come again later than this, seconds.
const LONGEST_RETRY: u64 = 300;
/// A poll comes again after this part of what is left.
const PART: u32 = 4;

/// The plan's id, and the letter of what was done to an instance of it.
type Kind = (Arc<str>, char);

/// How long the newest operations of each kind took.
#[derive(Debug, Default)]
pub(crate) struct Usual(HashMap<Kind, BTreeMap<(Millis, JobId), Duration>>);

/// How far an operation is in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Since it was accepted.
    pub(crate) so_far: Duration,
    /// What it usually takes, if that is known.
    pub(crate) usual: Option<Duration>,
}

impl Usual {
    /// Learns of a job as it is in the record of an instance of `plan`. The same job may come again, and in any order.
    pub(crate) fn learn(&mut self, plan: &Arc<str>, job: &Job) {
        let State::Succeeded { at } = job.state else { return };
        // Bindings take seconds. The end of a further round says nothing about the deletion itself.
        if job.operation.of_binding() || job.round > 0 {
            return;
        }
        let window = self.0.entry((plan.clone(), job.operation.letter())).or_default();
        window.insert((at, job.id), at.since(job.accepted_at));
        if window.len() > WINDOW {
            window.pop_first();
        }
    }

    /// The median of the newest ones.
    pub(crate) fn of(&self, plan: &Arc<str>, operation: Operation) -> Option<Duration> {
        let window = self.0.get(&(plan.clone(), operation.letter()))?;
        let mut all: Vec<Duration> = window.values().copied().collect();
        all.sort_unstable();
        let (below, above) = (all.get(all.len().checked_sub(1)? / 2)?, all.get(all.len() / 2)?);
        Some((*below + *above) / 2)
    }

    /// Begins anew.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }
}

impl Pace {
    /// The line for people; nothing in the first minute of what nobody knows.
    pub(crate) fn words(self) -> Option<String> {
        let so_far = minutes(self.so_far).map(|span| format!("{span} so far"));
        let usual = self.usual.map(|usual| {
            let rounded = usual.as_secs().saturating_add(30) / 60;
            let told = rounded.max(1);
            let span = minutes(Duration::from_secs(told * 60)).unwrap_or_default();
            match (self.so_far.as_secs() / 60 > told, rounded) {
                (true, _) => format!("longer than the usual {span}"),
                (false, 0) => format!("usually under {span}"),
                (false, _) => format!("usually about {span}"),
            }
        });
        let words = [so_far, usual].into_iter().flatten().collect::<Vec<_>>().join(", ");
        Some(words).filter(|words| !words.is_empty())
    }

    /// When to poll again, seconds. `least` is for whatever may end any moment, or is not known.
    pub(crate) fn retry_after(self, least: u64) -> u64 {
        let left = self.usual.unwrap_or_default().saturating_sub(self.so_far);
        (left / PART).as_secs().max(least).min(LONGEST_RETRY)
    }
}

fn minutes(span: Duration) -> Option<String> {
    match (span.as_secs() / 3600, span.as_secs() / 60 % 60) {
        (0, 0) => None,
        (0, minutes) => Some(format!("{minutes} min")),
        (hours, 0) => Some(format!("{hours} h")),
        (hours, minutes) => Some(format!("{hours} h {minutes} min")),
    }
}

#[cfg(test)]
mod tests;
