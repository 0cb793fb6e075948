//! Users who don't wait.
use super::{BINDINGS_AT, INSTANCES_AT, one, rest};
use crate::worst_cf::{Stage, parameters};
use chandler_simulators::cloud_controller::{Binding, Instance, OperationKind};
use chandler_tests::cloud_foundry::User;
use rand::{Rng, rngs::StdRng};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};
use tokio::time::Instant;

/// What the users have asked for, and how often it was taken on.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) asked: Cell<usize>,
    pub(super) taken: Cell<usize>,
    /// The last update of each instance.
    pub(super) updates: RefCell<BTreeMap<String, Value>>,
}

/// Somebody who asks for this and that and doesn't wait for anything.
pub(super) struct Person<'a> {
    pub(super) stage: &'a Stage,
    pub(super) dice: StdRng,
    pub(super) number: u64,
    /// The guid of an app that anything may be bound to.
    pub(super) app: &'a str,
    /// How many instances and bindings he has asked for.
    pub(super) made: u64,
    pub(super) tally: &'a Tally,
}

impl Person<'_> {
    /// What he asks for may be refused: something else is under way.
    async fn asks(&self, method: Method, path: &str, body: Option<&Value>) -> bool {
        let answer = self.stage.user().ask(method, path, body).await;
        let taken = answer.status == StatusCode::ACCEPTED;
        self.tally.asked.set(self.tally.asked.get() + 1);
        self.tally.taken.set(self.tally.taken.get() + usize::from(taken));
        assert!(taken || answer.status.is_client_error(), "{path}: {answer:?}");
        taken
    }

    /// His instance and its keys, as Cloud Controller has them.
    fn has(&self) -> (Option<Instance>, Vec<Binding>) {
        let controller = &self.stage.cf.controller;
        let mine = format!("chance-{}-", self.number);
        let instance = controller.instances().into_iter().find(|it| it.name.starts_with(&mine));
        let of = |it: &Binding| instance.as_ref().is_some_and(|mine| mine.guid == it.instance);
        let keys = controller.bindings().into_iter().filter(of).collect();
        (instance, keys)
    }

    async fn creates(&mut self) {
        self.made += 1;
        let (name, user) = (format!("chance-{}-{}", self.number, self.made), self.stage.user());
        let body = user.service_body(&name, &self.stage.small, parameters());
        self.asks(Method::POST, INSTANCES_AT, Some(&body)).await;
    }

    async fn acts(&mut self, instance: &Instance, keys: &[Binding]) {
        let path = format!("{INSTANCES_AT}/{}", instance.guid);
        // Cloud Controller lets it be changed when its deletion was given up, and then forgets the deletion. The broker may
        // have heard of it.
        let is_going = instance.last_operation.kind == OperationKind::Delete;
        let choice = if is_going { 85 } else { self.dice.random_range(0..100) };
        match choice {
            0..45 => {
                self.made += 1;
                let home = json!({"data": {"guid": instance.guid}});
                let body = match choice {
                    0..35 => json!({"type": "key", "name": format!("key-{}", self.made),
                                    "relationships": {"service_instance": home}}),
                    _ => {
                        json!({"type": "app", "relationships": {"service_instance": home, "app": {"data": {"guid": self.app}}}})
                    }
                };
                self.asks(Method::POST, BINDINGS_AT, Some(&body)).await;
            }
            45..65 if !keys.is_empty() => {
                let key = &one(&mut self.dice, keys).guid;
                self.asks(Method::DELETE, &format!("{BINDINGS_AT}/{key}"), None).await;
            }
            65..85 => {
                let plans = [self.stage.small.as_str(), &self.stage.large];
                let plan = *one(&mut self.dice, &plans);
                let mut body = User::to_plan(plan);
                body["parameters"] = json!({"task_seconds": 0.3});
                if self.asks(Method::PATCH, &path, Some(&body)).await {
                    let mut updates = self.tally.updates.borrow_mut();
                    updates.insert(instance.guid.clone(), body);
                }
            }
            85..92 => _ = self.asks(Method::DELETE, &path, None).await,
            _ => {}
        }
    }

    pub(super) async fn lives(mut self, end: Instant) {
        rest(&mut self.dice, 0..5_000).await;
        while Instant::now() < end {
            match self.has() {
                (None, _) => self.creates().await,
                (Some(instance), keys) => self.acts(&instance, &keys).await,
            }
            rest(&mut self.dice, 100..1_200).await;
        }
    }
}
