//! A call that Cloud Controller gave up arrives long after what it sent later.
use super::{GAVE_UP, LIMIT, Stage, plan, road::Road, stands};
use chandler_proto::layout::{binding_key, instance_key};
use chandler_simulators::cloud_controller::{
    OperationKind::{Create, Delete, Update},
    OperationState::Failed,
    OutgoingAction, OutgoingFate, OutgoingFault,
};
use chandler_tests::{cloud_foundry::User, wait, world::World};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Instant;

const INSTANCES: &str = "/v3/service_instances";
const BINDINGS: &str = "/v3/service_credential_bindings";
/// So many PUTs race with their DELETEs.
const RACES: usize = 24;
/// So many instances there may be beside the one at home.
const KEPT: usize = 8;

/// A stage whose calls come by a road.
async fn start() -> (Stage, Road) {
    let world = Box::new(Box::pin(World::start(plan())).await);
    let road = Road::to(&world.platform.url).await;
    let stage = Stage::around(world, &road.url, |_| {}).await;
    (stage, road)
}

impl Stage {
    /// The next call for this purpose, whose path holds this, is given up as soon as it is sent.
    fn gives_up(&self, part: &str, purpose: &str) {
        let fault = OutgoingFault::once("", part, OutgoingAction::TimeOut).only(purpose);
        self.cf.controller.set_outgoing_fault(fault);
    }

    async fn created_as(&self, name: String) -> String {
        self.created(&name).await
    }

    /// Begins to make a key of an instance: its guid and its job. Its PUT is on its way.
    async fn begins_key(&self, home: &str, name: &str) -> (String, String) {
        let instance = json!({"data": {"guid": home}});
        let body = json!({"type": "key", "name": name, "relationships": {"service_instance": instance}});
        let job = self.user().begin(Method::POST, BINDINGS, Some(&body)).await;
        let guid = self.user().key(home, name).await;
        wait::until("it was sent", LIMIT, || async {
            (!self.calls(&guid, "bind").is_empty()).then_some(())
        })
        .await;
        (guid, job)
    }
}

/// When a late PUT arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrives {
    /// The clean-up is over, and the user still sees what failed.
    BehindItsCleanUp,
    /// The user has deleted that, too.
    BehindItsRow,
    /// No clean-up has come through yet; the user has deleted the row.
    BeforeItsCleanUp,
}

impl Arrives {
    const ALL: [Arrives; 3] = [
        Arrives::BehindItsCleanUp,
        Arrives::BehindItsRow,
        Arrives::BeforeItsCleanUp,
    ];
}

/// A PUT of an instance brings nothing to life.
async fn provision(stage: &Stage, road: &Road, arrives: Arrives) {
    let alone = stage.arming.lock().await;
    let gate = road.hold("PUT", "/v2/service_instances/");
    stage.gives_up("/v2/service_instances/", "provision");
    let (guid, job) = stage.creates_now(&format!("late-{arrives:?}")).await;
    let unsent = (arrives == Arrives::BeforeItsCleanUp).then(|| {
        let fault = OutgoingFault::always("DELETE", &guid, OutgoingAction::TimeOutUnsent).only("orphan");
        stage.cf.controller.set_outgoing_fault(fault)
    });
    assert!(gate.reached().await.contains(&guid));
    drop(alone);
    let why = stage.user().ended(&job, Some(&guid)).await.failed();
    assert_eq!(why, format!("provision could not be completed: {GAVE_UP}"));
    if unsent.is_none() {
        stage.cleaned_up(&guid).await;
    }
    if arrives != Arrives::BehindItsCleanUp {
        stage.deleted(&guid).await;
        assert_eq!(stage.fates(&guid, "deprovision"), [OutgoingFate::Answered(410)]);
    }
    assert_eq!(gate.open().await, 422, "{arrives:?}: what was deleted isn't begun");
    if let Some(unsent) = unsent {
        stage.cf.controller.clear_outgoing_fault(unsent);
        stage.cleaned_up(&guid).await;
    }
    assert!(stage.rests(&instance_key(&guid)).await.gone());
    if arrives == Arrives::BehindItsCleanUp {
        assert!(stands(stage.instance(&guid).as_ref(), Create, Failed));
        stage.deleted(&guid).await;
    }
    let fates = stage.fates(&guid, "orphan");
    assert_eq!(fates.last(), Some(&OutgoingFate::Answered(410)), "{fates:?}");
    stage.has_nothing_of(&guid);
}

