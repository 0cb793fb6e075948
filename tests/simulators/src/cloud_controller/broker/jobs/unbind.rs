//! `DELETE` of a binding.

use super::follow::{Followed, timed_out, too_slow};
use super::rows::News;
use super::{End, Row, Task};
use crate::cloud_controller::broker::asks::Roots;
use crate::cloud_controller::broker::reading::{self, Removal};
use crate::cloud_controller::broker::request::Purpose;
use crate::cloud_controller::broker::trouble::{Kind, Trouble};
use crate::cloud_controller::model::OperationKind::Delete;
use crate::cloud_controller::refusal::Refusal;

/// What a `DELETE` of a binding has come to.
pub(super) enum Unbound {
    Gone,
    /// It is to be polled.
    GoesOn,
    /// It stays, and why.
    Stays(String),
}

impl Task {
    pub(super) async fn unbind(&self, binding: &str) -> End {
        match self.unbind_once(binding).await {
            Unbound::Gone => End::Done(Vec::new()),
            Unbound::GoesOn => self.follow_unbind(binding).await,
            Unbound::Stays(why) => End::Failed(Refusal::unable("unbind", &why)),
        }
    }

    /// Sends it, and writes into the row what came of it.
    pub(super) async fn unbind_once(&self, binding: &str) -> Unbound {
        let row = Row::Binding(binding.to_owned());
        let asks = {
            let state = self.brokers.shared.lock();
            let instance = state
                .bindings
                .get(binding)
                .and_then(|it| Roots::of(&state, &it.instance));
            instance.map(|it| {
                let name = it.instance.name.clone();
                (it.target.clone(), it.unbind(binding, Purpose::Unbind), name)
            })
        };
        let Some((target, ask, name)) = asks else {
            return Unbound::Gone;
        };
        let answer = self.brokers.call(&target, &ask, &self.origin).await;
        match answer.map_err(Trouble::from).and_then(|it| reading::remove(&it)) {
            Ok(Removal::Gone) => {
                self.remove(&row);
                Unbound::Gone
            }
            Ok(Removal::GoesOn { operation, .. }) => {
                self.overtake(&row);
                self.write_binding(binding, &News::goes_on(Delete, ""), |it| {
                    it.last_operation.operation = operation;
                });
                Unbound::GoesOn
            }
            Err(trouble) if trouble.kind == Kind::Concurrency => {
                if !self.give_back(&row) {
                    self.as_before(binding);
                }
                let why =
                    "The service broker rejected the request due to an operation being in progress for the binding";
                Unbound::Stays(why.to_owned())
            }
            Err(trouble) => {
                let text = trouble.text;
                let why = format!("Service broker failed to delete service binding for instance {name}: {text}");
                if !self.give_back(&row) {
                    self.write(&row, &News::failed(Delete, &why));
                }
                Unbound::Stays(why)
            }
        }
    }

    /// Polls an unbind that the broker has taken on.
    pub(super) async fn follow_unbind(&self, binding: &str) -> End {
        let row = Row::Binding(binding.to_owned());
        match self.follow(&row, Delete).await {
            Followed::Succeeded { .. } => {
                self.remove(&row);
                End::Done(Vec::new())
            }
            Followed::Failed { description } => {
                self.write(&row, &News::failed(Delete, &description));
                End::Failed(Refusal::unable("delete", &description))
            }
            Followed::Expired => {
                self.write(&row, &News::failed(Delete, &too_slow("unbind")));
                End::Failed(timed_out())
            }
            // Somebody has purged it.
            Followed::Lost => End::Done(Vec::new()),
        }
    }

    /// Nothing is noted of a `DELETE` that came while the broker was busy.
    fn as_before(&self, binding: &str) {
        let mut state = self.brokers.shared.lock();
        let before = self.brokers.ledger.settled(binding);
        if let (Some(row), Some(before)) = (state.bindings.get_mut(binding), before) {
            row.last_operation = before;
        }
    }
}
