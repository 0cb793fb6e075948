//! How workers change a record: by the events of its job, and by what the end of one means for the thing.
use super::BindingInForce;
use super::{InForce, MOST_MAYBE, Phase, Record, Wanted};
use crate::{
    ids::Millis,
    job::{self, Event, Illegal, Later, Stamp, State},
    operation::Operation,
    seal::Sealed,
    step::{ProvisioningStep, Step},
};
use std::time::Duration;

impl Record {
    /// The only way a worker changes a record. `look_after` is how long after a deprovision the last look is due.
    ///
    /// # Errors
    /// [`Illegal`] as [`crate::job::Job::apply`].
    pub fn apply(mut self, event: Event, by: Stamp, look_after: Duration) -> Result<Self, Illegal> {
        if self.is_undecided() {
            return Err(Illegal {
                event: "any event",
                why: "is not admitted yet",
            });
        }
        if let Event::WindowOver { of, .. } = event
            && self.before.as_ref().is_none_or(|past| past.job != of)
        {
            return Err(Illegal {
                event: "WindowOver",
                why: "took the place of another job",
            });
        }
        let was_running = !self.job.finished();
        let looked = self.job.is_last_look() && matches!(event, Event::LegDone { .. });
        let found = matches!(event, Event::LookedAndFound { .. });
        self.job = self.job.apply(event, by)?;
        if looked || found {
            self.set_look(None);
        } else if was_running && self.job.finished() {
            self.ended(by.now, look_after);
        }
        Ok(self)
    }

    fn set_look(&mut self, when: Option<Millis>) {
        match &mut self.phase {
            Phase::Gone { look_at, .. } => *look_at = when,
            Phase::Pending | Phase::Admitted => {}
        }
    }

    fn ended(&mut self, now: Millis, look_after: Duration) {
        let succeeded = matches!(self.job.state, State::Succeeded { .. });
        let answer = self.job.sealed.remove(job::sealed::ANSWER);
        match (self.job.operation, &self.phase) {
            (
                Operation::Provision | Operation::Update | Operation::Upgrade | Operation::Recreate | Operation::Bind,
                _,
            ) if succeeded => {
                self.put_in_force(answer);
            }
            (Operation::Deprovision, Phase::Gone { .. }) if !succeeded => {
                // Something is there again and could not be removed: nobody else will look, so the look stays due.
                self.job.look_again(now);
                self.set_look(Some(now.plus(look_after)));
            }
            (Operation::Deprovision | Operation::Unbind, phase) if succeeded => {
                let at = match phase {
                    Phase::Gone { at, .. } => *at,
                    Phase::Pending | Phase::Admitted => now,
                };
                let look_at = self.job.is_last_look().then(|| now.plus(look_after));
                self.phase = Phase::Gone {
                    at,
                    look_at,
                    stray: false,
                };
                self.in_force = None;
                self.job.wanted = None;
            }
            (Operation::Bind, _) => self.forget_request(),
            (Operation::Update | Operation::Upgrade, _) => {
                self.keep_client();
                self.may_be_changed();
            }
            // It may have taken the place of an update that made a client.
            (Operation::Deprovision, _) => self.keep_client(),
            (Operation::Provision | Operation::Recreate | Operation::Unbind, _) => {}
        }
    }

    /// Only a binding that is there can be the predecessor of another, which is made of the same.
    pub(super) fn forget_request(&mut self) {
        if let Some(binding) = self.job.wanted.as_mut().and_then(|wanted| wanted.binding.as_mut()) {
            binding.request = None;
        }
    }

    /// A change that failed may have deployed its plan: the next one must not take that for somebody else's doing.
    fn may_be_changed(&mut self) {
        let deploy = |step: &Step| matches!(step, Step::Provisioning(ProvisioningStep::Deploy));
        let at = self.job.itinerary.iter().position(deploy).unwrap_or(usize::MAX);
        let acted = self.job.leg > at || self.job.leg == at && self.job.attempts > 0;
        let (Some(force), Some(wanted), true) = (&mut self.in_force, &self.job.wanted, acted) else {
            return;
        };
        if wanted.plan.plan_id != force.plan.plan_id && !force.maybe.iter().any(|p| p.plan_id == wanted.plan.plan_id) {
            force.maybe.push(wanted.plan.clone());
            // Each costs a run of the adapter.
            if force.maybe.len() > MOST_MAYBE {
                force.maybe.remove(0);
            }
        }
    }

    fn put_in_force(&mut self, answer: Option<Sealed>) {
        let Some(wanted) = self.job.wanted.take() else { return };
        let uaa_client = self.may_have_client();
        let Wanted {
            plan,
            fingerprint,
            maintenance_version,
            maintenance_digest,
            context,
            binding,
            later,
        } = wanted;
        let facts = &mut self.job.facts;
        // An instance keeps what its adapter says nothing of.
        let old = self.in_force.take();
        let (old_url, old_labels, mut kept) = old
            .map(|old| (old.dashboard_url, old.labels, old.later))
            .unwrap_or_default();
        kept.extend(later);
        self.in_force = Some(InForce {
            plan,
            fingerprint,
            maintenance_version,
            maintenance_digest,
            context,
            dashboard_url: facts.dashboard_url.take().or(old_url),
            labels: facts.labels.take().unwrap_or(old_labels),
            maybe: Vec::new(),
            uaa_client,
            uaa_client_unsettled: false,
            binding: binding.map(|made| BindingInForce {
                answer,
                made,
                later: Later::new(),
            }),
            later: kept,
        });
    }
}
