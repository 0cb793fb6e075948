//! An instance changes while somebody binds to it; and changes that end badly.
use super::{
    seen,
    shards::{self, Trial},
    stage::{Case, Ground, Stage, Story},
};
use chandler_proto::records::Record;
use chandler_tests::{
    rig::{Fate, Thing},
    settings::LARGE,
};
use serde_json::json;
use std::time::Instant;

/// The bind and the update of one instance, which is there.
async fn pair(stage: &mut Stage, number: usize) -> (Case, Case) {
    let bind = Case {
        story: Story::Bind,
        instance: format!("both-{number}"),
        binding: "beside".into(),
    };
    stage.tell(&bind.but(Story::Provision)).await;
    let update = bind.but(Story::Update);
    (bind, update)
}

/// Both ended well; then everything can be taken away.
async fn both_and_then_nothing(stage: &mut Stage, bind: &Case, update: &Case, what: &str) {
    stage.check(update, what).await;
    stage.check(bind, what).await;
    stage.accept(&bind.but(Story::Deprovision)).await;
    stage.rig.drive(&Thing::whole(&bind.instance), Fate::default()).await;
    seen::nothing_is_left(stage, &bind.instance, what).await;
}

/// A bind was accepted, stands still at a point, its instance changes, and the bind goes on. Whether the bind ever came there.
pub(super) async fn bind_against_update(stage: &mut Stage, number: usize, at: usize) -> bool {
    let (bind, update) = pair(stage, number).await;
    stage.accept(&bind).await;
    let Some((frozen, point)) = stage.rig.freeze_at(&bind.thing(), at).await else {
        return false;
    };
    let what = format!("the bind frozen at {at} {point:?}");
    stage.accept(&update).await;
    stage.rig.drive(&update.thing(), Fate::default()).await;
    stage.check(&update, &what).await;
    frozen.thaw().await;
    stage.rig.drive(&bind.thing(), Fate::default()).await;
    both_and_then_nothing(stage, &bind, &update, &what).await;
    true
}

/// An update stands still at a point, and a bind comes of a gateway that read the instance before the update was accepted and
/// wrote its record behind it. Whether the update ever came there.
pub(super) async fn update_against_bind(stage: &mut Stage, number: usize, at: usize) -> bool {
    let (bind, update) = pair(stage, number).await;
    stage.accept(&bind).await;
    stage.accept(&update).await;
    let Some((frozen, point)) = stage.rig.freeze_at(&update.thing(), at).await else {
        return false;
    };
    let what = format!("the update frozen at {at} {point:?}");
    write_again(stage, &bind).await;
    stage.rig.drive(&bind.thing(), Fate::default()).await;
    stage.check(&bind, &what).await;
    frozen.thaw().await;
    stage.rig.drive(&update.thing(), Fate::default()).await;
    both_and_then_nothing(stage, &bind, &update, &what).await;
    true
}

/// The record of a bind that nobody has touched yet, as if it had been written only now.
async fn write_again(stage: &Stage, bind: &Case) {
    let (record, revision) = stage.rig.record(&bind.thing()).await;
    assert_eq!(record.job.turns, 0, "{record:#?}");
    let bytes = record.bytes().into();
    let bus = &stage.rig.world.bus;
    let revision = bus.write(&record.key(), bytes, revision).await.unwrap();
    assert!(stage.rig.store.ring(&record, revision).await);
}

async fn everywhere(ground: Ground) {
    let begun = Instant::now();
    let mut stage = Stage::start(ground).await;
    let mut trials = vec![];
    for (story, trial) in [
        (
            Story::Bind,
            (|at| Trial::BindAgainstUpdate { at }) as fn(usize) -> Trial,
        ),
        (Story::Update, |at| Trial::UpdateAgainstBind { at }),
    ] {
        let undisturbed = Fate::default();
        stage.run(&Case::new(story, 0), None, undisturbed.clone()).await;
        trials.extend((0..undisturbed.count()).map(trial));
    }
    drop(stage);
    let (ran, stood) = shards::all(ground, trials).await;
    println!(
        "a bind against an update on {ground:?}: {ran} cases, one of them stood still in {stood}; {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    assert_eq!(ran, stood);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bind_that_races_with_an_update_of_its_instance_ends_and_so_does_the_update() {
    everywhere(Ground::Plain).await;
    everywhere(Ground::SecureDns).await;
}

/// An update whose deploy the Director can't finish.
async fn accept_failing(stage: &Stage, case: &Case) -> Record {
    let before = stage.rig.record(&case.thing()).await.0;
    let parameters = json!({"fail_at_stage": "Updating instance"});
    let platform = &stage.rig.world.platform;
    platform
        .accepted(platform.update(&case.instance, LARGE, parameters))
        .await;
    before
}

/// A worker dies at a point of an update that fails; then the update is repeated, as it should have been. Whether one died.
pub(super) async fn fail(stage: &mut Stage, number: usize, at: usize) -> bool {
    let case = Case::new(Story::Update, number);
    stage.prepare(&case).await;
    let before = accept_failing(stage, &case).await;
    let fate = Fate::crash(at);
    stage.rig.drive(&case.thing(), fate.clone()).await;
    let what = format!("a failed update, crash {at} at {:?}", fate.died_at());
    seen::unchanged(stage, &case, &before, &what).await;
    let deploys = seen::look(&stage.rig, &case.instance).deploys.len();
    assert_eq!(deploys, 2, "{what}: one deploy for the provision, one that failed");
    stage.accept(&case).await;
    stage.rig.drive(&case.thing(), Fate::default()).await;
    let record = stage.rig.record(&case.thing()).await.0;
    let force = record.in_force.as_ref().map(|it| it.plan.plan_id.as_str());
    assert_eq!(force, Some(LARGE), "{what}, repeated: {record:#?}");
    fate.died_at().is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_update_leaves_what_is_in_force_wherever_a_worker_dies() {
    let mut stage = Stage::start(Ground::Plain).await;
    let case = Case::new(Story::Update, 0);
    stage.prepare(&case).await;
    accept_failing(&stage, &case).await;
    let undisturbed = Fate::default();
    stage.rig.drive(&case.thing(), undisturbed.clone()).await;
    drop(stage);
    let trials = (0..undisturbed.count()).map(|at| Trial::Failing { at }).collect();
    let (ran, died) = shards::all(Ground::Plain, trials).await;
    println!("failing updates: {ran} cases, a worker died in {died}");
    assert_eq!(ran, died);
}
