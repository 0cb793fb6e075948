//! Instances: provision, polls, fetch, update, deprovision.
use super::{Fate, Sight};
use crate::worst_cf::{GAVE_UP, LIMIT, Stage, stands};
use chandler_proto::layout::instance_key;
use chandler_simulators::{
    bosh::{TaskKind, TaskState},
    cloud_controller::{
        OperationKind::{Create, Delete, Update},
        OperationState::{Failed, InProgress},
        OutgoingAction, OutgoingFate, OutgoingFault,
    },
};
use chandler_tests::{
    settings::{CLEANUP_DATA, HEALTH_CHECK, SMOKE_TESTS},
    wait,
};
use reqwest::Method;
use serde_json::{Value, json};

const ALL: &str = "/v2/service_instances/";

impl Stage {
    /// Begins to make an instance whose PUT meets its fate; its guid and its job. With `orphan` its clean-up meets one, too.
    pub(super) async fn creates_with(&self, name: &str, fate: Fate, orphan: Option<Fate>) -> (String, String) {
        let _alone = self.arming.lock().await;
        if fate != Fate::Unpolled {
            let fault = OutgoingFault::once("PUT", ALL, fate.action()).only("provision");
            self.cf.controller.set_outgoing_fault(fault);
        }
        if let Some(orphan) = orphan {
            let fault = OutgoingFault::once("DELETE", ALL, orphan.action()).only("orphan");
            self.cf.controller.set_outgoing_fault(fault);
        }
        let (guid, job) = self.creates_now(name).await;
        // Nobody else's fault may hit its clean-up, and its own nobody else's.
        if fate.sight() == Sight::GaveUp {
            self.cleaned_up(&guid).await;
        }
        (guid, job)
    }

    /// Nobody polls an instance until its broker is at rest, and for what can be seen that is how it stays.
    async fn unpolled(&self, guid: &str, stop: u64) {
        self.rests(&instance_key(guid)).await;
        let row = self.instance(guid).unwrap();
        assert_eq!(row.state, InProgress, "{guid}: {row:?}");
        self.cf.controller.clear_outgoing_fault(stop);
    }

    fn stop(&self, guid: &str) -> u64 {
        self.arm("GET", guid, OutgoingAction::Stop, None)
    }

    /// Its deploys, and that each of its errands ran once after each.
    fn deployed(&self, guid: &str, times: usize) {
        assert_eq!(
            self.tasks(guid, TaskKind::Deploy),
            vec![TaskState::Done; times],
            "{guid}"
        );
        let errands = [SMOKE_TESTS, HEALTH_CHECK].repeat(times).into_iter();
        let errands: Vec<_> = errands.map(|it| (it.to_owned(), TaskState::Done)).collect();
        assert_eq!(self.world.errands(guid), errands, "{guid}");
    }
}

fn vms(stage: &Stage, guid: &str) -> Value {
    stage.world.manifest(guid)["instance_groups"][0]["instances"].clone()
}

/// A create whose PUT meets its fate.
pub(super) async fn provision(stage: &Stage, fate: Fate) {
    let (guid, job) = stage.creates_with(&format!("provision-{fate:?}"), fate, None).await;
    let stop = (fate == Fate::Unpolled).then(|| stage.stop(&guid));
    if let Some(stop) = stop {
        stage.unpolled(&guid, stop).await;
    }
    let end = stage.user().ended(&job, Some(&guid)).await;
    let fates = stage.fates(&guid, "provision");
    match fate.sight() {
        Sight::Heard => {
            end.succeeded();
            assert_eq!(fates, vec![OutgoingFate::Answered(202); fate.times()]);
            assert_eq!(stage.fates(&guid, "orphan"), []);
            stage.deployed(&guid, 1);
            stage.has_all_of(&guid);
        }
        Sight::GaveUp => {
            assert_eq!(end.failed(), format!("provision could not be completed: {GAVE_UP}"));
            assert!(stands(stage.instance(&guid).as_ref(), Create, Failed));
            assert_eq!(fates, [OutgoingFate::TimedOut]);
            stage.cleaned_up(&guid).await;
            let record = stage.rests(&instance_key(&guid)).await;
            assert!(record.gone(), "{record:#?}");
            stage.has_nothing_of(&guid);
            stage.deleted(&guid).await;
            assert_eq!(stage.fates(&guid, "deprovision"), [OutgoingFate::Answered(410)]);
            assert_eq!(stage.calls(&guid, "poll").len(), 0, "nobody polls a clean-up");
        }
    }
}

/// A create whose polls and whose fetch meet their fate, an update and a deprovision that meet theirs.
pub(super) async fn life(stage: &Stage, fate: Fate) {
    let guid = polled(stage, fate).await;
    update(stage, &guid, fate).await;
    deprovision(stage, &guid, fate).await;
}

async fn polled(stage: &Stage, fate: Fate) -> String {
    let (guid, job) = stage.creates(&format!("life-{fate:?}")).await;
    let controller = &stage.cf.controller;
    if fate == Fate::Unpolled {
        let stop = stage.stop(&guid);
        stage.unpolled(&guid, stop).await;
    } else {
        let poll = OutgoingFault::always("GET", &guid, fate.action()).only("poll");
        controller.set_outgoing_fault(OutgoingFault { times: Some(5), ..poll });
        let fetch = OutgoingFault::once("GET", &guid, fate.action()).only("fetch");
        controller.set_outgoing_fault(fetch);
    }
    stage.user().ended(&job, Some(&guid)).await.succeeded();
    stage.deployed(&guid, 1);
    stage.has_all_of(&guid);
    let timed_out = |it: &&OutgoingFate| **it == OutgoingFate::TimedOut;
    let lost = match fate.sight() {
        Sight::Heard => (0, 0),
        Sight::GaveUp => (5, 1),
    };
    let (polls, fetches) = (stage.fates(&guid, "poll"), stage.fates(&guid, "fetch"));
    let met = (
        polls.iter().filter(timed_out).count(),
        fetches.iter().filter(timed_out).count(),
    );
    assert_eq!(met, lost, "{polls:?} {fetches:?}");
    // Trouble with the fetch is nobody's: only the dashboard isn't known.
    let dashboard = stage.user().instance(&guid).await["dashboard_url"].clone();
    assert_eq!(dashboard.is_null(), fate.sight() == Sight::GaveUp, "{dashboard}");
    guid
}

