//! A bind that races with the deprovision of its instance.
use super::{
    seen,
    shards::{self, Trial},
    stage::{Case, Ground, Stage, Story},
};
use chandler_proto::{
    ids::{InstanceId, JobId},
    job::State,
    records::Record,
};
use chandler_tests::rig::{Fate, Thing};
use std::time::Instant;
use uuid::Uuid;

/// A bind stands still at a point, its instance goes, and the bind goes on. Whether the bind ever came there.
pub(super) async fn race(stage: &mut Stage, number: usize, at: usize) -> bool {
    let instance = format!("race-{number}");
    let case = |story| Case {
        story,
        instance: instance.clone(),
        binding: "late".into(),
    };
    let (bind, whole) = (case(Story::Bind), Thing::whole(&instance));
    stage.tell(&case(Story::Provision)).await;
    stage.accept(&bind).await;
    let Some((frozen, point)) = stage.rig.freeze_at(&bind.thing(), at).await else {
        return false;
    };
    let what = format!("race-{number} on {:?}, the bind frozen at {at} {point:?}", stage.ground);
    stage.accept(&case(Story::Deprovision)).await;
    stage.rig.drive(&whole, Fate::default()).await;
    seen::nothing_is_left(stage, &instance, &what).await;
    frozen.thaw().await;
    stage.rig.drive(&whole, Fate::default()).await;
    seen::nothing_is_left(stage, &instance, &format!("{what}, thawed")).await;
    true
}

async fn everywhere(ground: Ground) {
    let begun = Instant::now();
    let mut stage = Stage::start(ground).await;
    let undisturbed = Fate::default();
    stage.run(&Case::new(Story::Bind, 0), None, undisturbed.clone()).await;
    drop(stage);
    let trials = (0..undisturbed.count()).map(|at| Trial::Raced { at }).collect();
    let (ran, stood) = shards::all(ground, trials).await;
    println!(
        "a bind against a deprovision on {ground:?}: {ran} cases, the bind stood still in {stood}; {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    assert_eq!(ran, stood);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bind_that_races_with_a_deprovision_leaves_nothing() {
    everywhere(Ground::Plain).await;
    everywhere(Ground::SecureDns).await;
}

/// When a slow gateway, which has read the instance long ago, writes its bind.
#[derive(Clone, Copy, Debug)]
enum Written {
    /// The deprovision has looked for bindings, and found none.
    BehindItsLook,
    /// The instance is gone.
    BehindItsEnd,
}

/// The record of a bind as a gateway would have written it, of another instance.
async fn accepted_bind(stage: &mut Stage, instance: &str) -> Record {
    let other = Case::new(Story::Bind, 900);
    stage.accept(&other).await;
    let mut record = stage.rig.record(&other.thing()).await.0;
    stage.rig.drive(&other.thing(), Fate::default()).await;
    record.instance = InstanceId::parse(instance).unwrap();
    record.job.id = JobId(Uuid::now_v7());
    record
}

#[tokio::test]
async fn a_bind_that_is_written_behind_the_look_for_bindings_fails_and_leaves_nothing() {
    for (ground, written) in [
        (Ground::Plain, Written::BehindItsLook),
        (Ground::SecureDns, Written::BehindItsLook),
        (Ground::SecureDns, Written::BehindItsEnd),
    ] {
        let mut stage = Stage::start(ground).await;
        let case = |story| Case {
            story,
            instance: "going".into(),
            binding: "b-900".into(),
        };
        let (bind, whole) = (case(Story::Bind), Thing::whole("going"));
        let record = accepted_bind(&mut stage, "going").await;
        stage.tell(&case(Story::Provision)).await;
        stage.accept(&case(Story::Deprovision)).await;
        match written {
            Written::BehindItsLook => {
                stage
                    .rig
                    .drive_until(&Thing::instance("going"), |it| it.job.leg > 0)
                    .await
            }
            Written::BehindItsEnd => stage.rig.drive_until(&whole, Record::gone).await,
        }
        let revision = stage
            .rig
            .world
            .bus
            .write(&record.key(), record.bytes().into(), 0)
            .await
            .unwrap();
        assert!(stage.rig.store.ring(&record, revision).await);
        stage.rig.drive(&bind.thing(), Fate::default()).await;
        let ended = stage.rig.record(&bind.thing()).await.0;
        let State::Failed { failure, .. } = &ended.job.state else {
            panic!("{written:?} on {ground:?}: bound to what goes: {ended:#?}")
        };
        assert!(failure.for_user.contains("service instance"), "{failure:?}");
        assert_eq!(stage.rig.world.users("going").len(), 0, "{written:?} on {ground:?}");
        stage.rig.drive(&whole, Fate::default()).await;
        // The platform was told of a failed bind, and takes it back.
        stage.tell(&case(Story::Unbind)).await;
        seen::nothing_is_left(&stage, "going", &format!("{written:?}")).await;
    }
}
