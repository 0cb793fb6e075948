//! `PUT` of an instance.

use serde_json::{Map, Value};

use super::follow::{Followed, timed_out, too_slow};
use super::rows::News;
use super::{End, Row, Task};
use crate::cloud_controller::broker::asks::Roots;
use crate::cloud_controller::broker::reading::{self, FetchedInstance};
use crate::cloud_controller::broker::request::Purpose;
use crate::cloud_controller::broker::trouble::Trouble;
use crate::cloud_controller::model::OperationKind::Create;
use crate::cloud_controller::refusal::Refusal;

impl Task {
    pub(super) async fn create(&self, instance: &str, parameters: Option<&Map<String, Value>>) -> End {
        let row = Row::Instance(instance.to_owned());
        let asks = Roots::of(&self.brokers.shared.lock(), instance).map(|roots| {
            let clean_up = roots.deprovision(Purpose::Orphan);
            (roots.target.clone(), roots.provision(parameters), clean_up)
        });
        let Some((target, ask, clean_up)) = asks else {
            return End::Lost(row);
        };
        let answer = self.brokers.call(&target, &ask, &self.origin).await;
        let read = answer.map_err(Trouble::from).and_then(|it| reading::provision(&it));
        let accepted = match read {
            Ok(accepted) => accepted,
            Err(trouble) => {
                if trouble.leaves_orphan() {
                    self.brokers.mitigate(target, clean_up);
                }
                self.write(&row, &News::failed(Create, &trouble.text));
                return End::Failed(Refusal::unable("provision", &trouble.text));
            }
        };
        let news = match &accepted.goes_on {
            None => News::succeeded(Create, &accepted.description),
            Some(_) => News::goes_on(Create, &accepted.description),
        };
        let written = self.write_instance(instance, &news, |it| {
            it.dashboard_url = accepted.dashboard_url;
            it.broker_metadata = accepted.metadata;
            it.last_operation.operation = accepted.goes_on.clone().flatten();
        });
        match (written, accepted.goes_on) {
            (false, _) => return End::Lost(row),
            (true, None) => return End::Done(Vec::new()),
            (true, Some(_)) => {}
        }
        match self.follow(&row, Create).await {
            Followed::Succeeded { description } => {
                let dashboard = self.fetched(instance).await.and_then(|it| it.dashboard_url);
                let written = self.write_instance(instance, &News::succeeded(Create, &description), |it| {
                    it.dashboard_url = dashboard.or(it.dashboard_url.take());
                });
                if written { End::Done(Vec::new()) } else { End::Lost(row) }
            }
            Followed::Failed { description } => {
                self.write(&row, &News::failed(Create, &description));
                End::Failed(Refusal::unable("create managed", &description))
            }
            Followed::Expired => {
                self.write(&row, &News::failed(Create, &too_slow("provision")));
                self.brokers.mitigate(target, clean_up);
                End::Failed(timed_out())
            }
            Followed::Lost => End::Lost(row),
        }
    }

    /// What an instance tells of itself once it is done, where the offering can be asked. Trouble is nobody's.
    pub(super) async fn fetched(&self, instance: &str) -> Option<FetchedInstance> {
        let (target, ask) = {
            let state = self.brokers.shared.lock();
            let roots = Roots::of(&state, instance).filter(|it| it.offering.instances_retrievable)?;
            (roots.target.clone(), roots.fetch())
        };
        let answer = self.brokers.call(&target, &ask, &self.origin).await.ok()?;
        reading::fetch_instance(&answer).ok()
    }
}
