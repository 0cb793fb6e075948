//! What a user reads through us: parameters of instances and bindings.

use serde_json::Value;

use super::asks::Roots;
use super::reading;
use super::request::{Ask, Target};
use super::trouble::Trouble;
use super::{Brokers, User};
use crate::cloud_controller::model::BindingKind;
use crate::cloud_controller::refusal::Refusal;

impl Brokers {
    /// `GET` of an instance at the broker, for its parameters.
    ///
    /// # Errors
    /// 404; 409 60016 while an operation runs; 400 120004 where the offering can't be asked; the broker's trouble.
    pub(in crate::cloud_controller) async fn instance_parameters(
        &self,
        instance: &str,
        user: Option<User>,
    ) -> Result<Value, Refusal> {
        let (target, ask) = self.instance_ask(instance)?;
        let answer = self.call(&target, &ask, &self.origin(user)).await;
        let read = answer
            .map_err(Trouble::from)
            .and_then(|it| reading::fetch_instance(&it));
        read.map(|it| it.parameters).map_err(|it| it.refusal())
    }

    /// `GET` of a binding at the broker, for its parameters.
    ///
    /// # Errors
    /// 404; 409 90008 while an operation runs; 400 90007 where the offering can't be asked; the broker's trouble.
    pub(in crate::cloud_controller) async fn binding_parameters(
        &self,
        binding: &str,
        user: Option<User>,
    ) -> Result<Value, Refusal> {
        let (target, ask) = self.binding_ask(binding)?;
        let answer = self.call(&target, &ask, &self.origin(user)).await;
        let read = answer.map_err(Trouble::from).and_then(|it| reading::fetch_binding(&it));
        read.map(|(_, parameters)| parameters).map_err(|it| it.refusal())
    }

    fn instance_ask(&self, instance: &str) -> Result<(Target, Ask), Refusal> {
        let state = self.shared.lock();
        let roots = Roots::of(&state, instance).ok_or_else(|| Refusal::not_found("Service instance"))?;
        if !roots.offering.instances_retrievable {
            let text = "This service does not support fetching service instance parameters.";
            return Err(Refusal::new(
                400,
                120004,
                "CF-ServiceFetchInstanceParametersNotSupported",
                text,
            ));
        }
        if roots.instance.last_operation.runs() {
            let text = format!(
                "An operation for service instance {} is in progress.",
                roots.instance.name
            );
            return Err(Refusal::new(
                409,
                60016,
                "CF-AsyncServiceInstanceOperationInProgress",
                text,
            ));
        }
        Ok((roots.target.clone(), roots.fetch()))
    }

    fn binding_ask(&self, binding: &str) -> Result<(Target, Ask), Refusal> {
        let state = self.shared.lock();
        let missing = || Refusal::not_found("Service credential binding");
        let row = state.bindings.get(binding).ok_or_else(missing)?;
        let roots = Roots::of(&state, &row.instance).ok_or_else(missing)?;
        if !roots.offering.bindings_retrievable {
            let text = "This service does not support fetching service binding parameters.";
            return Err(Refusal::new(
                400,
                90007,
                "CF-ServiceFetchBindingParametersNotSupported",
                text,
            ));
        }
        if row.last_operation.runs() {
            let instance = &roots.instance.name;
            let text = match &row.kind {
                BindingKind::Key => {
                    format!("An operation for a service binding of service instance {instance} is in progress.")
                }
                BindingKind::App { app } => {
                    let app = state.apps.get(app).map(|it| it.name.as_str()).unwrap_or_default();
                    format!(
                        "An operation for the service binding between app {app} and service instance {instance} is in progress."
                    )
                }
            };
            return Err(Refusal::new(
                409,
                90008,
                "CF-AsyncServiceBindingOperationInProgress",
                text,
            ));
        }
        Ok((roots.target.clone(), roots.fetch_binding(binding)))
    }
}
