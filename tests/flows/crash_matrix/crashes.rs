//! A worker dies at every point of every turn, alone and together with lost requests and responses.
use super::{
    losses::Loss,
    shards::{self, Trial},
    stage::{Case, Ground, Stage, Story},
};
use chandler_engine::probe::POINTS;
use chandler_tests::rig::{Fate, Thing};
use std::time::Instant;

/// A disturbed story passes more points than an undisturbed one: so many more are tried.
const MORE: usize = 6;

/// Every point and every loss alone; of the points together with losses every `sparse`-th.
async fn crash_and_lose(story: Story, ground: Ground, sparse: usize) {
    some_crashes_and_losses(story, ground, 1, sparse).await;
}

/// The same with every `alone`-th point and loss (an odd number: losses alternate), where another ground has had all of them.
async fn some_crashes_and_losses(story: Story, ground: Ground, alone: usize, sparse: usize) {
    let begun = Instant::now();
    let mut stage = Stage::start(ground).await;
    let undisturbed = Fate::default();
    let turns = stage.run(&Case::new(story, 0), None, undisturbed.clone()).await;
    let (passed, losses) = (undisturbed.passed.lock().unwrap().clone(), Loss::all(&stage.rig.world));
    drop(stage);
    for point in POINTS {
        assert!(
            passed.iter().any(|(_, p)| *p == point),
            "{story:?} never passes {point:?}: {passed:?}"
        );
    }
    let trial = |loss: Option<&Loss>, crash| Trial::Disturbed {
        story,
        loss: loss.cloned(),
        crash,
    };
    let points = (0..passed.len()).step_by(alone);
    let mut trials: Vec<Trial> = points.map(|at| trial(None, Some(at))).collect();
    trials.extend(losses.iter().step_by(alone).map(|loss| trial(Some(loss), None)));
    let both = losses
        .iter()
        .flat_map(|loss| (0..passed.len() + MORE).map(move |at| (loss, at)));
    trials.extend(both.step_by(sparse).map(|(loss, at)| trial(Some(loss), Some(at))));
    let (ran, died) = shards::all(ground, trials).await;
    println!(
        "{story:?} on {ground:?}: {turns} turns, {} points, {} losses; {ran} cases, a worker died in {died}; {:.0} s",
        passed.len(),
        losses.len(),
        begun.elapsed().as_secs_f64()
    );
    assert!(
        died * 3 > ran || sparse > 1,
        "most crash points must be met: {died} of {ran}"
    );
    assert!(
        died >= passed.len() / alone / shards::stride(),
        "every crash point must be met: {died}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn provision_survives_every_crash_and_every_lost_call() {
    crash_and_lose(Story::Provision, Ground::Plain, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn update_survives_every_crash_and_every_lost_call() {
    crash_and_lose(Story::Update, Ground::Plain, 3).await;
    crash_and_lose(Story::Update, Ground::SecureDns, 499).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upgrade_survives_every_crash_and_every_lost_call() {
    crash_and_lose(Story::Upgrade, Ground::Plain, 29).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deprovision_survives_every_crash_and_every_lost_call() {
    crash_and_lose(Story::Deprovision, Ground::Plain, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deprovision_of_what_is_bound_survives_every_crash_and_every_lost_call() {
    crash_and_lose(Story::DeprovisionBound, Ground::SecureDns, 499).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bind_survives_every_crash_and_every_lost_call() {
    crash_and_lose(Story::Bind, Ground::Plain, 1).await;
    crash_and_lose(Story::Bind, Ground::Secure, 7).await;
    crash_and_lose(Story::Bind, Ground::Dns, 7).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bind_with_credhub_and_dns_survives_every_crash_and_every_lost_call() {
    crash_and_lose(Story::Bind, Ground::SecureDns, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unbind_survives_every_crash_and_every_lost_call() {
    crash_and_lose(Story::Unbind, Ground::Plain, 1).await;
    crash_and_lose(Story::Unbind, Ground::Secure, 7).await;
    crash_and_lose(Story::Unbind, Ground::Dns, 7).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unbind_with_credhub_and_dns_survives_every_crash_and_every_lost_call() {
    crash_and_lose(Story::Unbind, Ground::SecureDns, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provision_with_a_client_and_errands_survives_every_crash_and_every_lost_call() {
    crash_and_lose(Story::Provision, Ground::Full, 29).await;
    some_crashes_and_losses(Story::Provision, Ground::FullSecure, 3, 499).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_with_a_client_and_errands_survives_every_crash_and_every_lost_call() {
    crash_and_lose(Story::Update, Ground::Full, 59).await;
    some_crashes_and_losses(Story::Update, Ground::FullSecure, 3, 499).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_with_a_client_and_errands_survives_every_crash_and_every_lost_call() {
    crash_and_lose(Story::Upgrade, Ground::Full, 199).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recreate_survives_every_crash_and_every_lost_call() {
    crash_and_lose(Story::Recreate, Ground::Plain, 1).await;
    crash_and_lose(Story::Recreate, Ground::Full, 29).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deprovision_with_a_client_and_errands_survives_every_crash_and_every_lost_call() {
    crash_and_lose(Story::Deprovision, Ground::Full, 59).await;
    some_crashes_and_losses(Story::DeprovisionBound, Ground::FullSecure, 5, 1_999).await;
}

/// A wake that never reached the bus is rung by the sweep.
#[tokio::test]
async fn wakes_that_are_lost_are_rung_again() {
    let mut stage = Stage::start(Ground::Plain).await;
    for story in [Story::Provision, Story::Bind] {
        let case = Case::new(story, 1);
        stage.prepare(&case).await;
        stage.accept(&case).await;
        let wake = stage.rig.next(&case.thing()).await.unwrap();
        wake.ack().await.unwrap(); // as if it had never been rung
        stage.rig.drive(&case.thing(), Fate::default()).await;
        stage.check(&case, "the sweep rings").await;
    }
    assert!(stage.rig.next(&Thing::whole("case-1")).await.is_none());
}
