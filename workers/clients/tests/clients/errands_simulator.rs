//! Errands and recreation against the simulated Director.

use std::time::Duration;

use chandler_clients::bosh::{Director, ErrandPlace, ErrandRun, NO_DEPLOYMENT, TaskFilter, TaskState};
use chandler_clients::{CallContext, Fault, FaultKind};
use chandler_simulators::bosh::{
    BoshSimulator, CallAction, CallFault, Catalog, ErrandScript, TaskEffect, TaskFault, TaskKind,
};

use crate::director_errands::SMOKE;
use crate::simulator::{LIMIT, start};

const MANIFEST: &str = "name: d1
releases: [{name: svc, version: 1.0.0}]
stemcells: [{alias: default, os: ubuntu-jammy, version: '1.406'}]
update: {canaries: 1, max_in_flight: 1, canary_watch_time: 1-5000, update_watch_time: 1-5000}
instance_groups:
- {name: node, azs: [z1], instances: 3, vm_type: small, stemcell: default, networks: [{name: default}], jobs: [{name: svc, release: svc}, {name: smoke, release: svc}]}
- {name: clean, lifecycle: errand, azs: [z1], instances: 1, vm_type: small, stemcell: default, networks: [{name: default}], jobs: [{name: clean, release: svc}]}
";

async fn deployed() -> (BoshSimulator, Director, CallContext) {
    let (simulator, director, call) = start().await;
    director.deploy(MANIFEST, "job.deploy", &call, LIMIT).await.unwrap();
    (simulator, director, call)
}

async fn tasks_of(director: &Director, context_id: &str, call: &CallContext) -> Vec<u64> {
    let filter = TaskFilter {
        context_id: Some(context_id),
        ..Default::default()
    };
    let tasks = director.tasks(filter, call).await.unwrap();
    tasks.iter().map(|task| task.id).collect()
}

fn is_no_deployment(fault: &Fault) -> bool {
    fault.code() == Some(NO_DEPLOYMENT) && fault.is_permanent() && fault.nothing_happened()
}

#[tokio::test]
async fn an_errand_on_several_instances_from_start_to_result() {
    let (simulator, director, call) = deployed().await;
    let script = |exit_code, stdout: &str| ErrandScript {
        exit_code,
        stdout: stdout.into(),
        stderr: String::new(),
    };
    simulator.world().set_catalog(Some(Catalog {
        errands: [("smoke".to_owned(), script(137, "killed\n"))].into(),
        ..Default::default()
    }));
    let id = director
        .run_errand("d1", &SMOKE, "job.smoke", &call, LIMIT)
        .await
        .unwrap();
    let task = director.task(id, &call).await.unwrap().unwrap();
    assert_eq!(task.state, TaskState::Done, "a script that fails doesn't fail its task");
    assert_eq!(task.description, "run errand smoke from deployment d1");
    let results = director.errand_results(id, &call).await.unwrap().unwrap();
    assert_eq!(results.len(), 3);
    assert!(
        results
            .iter()
            .all(|it| it.exit_code == 137 && it.instance.group == "node" && it.stdout == "killed\n")
    );

    let first = [ErrandPlace {
        group: "node",
        id: Some("first"),
    }];
    let narrowed = ErrandRun {
        instances: &first,
        ..SMOKE
    };
    let id = director
        .run_errand("d1", &narrowed, "job.first", &call, LIMIT)
        .await
        .unwrap();
    assert_eq!(director.errand_results(id, &call).await.unwrap().unwrap().len(), 1);

    let own = ErrandRun { name: "clean", ..SMOKE };
    let id = director
        .run_errand("d1", &own, "job.clean", &call, LIMIT)
        .await
        .unwrap();
    let results = director.errand_results(id, &call).await.unwrap().unwrap();
    assert!(results.len() == 1 && results[0].succeeded() && results[0].errand_name == "clean");
    assert_eq!(director.errand_results(id + 100, &call).await.unwrap(), None);
}