/// A PUT of a binding brings nothing to life.
async fn bind(stage: &Stage, road: &Road, home: &str, arrives: Arrives) {
    let alone = stage.arming.lock().await;
    let path = format!("{home}/service_bindings/");
    let gate = road.hold("PUT", &path);
    stage.gives_up(&path, "bind");
    let (guid, job) = stage.begins_key(home, &format!("late-{arrives:?}")).await;
    let unsent = (arrives == Arrives::BeforeItsCleanUp).then(|| {
        let fault = OutgoingFault::always("DELETE", &guid, OutgoingAction::TimeOutUnsent).only("orphan");
        stage.cf.controller.set_outgoing_fault(fault)
    });
    assert!(gate.reached().await.contains(&guid));
    drop(alone);
    let why = stage.user().ended(&job, None).await.failed();
    assert_eq!(why, format!("bind could not be completed: {GAVE_UP}"));
    if unsent.is_none() {
        stage.cleaned_up(&guid).await;
    }
    if arrives != Arrives::BehindItsCleanUp {
        stage.unbound(&guid).await;
        assert_eq!(stage.fates(&guid, "unbind"), [OutgoingFate::Answered(410)]);
    }
    assert_eq!(gate.open().await, 422, "{arrives:?}: what was deleted isn't begun");
    if let Some(unsent) = unsent {
        stage.cf.controller.clear_outgoing_fault(unsent);
        stage.cleaned_up(&guid).await;
    }
    assert!(stage.rests(&binding_key(home, &guid)).await.gone());
    if arrives == Arrives::BehindItsCleanUp {
        assert!(stands(stage.binding(&guid).as_ref(), Create, Failed));
        stage.unbound(&guid).await;
    }
    stage.has_nothing_of(&guid);
}

/// A PATCH that was given up arrives after the deletion of its instance; a DELETE arrives after the one that was sent in its
/// stead, and a PUT of a binding after its instance is gone.
async fn changes(stage: &Stage, road: &Road) {
    let guid = stage.created("changing").await;
    let path = format!("{INSTANCES}/{guid}");

    let bind = road.hold("PUT", &format!("{guid}/service_bindings/"));
    stage.gives_up(&format!("{guid}/service_bindings/"), "bind");
    let (key, job) = stage.begins_key(&guid, "late").await;
    bind.reached().await;
    stage.user().ended(&job, None).await.failed();
    stage.cleaned_up(&key).await;

    let patch = road.hold("PATCH", &guid);
    stage.gives_up(&guid, "update");
    let body = User::to_plan(&stage.large);
    let why = stage.user().update_service(&guid, &body).await.failed();
    assert_eq!(why, format!("update could not be completed: {GAVE_UP}"));
    patch.reached().await;
    assert!(stands(stage.instance(&guid).as_ref(), Update, Failed));
    stage.has_all_of(&guid);

    let (unbound, _) = stage.user().keyed(&guid, "unbound").await;
    let unbind = road.hold("DELETE", &unbound);
    stage.gives_up(&unbound, "unbind");
    stage.user().unbind(&unbound).await.failed();
    unbind.reached().await;
    assert!(stands(stage.binding(&unbound).as_ref(), Delete, Failed));
    stage.has_all_left(&guid, &unbound);
    stage.unbound(&unbound).await;
    stage.has_nothing_of(&unbound);
    assert_eq!(unbind.open().await, 410, "a late unbind");

    // Its deletion takes the failed key along.
    let delete = road.hold("DELETE", &format!("{guid}?"));
    stage.gives_up(&guid, "deprovision");
    let end = stage.user().begin(Method::DELETE, &path, None).await;
    delete.reached().await;
    stage.user().ended(&end, None).await.failed();
    assert!(stands(stage.instance(&guid).as_ref(), Delete, Failed));
    assert_eq!(stage.binding(&key), None, "the row of the key");
    stage.deleted(&guid).await;
    stage.has_nothing_of(&guid);
    assert_eq!(delete.open().await, 410, "a late deprovision");
    let (late_patch, late_bind) = (patch.open().await, bind.open().await);
    assert!(
        matches!(late_patch, 404 | 422) && matches!(late_bind, 404 | 422),
        "{late_patch} {late_bind}"
    );
    assert!(stage.rests(&instance_key(&guid)).await.gone());
    assert!(stage.rests(&binding_key(&guid, &key)).await.gone());
    stage.has_nothing_of(&guid);
}

