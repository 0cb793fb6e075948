//! Brokers: their catalogs, and their end.

use super::{End, Task};
use crate::cloud_controller::broker::reading;
use crate::cloud_controller::broker::request::Target;
use crate::cloud_controller::broker::{asks, trouble::Trouble};
use crate::cloud_controller::catalog;
use crate::cloud_controller::model::{Broker, BrokerChange, BrokerState};
use crate::cloud_controller::refusal::Refusal;

impl Task {
    /// Reads a broker's catalog and takes it over, together with the change that is pending; all of it or nothing.
    pub(super) async fn synchronise(&self, broker: &str) -> End {
        let prepared = {
            let mut state = self.brokers.shared.lock();
            state.brokers.get_mut(broker).map(|row| {
                row.state = BrokerState::Synchronizing;
                (changed(row), row.pending.as_ref().is_some_and(only_name))
            })
        };
        let Some((wanted, only_name)) = prepared else {
            return End::Failed(removed());
        };
        let taken = match only_name {
            true => self.take(broker, None),
            false => match self.catalog(&wanted).await {
                Ok(body) => self.take(broker, Some(&body)),
                Err(why) => Err(why),
            },
        };
        let mut state = self.brokers.shared.lock();
        let known = state.offerings_of(broker).next().is_some();
        let Some(row) = state.brokers.get_mut(broker) else {
            return End::Failed(removed());
        };
        row.pending = None;
        row.stamp.updated_at = self.now();
        match taken {
            Ok(warnings) => {
                row.state = BrokerState::Available;
                End::Done(warnings)
            }
            Err(why) => {
                // An update that fails changes nothing, so what was taken before is still offered.
                row.state = if known {
                    BrokerState::Available
                } else {
                    BrokerState::SynchronizationFailed
                };
                End::Failed(why)
            }
        }
    }

    async fn catalog(&self, broker: &Broker) -> Result<serde_json::Value, Refusal> {
        let target = Target::of(broker);
        let answer = self.brokers.call(&target, &asks::catalog(), &self.origin).await;
        answer
            .map_err(|why| Trouble::from(why).refusal())
            .and_then(|it| reading::catalog(&it))
    }

    /// Makes the pending change, and takes the catalog over if there is one.
    fn take(&self, broker: &str, body: Option<&serde_json::Value>) -> Result<Vec<String>, Refusal> {
        let mut state = self.brokers.shared.lock();
        let catalog = body.map(|it| catalog::read(it, broker, &state)).transpose()?;
        let row = state.brokers.get_mut(broker).ok_or_else(removed)?;
        *row = changed(row);
        let now = self.now();
        Ok(catalog
            .map(|it| catalog::apply(&mut state, broker, &it, now))
            .unwrap_or_default())
    }

    /// Takes a broker away with all that it offers.
    pub(super) fn delete_broker(&self, broker: &str) -> End {
        let mut state = self.brokers.shared.lock();
        let offerings: Vec<String> = state.offerings_of(broker).map(|it| it.guid.clone()).collect();
        let ours = |plan: &str| state.plans.get(plan).is_some_and(|it| offerings.contains(&it.offering));
        let used = state.instances.values().any(|it| ours(&it.plan));
        let row = state.brokers.get_mut(broker).filter(|_| used);
        if let Some(row) = row {
            row.state = BrokerState::DeleteFailed;
            let name = &row.name;
            let text = format!("Can not remove brokers that have associated service instances: {name}");
            return End::Failed(Refusal::new(422, 270_010, "CF-ServiceBrokerNotRemovable", text));
        }
        state.plans.retain(|_, it| !offerings.contains(&it.offering));
        state.offerings.retain(|_, it| it.broker != broker);
        state.brokers.remove(broker);
        End::Done(Vec::new())
    }
}

/// The broker as it is once its change is made.
fn changed(broker: &Broker) -> Broker {
    let mut broker = broker.clone();
    let change = broker.pending.take().unwrap_or_default();
    broker.name = change.name.unwrap_or(broker.name);
    broker.url = change.url.map_or(broker.url, |it| it.trim_end_matches('/').to_owned());
    if let Some((username, password)) = change.credentials {
        (broker.username, broker.password) = (username, password);
    }
    broker
}

/// A new name needs no look at the catalog.
fn only_name(change: &BrokerChange) -> bool {
    change.name.is_some() && change.url.is_none() && change.credentials.is_none()
}

fn removed() -> Refusal {
    let text = "The service broker was removed before the synchronization completed";
    Refusal::new(422, 270011, "CF-ServiceBrokerGone", text)
}
