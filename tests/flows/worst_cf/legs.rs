//! Cloud Controller's DELETE at every leg of a create and of a bind: a user's, that of a clean-up which nobody waits for, and
//! that of an instance with all its bindings.
use super::{LIMIT, Stage, plan, stands, updatable};
use chandler_proto::step::{ProvisioningStep, Step};
use chandler_simulators::{
    bosh::{TaskEffect, TaskFault, TaskKind, TaskState},
    cloud_controller::{
        OperationKind::Create,
        OperationState::{Failed, InProgress},
        OutgoingAction, OutgoingFate, OutgoingFault,
    },
};
use chandler_tests::{
    rig::{Fate, Rig, Thing},
    wait,
    world::{Plan, World},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    ops::{Deref, DerefMut},
    time::{Duration, Instant},
};

const INSTANCES: &str = "/v3/service_instances";
const BINDINGS: &str = "/v3/service_credential_bindings";

/// A world with the workers in our hands.
struct Hands(Rig);

impl Deref for Hands {
    type Target = World;
    fn deref(&self) -> &World {
        &self.0.world
    }
}

impl DerefMut for Hands {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.0.world
    }
}

/// Whose DELETE it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    User,
    CleanUp,
}

/// Several windows are waited for in one story.
fn patient(json: &mut Value) {
    updatable(json);
    json["chandler"]["deadlines"] = json!({"binding_seconds": 36_000});
}

impl Stage<Hands> {
    async fn in_hands() -> Stage<Hands> {
        let change = patient;
        let rig = Box::pin(Rig::start(Plan { change, ..plan() })).await;
        let url = rig.world.platform.url.clone();
        Stage::around(Hands(rig), &url, |_| {}).await
    }

    fn rig(&mut self) -> &mut Rig {
        &mut self.world.0
    }

    async fn drives(&mut self, thing: &Thing) {
        self.rig().drive(thing, Fate::default()).await;
    }

    /// Drives it to a leg, and so far that the Director has its task, which hangs.
    async fn drives_to(&mut self, thing: &Thing, leg: usize, running: Option<TaskKind>) {
        if leg > 0 {
            self.rig().drive_until(thing, |it| it.job.leg == leg).await;
        }
        assert!(!self.rig().record(thing).await.0.job.finished());
        let Some(kind) = running else { return };
        self.world.director.set_fault(TaskFault::once(kind, TaskEffect::Hang));
        for _ in 0..20 {
            let tasks = self.world.director.tasks();
            if tasks
                .iter()
                .any(|it| it.kind == kind && it.state == TaskState::Processing)
            {
                return;
            }
            self.rig().turn(thing).await;
        }
        panic!("the {kind:?} of {thing:?} never runs");
    }

    /// Makes an instance, undisturbed.
    async fn made(&mut self, name: &str) -> String {
        self.rig().new_story();
        let (guid, job) = self.creates(name).await;
        self.drives(&Thing::instance(&guid)).await;
        self.user().ended(&job, Some(&guid)).await.succeeded();
        self.has_all_of(&guid);
        guid
    }

    /// From now on the broker accepts the next call for this purpose, nobody hears of it, and no clean-up arrives.
    fn is_deaf(&self, method: &str, purpose: &str) {
        let lost = OutgoingFault::once(method, "", OutgoingAction::AnswerLost).only(purpose);
        self.cf.controller.set_outgoing_fault(lost);
        let unsent = OutgoingFault::always("DELETE", "", OutgoingAction::TimeOutUnsent).only("orphan");
        self.cf.controller.set_outgoing_fault(unsent);
    }

    /// The next attempt of the clean-up arrives, now.
    async fn cleans_up(&self, guid: &str) {
        self.cf.controller.clear_outgoing_faults();
        self.cf.controller.skip(Duration::from_secs(20));
        self.cleaned_up(guid).await;
        let fates = self.fates(guid, "orphan");
        assert_eq!(fates.last(), Some(&OutgoingFate::Answered(202)), "{fates:?}");
    }

