//! Nobody polls, or polls are given up. An operation ends all the same, and a later look or a later deletion finds it so.
use super::{GAVE_UP, LIMIT, Stage, parameters, plan, stands};
use chandler_proto::layout::{binding_key, instance_key};
use chandler_simulators::{
    bosh::{Ending, TaskEffect, TaskFault, TaskKind, TaskState},
    cloud_controller::{
        OperationKind::{Create, Delete, Update},
        OperationState::{Failed, InProgress},
        OutgoingAction, OutgoingFate,
    },
};
use chandler_tests::{cloud_foundry::User, service::Side, wait};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const INSTANCES: &str = "/v3/service_instances";
const BINDINGS: &str = "/v3/service_credential_bindings";
/// Longer than any plan lets Cloud Controller poll, by its scaled clock.
const TOO_LONG: Duration = Duration::from_secs(240);
/// How such a job ends.
const EXPIRED: &str = "The job execution has timed out.";

impl Stage {
    /// A task of this kind of an instance stands still; its id.
    async fn hangs(&self, guid: &str, kind: TaskKind) -> u64 {
        wait::until(&format!("the {kind:?} of {guid} hangs"), LIMIT, || async {
            let tasks = self.world.director.tasks();
            let of = tasks
                .iter()
                .rfind(|it| it.deployment.contains(guid) && it.kind == kind)?;
            (of.state == TaskState::Processing).then_some(of.id)
        })
        .await
    }

    /// The next task of this kind of an instance will stand still.
    fn will_hang(&self, guid: &str, kind: TaskKind) {
        let fault = TaskFault::once(kind, TaskEffect::Hang).of(&format!("service-instance_{guid}"));
        self.world.director.set_fault(fault);
    }

    /// Begins to make an instance that nobody polls: its guid, its job, and the fault that keeps polls away.
    async fn creates_unpolled(&self, name: &str, parameters: Value) -> (String, String, u64) {
        // Until its guid is known, nobody polls anything.
        let all = self.arm("GET", "", OutgoingAction::Stop, None);
        let (guid, job) = self.user().create_service(name, &self.small, parameters).await;
        let stop = self.arm("GET", &guid, OutgoingAction::Stop, None);
        self.cf.controller.clear_outgoing_fault(all);
        self.takes_on(&guid, "provision").await;
        (guid, job, stop)
    }

    fn lets_end(&self, task: u64) {
        assert!(self.world.director.finish_task(task, Ending::Done), "task {task}");
    }

    /// Waits until Cloud Controller knows that the broker has taken something on.
    async fn takes_on(&self, guid: &str, purpose: &str) {
        wait::until(&format!("the {purpose} of {guid} is accepted"), LIMIT, || async {
            (self.fates(guid, purpose).last() == Some(&OutgoingFate::Answered(202))).then_some(())
        })
        .await;
    }

    fn description(&self, guid: &str) -> String {
        let row = self.instance(guid).or_else(|| self.binding(guid)).unwrap();
        row.description
    }
}

