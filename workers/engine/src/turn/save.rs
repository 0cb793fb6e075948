//! How a turn writes its record.
use super::{Answer, Turn, soon};
use crate::{
    probe::Probe,
    store::{Found, SaveError},
};
use chandler_proto::{
    ids::Millis,
    job::{During, Event, Stamp},
};
use std::time::Duration;
use tracing::{error, info, warn};

/// So often a gateway may touch a record between two writes of a turn.
const TOUCHED: usize = 3;

impl<P: Probe> Turn<'_, P> {
    /// Another job may have taken the place of ours while we acted, and waits for the end of our window. If our act has
    /// been answered that is now. Best effort: without it the window passes.
    async fn leave_the_window(&self, event: &Event) {
        let answered = match event {
            Event::Answered { .. } | Event::Failed(_) => true,
            Event::Faulted { during, .. } => *during == During::RefusedAct,
            Event::Acting { .. }
            | Event::Noted { .. }
            | Event::WindowOver { .. }
            | Event::LegDone { .. }
            | Event::LookedAndFound { .. } => false,
        };
        let mine = &self.record.job;
        let Some(until) = mine.act_until.filter(|_| answered && mine.written_by == Some(self.id)) else {
            return;
        };
        let Ok(Found::Record(record, over)) = self.store.load(&self.record.key()).await else {
            return;
        };
        let taken_over = (record.job.act_until, record.job.written_by) == (Some(until), Some(self.id));
        if record.job.id == mine.id || !taken_over {
            return;
        }
        let over_now = Event::WindowOver { of: mine.id, until };
        let by = Stamp {
            now: Millis(self.clock.now_ms()),
            turn: self.id,
            over,
        };
        match self.store.save(&record, over_now, by).await {
            // Whoever accepted it may not have rung yet, and now it seems to have begun.
            Ok((record, revision)) => {
                self.store.ring(&record, revision).await;
            }
            Err(why) => info!(job = %record.job.id, %why, "it waits until the window of the job before is over"),
        }
    }

    /// Reads the record anew; takes it over if no worker and no other job has changed it.
    async fn was_only_touched(&mut self) -> bool {
        let Ok(Found::Record(record, revision)) = self.store.load(&self.record.key()).await else {
            return false;
        };
        let same = self.record.is_but_touched(&record);
        if same {
            (self.record, self.revision) = (*record, revision);
        }
        same
    }

    /// A gateway may have noted meanwhile that others were told of the job, too. What a turn has done must not be lost
    /// for that: if nothing else has changed, its event counts over what the gateway wrote.
    pub(super) async fn save(&mut self, event: Event) -> Result<(), Answer> {
        let mut tries = 0;
        let saved = loop {
            let by = Stamp {
                now: Millis(self.clock.now_ms()),
                turn: self.id,
                over: self.revision,
            };
            match self.store.save(&self.record, event.clone(), by).await {
                Err(SaveError::Stale) if tries < TOUCHED && self.was_only_touched().await => tries += 1,
                saved => break saved,
            }
        };
        match saved {
            Ok((record, revision)) => {
                (self.record, self.revision) = (record, revision);
                Ok(())
            }
            Err(SaveError::Stale) => {
                self.leave_the_window(&event).await;
                info!(job = %self.record.job.id, "another turn or request was first; looking again");
                Err(soon())
            }
            Err(SaveError::Unknown(why)) => {
                warn!(job = %self.record.job.id, %why, "a checkpoint was not confirmed");
                Err(Answer::NakIn(Duration::from_secs(1)))
            }
            Err(SaveError::Refused(why)) => {
                error!(job = %self.record.job.id, %why, "the bus will not take a checkpoint");
                Err(Answer::NakIn(Duration::from_secs(30)))
            }
            Err(SaveError::Illegal(defect)) => {
                error!(job = %self.record.job.id, %defect, "a turn wanted what its job doesn't allow");
                Err(Answer::NakIn(Duration::from_secs(30)))
            }
        }
    }
}
