//! A service key, or a binding of an app.

use serde_json::{Value, json};

use super::{last_operation, link, metadata, row, to, with};
use crate::cloud_controller::model::{Binding, BindingKind};
use crate::cloud_controller::state::State;

pub(in crate::cloud_controller::v3) fn binding(state: &State, binding: &Binding) -> Value {
    let here = format!("/v3/service_credential_bindings/{}", binding.guid);
    let mut relationships = json!({"service_instance": to(&binding.instance)});
    let mut links = json!({
        "self": link(state, &here),
        "details": link(state, &format!("{here}/details")),
        "parameters": link(state, &format!("{here}/parameters")),
        "service_instance": link(state, &format!("/v3/service_instances/{}", binding.instance)),
    });
    if let BindingKind::App { app } = &binding.kind {
        relationships["app"] = to(app);
        links["app"] = link(state, &format!("/v3/apps/{app}"));
    }
    with(
        row(&binding.guid, &binding.stamp),
        json!({
            "name": binding.name,
            "type": binding.kind.word(),
            "last_operation": last_operation(&binding.last_operation),
            "metadata": metadata(&binding.metadata),
            "relationships": relationships,
            "links": links,
        }),
    )
}

impl BindingKind {
    /// `key` or `app`.
    pub(in crate::cloud_controller::v3) fn word(&self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::App { .. } => "app",
        }
    }
}