/// Cloud Controller gives up all five kinds of operations while each stands still; a create and a bind are cleaned up, the
/// others go on, and what became of them is found out later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_too_long_is_given_up_and_both_sides_agree_later() {
    let begun = Instant::now();
    let stage = Box::pin(Stage::start(plan())).await;
    let (user, controller) = (stage.user(), &stage.cf.controller);
    let (updated, deleted, home) = futures::join!(
        stage.created("updated"),
        stage.created("deleted"),
        stage.created("home")
    );
    let (unbound, _) = user.keyed(&home, "unbound").await;

    // Its guid isn't known yet, and nobody else deploys.
    let hang = TaskFault::once(TaskKind::Deploy, TaskEffect::Hang);
    stage.world.director.set_fault(hang);
    let (created, creating) = stage.creates("created").await;
    let deploy = stage.hangs(&created, TaskKind::Deploy).await;
    stage.will_hang(&updated, TaskKind::Deploy);
    stage.will_hang(&deleted, TaskKind::Delete);
    let body = User::to_plan(&stage.large);
    let updating = user
        .begin(Method::PATCH, &format!("{INSTANCES}/{updated}"), Some(&body))
        .await;
    let deleting = user
        .begin(Method::DELETE, &format!("{INSTANCES}/{deleted}"), None)
        .await;
    let at_unbind = stage.world.service.gate("delete-binding", Side::Before);
    let unbinding = user.begin(Method::DELETE, &format!("{BINDINGS}/{unbound}"), None).await;
    let at_bind = stage.world.service.gate("create-binding", Side::Before);
    let body = json!({"type": "key", "name": "bound", "relationships": {"service_instance": {"data": {"guid": home}}}});
    let binding = user.begin(Method::POST, BINDINGS, Some(&body)).await;
    let bound = user.key(&home, "bound").await;
    let update = stage.hangs(&updated, TaskKind::Deploy).await;
    let delete = stage.hangs(&deleted, TaskKind::Delete).await;
    futures::join!(
        at_unbind.reached(),
        at_bind.reached(),
        stage.takes_on(&unbound, "unbind"),
        stage.takes_on(&bound, "bind"),
    );

    controller.skip(TOO_LONG);
    for (guid, job, kind, verb) in [
        (&created, &creating, Create, "provision"),
        (&updated, &updating, Update, "update"),
        (&deleted, &deleting, Delete, "deprovision"),
        (&bound, &binding, Create, "bind"),
        (&unbound, &unbinding, Delete, "unbind"),
    ] {
        assert_eq!(user.ended(job, None).await.failed(), EXPIRED, "{verb}");
        let row = stage.instance(guid).or_else(|| stage.binding(guid));
        assert!(stands(row.as_ref(), kind, Failed), "{verb}: {row:?}");
        let text = format!("Service Broker failed to {verb} within the required time.");
        assert_eq!(stage.description(guid), text);
    }
    futures::join!(stage.cleaned_up(&created), stage.cleaned_up(&bound));
    for guid in [&updated, &deleted, &unbound] {
        let of_itself = stage
            .calls(guid, "orphan")
            .into_iter()
            .filter(|it| it.path.ends_with(guid.as_str()));
        assert_eq!(of_itself.count(), 0, "no clean-up for {guid}");
    }
    at_bind.open();
    at_unbind.open();
    stage.lets_end(update);
    stage.lets_end(delete);

    stage.is_at_rest().await;
    println!("given up and at rest after {:.1} s", begun.elapsed().as_secs_f64());
    assert_eq!(stage.world.director.task(deploy).unwrap().state, TaskState::Cancelled);
    for guid in [&created, &deleted, &bound, &unbound] {
        stage.has_nothing_of(guid);
    }
    stage.is_exact();
    assert_eq!(stage.world.manifest(&updated)["instance_groups"][0]["instances"], 3);
    // What failed for the user is repeated by the user.
    user.update_service(&updated, &User::to_plan(&stage.large))
        .await
        .succeeded();
    for guid in [&created, &deleted] {
        stage.deleted(guid).await;
        assert_eq!(
            stage.fates(guid, "deprovision").last(),
            Some(&OutgoingFate::Answered(410))
        );
    }
    for guid in [&bound, &unbound] {
        stage.unbound(guid).await;
        assert_eq!(stage.fates(guid, "unbind").last(), Some(&OutgoingFate::Answered(410)));
    }
    user.keyed(&home, "afterwards").await;
    stage.is_at_rest().await;
    stage.is_exact();
    println!("polls that are given up: {:.0} s", begun.elapsed().as_secs_f64());
}

/// Polls have stopped, the broker has long ended, and the user deletes what Cloud Controller still takes for unfinished.
async fn deleted_unseen(stage: &Stage) {
    let (guid, job, stop) = stage.creates_unpolled("unseen", parameters()).await;
    stage.rests(&instance_key(&guid)).await;
    assert!(stands(stage.instance(&guid).as_ref(), Create, InProgress));
    assert!(!stage.world.manifest(&guid).is_null(), "it was made");
    let delete = stage
        .user()
        .begin(Method::DELETE, &format!("{INSTANCES}/{guid}"), None)
        .await;
    let why = stage.user().ended(&job, None).await.failed();
    assert_eq!(why, "create could not be completed: delete in progress");
    stage.takes_on(&guid, "deprovision").await;
    let record = stage.rests(&instance_key(&guid)).await;
    assert!(record.gone());
    stage.has_nothing_of(&guid);
    assert!(
        stands(stage.instance(&guid).as_ref(), Delete, InProgress),
        "nobody has looked"
    );
    stage.cf.controller.clear_outgoing_fault(stop);
    stage.user().ended(&delete, None).await.succeeded();
    assert_eq!(stage.instance(&guid), None);
}

