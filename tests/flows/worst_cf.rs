//! Cloud Controller's worst: time-outs at every call, its DELETE in the middle of a create, its polls stopped for ever, its
//! retries doubled. No instance, credential or client is left that it doesn't know of, and none is missing that it knows.
//!
//! | file | what |
//! |---|---|
//! | `exact` | what Cloud Controller knows against what is there, to the last permission; when everything is at rest |
//! | `road` | a road between Cloud Controller and the gateways, on which a call can be held up |
//! | `table`, `table/` | what can happen to a call, against every kind of call |
//! | `legs` | a DELETE at every leg of a create and of a bind |
//! | `hung_up` | Cloud Controller hangs up while a gateway waits for the end of a bind or of an unbind |
//! | `late` | a call that arrives long after the one that was sent later |
//! | `unpolled` | nobody polls; polls that are given up |
//! | `chance`, `chance/` | everything at random, while processes are killed |
mod chance;
mod exact;
mod hung_up;
mod late;
mod legs;
mod road;
mod table;
mod unpolled;

use chandler_engine::store::{Found, Store};
use chandler_proto::{layout::Key, records::Record};
use chandler_simulators::cloud_controller::{
    LastOperation, OperationKind, OperationState, Options, OutgoingAction, OutgoingCall, OutgoingFate, OutgoingFault,
};
use chandler_tests::{
    cloud_foundry::{BROKER, CloudFoundry, NAME, User},
    wait,
    world::{Plan, World},
};
use serde_json::{Value, json};
use std::{ops::Deref, time::Duration};

const LIMIT: Duration = Duration::from_secs(60);

/// What Cloud Controller says of a call that it gave up.
const GAVE_UP: &str = "The request to the service broker timed out";

fn updatable(json: &mut Value) {
    json["service_catalog"]["plan_updatable"] = json!(true);
}

/// The same, and binds and unbinds that are done soon are answered at once: the configuration says nothing of it.
fn soon(json: &mut Value) {
    updatable(json);
    json["chandler"].as_object_mut().unwrap().remove("gateway").unwrap();
}

/// Credentials and secrets of manifests in CredHub, a client and errands for every instance.
fn plan() -> Plan {
    Plan {
        secure: true,
        secure_manifests: true,
        errands: true,
        uaa_clients: true,
        task_seconds: 0.3,
        change: updatable,
        ..Plan::default()
    }
}

/// What an instance is made with: a BOSH config is something more that can be left behind.
fn parameters() -> Value {
    json!({"configs": {"cloud": "vm_types: []"}})
}

/// A world, or what holds one, with a Cloud Controller that knows its broker.
struct Stage<W = Box<World>> {
    world: W,
    cf: CloudFoundry,
    /// Guids of the plans.
    small: String,
    large: String,
    /// Whoever arms a fault for the call of a thing whose guid isn't known yet holds it until the call was hit.
    arming: tokio::sync::Mutex<()>,
}

impl Stage {
    async fn start(plan: Plan) -> Stage {
        let world = Box::new(Box::pin(World::start(plan)).await);
        let url = world.platform.url.clone();
        Self::around(world, &url, |_| {}).await
    }
}

impl<W: Deref<Target = World>> Stage<W> {
    /// With the broker at this address, and other options of Cloud Controller.
    async fn around(world: W, url: &str, change: impl FnOnce(&mut Options)) -> Stage<W> {
        let cf = CloudFoundry::with(&world, change).await;
        cf.admin.create_broker(NAME, url, BROKER).await.succeeded();
        cf.admin.enable_access(NAME).await;
        let (small, large) = (cf.developer.plan("small").await, cf.developer.plan("large").await);
        Stage {
            world,
            cf,
            small,
            large,
            arming: tokio::sync::Mutex::default(),
        }
    }

    fn user(&self) -> &User {
        &self.cf.developer
    }

    /// Begins to make an instance: its guid, and its job. Its PUT is on its way.
    async fn creates(&self, name: &str) -> (String, String) {
        let _alone = self.arming.lock().await;
        self.creates_now(name).await
    }

    async fn creates_now(&self, name: &str) -> (String, String) {
        let (guid, job) = self.user().create_service(name, &self.small, parameters()).await;
        wait::until("it was sent", LIMIT, || async {
            (!self.calls(&guid, "provision").is_empty()).then_some(())
        })
        .await;
        (guid, job)
    }

    /// Makes one, undisturbed.
    async fn created(&self, name: &str) -> String {
        let (guid, job) = self.creates(name).await;
        self.user().ended(&job, Some(&guid)).await.succeeded();
        guid
    }

    /// Arms a fault; its number.
    fn arm(&self, method: &str, path: &str, action: OutgoingAction, times: Option<u64>) -> u64 {
        let fault = OutgoingFault::always(method, path, action);
        self.cf.controller.set_outgoing_fault(OutgoingFault { times, ..fault })
    }

    /// The calls of the broker about a thing, whose path holds this, for this purpose.
    fn calls(&self, part: &str, purpose: &str) -> Vec<OutgoingCall> {
        let all = self.cf.controller.outgoing().into_iter();
        all.filter(|it| it.path.contains(part) && it.purpose == purpose)
            .collect()
    }

    /// What came of them.
    fn fates(&self, part: &str, purpose: &str) -> Vec<OutgoingFate> {
        self.calls(part, purpose).into_iter().map(|it| it.fate).collect()
    }

    /// The last operation of an instance, as Cloud Controller has it; `None` without a row.
    fn instance(&self, guid: &str) -> Option<LastOperation> {
        let rows = self.cf.controller.instances().into_iter();
        rows.into_iter().find(|it| it.guid == guid).map(|it| it.last_operation)
    }

    /// The same of a binding.
    fn binding(&self, guid: &str) -> Option<LastOperation> {
        let rows = self.cf.controller.bindings().into_iter();
        rows.into_iter().find(|it| it.guid == guid).map(|it| it.last_operation)
    }

    /// `delete-service`, whose end is that the row is gone.
    async fn deleted(&self, instance: &str) {
        self.user().delete_service(instance).await.succeeded();
        assert_eq!(self.instance(instance), None, "{instance}: the row is left");
    }

    /// The same of a binding.
    async fn unbound(&self, binding: &str) {
        self.user().unbind(binding).await.succeeded();
        assert_eq!(self.binding(binding), None, "{binding}: the row is left");
    }

    /// The record of a thing, without asking any gateway.
    async fn record(&self, key: &Key) -> Option<Record> {
        let store = Store::new(self.world.bus.clone(), Duration::ZERO);
        match store.load(key.as_str()).await.unwrap() {
            Found::Record(record, _) => Some(*record),
            Found::Nothing(_) => None,
        }
    }

    /// Waits until the broker has ended the present job of a thing; its record.
    async fn rests(&self, key: &Key) -> Record {
        wait::until(&format!("{} is at rest", key.as_str()), LIMIT, || async {
            self.record(key).await.filter(|it| it.job.finished())
        })
        .await
    }

    /// Waits until a clean-up was sent to the broker, and taken on.
    async fn cleaned_up(&self, part: &str) {
        wait::until(&format!("{part} is cleaned up"), LIMIT, || async {
            let taken = |it: &OutgoingFate| matches!(it, OutgoingFate::Answered(200 | 202 | 410));
            self.fates(part, "orphan").iter().any(taken).then_some(())
        })
        .await;
    }
}

/// Whether a row is as wanted.
fn stands(row: Option<&LastOperation>, kind: OperationKind, state: OperationState) -> bool {
    row.is_some_and(|it| (it.kind, it.state) == (kind, state))
}
