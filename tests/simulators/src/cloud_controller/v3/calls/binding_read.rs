//! What a binding holds: credentials, parameters.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::StatusCode;
use serde_json::json;

use super::bindings::found;
use crate::cloud_controller::model::*;
use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::state::State;
use crate::cloud_controller::v3::routes::{Call, Outcome};
use crate::common::answer::Answer;

pub(in crate::cloud_controller::v3) fn details<'a>(call: &'a Call<'_>) -> BoxFuture<'a, Outcome> {
    async move {
        let binding = made(&call.shared.lock(), call)?;
        let credentials = call.brokers.credentials(call.arg(0)).await?;
        let mut body = json!({"credentials": credentials});
        if let Some(url) = binding.syslog_drain_url {
            body["syslog_drain_url"] = url.into();
        }
        if let Some(mounts) = binding.volume_mounts {
            body["volume_mounts"] = mounts;
        }
        Ok(Answer::json(StatusCode::OK, &body))
    }
    .boxed()
}

/// As the broker has them.
pub(in crate::cloud_controller::v3) fn parameters<'a>(call: &'a Call<'_>) -> BoxFuture<'a, Outcome> {
    async move {
        let read = call
            .brokers
            .binding_parameters(call.arg(0), call.who.user.clone())
            .await?;
        Ok(Answer::json(StatusCode::OK, &read))
    }
    .boxed()
}

/// A binding whose creation has succeeded once, for somebody who sees credentials.
fn made(state: &State, call: &Call<'_>) -> Result<Binding, Refusal> {
    let binding = found(state, call.arg(0))?;
    if !call.who.sees_secrets() {
        return Err(Refusal::not_found("Service credential binding"));
    }
    let what = match binding.kind {
        BindingKind::Key => "key",
        BindingKind::App { .. } => "binding",
    };
    let how = match (binding.last_operation.kind, binding.last_operation.state) {
        (OperationKind::Create, OperationState::Initial | OperationState::InProgress) => "in progress",
        (OperationKind::Create, OperationState::Failed) => "failed",
        (OperationKind::Create, OperationState::Succeeded) | (OperationKind::Update | OperationKind::Delete, _) => {
            return Ok(binding.clone());
        }
    };
    let text = format!("Creation of service {what} {how}");
    Err(Refusal::new(404, 10010, "CF-ResourceNotFound", text))
}