#[tokio::test]
async fn what_is_not_there_fails_the_task_and_a_missing_deployment_the_call() {
    let (_simulator, director, call) = deployed().await;
    let nowhere = [ErrandPlace {
        group: "node",
        id: Some("zzz"),
    }];
    let cases = [
        (
            ErrandRun {
                name: "nosuch",
                ..SMOKE
            },
            "Errand 'nosuch' doesn't exist",
        ),
        (
            ErrandRun {
                instances: &nowhere,
                ..SMOKE
            },
            "No instances match selection criteria",
        ),
    ];
    for (errand, why) in cases {
        let id = director.run_errand("d1", &errand, "c", &call, LIMIT).await.unwrap();
        assert_eq!(director.task(id, &call).await.unwrap().unwrap().state, TaskState::Error);
        let error = director.task_error(id, &call).await.unwrap().unwrap();
        assert!(error.message.starts_with(why), "{error:?}");
        assert_eq!(director.errand_results(id, &call).await.unwrap(), Some(vec![]));
    }
    let fault = director
        .run_errand("nosuch", &SMOKE, "c", &call, LIMIT)
        .await
        .unwrap_err();
    assert!(is_no_deployment(&fault), "{fault}");
    let fault = director.recreate("nosuch", "c", &call, LIMIT).await.unwrap_err();
    assert!(is_no_deployment(&fault), "{fault}");
}

#[tokio::test]
async fn each_lost_call_is_found_or_is_not_there() {
    let (simulator, director, call) = deployed().await;
    let world = simulator.world();
    let path = "/deployments/d1/";
    let act = async |kind: &str, context_id: &str, limit: Duration| match kind {
        "POST" => director.run_errand("d1", &SMOKE, context_id, &call, limit).await,
        _ => director.recreate("d1", context_id, &call, limit).await,
    };
    for method in ["POST", "PUT"] {
        world.clear_journal();
        world.set_fault(CallFault::once(method, path, CallAction::LoseRequest));
        let fault = act(method, "lost.request", LIMIT).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
        assert!(tasks_of(&director, "lost.request", &call).await.is_empty());

        world.set_fault(CallFault::once(method, path, CallAction::LoseResponse));
        let fault = act(method, &format!("lost.{method}"), LIMIT).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
        let found = tasks_of(&director, &format!("lost.{method}"), &call).await;
        assert_eq!(found.len(), 1);
        let task = director.task(found[0], &call).await.unwrap().unwrap();
        assert_eq!(task.state, TaskState::Done);
        assert_eq!(world.journal().starts.len(), 2, "a write is sent once");

        let delay = CallAction::DelayResponse { ms: 30_000 };
        let id = world.set_fault(CallFault::once(method, path, delay));
        let fault = act(method, "slow", Duration::from_millis(300)).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
        world.clear_fault(id);
        let fault = act(method, "late", Duration::ZERO).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NotSent, "{fault}");
        assert_eq!(world.journal().starts.len(), 3, "without time nothing is sent");
    }
}

#[tokio::test]
async fn a_result_is_asked_for_again_when_its_answer_is_lost() {
    let (simulator, director, call) = deployed().await;
    let world = simulator.world();
    let effect = TaskEffect::Errand {
        exit_code: 3,
        stdout: String::new(),
        stderr: "boom".into(),
    };
    world.set_fault(TaskFault::once(TaskKind::Errand, effect));
    let id = director.run_errand("d1", &SMOKE, "c", &call, LIMIT).await.unwrap();
    for action in [
        CallAction::LoseRequest,
        CallAction::LoseResponse,
        CallAction::CutResponse,
    ] {
        world.set_fault(CallFault::once("GET", "/tasks/*/output", action));
        let results = director.errand_results(id, &call).await.unwrap().unwrap();
        assert!(results.len() == 3 && results.iter().all(|it| it.exit_code == 3));
    }
}

#[tokio::test]
async fn recreating_is_a_task_that_keeps_the_manifest() {
    let (_simulator, director, call) = deployed().await;
    let id = director.recreate("d1", "job.recreate", &call, LIMIT).await.unwrap();
    assert_eq!(tasks_of(&director, "job.recreate", &call).await, [id]);
    let task = director.task(id, &call).await.unwrap().unwrap();
    assert_eq!((task.state, task.deployment.as_deref()), (TaskState::Done, Some("d1")));
    let deployment = director.deployment("d1", &call).await.unwrap().unwrap();
    assert_eq!(deployment.manifest.as_deref(), Some(MANIFEST));
}