    /// Begins to make a key: its guid and its job.
    async fn keys(&self, home: &str, name: &str) -> (String, String) {
        let instance = json!({"data": {"guid": home}});
        let body = json!({"type": "key", "name": name, "relationships": {"service_instance": instance}});
        let job = self.user().begin(Method::POST, BINDINGS, Some(&body)).await;
        (self.user().key(home, name).await, job)
    }

    async fn answered(&self, guid: &str, purpose: &str, status: u16) {
        wait::until(&format!("the {purpose} of {guid} is answered"), LIMIT, || async {
            let fates = self.fates(guid, purpose);
            (fates.last() == Some(&OutgoingFate::Answered(status))).then_some(())
        })
        .await;
    }
}

/// The kind of task that a leg has the Director run.
fn task_of(step: &Step) -> Option<TaskKind> {
    match step {
        Step::Provisioning(ProvisioningStep::Deploy) => Some(TaskKind::Deploy),
        Step::Errands(_) => Some(TaskKind::Errand),
        Step::Provisioning(_) | Step::Binding(_) | Step::UaaClients(_) => None,
    }
}

/// A DELETE at a leg of a create, with its task under way if it has one and that is wanted.
async fn create(stage: &mut Stage<Hands>, leg: usize, running: Option<TaskKind>, whose: Whose) {
    stage.rig().new_story();
    let what = format!("at leg {leg} running {running:?} {whose:?}");
    if whose == Whose::CleanUp {
        stage.is_deaf("PUT", "provision");
    }
    let (guid, job) = stage.creates(&what).await;
    let thing = Thing::instance(&guid);
    match whose {
        Whose::User => {
            stage.answered(&guid, "provision", 202).await;
            stage.drives_to(&thing, leg, running).await;
            let delete = stage
                .user()
                .begin(Method::DELETE, &format!("{INSTANCES}/{guid}"), None)
                .await;
            stage.answered(&guid, "deprovision", 202).await;
            let why = stage.user().ended(&job, None).await.failed();
            assert_eq!(why, "create could not be completed: delete in progress", "{what}");
            stage.drives(&Thing::whole(&guid)).await;
            stage.user().ended(&delete, None).await.succeeded();
        }
        Whose::CleanUp => {
            stage.user().ended(&job, None).await.failed();
            stage.drives_to(&thing, leg, running).await;
            stage.cleans_up(&guid).await;
            stage.drives(&Thing::whole(&guid)).await;
            assert!(stands(stage.instance(&guid).as_ref(), Create, Failed), "{what}");
            stage.has_nothing_of(&guid);
            stage.deleted(&guid).await;
            assert_eq!(
                stage.fates(&guid, "deprovision"),
                [OutgoingFate::Answered(410)],
                "{what}"
            );
        }
    }
    assert_eq!(stage.instance(&guid), None, "{what}");
    stage.has_nothing_of(&guid);
    let cancelled = stage.world.director.tasks().into_iter();
    let of = cancelled.filter(|it| it.deployment.contains(&guid) && it.state == TaskState::Cancelled);
    assert_eq!(
        of.count(),
        usize::from(running.is_some()),
        "{what}: what ran is cancelled"
    );
}

/// A DELETE at a leg of a bind.
async fn bind(stage: &mut Stage<Hands>, home: &str, leg: usize, whose: Whose) {
    stage.rig().new_story();
    let what = format!("at leg {leg} {whose:?}");
    if whose == Whose::CleanUp {
        stage.is_deaf("PUT", "bind");
    }
    let (guid, job) = stage.keys(home, &what).await;
    let thing = Thing::binding(home, &guid);
    match whose {
        Whose::User => {
            stage.answered(&guid, "bind", 202).await;
            stage.drives_to(&thing, leg, None).await;
            let unbind = stage
                .user()
                .begin(Method::DELETE, &format!("{BINDINGS}/{guid}"), None)
                .await;
            stage.answered(&guid, "unbind", 202).await;
            stage.user().ended(&job, None).await.failed();
            stage.drives(&thing).await;
            stage.user().ended(&unbind, None).await.succeeded();
        }
        Whose::CleanUp => {
            stage.user().ended(&job, None).await.failed();
            stage.drives_to(&thing, leg, None).await;
            stage.cleans_up(&guid).await;
            stage.drives(&thing).await;
            assert!(stands(stage.binding(&guid).as_ref(), Create, Failed), "{what}");
            stage.has_nothing_of(&guid);
            stage.unbound(&guid).await;
            assert_eq!(stage.fates(&guid, "unbind"), [OutgoingFate::Answered(410)], "{what}");
        }
    }
    assert_eq!(stage.binding(&guid), None, "{what}");
    stage.has_nothing_of(&guid);
}

