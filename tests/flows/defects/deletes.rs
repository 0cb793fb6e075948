//! Deletions to which something happens on the way, and requests whose answers are lost.
use super::{LIMIT, deployment, quick, somebody_deletes};
use chandler_simulators::bosh::{
    CallAction, CallFault, Ending, Fate as Started, Start, TaskEffect, TaskFault, TaskKind, TaskState,
};
use chandler_tests::{
    rig::{Fate, Rig, Thing},
    settings::{CLEANUP_DATA, HEALTH_CHECK, SMOKE_TESTS},
    wait,
    world::{Plan, World},
};
use reqwest::StatusCode;
use serde_json::json;

/// What the broker asked the Director to start with this method.
fn ours(world: &World, method: &str) -> Vec<Start> {
    let starts = world.director.journal().starts.into_iter();
    starts
        .filter(|it| it.method == method && !it.context_id.is_empty())
        .collect()
}

#[tokio::test]
async fn d04_a_deployment_that_vanishes_in_the_middle_is_deleted() {
    let world = World::start(quick()).await;
    let (p, i) = (&world.platform, "vanishing");
    p.provision(i, json!({})).await;
    // Its DELETE is on its way for a while, and comes too late.
    let path = format!("/deployments/{}$", deployment(i));
    world
        .director
        .set_fault(CallFault::once("DELETE", &path, CallAction::DelayRequest { ms: 2000 }));
    let operation = p.accepted(p.delete(i)).await;
    wait::until("it is on its way", LIMIT, || async { ours(&world, "DELETE").pop() }).await;
    somebody_deletes(&world, i).await;
    let pending = ours(&world, "DELETE");
    assert!(pending.len() == 1 && pending[0].fate == Started::Pending, "{pending:?}");
    // Others don't wait for it.
    p.provision("another", json!({})).await;
    p.deprovision("another").await;
    let (answer, _) = p.ended(i, &operation, LIMIT).await;
    assert_eq!(answer.status, StatusCode::GONE, "{answer:?}");
    let asked = ours(&world, "DELETE");
    assert!(
        asked[0].path.ends_with(i) && asked[0].fate == Started::Refused,
        "{asked:?}"
    );
    assert_eq!(p.send(p.delete(i)).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn d24_a_deployment_that_goes_during_the_last_errand_is_deleted() {
    let world = World::start(Plan {
        errands: true,
        ..quick()
    })
    .await;
    let (p, i) = (&world.platform, "leaving");
    p.provision(i, json!({})).await;
    world
        .director
        .set_fault(TaskFault::once(TaskKind::Errand, TaskEffect::Hang).of(&deployment(i)));
    let operation = p.accepted(p.delete(i)).await;
    let task = wait::until("the errand runs", LIMIT, || async {
        let task = world
            .director
            .tasks()
            .into_iter()
            .rfind(|task| task.kind == TaskKind::Errand)?;
        (task.state == TaskState::Processing && task.description.contains(CLEANUP_DATA)).then_some(task.id)
    })
    .await;
    // Nobody looks until errand and deployment have both come to their end.
    world.errand_workers[0].freeze();
    assert!(world.director.finish_task(task, Ending::Done));
    somebody_deletes(&world, i).await;
    world.errand_workers[0].thaw();
    let (answer, _) = p.ended(i, &operation, LIMIT).await;
    assert_eq!(answer.status, StatusCode::GONE, "{answer:?}");
    let again = p.send(p.last_operation(i, Some(&operation))).await;
    assert_eq!(again.status, StatusCode::GONE, "{again:?}");
    assert!(
        ours(&world, "DELETE").iter().all(|it| it.fate != Started::Started),
        "there was nothing to delete"
    );
}

#[tokio::test]
async fn d25_lost_answers_start_nothing_twice() {
    let mut rig = Rig::start(Plan {
        errands: true,
        ..Plan::default()
    })
    .await;
    let i = "unheard";
    for (method, path) in [
        ("POST", "/deployments$"),
        ("POST", "/deployments/*/errands/*/runs$"),
        ("DELETE", "/deployments/*"),
    ] {
        let lost = CallFault::always(method, path, CallAction::LoseResponse);
        rig.world.director.set_fault(lost);
    }
    let provision = rig.world.platform.put(i, json!({}));
    for (call, status) in [
        (provision, StatusCode::OK),
        (rig.world.platform.delete(i), StatusCode::GONE),
    ] {
        let operation = rig.world.platform.accepted(call).await;
        rig.drive(&Thing::instance(i), Fate::default()).await;
        let (answer, _) = rig.world.platform.ended(i, &operation, LIMIT).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.body["state"] != "failed", "{answer:?}");
    }
    let of = |kind: TaskKind| {
        let tasks = rig.world.director.tasks().into_iter();
        tasks
            .filter(|task| task.kind == kind)
            .map(|task| task.state)
            .collect::<Vec<_>>()
    };
    let once = vec![TaskState::Done];
    assert_eq!((of(TaskKind::Deploy), of(TaskKind::Delete)), (once.clone(), once));
    let once = [SMOKE_TESTS, HEALTH_CHECK, CLEANUP_DATA].map(|name| (name.to_owned(), TaskState::Done));
    assert_eq!(rig.world.errands(i), once);
    let starts = rig.world.director.journal().starts;
    assert_eq!(starts.len(), 5, "{starts:?}");
    assert!(
        starts.iter().all(|it| it.fate == Started::Started && it.response_lost),
        "{starts:?}"
    );
}
