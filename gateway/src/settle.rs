//! After a compare-and-set whose outcome nobody learnt: look when the bus is back, and take the job back if nobody
//! has begun it and nobody was told of it.
use crate::{admit::never_mind, answer::Trouble, desk::Desk};
use chandler_bus::WriteError;
use chandler_proto::{events, ids::Millis, job::State, layout::Key, records::Record};
use std::{sync::Arc, time::Duration};
use tracing::Instrument as _;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// How long one look may take.
const LOOK: Duration = Duration::from_secs(5);

/// What was there before, and what we tried to put over it.
struct Unsettled {
    ours: Record,
    earlier: Option<Record>,
    over: u64,
}

/// What a look tells to do.
#[derive(Debug, PartialEq)]
enum Next {
    /// Write this over what was seen.
    Write(Box<Record>),
    /// The job goes on.
    Ring,
    Nothing,
}

/// Settles it in the background, until the gateway stops. (What is left then the sweep of another gateway rings.)
pub(crate) fn later(desk: &Arc<Desk>, key: &Key, ours: Record, earlier: Option<Record>, over: u64) {
    let it = Unsettled { ours, earlier, over };
    let (desk_, key) = (desk.clone(), key.clone());
    desk.tasks
        .spawn(async move { it.settle(&desk_, &key).await }.in_current_span());
}

impl Unsettled {
    async fn settle(&self, desk: &Desk, key: &Key) {
        while !desk.shutdown.is_cancelled() {
            desk.clock.sleep(PAUSE).await;
            let found = match desk.find(key, desk.end_of(LOOK)).await {
                Ok(found) => found,
                // It was said in the log. No other look would read more, and what can't be read isn't written over.
                Err(Trouble::Unusable) => {
                    desk.metrics.settled("left");
                    return;
                }
                Err(
                    Trouble::BusAway
                    | Trouble::Uncertain
                    | Trouble::Replaced
                    | Trouble::Incomplete
                    | Trouble::OutOfTime
                    | Trouble::BindTooSlow
                    | Trouble::UnbindTooSlow
                    | Trouble::Defect,
                ) => continue,
            };
            match self.next(found.record.as_ref(), found.revision, desk.now()) {
                Next::Nothing => {
                    desk.metrics.settled("left");
                    return;
                }
                Next::Ring => {
                    desk.metrics.settled("left");
                    if let Some(record) = &found.record {
                        desk.ring(record, found.revision).await;
                    }
                    return;
                }
                Next::Write(record) => match desk.bus.write(key, record.bytes().into(), found.revision).await {
                    Ok(revision) => {
                        tracing::info!(job = %self.ours.job.id, revision, "a job that nobody was told of was taken back");
                        desk.metrics.settled("taken back");
                        desk.view.learn(&record, revision);
                        desk.tell(events::WITHDRAWN, &record);
                        return;
                    }
                    // Looked at again, our own attempt among what may be there.
                    Err(WriteError::Conflict | WriteError::Unknown(_) | WriteError::NotSent(_)) => {}
                    Err(WriteError::Refused(fault)) => {
                        tracing::error!(fault, "a job can't be taken back");
                        return;
                    }
                },
            }
        }
    }

    /// Pure. When our write isn't there it may still come, so what was there is written once more: a late one then
    /// names a revision that has passed.
    fn next(&self, record: Option<&Record>, revision: u64, now: Millis) -> Next {
        let arrived = record.is_some_and(|record| record.job.id == self.ours.job.id);
        let begun = record.is_some_and(|record| record.job.accepted_revision.is_some() || record.job.turns > 0);
        let cancels = self
            .earlier
            .as_ref()
            .is_some_and(|earlier| earlier.job.state == State::Running);
        // A DELETE for an unknown id changes nothing that has to be undone; and what nobody admitted is gone.
        if self.ours.gone() || arrived && record.is_some_and(Record::gone) {
            return Next::Nothing;
        }
        match (arrived, begun) {
            (true, true) => Next::Nothing,
            // What it cancelled may have been reported as failed, and its wake thrown away: the deprovision goes on.
            (true, false) if cancels => Next::Ring,
            (false, _) if cancels || revision != self.over => Next::Nothing,
            (true, false) | (false, _) => Next::Write(Box::new(match &self.earlier {
                Some(earlier) => earlier.clone(),
                None => never_mind(&self.ours, now),
            })),
        }
    }
}

#[cfg(test)]
mod tests;
