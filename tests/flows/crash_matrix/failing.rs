//! Changes whose deploy the Director can't finish: what was in force stays, and they may be repeated.
use super::{
    seen,
    shards::{self, Trial},
    stage::{Case, Ground, Stage, Story},
};
use chandler_proto::records::Record;
use chandler_simulators::bosh::{TaskEffect, TaskFault, TaskKind, TaskState};
use chandler_tests::{
    rig::Fate,
    settings::{HEALTH_CHECK, SMOKE_TESTS},
};
use std::time::Instant;

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Failing {
    Update,
    /// An upgrade that gives an instance its first client.
    FirstClient,
}

impl Failing {
    fn case(self, number: usize) -> Case {
        match self {
            Failing::Update => Case::new(Story::Update, number),
            Failing::FirstClient => Case::new(Story::Upgrade, number),
        }
    }
    /// Accepts it; the record before.
    async fn accept(self, stage: &mut Stage, case: &Case) -> Record {
        stage.prepare(case).await;
        match self {
            Failing::Update => {}
            Failing::FirstClient => stage.take_client_away(case).await,
        }
        let effect = TaskEffect::Fail {
            stage: "Updating instance".into(),
            message: None,
            code: None,
        };
        let name = format!("service-instance_{}", case.instance);
        let fault = TaskFault::once(TaskKind::Deploy, effect).of(&name);
        stage.rig.world.director.set_fault(fault);
        let before = stage.rig.record(&case.thing()).await.0;
        stage.accept(case).await;
        before
    }
}

/// A worker dies at a point of a change that fails; then it is repeated, as it should have been. Whether one died.
pub(super) async fn fail(stage: &mut Stage, failing: Failing, number: usize, at: usize) -> bool {
    let case = failing.case(number);
    let before = failing.accept(stage, &case).await;
    let fate = Fate::crash(at);
    stage.rig.drive(&case.thing(), fate.clone()).await;
    let what = format!("{failing:?} fails, crash {at} at {:?}", fate.died_at());
    let first = failing == Failing::FirstClient;
    seen::unchanged(stage, &case, &before, first, &what).await;
    let deploys = |stage: &Stage| seen::look(&stage.rig, &case.instance).deploys;
    let failed = [TaskState::Done, TaskState::Error];
    assert_eq!(
        deploys(stage),
        failed,
        "{what}: one deploy for the provision, one that failed"
    );
    let secret = |stage: &Stage| secret(stage, &case);
    let had = secret(stage);
    stage.accept(&case).await;
    stage.rig.drive(&case.thing(), Fate::default()).await;
    let record = stage.rig.record(&case.thing()).await.0;
    let what = format!("{what}, repeated");
    assert_eq!(deploys(stage), [&failed[..], &[TaskState::Done]].concat(), "{what}");
    seen::is_changed(stage, &case, &record, &what);
    if stage.ground.full() {
        seen::client(stage, &case, &record, &what);
        assert!(
            (secret(stage) != had) == first,
            "{what}: a secret that nobody was told goes"
        );
        let after = [SMOKE_TESTS, HEALTH_CHECK].map(|it| (it.to_owned(), TaskState::Done));
        assert_eq!(
            stage.rig.world.errands(&case.instance),
            [after.clone(), after].concat(),
            "{what}"
        );
    }
    fate.died_at().is_some()
}

/// The secrets of the instance's client, which it must have where instances have one.
fn secret(stage: &Stage, case: &Case) -> Option<Vec<String>> {
    let client = |_| stage.rig.world.client(&case.instance).unwrap().secrets;
    stage.ground.full().then_some(()).map(client)
}

/// Every so-many-th point of it.
async fn everywhere(ground: Ground, failing: Failing, sparse: usize) {
    let begun = Instant::now();
    let mut stage = Stage::start(ground).await;
    let case = failing.case(0);
    failing.accept(&mut stage, &case).await;
    let undisturbed = Fate::default();
    stage.rig.drive(&case.thing(), undisturbed.clone()).await;
    drop(stage);
    let points = (0..undisturbed.count()).step_by(sparse);
    let trials = points.map(|at| Trial::Failing { failing, at }).collect();
    let (ran, died) = shards::all(ground, trials).await;
    println!(
        "{failing:?} that fails on {ground:?}: {ran} cases, a worker died in {died}; {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    assert_eq!(ran, died);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_update_leaves_what_is_in_force_wherever_a_worker_dies() {
    everywhere(Ground::Plain, Failing::Update, 1).await;
    everywhere(Ground::Full, Failing::Update, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_upgrade_leaves_no_client_whose_secret_nobody_knows_wherever_a_worker_dies() {
    everywhere(Ground::Full, Failing::FirstClient, 1).await;
}
