//! Bindings, as a platform asks for them, and what has become of them.
use super::{
    floor::{Floor, LIMIT, encoded},
    wire::{Reply, Request},
};
use chandler_proto::{layout::binding_key, records::Record};
use chandler_tests::{
    platform::Platform,
    settings::{SERVICE, SMALL},
    wait,
    world::World,
};
use serde_json::{Value, json};

/// The query of a platform that polls.
pub(crate) const POLLS: &str = "accepts_incomplete=true";

/// The path of a binding.
pub(crate) fn path(instance: &str, binding: &str) -> String {
    format!("/v2/service_instances/{instance}/service_bindings/{binding}")
}
/// PUT of a binding; `query` without `?`.
pub(crate) fn bind_with(instance: &str, binding: &str, query: &str, body: &Value) -> Request {
    Request::new("PUT", &format!("{}?{query}", path(instance, binding))).json(body)
}
/// For a platform that polls.
pub(crate) fn bind(instance: &str, binding: &str, parameters: Value) -> Request {
    bind_with(instance, binding, POLLS, &Platform::bind_body(parameters))
}
/// For a platform that waits.
pub(crate) fn bind_now(instance: &str, binding: &str, parameters: Value) -> Request {
    bind_with(instance, binding, "", &Platform::bind_body(parameters))
}
pub(crate) fn fetch(instance: &str, binding: &str) -> Request {
    Request::new("GET", &path(instance, binding))
}
/// DELETE of a binding; `query` without `?`, the ids are added.
pub(crate) fn unbind_with(instance: &str, binding: &str, query: &str) -> Request {
    let ids = format!("service_id={SERVICE}&plan_id={SMALL}");
    Request::new("DELETE", &format!("{}?{query}&{ids}", path(instance, binding)))
}
pub(crate) fn unbind(instance: &str, binding: &str) -> Request {
    unbind_with(instance, binding, POLLS)
}
pub(crate) fn unbind_now(instance: &str, binding: &str) -> Request {
    unbind_with(instance, binding, "")
}
/// A poll as Cloud Controller sends it.
pub(crate) fn poll(instance: &str, binding: &str, operation: Option<&str>) -> Request {
    let ids = format!("service_id={SERVICE}&plan_id={SMALL}");
    let mut target = format!("{}/last_operation?{ids}", path(instance, binding));
    if let Some(operation) = operation {
        target.push_str(&format!("&operation={}", encoded(operation)));
    }
    Request::new("GET", &target)
}

/// An object without one of its members.
pub(crate) fn without(body: &Value, member: &str) -> Value {
    let mut body = body.clone();
    body.as_object_mut().unwrap().remove(member);
    body
}

impl Floor {
    /// Polls until the operation has ended.
    pub(crate) async fn binding_ended(&self, instance: &str, binding: &str, operation: &str) -> Reply {
        wait::until(&format!("{operation} of {binding} ends"), LIMIT, || async {
            let reply = self.ask(poll(instance, binding, Some(operation))).await;
            assert!([200, 410].contains(&reply.status), "{reply:?}");
            (reply.body["state"] != "in progress").then_some(reply)
        })
        .await
    }
    /// Has a bind accepted, and waits for `succeeded`: what GET says then.
    pub(crate) async fn bound(&self, instance: &str, binding: &str, request: Request) -> Value {
        let operation = self.accepted(request).await;
        let reply = self.binding_ended(instance, binding, &operation).await;
        assert_eq!(reply.body["state"], "succeeded", "{reply:?}");
        self.expect(200, fetch(instance, binding)).await.body
    }
    /// Unbinds, and waits until it is gone: the operation string.
    pub(crate) async fn unbound(&self, instance: &str, binding: &str) -> String {
        let operation = self.accepted(unbind(instance, binding)).await;
        let reply = self.binding_ended(instance, binding, &operation).await;
        assert_eq!(reply.status, 410, "{reply:?}");
        operation
    }
    /// The record as the bus has it.
    pub(crate) async fn binding_record(&self, instance: &str, binding: &str) -> Option<Record> {
        let read = self
            .world
            .bus
            .read(binding_key(instance, binding).as_str())
            .await
            .unwrap();
        read.entry.map(|entry| Record::parse(&entry.value).unwrap())
    }
    /// Nothing is there, on the bus, at the service, or in CredHub.
    pub(crate) async fn is_unbound(&self, instance: &str, binding: &str) {
        let record = self.binding_record(instance, binding).await;
        assert!(record.is_none(), "{binding}: {record:?}");
        self.has_no_remains(instance, binding);
    }
    /// Nothing works any more, and nobody may read anything.
    pub(crate) fn has_no_remains(&self, instance: &str, binding: &str) {
        let users = self.world.users(instance);
        assert!(!users.contains_key(binding), "{binding}: {users:?}");
        if let Some(credhub) = &self.world.systems.credhub {
            let name = World::credential_name(instance, binding);
            assert_eq!(credhub.get(&name), None, "{name}");
            assert_eq!(self.world.permissions(&name), vec![], "{name}");
        }
    }
    /// The credentials that an answer gives, or refers to. They are those of the service's user.
    pub(crate) fn credentials(&self, instance: &str, binding: &str, answer: &Value) -> Value {
        let given = &answer["credentials"];
        let credentials = match &self.world.systems.credhub {
            None => given.clone(),
            Some(credhub) => {
                let name = World::credential_name(instance, binding);
                assert_eq!(given, &json!({"credhub-ref": name}), "{answer}");
                credhub.get(&name).unwrap_or_else(|| panic!("{name} is not there"))
            }
        };
        let users = self.world.users(instance);
        let user = users.get(binding).unwrap_or_else(|| panic!("{binding} has no user"));
        assert!(
            credentials.is_object() && user["password"].is_string(),
            "{binding}: {user}"
        );
        assert_eq!(credentials["password"], user["password"], "{binding}: they don't work");
        self.keeps(user["password"].as_str().unwrap());
        credentials
    }
}
