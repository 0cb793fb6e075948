//! `PUT` of a binding.

use serde_json::{Map, Value};

use super::follow::{Followed, timed_out, too_slow};
use super::rows::News;
use super::{End, Row, Task};
use crate::cloud_controller::broker::asks::Roots;
use crate::cloud_controller::broker::reading::{self, Bound, Secrets};
use crate::cloud_controller::broker::request::Purpose;
use crate::cloud_controller::broker::trouble::Trouble;
use crate::cloud_controller::model::OperationKind::Create;
use crate::cloud_controller::refusal::Refusal;

const NOT_RETRIEVABLE: &str = "The broker responded asynchronously but does not support fetching binding data";

impl Task {
    pub(super) async fn bind(&self, binding: &str, parameters: Option<&Map<String, Value>>) -> End {
        let row = Row::Binding(binding.to_owned());
        let asks = {
            let state = self.brokers.shared.lock();
            state.bindings.get(binding).and_then(|it| {
                let roots = Roots::of(&state, &it.instance)?;
                let clean_up = roots.unbind(binding, Purpose::Orphan);
                let ask = roots.bind(it, parameters);
                let offering = roots.offering;
                let (requires, retrievable) = (offering.requires.clone(), offering.bindings_retrievable);
                Some((roots.target.clone(), ask, clean_up, requires, retrievable))
            })
        };
        let Some((target, ask, clean_up, requires, retrievable)) = asks else {
            return End::Lost(row);
        };
        let answer = self.brokers.call(&target, &ask, &self.origin).await;
        match answer
            .map_err(Trouble::from)
            .and_then(|it| reading::bind(&it, &requires))
        {
            Ok(Bound::Done(secrets)) => return self.bound(binding, secrets, ""),
            Ok(Bound::GoesOn { .. }) if !retrievable => {
                self.write(&row, &News::failed(Create, NOT_RETRIEVABLE));
                let text = format!("The service binding is invalid: {NOT_RETRIEVABLE}");
                return End::Failed(Refusal::new(400, 90001, "CF-ServiceBindingInvalid", text));
            }
            Ok(Bound::GoesOn { operation }) => {
                let written = self.write_binding(binding, &News::goes_on(Create, ""), |it| {
                    it.last_operation.operation = operation;
                });
                if !written {
                    return End::Lost(row);
                }
            }
            Err(trouble) => {
                if trouble.leaves_orphan() {
                    self.brokers.mitigate(target, clean_up);
                }
                return self.not_bound(&row, "bind", &trouble.text);
            }
        }
        match self.follow(&row, Create).await {
            Followed::Succeeded { description } => match self.fetch_secrets(binding).await {
                Ok(secrets) => self.bound(binding, secrets, &description),
                Err(trouble) => self.not_bound(&row, "bind", &trouble.text),
            },
            Followed::Failed { description } => self.not_bound(&row, "create", &description),
            Followed::Expired => {
                self.write(&row, &News::failed(Create, &too_slow("bind")));
                self.brokers.mitigate(target, clean_up);
                End::Failed(timed_out())
            }
            Followed::Lost => End::Lost(row),
        }
    }

    fn bound(&self, binding: &str, secrets: Secrets, description: &str) -> End {
        let written = self.write_binding(binding, &News::succeeded(Create, description), |it| {
            it.credentials = secrets.credentials;
            it.syslog_drain_url = secrets.syslog_drain_url;
            it.volume_mounts = secrets.volume_mounts;
        });
        if written {
            End::Done(Vec::new())
        } else {
            End::Lost(Row::Binding(binding.to_owned()))
        }
    }

    fn not_bound(&self, row: &Row, verb: &str, why: &str) -> End {
        self.write(row, &News::failed(Create, why));
        End::Failed(Refusal::unable(verb, why))
    }

    async fn fetch_secrets(&self, binding: &str) -> Result<Secrets, Trouble> {
        let asks = {
            let state = self.brokers.shared.lock();
            let instance = state
                .bindings
                .get(binding)
                .and_then(|it| Roots::of(&state, &it.instance));
            instance.map(|it| (it.target.clone(), it.fetch_binding(binding)))
        };
        // Without rows nothing is written either.
        let Some((target, ask)) = asks else {
            return Ok(Secrets::default());
        };
        let answer = self.brokers.call(&target, &ask, &self.origin).await?;
        reading::fetch_binding(&answer).map(|(secrets, _)| secrets)
    }
}
