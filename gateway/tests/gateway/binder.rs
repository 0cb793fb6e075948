//! Instance `i` and its bindings: what a platform asks, and what the worker would write.
use crate::world::{PLAN, SERVICE, World, body, now, sealer, send};
use chandler_proto::{
    ids::Millis,
    job::{Event, Facts, Learnt, sealed},
    layout::{Key, binding_key},
    records::Record,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The query of a platform that can poll.
pub(crate) const POLLS: &str = "accepts_incomplete=true";
/// That of one that can't.
pub(crate) const WAITS: &str = "accepts_incomplete=false";

pub(crate) fn key(binding: &str) -> Key {
    binding_key("i", binding)
}
pub(crate) fn path(binding: &str) -> String {
    format!("/v2/service_instances/i/service_bindings/{binding}")
}
pub(crate) fn wish(parameters: &Value) -> Value {
    json!({
        "service_id": SERVICE, "plan_id": PLAN, "app_guid": "app",
        "bind_resource": { "app_guid": "app", "space_guid": "s" },
        "context": { "platform": "cloudfoundry" }, "parameters": parameters,
    })
}

/// With a provisioned instance.
pub(crate) async fn provisioned(gateways: usize) -> World {
    let world = World::new(gateways).await;
    provision(&world).await;
    world
}

pub(crate) async fn provision(world: &World) {
    send(world.put(0, "i", &body(json!({})))).await.is(202);
    world.finish("i").await;
}

impl World {
    pub(crate) fn bind(&self, gateway: usize, binding: &str, query: &str, wish: &Value) -> RequestBuilder {
        let path = format!("{}?{query}", path(binding));
        self.ask(gateway, Method::PUT, &path).json(wish)
    }
    pub(crate) fn unbind(&self, gateway: usize, binding: &str, query: &str) -> RequestBuilder {
        let path = format!("{}?{query}&service_id={SERVICE}&plan_id={PLAN}", path(binding));
        self.ask(gateway, Method::DELETE, &path)
    }
    pub(crate) fn fetch(&self, gateway: usize, binding: &str) -> RequestBuilder {
        self.ask(gateway, Method::GET, &path(binding))
    }
    pub(crate) fn poll_binding(&self, gateway: usize, binding: &str, operation: &str) -> RequestBuilder {
        let path = format!("{}/last_operation", path(binding));
        self.ask(gateway, Method::GET, &path).query(&[("operation", operation)])
    }
    pub(crate) async fn binding(&self, binding: &str) -> Option<Record> {
        Some(self.record_at(&key(binding)).await?.0)
    }
    /// Whether a job that wants this runs for the binding.
    pub(crate) async fn runs(&self, binding: &str, deletes: bool) -> bool {
        let record = self.binding(binding).await;
        record.is_some_and(|it| !it.job.finished() && it.job.operation.deletes() == deletes)
    }
    /// Plays the worker that creates a binding.
    pub(crate) async fn create(&self, binding: &str, answer: &Value) {
        let key = key(binding);
        let answer = sealer().seal(&key, &answer.to_string(), rand::random()).unwrap();
        let learnt = Learnt {
            facts: Facts::default(),
            sealed: BTreeMap::from([(sealed::ANSWER.to_owned(), answer)]),
        };
        let acting = Event::Acting {
            learnt: Learnt::default(),
            note: Some("creating the binding".to_owned()),
            until: Millis(now().0 + 60_000),
        };
        // In one write: no other turn may act in the window.
        self.turn_with(&key, [acting, Event::Answered { learnt }, done()]).await;
    }
    /// Plays the worker that ends a leg.
    pub(crate) async fn leg_done(&self, binding: &str, facts: Facts) {
        self.turn_at(&key(binding), Event::LegDone { facts }).await;
    }
}

fn done() -> Event {
    Event::LegDone {
        facts: Facts::default(),
    }
}
