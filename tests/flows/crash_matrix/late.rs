//! What comes after everything is over.
use super::{
    seen::{self, look},
    stage::{Case, Ground, Stage, Story},
};
use chandler_proto::{layout::Lane, records::Phase};
use chandler_simulators::{
    bosh::{CallAction, CallFault, Ending, Fate as StartFate, TaskEffect, TaskFault, TaskKind},
    common::CallFate,
};
use chandler_tests::{
    rig::{Fate, Rig, Thing},
    wait,
    world::{Plan, World},
};
use serde_json::json;
use std::time::Duration;

/// A request that outlives its window and the whole deprovision is found by the last look.
#[tokio::test]
async fn what_a_late_request_brings_back_is_removed_by_the_last_look() {
    let mut rig = Rig::start(Plan::default()).await;
    let (id, thing) = ("late", Thing::instance("late"));
    let late = CallAction::DelayRequest { ms: 24_000 };
    rig.world
        .director
        .set_fault(CallFault::once("POST", "/deployments", late));
    rig.world.platform.accepted(rig.world.platform.put(id, json!({}))).await;
    let frozen = rig.freeze(&thing).await;
    wait::until("the request is on its way", Duration::from_secs(20), || async {
        rig.world
            .director
            .journal()
            .starts
            .iter()
            .any(|s| s.fate == StartFate::Pending)
            .then_some(())
    })
    .await;
    rig.world.platform.accepted(rig.world.platform.delete(id)).await;
    rig.drive_until(&thing, |record| record.gone()).await;
    assert!(!look(&rig, id).exists, "gone before the late request arrives");
    wait::until("the late request arrives", Duration::from_secs(40), || async {
        look(&rig, id).exists.then_some(())
    })
    .await;
    frozen.thaw().await;
    rig.drive(&thing, Fate::default()).await;
    let (record, _) = rig.record(&thing).await;
    assert!(!look(&rig, id).exists, "the last look found it: {record:#?}");
    assert!(matches!(record.phase, Phase::Gone { look_at: None, .. }));
    assert_eq!(record.job.lane, Lane::User);
}

/// The same for the credentials of a bind, which outlive its unbind and the whole deprovision.
#[tokio::test]
async fn credentials_that_come_late_are_removed_by_the_last_look() {
    let mut stage = Stage::start(Ground::Secure).await;
    let case = |story| Case {
        story,
        instance: "late".into(),
        binding: "late".into(),
    };
    let (bind, whole) = (case(Story::Bind), Thing::whole("late"));
    stage.tell(&case(Story::Provision)).await;
    let late = CallAction::DelayRequest { ms: 8_000 };
    let credhub = stage.rig.world.credhub().world();
    credhub.set_fault(CallFault::once("PUT", "/api/v1/data", late));
    stage.accept(&bind).await;
    let frozen = stage.rig.freeze(&bind.thing()).await;
    wait::until("the credentials are on their way", Duration::from_secs(20), || async {
        let calls = credhub.journal().calls;
        calls.iter().any(|call| call.fate == CallFate::Pending).then_some(())
    })
    .await;
    stage.accept(&case(Story::Deprovision)).await;
    stage.rig.drive_until(&whole, |record| record.gone()).await;
    let name = World::credential_name("late", "late");
    assert_eq!(credhub.get(&name), None, "gone before they arrive");
    wait::until("they arrive", Duration::from_secs(20), || async {
        credhub.get(&name).map(drop)
    })
    .await;
    frozen.thaw().await;
    stage.rig.drive(&whole, Fate::default()).await;
    seen::nothing_is_left(&stage, "late", "credentials that came late").await;
}

/// The same for the UAA client of an instance, which nobody made when the deprovision removed it.
#[tokio::test]
async fn a_client_that_comes_late_is_removed_by_the_last_look() {
    let mut stage = Stage::start(Ground::Full).await;
    let case = |story| Case {
        story,
        instance: "late".into(),
        binding: String::new(),
    };
    let (provision, deprovision) = (case(Story::Provision), case(Story::Deprovision));
    let thing = provision.thing();
    let late = CallAction::DelayRequest { ms: 8_000 };
    stage.prepare(&provision).await;
    let uaa = stage.rig.world.uaa().world();
    uaa.set_fault(CallFault::once("POST", "/oauth/clients", late));
    stage.accept(&provision).await;
    let frozen = stage.rig.freeze(&thing).await;
    wait::until("the client is on its way", Duration::from_secs(20), || async {
        let calls = uaa.journal().calls;
        calls.iter().any(|call| call.fate == CallFate::Pending).then_some(())
    })
    .await;
    stage.accept(&deprovision).await;
    stage.rig.drive_until(&thing, |record| record.gone()).await;
    assert_eq!(uaa.client("late"), None, "gone before it arrives");
    wait::until("it arrives", Duration::from_secs(20), || async {
        uaa.client("late").map(drop)
    })
    .await;
    frozen.thaw().await;
    stage.rig.drive(&thing, Fate::default()).await;
    seen::nothing_is_left(&stage, "late", "a client that came late").await;
}

/// A further round that fails leaves nothing behind for good: the record is looked after until it is clean.
#[tokio::test]
async fn a_further_round_that_fails_is_followed_by_another_look() {
    let mut rig = Rig::start(Plan::default()).await;
    let (id, name) = ("again", "service-instance_again");
    let thing = Thing::instance(id);
    rig.world.platform.accepted(rig.world.platform.put(id, json!({}))).await;
    rig.drive(&thing, Fate::default()).await;
    // The first round ends with failures of its own, which must not count for the second.
    let fail = TaskEffect::End { ending: Ending::Killed };
    rig.world.director.set_fault(TaskFault {
        count: Some(2),
        ..TaskFault::always(TaskKind::Delete, fail.clone())
    });
    rig.world.platform.accepted(rig.world.platform.delete(id)).await;
    rig.release_locks_of(name);
    rig.drive_until(&thing, |record| record.gone()).await;
    // Somebody brings it back behind our back.
    rig.deploy_behind_our_back(name).await;
    let fail = TaskEffect::Fail {
        stage: String::new(),
        message: Some("no".into()),
        code: Some(450_002),
    };
    rig.world.director.set_fault(TaskFault {
        count: Some(3),
        ..TaskFault::always(TaskKind::Delete, fail)
    });
    rig.drive(&thing, Fate::default()).await;
    let (record, _) = rig.record(&thing).await;
    assert!(!look(&rig, id).exists, "{record:#?}");
    assert_eq!(record.job.round, 2, "one round failed, the next one cleaned up");
    assert!(matches!(record.phase, Phase::Gone { look_at: None, .. }));
}
