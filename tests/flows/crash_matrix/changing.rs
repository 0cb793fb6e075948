//! An instance changes while somebody binds to it.
use super::{
    seen,
    shards::{self, Trial},
    stage::{Case, Ground, Stage, Story},
};
use chandler_tests::rig::{Fate, Thing};
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
