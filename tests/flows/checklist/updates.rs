//! PATCH of an instance, as a platform asks for it, and what the Director has then.
use super::{
    binding::POLLS,
    floor::{Floor, path},
    wire::{Reply, Request},
};
use chandler_proto::records::InForce;
use chandler_simulators::bosh::TaskKind;
use chandler_tests::settings::{SERVICE, SMALL};
use serde_json::{Value, json};

/// A plan that an instance can't leave.
pub(crate) const FIXED: &str = "5f1ea7f0-0000-4000-8000-00000000000d";

/// What must not have changed.
#[derive(Debug, PartialEq)]
pub(crate) struct Before {
    in_force: Option<InForce>,
    job: String,
    deploys: usize,
    manifest: Value,
}

/// PATCH of an instance; `query` without `?`.
pub(crate) fn patch_with(id: &str, query: &str, body: &Value) -> Request {
    Request::new("PATCH", &format!("{}?{query}", path(id))).json(body)
}

/// For a platform that polls. `members` stand beside the offering's id.
pub(crate) fn patch(id: &str, members: &Value) -> Request {
    patch_with(id, POLLS, &body(members))
}

/// The offering's id, and these members.
pub(crate) fn body(members: &Value) -> Value {
    let mut body = json!({"service_id": SERVICE});
    let members = members.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(members);
    body
}

/// As Cloud Controller writes it, for an instance of the plan `small`.
pub(crate) fn as_cloud_controller(plan: &str, parameters: Value) -> Value {
    body(&json!({
        "plan_id": plan, "parameters": parameters,
        "previous_values": {"plan_id": SMALL, "service_id": SERVICE, "organization_id": "org", "space_id": "space",
                            "maintenance_info": {"version": "1.0.0"}},
        "context": {"platform": "cloudfoundry", "organization_guid": "org", "space_guid": "space",
                    "instance_name": "mine", "instance_annotations": {}},
    }))
}

impl Floor {
    /// Has an update accepted, and waits for `succeeded`: the operation string.
    pub(crate) async fn updated(&self, id: &str, request: Request) -> String {
        let operation = self.accepted(request).await;
        let reply = self.ended(id, &operation).await;
        assert_eq!(reply.body["state"], "succeeded", "{reply:?}");
        operation
    }

    /// What the Director has deployed.
    pub(crate) fn manifest(&self, id: &str) -> Value {
        let name = format!("service-instance_{id}");
        let deployments = self.world.director.deployments();
        let found = deployments.into_iter().find(|deployment| deployment.name == name);
        let manifest = found.and_then(|deployment| deployment.manifest).unwrap_or_default();
        serde_json::from_str(&manifest).unwrap_or_default()
    }

    pub(crate) async fn before(&self, id: &str) -> Before {
        let record = self.record(id).await;
        Before {
            job: record
                .as_ref()
                .map(|record| record.job.id.to_string())
                .unwrap_or_default(),
            in_force: record.and_then(|record| record.in_force),
            deploys: self.tasks(id, TaskKind::Deploy).len(),
            manifest: self.manifest(id),
        }
    }

    /// Refused with this status; it says so, and nothing of the instance has changed.
    pub(crate) async fn refuses(&self, id: &str, status: u16, request: Request) -> Reply {
        let before = self.before(id).await;
        let reply = self.expect(status, request).await;
        assert!(!reply.description().is_empty(), "{reply:?}");
        assert_eq!(self.before(id).await, before, "{reply:?}");
        reply
    }
}

/// How many VMs it has.
pub(crate) fn vms(manifest: &Value) -> &Value {
    &manifest["instance_groups"][0]["instances"]
}

/// The password of its jobs.
pub(crate) fn password(manifest: &Value) -> &Value {
    &manifest["instance_groups"][0]["jobs"][0]["properties"]["password"]
}
