//! `DELETE` of an instance, after everything is unbound.

use super::follow::{Followed, timed_out, too_slow};
use super::rows::News;
use super::unbind::Unbound;
use super::{End, Row, Task};
use crate::cloud_controller::broker::asks::Roots;
use crate::cloud_controller::broker::reading::{self, Removal};
use crate::cloud_controller::broker::request::Purpose;
use crate::cloud_controller::broker::trouble::{Kind, Trouble};
use crate::cloud_controller::model::{Binding, BindingKind, OperationKind, OperationState};
use crate::cloud_controller::refusal::Refusal;

impl Task {
    pub(super) async fn delete(&self, instance: &str) -> End {
        let row = Row::Instance(instance.to_owned());
        if let Some(why) = self.unbind_all(instance).await {
            return self.not_deleted(&row, &why);
        }
        let asks = Roots::of(&self.brokers.shared.lock(), instance).map(|roots| {
            let name = roots.instance.name.clone();
            (roots.target.clone(), roots.deprovision(Purpose::Deprovision), name)
        });
        // Somebody has purged it.
        let Some((target, ask, name)) = asks else {
            return End::Done(Vec::new());
        };
        let answer = self.brokers.call(&target, &ask, &self.origin).await;
        let (operation, description) = match answer.map_err(Trouble::from).and_then(|it| reading::remove(&it)) {
            Ok(Removal::Gone) => {
                self.remove(&row);
                return End::Done(Vec::new());
            }
            Ok(Removal::GoesOn { operation, description }) => (operation, description),
            Err(trouble) if trouble.kind == Kind::Concurrency => {
                let text = format!("An operation for service instance {name} is in progress.");
                if !self.give_back(&row) {
                    self.write(&row, &News::failed(OperationKind::Delete, &text));
                }
                let title = "CF-AsyncServiceInstanceOperationInProgress";
                return End::Failed(Refusal::new(409, 60016, title, text));
            }
            Err(trouble) => return self.not_deleted(&row, &format!("Service instance {name}: {}", trouble.text)),
        };
        self.overtake(&row);
        self.write_instance(instance, &News::goes_on(OperationKind::Delete, &description), |it| {
            it.last_operation.operation = operation;
        });
        match self.follow(&row, OperationKind::Delete).await {
            Followed::Succeeded { .. } => {
                self.remove(&row);
                End::Done(Vec::new())
            }
            Followed::Failed { description } => self.not_deleted(&row, &description),
            Followed::Expired => {
                self.write(&row, &News::failed(OperationKind::Delete, &too_slow("deprovision")));
                End::Failed(timed_out())
            }
            Followed::Lost => End::Done(Vec::new()),
        }
    }

    /// Notes it, unless an operation runs that the broker goes on with.
    fn not_deleted(&self, row: &Row, why: &str) -> End {
        if !self.give_back(row) {
            self.write(row, &News::failed(OperationKind::Delete, why));
        }
        End::Failed(Refusal::unable("delete", why))
    }

    /// Apps first, then keys. All are tried; the first reason why not. A binding whose broker takes its time is one: its unbind goes on as a job of its own.
    async fn unbind_all(&self, instance: &str) -> Option<String> {
        let mut bindings: Vec<Binding> = self.brokers.shared.lock().bindings_of(instance).cloned().collect();
        bindings.sort_by_key(|it| (it.kind == BindingKind::Key, it.stamp.serial));
        let mut first = None;
        for binding in bindings {
            let why = self.unbind_of(&binding).await;
            first = first.or(why);
        }
        first
    }

    async fn unbind_of(&self, binding: &Binding) -> Option<String> {
        let ledger = &self.brokers.ledger;
        let busy = ledger.is_taken(&binding.guid)
            && (binding.last_operation.kind != OperationKind::Create
                || binding.last_operation.state == OperationState::Initial);
        if busy {
            return Some(self.in_progress(binding));
        }
        let operation = match binding.kind {
            BindingKind::Key => "service_keys.delete",
            BindingKind::App { .. } => "service_bindings.delete",
        };
        ledger.take(&binding.guid, &self.job, true);
        match self.unbind_once(&binding.guid).await {
            Unbound::Gone => {
                ledger.leave(&binding.guid, &self.job);
                None
            }
            Unbound::Stays(why) => {
                ledger.leave(&binding.guid, &self.job);
                Some(why)
            }
            Unbound::GoesOn => {
                let resource = Some(("service_credential_binding", binding.guid.as_str()));
                let job = self.brokers.shared.lock().add_job(operation, resource, self.now());
                ledger.take(&binding.guid, &job, false);
                let mut task = self.brokers.task(&job, None);
                task.origin = self.origin.clone();
                let row = Row::Binding(binding.guid.clone());
                self.brokers.spawn(async move {
                    let end = task.follow_unbind(row.guid()).await;
                    task.end(end, Some(&row));
                });
                Some(self.in_progress(binding))
            }
        }
    }

    fn in_progress(&self, binding: &Binding) -> String {
        let state = self.brokers.shared.lock();
        let instance = state
            .instances
            .get(&binding.instance)
            .map(|it| it.name.as_str())
            .unwrap_or_default();
        match &binding.kind {
            BindingKind::Key => {
                format!("An operation for a service binding of service instance {instance} is in progress.")
            }
            BindingKind::App { app } => {
                let app = state.apps.get(app).map(|it| it.name.as_str()).unwrap_or_default();
                format!(
                    "An operation for the service binding between app {app} and service instance {instance} is in progress."
                )
            }
        }
    }
}
