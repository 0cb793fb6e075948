//! `PATCH` of an instance.

use super::follow::{Followed, timed_out, too_slow};
use super::rows::News;
use super::{End, Row, Task};
use crate::cloud_controller::broker::Change;
use crate::cloud_controller::broker::asks::Roots;
use crate::cloud_controller::broker::reading;
use crate::cloud_controller::broker::trouble::Trouble;
use crate::cloud_controller::model::OperationKind::Update;
use crate::cloud_controller::refusal::Refusal;

impl Task {
    pub(super) async fn update(&self, instance: &str, change: &Change) -> End {
        let row = Row::Instance(instance.to_owned());
        let asks = Roots::of(&self.brokers.shared.lock(), instance)
            .and_then(|roots| Some((roots.target.clone(), roots.update(change)?)));
        let Some((target, ask)) = asks else {
            return End::Lost(row);
        };
        let answer = self.brokers.call(&target, &ask, &self.origin).await;
        let accepted = match answer.map_err(Trouble::from).and_then(|it| reading::update(&it)) {
            Ok(accepted) => accepted,
            Err(trouble) => return self.not_updated(&row, &trouble.text),
        };
        let Some(operation) = accepted.goes_on else {
            return self.updated(instance, change, &accepted.description, accepted.dashboard_url);
        };
        let news = News::goes_on(Update, &accepted.description);
        let written = self.write_instance(instance, &news, |it| {
            it.dashboard_url = accepted.dashboard_url.or(it.dashboard_url.take());
            it.broker_metadata = accepted.metadata.or(it.broker_metadata.take());
            it.last_operation.operation = operation;
        });
        if !written {
            return End::Lost(row);
        }
        match self.follow(&row, Update).await {
            Followed::Succeeded { description } => {
                let dashboard = self.fetched(instance).await.and_then(|it| it.dashboard_url);
                self.updated(instance, change, &description, dashboard)
            }
            Followed::Failed { description } => self.not_updated(&row, &description),
            Followed::Expired => {
                self.write(&row, &News::failed(Update, &too_slow("update")));
                End::Failed(timed_out())
            }
            Followed::Lost => End::Lost(row),
        }
    }

    fn not_updated(&self, row: &Row, why: &str) -> End {
        self.write(row, &News::failed(Update, why));
        End::Failed(Refusal::unable("update", why))
    }

    /// Only now is what was asked for true.
    fn updated(&self, instance: &str, change: &Change, description: &str, dashboard: Option<String>) -> End {
        let info = {
            let state = self.brokers.shared.lock();
            Roots::of(&state, instance).and_then(|it| it.maintenance_info(change))
        };
        let written = self.write_instance(instance, &News::succeeded(Update, description), |it| {
            it.dashboard_url = dashboard.or(it.dashboard_url.take());
            if let Some(plan) = &change.plan {
                it.plan.clone_from(plan);
            }
            if let Some(info) = info {
                it.maintenance_info = info;
            }
            if let Some(name) = &change.name {
                it.name.clone_from(name);
            }
            if let Some(tags) = &change.tags {
                it.tags.clone_from(tags);
            }
        });
        if written {
            End::Done(Vec::new())
        } else {
            End::Lost(Row::Instance(instance.to_owned()))
        }
    }
}
