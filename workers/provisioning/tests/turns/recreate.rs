//! The leg Recreate.
use crate::{
    records::{job, record, recreate},
    site::Site,
    update::{D, I, deployed, first, made, run},
};
use chandler_engine::probe::{Crashed, Point, Probe};
use chandler_proto::{job::State, operation::Operation, records::Record};
use chandler_simulators::{
    bosh::{Ending, Fate, TaskEffect, TaskFault, TaskKind, TaskState, TaskView},
    common::{CallAction, CallFault},
};
use chandler_testing::{
    probes::DiesAt,
    records::{done, failure, succeeded},
};
use std::time::Duration;

const CALL: &str = "/deployments/service-instance_i/jobs/*";

/// The tasks that make VMs anew.
fn recreates(site: &Site) -> Vec<TaskView> {
    let tasks = site.servers.bosh.world().tasks();
    tasks.into_iter().filter(|task| task.kind == TaskKind::Change).collect()
}

fn ends(ending: Ending) -> TaskEffect {
    TaskEffect::End { ending }
}

/// Nothing but the VMs is another.
fn nothing_else_changed(site: &Site, old: &Record, new: &Record) {
    assert_eq!((&new.in_force, deployed(site)), (&old.in_force, Some(first())));
    assert_eq!(site.runs().len(), 0, "the adapter isn't asked");
}

#[tokio::test]
async fn the_director_makes_the_vms_anew_once() {
    let (site, old) = made(|_| ()).await;
    site.servers.bosh.world().set_task_seconds(5.0);
    let (_, over) = site.ground.read(I).await;
    site.ground.write(&recreate(&site, &old), over).await;
    site.turn(I, &DiesAt::first(Point::Checkpointed)).await.unwrap_err();
    let told = site.ground.read(I).await.0.job.note;
    assert_eq!(
        (told.as_deref(), recreates(&site).len()),
        (Some("recreating the VMs"), 0)
    );
    site.ground.clock.advance(Duration::from_secs(31));
    let started = site.drive(I, |record| record.job.facts.bosh_task.is_some()).await;
    assert_eq!(started.job.note.as_deref(), Some("Preparing deployment"), "by its log");
    let task = recreates(&site)[0].clone();
    assert_eq!(started.job.facts.bosh_task, Some(task.id));
    assert_eq!(task.context_id, started.job.context_id());
    site.servers.bosh.world().skip(Duration::from_secs(6));
    let record = site.drive(I, done).await;
    succeeded(&record);
    nothing_else_changed(&site, &old, &record);
    assert_eq!(recreates(&site).len(), 1);
    let starts = site.servers.bosh.world().journal().starts;
    assert_eq!(starts.last().map(|start| start.method.as_str()), Some("PUT"));
}

#[tokio::test]
async fn a_request_or_an_answer_may_be_lost() {
    for (action, sent) in [(CallAction::LoseRequest, 2), (CallAction::LoseResponse, 1)] {
        let (site, old) = made(|_| ()).await;
        let lost = CallFault::once("PUT", CALL, action.clone());
        site.servers.bosh.world().set_fault(lost);
        let record = run(&site, &recreate(&site, &old)).await;
        succeeded(&record);
        nothing_else_changed(&site, &old, &record);
        assert_eq!(recreates(&site).len(), 1, "{action:?}: once");
        let starts = site.servers.bosh.world().journal().starts;
        let puts: Vec<_> = starts.iter().filter(|start| start.method == "PUT").collect();
        assert_eq!(puts.len(), sent, "{action:?}");
        assert!(puts[0].fate == Fate::Lost || puts[0].response_lost, "{:?}", puts[0]);
    }
}

#[tokio::test]
async fn a_task_that_fails_fails_the_job_and_the_next_one_begins_anew() {
    let (site, old) = made(|_| ()).await;
    let ending = Ending::Error {
        code: 400_001,
        message: "'kv/0' is not running after update".into(),
    };
    let fails = TaskFault::once(TaskKind::Change, ends(ending));
    site.servers.bosh.world().set_fault(fails);
    let failed = run(&site, &recreate(&site, &old)).await;
    let (why, task) = (failure(&failed), recreates(&site)[0].id);
    assert_eq!(
        why.for_operator,
        format!("BOSH task {task}: 'kv/0' is not running after update")
    );
    let user = "Instance recreate failed: There was a problem";
    assert!(why.for_user.starts_with(user), "{why:?}");
    assert!(why.for_user.contains(&format!("task-id: {task}")), "{why:?}");
    assert_eq!(why.instance_usable, Some(true));
    nothing_else_changed(&site, &old, &failed);
    assert_eq!(recreates(&site).len(), 1, "what failed isn't repeated by itself");
    succeeded(&run(&site, &recreate(&site, &failed)).await);
    assert_eq!(recreates(&site).len(), 2);
}

