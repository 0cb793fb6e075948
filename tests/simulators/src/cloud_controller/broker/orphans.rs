//! The cleaning up of what a broker may have made although nobody knows of it.

use super::Brokers;
use super::asks::Roots;
use super::reading;
use super::request::{Ask, Purpose, Target};
use crate::cloud_controller::state::State;

/// With the first one.
const ATTEMPTS: u32 = 11;

impl Brokers {
    /// Sends the clean-up of an instance whose creation has failed and that is created again under the same name; call it before its row is taken away.
    pub(in crate::cloud_controller) fn clean_up(&self, state: &State, instance: &str) {
        if let Some(roots) = Roots::of(state, instance) {
            self.mitigate(roots.target.clone(), roots.deprovision(Purpose::Orphan));
        }
    }

    /// Sends a `DELETE` at once, in nobody's name, without a look at what else is under way; again after 2, 4, 8 … minutes if it isn't taken on. A broker that
    /// takes it on isn't polled.
    pub(super) fn mitigate(&self, target: Target, ask: Ask) {
        let brokers = self.clone();
        self.spawn(async move {
            let origin = brokers.origin(None);
            let mut pause = 120.0;
            for attempt in 1..=ATTEMPTS {
                let answer = brokers.call(&target, &ask, &origin).await;
                if answer.is_ok_and(|it| reading::remove(&it).is_ok()) {
                    return;
                }
                if attempt < ATTEMPTS {
                    brokers.pass(pause).await;
                    pause *= 2.0;
                }
            }
            tracing::warn!(path = ask.path, "an orphan is given up");
        });
    }
}
