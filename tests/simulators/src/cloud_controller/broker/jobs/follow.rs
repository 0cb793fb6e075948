//! Polls, until it is over.

use super::rows::News;
use super::{Row, Task};
use crate::cloud_controller::broker::asks::Roots;
use crate::cloud_controller::broker::reading::{self, Polled};
use crate::cloud_controller::broker::request::{Ask, Target};
use crate::cloud_controller::model::OperationKind;
use crate::cloud_controller::refusal::Refusal;

/// Seconds between two polls, if the broker asks for nothing.
const INTERVAL: f64 = 60.0;
/// Seconds between two polls, at most.
const LONGEST_INTERVAL: f64 = 86_400.0;

/// How polls end.
pub(super) enum Followed {
    Succeeded {
        description: String,
    },
    Failed {
        description: String,
    },
    /// It took longer than it may.
    Expired,
    /// The row is gone, or somebody else's.
    Lost,
}

impl Task {
    /// Polls a row whose operation of this kind the broker has taken on; at once, then as the broker asks.
    pub(super) async fn follow(&self, row: &Row, kind: OperationKind) -> Followed {
        self.polls();
        let mut interval = INTERVAL;
        loop {
            let (ledger, guid) = (&self.brokers.ledger, row.guid());
            if !ledger.regained(guid, &self.job).await {
                return Followed::Lost;
            }
            let Some((target, ask)) = self.poll_of(row) else {
                return Followed::Lost;
            };
            tokio::select! {
                () = ledger.lost(guid, &self.job) => return Followed::Lost,
                () = self.brokers.outgoing.released(&ask.path) => {}
            }
            let answer = self.brokers.call(&target, &ask, &self.origin).await;
            if !ledger.owns(guid, &self.job) {
                continue;
            }
            let said = answer.map(|it| reading::poll(&it, kind == OperationKind::Delete));
            match said.unwrap_or(Polled::Nothing) {
                Polled::Succeeded { description } => return Followed::Succeeded { description },
                Polled::Failed { description } => return Followed::Failed { description },
                Polled::GoesOn {
                    description,
                    retry_after,
                } => {
                    self.write(row, &News::goes_on(kind, &description));
                    interval = retry_after.as_deref().map_or(interval, asked);
                }
                Polled::Nothing => {}
            }
            if self.would_be_late(row, interval) {
                return Followed::Expired;
            }
            tokio::select! {
                () = ledger.lost(guid, &self.job) => return Followed::Lost,
                () = self.brokers.pass(interval) => {}
            }
        }
    }

    fn poll_of(&self, row: &Row) -> Option<(Target, Ask)> {
        let state = self.brokers.shared.lock();
        match row {
            Row::Instance(guid) => {
                let roots = Roots::of(&state, guid)?;
                Some((roots.target.clone(), roots.poll()))
            }
            Row::Binding(guid) => {
                let binding = state.bindings.get(guid)?;
                let roots = Roots::of(&state, &binding.instance)?;
                Some((roots.target.clone(), roots.poll_binding(binding)))
            }
        }
    }

    /// Whether the next poll would come after the end.
    fn would_be_late(&self, row: &Row, interval: f64) -> bool {
        let state = self.brokers.shared.lock();
        let guid = match row {
            Row::Instance(guid) => Some(guid),
            Row::Binding(guid) => state.bindings.get(guid).map(|it| &it.instance),
        };
        let roots = guid.and_then(|it| Roots::of(&state, it));
        let plan = roots.and_then(|it| it.plan.maximum_polling_duration);
        let plan = plan
            .and_then(|it| u32::try_from(it).ok())
            .map_or(f64::INFINITY, f64::from);
        let longest = plan.min(state.options.polling_minutes * 60.0);
        let due = state.options.scaled(interval).as_secs_f64();
        self.now() + due > self.started + state.options.scaled(longest).as_secs_f64()
    }
}

/// What `Retry-After` comes to: whole seconds; a date is no number, and so nothing.
fn asked(header: &str) -> f64 {
    let digits: String = header.trim().chars().take_while(char::is_ascii_digit).collect();
    digits.parse::<f64>().unwrap_or(0.0).clamp(INTERVAL, LONGEST_INTERVAL)
}

/// How a job ends that was polled for too long.
pub(super) fn timed_out() -> Refusal {
    Refusal::new(524, 290006, "CF-JobTimeout", "The job execution has timed out.")
}

/// The same for its row; `verb` as in `provision`.
pub(super) fn too_slow(verb: &str) -> String {
    format!("Service Broker failed to {verb} within the required time.")
}

#[cfg(test)]
mod tests {
    use super::asked;

    #[test]
    fn retry_after_is_held_between_a_minute_and_a_day() {
        let cases = [
            ("120", 120.0),
            ("5", 60.0),
            ("0", 60.0),
            ("-7", 60.0),
            ("100000", 86_400.0),
            ("90 seconds", 90.0),
            ("Sat, 21 Nov 2026 20:59:56 GMT", 60.0),
            ("", 60.0),
        ];
        for (header, seconds) in cases {
            assert!((asked(header) - seconds).abs() < f64::EPSILON, "{header}");
        }
    }
}