/// Polls have stopped, the broker has made it, and the DELETE of the user arrives without being heard of: Cloud Controller
/// polls its create again, and isn't told that it went well.
async fn deleted_unheard(stage: &Stage, late: bool) {
    let (guid, job, stop) = stage.creates_unpolled(&format!("unheard-{late}"), parameters()).await;
    stage.rests(&instance_key(&guid)).await;
    stage.arm("DELETE", &guid, OutgoingAction::AnswerLost, Some(1));
    let why = stage.user().delete_service(&guid).await.failed();
    assert!(why.ends_with(GAVE_UP), "{why}");
    assert!(stands(stage.instance(&guid).as_ref(), Create, InProgress), "as before");
    if late {
        assert!(stage.rests(&instance_key(&guid)).await.gone());
    }
    stage.cf.controller.clear_outgoing_fault(stop);
    let why = stage.user().ended(&job, None).await.failed();
    let text = "The service instance was deleted in the meantime.";
    assert_eq!(why, format!("create managed could not be completed: {text}"));
    assert!(stands(stage.instance(&guid).as_ref(), Create, Failed));
    stage.deleted(&guid).await;
    stage.has_nothing_of(&guid);
}

/// A binding that the broker has made is deleted unseen.
async fn unbound_unseen(stage: &Stage) {
    let home = stage.created("home").await;
    let stop = stage.arm("GET", &format!("{home}/service_bindings/"), OutgoingAction::Stop, None);
    let body =
        json!({"type": "key", "name": "unseen", "relationships": {"service_instance": {"data": {"guid": home}}}});
    let job = stage.user().begin(Method::POST, BINDINGS, Some(&body)).await;
    let guid = stage.user().key(&home, "unseen").await;
    stage.takes_on(&guid, "bind").await;
    stage.rests(&binding_key(&home, &guid)).await;
    assert!(stands(stage.binding(&guid).as_ref(), Create, InProgress));
    assert!(stage.world.users(&home).contains_key(&guid), "it was made");
    let unbind = stage
        .user()
        .begin(Method::DELETE, &format!("{BINDINGS}/{guid}"), None)
        .await;
    stage.user().ended(&job, None).await.failed();
    stage.takes_on(&guid, "unbind").await;
    assert!(stage.rests(&binding_key(&home, &guid)).await.gone());
    stage.has_nothing_of(&guid);
    assert!(
        stands(stage.binding(&guid).as_ref(), Delete, InProgress),
        "nobody has looked"
    );
    stage.cf.controller.clear_outgoing_fault(stop);
    stage.user().ended(&unbind, None).await.succeeded();
    assert_eq!(stage.binding(&guid), None);
}

/// Polls have stopped, and the create has failed meanwhile. They tell it when they are back; nothing is cleaned up before the
/// user makes another one of that name, or deletes it.
async fn failed_unseen(stage: &Stage, renewed: bool) {
    let name = format!("failing-{renewed}");
    let mut fails = parameters();
    fails["fail_at_stage"] = json!("Updating instance");
    let (guid, job, stop) = stage.creates_unpolled(&name, fails).await;
    let record = stage.rests(&instance_key(&guid)).await;
    assert!(!record.gone() && record.in_force.is_none(), "{record:#?}");
    assert!(stands(stage.instance(&guid).as_ref(), Create, InProgress));
    stage.cf.controller.clear_outgoing_fault(stop);
    let why = stage.user().ended(&job, None).await.failed();
    assert!(why.starts_with("create managed could not be completed: "), "{why}");
    assert!(stands(stage.instance(&guid).as_ref(), Create, Failed));
    assert_eq!(stage.fates(&guid, "orphan"), [], "there is no clean-up");
    if renewed {
        let (other, job) = stage.creates(&name).await;
        assert!(
            other != guid && stage.instance(&guid).is_none(),
            "the old row gives way"
        );
        stage.user().ended(&job, Some(&other)).await.succeeded();
        stage.cleaned_up(&guid).await;
        stage.has_all_of(&other);
    } else {
        stage.deleted(&guid).await;
    }
    assert!(stage.rests(&instance_key(&guid)).await.gone());
    stage.has_nothing_of(&guid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ends_while_nobody_polls_can_be_deleted_and_is_told_later() {
    let begun = Instant::now();
    let stage = Box::pin(Stage::start(plan())).await;
    futures::join!(
        deleted_unseen(&stage),
        deleted_unheard(&stage, false),
        deleted_unheard(&stage, true),
        unbound_unseen(&stage),
        failed_unseen(&stage, true),
        failed_unseen(&stage, false),
    );
    stage.is_at_rest().await;
    stage.is_exact();
    println!("polls that stopped: {:.0} s", begun.elapsed().as_secs_f64());
}