/// `delete-service` while a bind is at a leg: the first one ends because the unbind goes on, the next one takes the rest.
async fn whole(stage: &mut Stage<Hands>, leg: usize) {
    let home = stage.made(&format!("bound at leg {leg}")).await;
    let (guid, job) = stage.keys(&home, "key").await;
    stage.answered(&guid, "bind", 202).await;
    let thing = Thing::binding(&home, &guid);
    stage.drives_to(&thing, leg, None).await;
    stage.user().delete_service(&home).await.failed();
    assert_eq!(stage.fates(&home, "deprovision"), [], "it wasn't asked for");
    stage.user().ended(&job, None).await.failed();
    assert!(stage.binding(&guid).is_some_and(|it| it.state == InProgress));
    stage.drives(&thing).await;
    wait::until("the row of the key is gone", LIMIT, || async {
        stage.binding(&guid).is_none().then_some(())
    })
    .await;
    let delete = stage
        .user()
        .begin(Method::DELETE, &format!("{INSTANCES}/{home}"), None)
        .await;
    stage.answered(&home, "deprovision", 202).await;
    stage.drives(&Thing::whole(&home)).await;
    stage.user().ended(&delete, None).await.succeeded();
    stage.has_nothing_of(&home);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_at_every_leg_of_a_create_leaves_nothing() {
    let begun = Instant::now();
    let mut stage = Box::pin(Stage::in_hands()).await;
    stage.rig().new_story();
    let (guid, job) = stage.creates("undisturbed").await;
    let thing = Thing::instance(&guid);
    stage.answered(&guid, "provision", 202).await;
    let legs = stage.rig().record(&thing).await.0.job.itinerary;
    stage.drives(&thing).await;
    stage.user().ended(&job, None).await.succeeded();
    let mut cases = 0;
    for (leg, step) in legs.iter().enumerate() {
        for whose in [Whose::User, Whose::CleanUp] {
            for running in [Some(None), task_of(step).map(Some)].into_iter().flatten() {
                create(&mut stage, leg, running, whose).await;
                cases += 1;
            }
        }
    }
    stage.cf.is_idle().await;
    stage.has_all_of(&guid);
    stage.is_exact();
    println!(
        "a DELETE of Cloud Controller at every leg of a create: {cases} cases; {:.0} s",
        begun.elapsed().as_secs_f64()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_at_every_leg_of_a_bind_leaves_nothing() {
    let begun = Instant::now();
    let mut stage = Box::pin(Stage::in_hands()).await;
    let home = stage.made("home").await;
    let (guid, job) = stage.keys(&home, "undisturbed").await;
    stage.answered(&guid, "bind", 202).await;
    let thing = Thing::binding(&home, &guid);
    let legs = stage.rig().record(&thing).await.0.job.itinerary.len();
    stage.drives(&thing).await;
    stage.user().ended(&job, None).await.succeeded();
    for leg in 0..legs {
        bind(&mut stage, &home, leg, Whose::User).await;
        bind(&mut stage, &home, leg, Whose::CleanUp).await;
        whole(&mut stage, leg).await;
    }
    stage.cf.is_idle().await;
    stage.has_all_of(&guid);
    stage.is_exact();
    println!(
        "a DELETE of Cloud Controller at every leg of a bind: {} cases; {:.0} s",
        3 * legs,
        begun.elapsed().as_secs_f64()
    );
}