async fn update(stage: &Stage, guid: &str, fate: Fate) {
    let (user, path) = (stage.user(), format!("/v3/service_instances/{guid}"));
    let mut body = chandler_tests::cloud_foundry::User::to_plan(&stage.large);
    body["parameters"] = json!({"task_seconds": 0.3});
    let before = vms(stage, guid);
    let stop = match fate {
        Fate::Unpolled => stage.stop(guid),
        _ => stage.arm("PATCH", guid, fate.action(), Some(1)),
    };
    let job = user.begin(Method::PATCH, &path, Some(&body)).await;
    if fate == Fate::Unpolled {
        wait::until("it is accepted", LIMIT, || async {
            (stage.fates(guid, "update") == [OutgoingFate::Answered(202)]).then_some(())
        })
        .await;
        stage.unpolled(guid, stop).await;
    }
    let end = user.ended(&job, Some(guid)).await;
    let fates = stage.fates(guid, "update");
    let mut deploys = 2;
    match fate.sight() {
        Sight::Heard => {
            end.succeeded();
            assert_eq!(fates, vec![OutgoingFate::Answered(202); fate.times()]);
        }
        Sight::GaveUp => {
            assert_eq!(end.failed(), format!("update could not be completed: {GAVE_UP}"));
            assert!(stands(stage.instance(guid).as_ref(), Update, Failed));
            if fate != Fate::TimeOut {
                // The broker brings to its end what it has heard of.
                stage.rests(&instance_key(guid)).await;
                assert_eq!(vms(stage, guid) != before, fate.arrives(), "{}", vms(stage, guid));
                deploys += usize::from(fate.arrives());
            }
            stage.has_all_of(guid);
            if fate == Fate::Unheard {
                bound_to_another_plan(stage, guid).await;
            }
            // The user asks once more; of one that goes on it becomes the same.
            user.update_service(guid, &body).await.succeeded();
        }
    }
    stage.rests(&instance_key(guid)).await;
    assert_eq!(stage.fates(guid, "orphan"), [], "an update has none");
    assert_eq!(vms(stage, guid), 3);
    let row = user.instance(guid).await;
    assert_eq!(row["relationships"]["service_plan"]["data"]["guid"], json!(stage.large));
    stage.deployed(guid, deploys);
    stage.has_all_of(guid);
}

/// Cloud Controller still has the old plan, the broker the new one: nothing can be bound before the update is repeated.
async fn bound_to_another_plan(stage: &Stage, guid: &str) {
    let why = stage.user().create_key(guid, "early", json!({})).await.failed();
    let text = "plan_id is not that of the service instance: it has the plan large. If the platform shows another one, update it to this plan";
    assert!(why.ends_with(text), "{why}");
    let key = stage.user().key(guid, "early").await;
    assert_eq!(
        stage.fates(&key, "orphan"),
        [],
        "a refusal leaves nothing to be cleaned up"
    );
    stage.unbound(&key).await;
    stage.has_nothing_of(&key);
}

async fn deprovision(stage: &Stage, guid: &str, fate: Fate) {
    let (user, path) = (stage.user(), format!("/v3/service_instances/{guid}"));
    let stop = match fate {
        Fate::Unpolled => stage.stop(guid),
        _ => stage.arm("DELETE", guid, fate.action(), Some(1)),
    };
    let job = user.begin(Method::DELETE, &path, None).await;
    if fate == Fate::Unpolled {
        wait::until("it is accepted", LIMIT, || async {
            (stage.fates(guid, "deprovision") == [OutgoingFate::Answered(202)]).then_some(())
        })
        .await;
        stage.unpolled(guid, stop).await;
    }
    let end = user.ended(&job, None).await;
    let fates = stage.fates(guid, "deprovision");
    match fate.sight() {
        Sight::Heard => {
            end.succeeded();
            assert_eq!(fates, vec![OutgoingFate::Answered(202); fate.times()]);
        }
        Sight::GaveUp => {
            let name = format!("life-{fate:?}");
            let text = format!("delete could not be completed: Service instance {name}: {GAVE_UP}");
            assert_eq!(end.failed(), text);
            assert!(stands(stage.instance(guid).as_ref(), Delete, Failed));
            if fate != Fate::TimeOut {
                let record = stage.rests(&instance_key(guid)).await;
                assert_eq!(record.gone(), fate.arrives(), "{record:#?}");
            }
            stage.deleted(guid).await;
        }
    }
    assert_eq!(stage.instance(guid), None);
    assert_eq!(stage.fates(guid, "orphan"), [], "a deprovision has none");
    stage.rests(&instance_key(guid)).await;
    stage.has_nothing_of(guid);
    assert_eq!(stage.tasks(guid, TaskKind::Delete), [TaskState::Done], "{guid}");
    let last = (CLEANUP_DATA.to_owned(), TaskState::Done);
    let errands = stage.world.errands(guid).into_iter();
    assert_eq!(errands.filter(|it| *it == last).count(), 1, "{guid}");
}
