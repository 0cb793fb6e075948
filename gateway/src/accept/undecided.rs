//! Deciding what was written undecided: wait for the view, count, write the decision over the very revision.
use super::{Accepting, Attempt, Outcome, Written};
use crate::{
    admit::{Claim, admitted, refused},
    answer::{Answer, Refusal, Trouble},
    desk::Found,
    settle,
};
use bytes::Bytes;
use chandler_bus::SureError;
use chandler_proto::{events, operation::Operation, records::Record};
use std::time::Duration;

/// A record as it was read or written, undecided.
pub(super) struct Undecided {
    pub(super) record: Record,
    pub(super) revision: u64,
    /// Written by this very request: then, what was there before. Else whoever wrote it sees to it.
    pub(super) own: Option<Option<Record>>,
}

impl Accepting {
    /// The first of two writes, and what follows.
    pub(super) async fn propose(&self, next: Record, over: &Found, end: Duration) -> Result<Attempt, Trouble> {
        match self.put(&next, over, end).await? {
            Written::At(revision) => {
                self.desk.view.learn(&next, revision);
                let undecided = Undecided {
                    record: next,
                    revision,
                    own: Some(over.record.clone()),
                };
                self.decide(undecided, end).await
            }
            Written::Conflict(now) => self.conflict(*now).await,
            Written::TooLarge(refusal) => Ok(Attempt::Over(Outcome::Said(refusal.into()))),
        }
    }

    /// The second one.
    pub(super) async fn decide(&self, it: Undecided, end: Duration) -> Result<Attempt, Trouble> {
        let counted = tokio::time::timeout(self.desk.left(end), self.exceeded(&it));
        let Ok(Some(exceeded)) = counted.await else {
            tracing::warn!(
                revision = it.revision,
                "the view is too late to count by: nothing is decided"
            );
            self.undone(it);
            return Err(Trouble::Uncertain);
        };
        let next = match &exceeded {
            None => admitted(&it.record, it.revision, it.own.is_some()),
            Some(text) => refused(&it.record, text, self.desk.now()),
        };
        let (bytes, left) = (Bytes::from(next.bytes()), self.desk.left(end));
        let written = self.desk.bus.write_sure(&self.key, bytes, it.revision, left).await;
        match (written, exceeded) {
            (Ok(revision), None) => Ok(Attempt::Over(self.arrived(next, revision).await)),
            (Ok(revision), Some(text)) => {
                tracing::info!(job = %it.record.job.id, revision, text, "refused");
                self.desk.view.learn(&next, revision);
                self.desk.tell(events::WITHDRAWN, &it.record);
                Ok(Attempt::Over(said(it.record.job.operation, text)))
            }
            (Err(SureError::Conflict { found, revision }), _) => {
                let now = Found::parse(found.as_ref(), revision)?;
                match it.own {
                    Some(_) => self.conflict(now).await,
                    None => Ok(Attempt::Again(Box::new(now))),
                }
            }
            (Err(SureError::NotSent(fault) | SureError::Unknown(fault)), _) => {
                tracing::warn!(fault, job = %it.record.job.id, "it is not known what was decided");
                self.undone(it);
                Err(Trouble::Uncertain)
            }
            (Err(SureError::Refused(fault)), _) => {
                tracing::error!(fault, "the bus refuses a record");
                self.undone(it);
                Err(Trouble::Unusable)
            }
        }
    }

    /// The texts of what would be exceeded. `None` outside: the view is gone.
    async fn exceeded(&self, it: &Undecided) -> Option<Option<String>> {
        let desk = &self.desk;
        let Some(claim) = Claim::of(&it.record, &desk.shelf) else {
            return Some(None);
        };
        let counted = desk.view.as_of(it.revision, |glances| {
            let others = glances.iter().filter(|(key, _)| **key != *self.key);
            claim.exceeded(others.map(|(_, glance)| glance), it.revision)
        });
        counted.await
    }

    /// Nobody was told of it.
    fn undone(&self, it: Undecided) {
        if let Some(earlier) = it.own {
            settle::later(&self.desk, &self.key, it.record, earlier, it.revision);
        }
    }
}

/// What the platform is told of a request that was counted for.
pub(super) fn said(operation: Operation, text: String) -> Outcome {
    let refusal = match operation {
        Operation::Provision => Refusal::NotAdmitted(text),
        Operation::Deprovision
        | Operation::Update
        | Operation::Upgrade
        | Operation::Recreate
        | Operation::Bind
        | Operation::Unbind => Refusal::Impossible(text),
    };
    Outcome::Said(Answer::from(refusal))
}
