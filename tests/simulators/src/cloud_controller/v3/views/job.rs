//! A job.

use serde_json::{Value, json};

use super::{link, row, with};
use crate::cloud_controller::model::Job;
use crate::cloud_controller::state::State;

pub(in crate::cloud_controller::v3) fn job(state: &State, job: &Job) -> Value {
    let mut links = json!({"self": link(state, &format!("/v3/jobs/{}", job.guid))});
    // What has been deleted has no link any more.
    if let Some((kind, guid)) = &job.resource {
        let (rows, there) = match *kind {
            "service_broker" | "service_brokers" => ("service_brokers", state.brokers.contains_key(guid)),
            "service_instance" | "service_instances" => ("service_instances", state.instances.contains_key(guid)),
            _ => ("service_credential_bindings", state.bindings.contains_key(guid)),
        };
        if there {
            links[*kind] = link(state, &format!("/v3/{rows}/{guid}"));
        }
    }
    let warnings: Vec<Value> = job.warnings.iter().map(|text| json!({"detail": text})).collect();
    with(
        row(&job.guid, &job.stamp),
        json!({
            "operation": job.operation,
            "state": job.state,
            "errors": job.errors,
            "warnings": warnings,
            "links": links,
        }),
    )
}
