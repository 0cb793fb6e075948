//! A DELETE arrives at every leg of an operation: before its first turn, and while its task runs at the Director.
use super::{
    seen,
    shards::{self, Trial},
    stage::{Case, Ground, Stage, Story},
};
use chandler_proto::{
    operation::Operation,
    step::{ProvisioningStep, Step},
};
use chandler_simulators::bosh::{BoshWorld, TaskEffect, TaskFault, TaskKind, TaskState};
use chandler_tests::rig::Fate;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// The kind of task that a leg has the Director run.
fn task_of(step: &Step) -> Option<TaskKind> {
    match step {
        Step::Provisioning(ProvisioningStep::Deploy) => Some(TaskKind::Deploy),
        Step::Provisioning(ProvisioningStep::Recreate) => Some(TaskKind::Change),
        Step::Errands(_) => Some(TaskKind::Errand),
        Step::Provisioning(_) | Step::Binding(_) | Step::UaaClients(_) => None,
    }
}

/// The most tasks of a deployment that were under way at once, as far as one sees who looks all the time.
struct Watch {
    most: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    looker: tokio::task::JoinHandle<()>,
}

impl Watch {
    fn start(director: &BoshWorld, deployment: &str) -> Watch {
        let (most, over) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (kept, stop, director, name) = (most.clone(), over.clone(), director.clone(), deployment.to_owned());
        let looker = tokio::spawn(async move {
            while !stop.load(Ordering::SeqCst) {
                let tasks = director.tasks().into_iter();
                let active = tasks.filter(|task| task.deployment == name && !task.state.is_final());
                kept.fetch_max(active.count(), Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        });
        Watch { most, over, looker }
    }
    async fn most(self) -> usize {
        self.over.store(true, Ordering::SeqCst);
        self.looker.await.unwrap();
        self.most.load(Ordering::SeqCst)
    }
}

/// A DELETE comes when the job is at this leg, and has its task if it is to be `running`. Whether the job was there.
pub(super) async fn cancel(stage: &mut Stage, case: &Case, leg: usize, running: bool) -> bool {
    stage.prepare(case).await;
    stage.accept(case).await;
    let (thing, name) = (case.thing(), format!("service-instance_{}", case.instance));
    if leg > 0 {
        stage.rig.drive_until(&thing, |record| record.job.leg == leg).await;
    }
    let record = stage.rig.record(&thing).await.0;
    let step = record.job.step().cloned().unwrap();
    let what = format!("{case:?}, a DELETE at leg {leg}, {}, running {running}", step.name());
    let before = seen::look(&stage.rig, &case.instance);
    let director = stage.rig.world.director.clone();
    let is_there = |kind| {
        let tasks = director.tasks().into_iter();
        let mut of = tasks.filter(|task| task.deployment == name && task.kind == kind);
        of.rfind(|task| !task.state.is_final()).map(|task| task.id)
    };
    let kind = task_of(&step).filter(|_| running);
    let mut hung = None;
    if let Some(kind) = kind {
        director.set_fault(TaskFault::once(kind, TaskEffect::Hang).of(&name));
        for _ in 0..20 {
            hung = is_there(kind);
            if hung.is_some() {
                break;
            }
            stage.rig.turn(&thing).await;
        }
        assert!(hung.is_some(), "{what}: the task never runs");
    }
    let watch = Watch::start(&director, &name);
    let end = case.but(Story::Deprovision);
    stage.accept(&end).await;
    stage.rig.drive(&end.thing(), Fate::default()).await;
    let most = watch.most().await;
    assert!(most <= 1, "{what}: {most} tasks at once");
    if let Some(task) = hung {
        let state = director.task(task).unwrap().state;
        assert_eq!(state, TaskState::Cancelled, "{what}: the task that was under way");
    }
    let after = seen::look(&stage.rig, &case.instance);
    let more = |of| usize::from(kind == Some(of));
    assert_eq!(
        after.deploys.len(),
        before.deploys.len() + more(TaskKind::Deploy),
        "{what}"
    );
    assert_eq!(
        after.recreates.len(),
        before.recreates.len() + more(TaskKind::Change),
        "{what}"
    );
    let was = record.job.operation;
    let (now, _) = stage.rig.record(&thing).await;
    assert_eq!(now.job.operation, Operation::Deprovision, "{what}");
    assert_eq!(now.before.map(|past| past.operation), Some(was), "{what}");
    seen::cut_short(stage, case, &what).await;
    seen::nothing_is_left(stage, &case.instance, &what).await;
    running == hung.is_some()
}

/// Every leg of these stories.
async fn everywhere(ground: Ground, stories: &[Story]) {
    let begun = Instant::now();
    let mut stage = Stage::start(ground).await;
    let mut trials = vec![];
    for (number, story) in stories.iter().copied().enumerate() {
        let case = Case::new(story, 20_000 + number);
        stage.prepare(&case).await;
        stage.accept(&case).await;
        let legs = stage.rig.record(&case.thing()).await.0.job.itinerary;
        stage.rig.drive(&case.thing(), Fate::default()).await;
        stage.check(&case, "undisturbed").await;
        for (leg, step) in legs.iter().enumerate() {
            let running = task_of(step).map(|_| true);
            let each = [Some(false), running].into_iter().flatten();
            trials.extend(each.map(|running| Trial::Cancelled { story, leg, running }));
        }
    }
    drop(stage);
    let (ran, met) = shards::all(ground, trials).await;
    println!(
        "a DELETE at every leg on {ground:?}: {ran} cases; {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    assert_eq!(ran, met);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_at_any_leg_cancels_what_runs_and_leaves_nothing() {
    let stories = [Story::Provision, Story::Update, Story::Upgrade, Story::Recreate];
    everywhere(Ground::Full, &stories).await;
    everywhere(Ground::FullSecure, &stories[..2]).await;
}