/// A dead task's lock stays for a while.
struct LocksRunOut<'a>(&'a Site);

impl Probe for LocksRunOut<'_> {
    async fn at(&self, _: Point) -> Result<(), Crashed> {
        self.0.servers.bosh.world().drop_lock(D);
        Ok(())
    }
}

#[tokio::test]
async fn after_a_fault_of_the_director_it_is_started_again_three_times_in_all() {
    for (faults, attempts, well) in [(1, 2, true), (2, 3, true), (9, 3, false)] {
        let (site, old) = made(|_| ()).await;
        let dies = TaskFault {
            count: Some(faults),
            ..TaskFault::always(TaskKind::Change, ends(Ending::Killed))
        };
        site.servers.bosh.world().set_fault(dies);
        let (_, over) = site.ground.read(I).await;
        site.ground.write(&recreate(&site, &old), over).await;
        let record = site.drive_with(I, &LocksRunOut(&site), done).await;
        assert_eq!(matches!(record.job.state, State::Succeeded { .. }), well, "{record:#?}");
        let tasks = recreates(&site);
        assert_eq!(tasks.len(), attempts);
        let context = format!("{}.0", record.job.id);
        assert!(tasks.iter().all(|task| task.context_id == context), "{tasks:?}");
        nothing_else_changed(&site, &old, &record);
    }
}

#[tokio::test]
async fn without_a_deployment_it_says_so() {
    let site = Site::start(|_| ()).await;
    let old = record("i", None, job(Operation::Provision, site.ground.now()));
    let failed = run_new(&site, &recreate(&site, &old)).await;
    let why = failure(&failed);
    let gone = "bosh deployment 'service-instance_i' not found";
    let trail = format!("operation-id: {})", failed.job.id);
    assert!(
        why.for_user.starts_with(&format!("{gone} (")) && why.for_user.ends_with(&trail),
        "{why:?}"
    );
    assert!(why.for_operator.starts_with(&format!("{gone}: ")), "{why:?}");
    assert_eq!((&failed.in_force, recreates(&site).len()), (&old.in_force, 0));

    // A 404 that isn't the Director's says nothing of the deployment.
    let (site, old) = made(|_| ()).await;
    let page = CallAction::Answer {
        status: 404,
        body: Some("<html>no such page</html>".into()),
    };
    let fault = CallFault::always("PUT", CALL, page);
    site.servers.bosh.world().set_fault(fault);
    let failed = run(&site, &recreate(&site, &old)).await;
    let why = failure(&failed);
    assert!(!why.for_operator.contains("not found"), "{why:?}");
    assert!(why.for_operator.contains("was refused with 404"), "{why:?}");
    assert!(
        why.for_user
            .starts_with("Instance recreate failed: There was a problem"),
        "{why:?}"
    );
}

async fn run_new(site: &Site, record: &Record) -> Record {
    site.ground.write(record, 0).await;
    site.drive(I, done).await
}

#[tokio::test]
async fn at_the_deadline_its_task_is_cancelled() {
    let (site, old) = made(|_| ()).await;
    site.servers
        .bosh
        .world()
        .set_fault(TaskFault::once(TaskKind::Change, TaskEffect::Hang));
    let (_, over) = site.ground.read(I).await;
    let wanted = recreate(&site, &old);
    site.ground.write(&wanted, over).await;
    site.drive(I, |record| record.job.facts.bosh_task.is_some()).await;
    site.ground.clock.advance(Duration::from_secs(3601));
    let failed = site.drive(I, done).await;
    let why = failure(&failed);
    assert!(
        why.for_operator
            .contains("the operation's deadline passed before it was done"),
        "{why:?}"
    );
    assert_eq!(recreates(&site)[0].state, TaskState::Cancelled);
    assert_eq!(recreates(&site).len(), 1);
    nothing_else_changed(&site, &old, &failed);
}