impl Stage {
    /// A binding that Cloud Controller couldn't delete is still there.
    fn has_all_left(&self, home: &str, binding: &str) {
        let name = World::credential_name(home, binding);
        assert!(self.world.users(home).contains_key(binding), "the user");
        assert!(self.world.credhub().get(&name).is_some(), "the credential");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrives_behind_its_delete_brings_nothing_to_life() {
    let begun = Instant::now();
    let (stage, road) = Box::pin(start()).await;
    let home = stage.created("home").await;
    let provisions = join_all(Arrives::ALL.map(|it| provision(&stage, &road, it)));
    let binds = join_all(Arrives::ALL.map(|it| bind(&stage, &road, &home, it)));
    futures::join!(provisions, binds);
    changes(&stage, &road).await;
    stage.is_at_rest().await;
    stage.has_all_of(&home);
    stage.is_exact();
    println!("what arrives late: {:.0} s", begun.elapsed().as_secs_f64());
}

/// Instances are counted, so that a PUT is written twice, and a DELETE may come between.
fn counted(json: &mut Value) {
    json["service_catalog"]["global_quotas"] = json!({"service_instance_limit": KEPT + 1});
}

/// Nobody knows which one comes first; most are met by their DELETE at some point of their way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn puts_that_race_with_their_clean_up_leave_nothing() {
    let begun = Instant::now();
    let mut plan = plan();
    (plan.gateways, plan.workers, plan.binding_workers) = (2, 2, 2);
    plan.change = counted;
    let stage = Box::pin(Stage::start(plan)).await;
    let home = stage.created("home").await;
    for purpose in ["provision", "bind"] {
        let fault = OutgoingFault::always("PUT", "", OutgoingAction::TimeOut).only(purpose);
        stage.cf.controller.set_outgoing_fault(fault);
    }
    let (theirs, its) = (&stage, &home);
    let instance = |n| async move { theirs.creates_now(&format!("race-{n}")).await.0 };
    let key = |n| async move { theirs.begins_key(its, &format!("key-{n}")).await.0 };
    let instances = join_all((0..RACES).map(instance)).await;
    let keys = join_all((0..RACES).map(key)).await;
    stage.is_at_rest().await;
    let of = |purpose: &'static str, guids: &[String]| {
        let firsts = guids.iter().map(|it| stage.fates(it, purpose)[0].clone());
        let first = firsts.filter(|it| *it == OutgoingFate::Answered(202));
        (first.count(), guids.len())
    };
    println!(
        "PUTs that came before their DELETEs: {:?} of instances, {:?} of keys; {:.0} s",
        of("orphan", &instances),
        of("orphan", &keys),
        begun.elapsed().as_secs_f64()
    );
    stage.is_exact();
    for guid in &instances {
        assert!(stands(stage.instance(guid).as_ref(), Create, Failed), "{guid}");
        stage.has_nothing_of(guid);
    }
    for guid in &keys {
        assert!(stands(stage.binding(guid).as_ref(), Create, Failed), "{guid}");
        stage.has_nothing_of(guid);
    }
    stage.cf.controller.clear_outgoing_faults();
    join_all(instances.iter().map(|it| stage.deleted(it))).await;
    join_all(keys.iter().map(|it| stage.unbound(it))).await;
    stage.has_all_of(&home);
    // What came to nothing isn't counted, and what is there is.
    join_all((0..KEPT).map(|n| theirs.created_as(format!("afterwards-{n}")))).await;
    let (_, job) = stage.creates("one too many").await;
    let why = stage.user().ended(&job, None).await.failed();
    assert!(why.contains("limit"), "{why}");
    stage.is_at_rest().await;
    stage.is_exact();
}
