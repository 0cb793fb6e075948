//! The Director's client against the simulated Director, which was written from recordings, without this client.

use std::time::Duration;

use chandler_clients::bosh::{Auth, Director, DirectorSettings, Progress, TaskFilter, TaskState};
use chandler_clients::{CallContext, FaultKind};
use chandler_simulators::bosh::{
    BoshOptions, BoshSimulator, CallAction, CallFault, Outage, TaskEffect, TaskFault, TaskKind,
};

pub(crate) const LIMIT: Duration = Duration::from_secs(10);
const MANIFEST: &str = "name: d1
releases: [{name: svc, version: 1.0.0}]
stemcells: [{alias: default, os: ubuntu-jammy, version: '1.406'}]
update: {canaries: 1, max_in_flight: 1, canary_watch_time: 1-5000, update_watch_time: 1-5000}
instance_groups:
- name: node
  azs: [z1]
  instances: 3
  vm_type: small
  stemcell: default
  networks: [{name: default}]
  jobs: [{name: svc, release: svc}]
";

pub(crate) async fn start() -> (BoshSimulator, Director, CallContext) {
    let simulator = BoshSimulator::start(BoshOptions::default()).await.unwrap();
    let director = client(&simulator, "admin");
    (simulator, director, CallContext::default())
}

fn client(simulator: &BoshSimulator, password: &str) -> Director {
    Director::new(DirectorSettings {
        url: simulator.url(),
        ca_pem: Some(simulator.ca_pem().to_owned()),
        auth: Auth::Basic {
            username: "admin".into(),
            password: password.into(),
        },
        timeout: LIMIT,
        user_agent: "chandler-test".into(),
    })
    .unwrap()
}

#[tokio::test]
async fn a_deployment_from_nothing_to_nothing() {
    let (simulator, director, call) = start().await;
    assert_eq!(director.info(&call).await.unwrap().user.as_deref(), Some("admin"));
    assert_eq!(director.deployment("d1", &call).await.unwrap(), None);

    let id = director.deploy(MANIFEST, "job.deploy", &call, LIMIT).await.unwrap();
    let filter = TaskFilter {
        context_id: Some("job.deploy"),
        ..Default::default()
    };
    let found = director.tasks(filter, &call).await.unwrap();
    assert_eq!(found.iter().map(|task| task.id).collect::<Vec<_>>(), [id]);
    let task = director.task(id, &call).await.unwrap().unwrap();
    assert_eq!((task.state, task.deployment.as_deref()), (TaskState::Done, Some("d1")));
    assert_eq!((task.context_id.as_str(), task.user.as_str()), ("job.deploy", "admin"));
    assert_eq!(director.task_error(id, &call).await.unwrap(), None);

    let all = director.task_events(id, 0, &call).await.unwrap();
    assert!(all.lines.len() > 3, "{all:?}");
    let progress = Progress::of(&all.lines);
    assert_eq!(progress.note().unwrap(), "Updating instance 3 of 3 (node)");
    let rest = director.task_events(id, all.next_byte, &call).await.unwrap();
    assert!(rest.lines.is_empty() && rest.next_byte == all.next_byte);

    let deployment = director.deployment("d1", &call).await.unwrap().unwrap();
    assert_eq!(deployment.manifest.as_deref(), Some(MANIFEST));
    let rows = director.deployments(&call).await.unwrap();
    assert_eq!((rows.len(), rows[0].name.as_str(), rows[0].locked), (1, "d1", false));

    director
        .delete_deployment("d1", false, "job.delete", &call, LIMIT)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(director.deployment("d1", &call).await.unwrap(), None);
    let again = director
        .delete_deployment("d1", true, "job.delete", &call, LIMIT)
        .await
        .unwrap();
    assert_eq!(again, None);
    simulator.stop().await;
}

#[tokio::test]
async fn a_lost_answer_is_found_by_its_context_id() {
    let (simulator, director, call) = start().await;
    let world = simulator.world();
    world.set_fault(CallFault::once("POST", "/deployments", CallAction::LoseResponse));
    let fault = director.deploy(MANIFEST, "job.deploy", &call, LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
    assert_eq!(world.journal().starts.len(), 1, "a write is sent once");
    let filter = TaskFilter {
        context_id: Some("job.deploy"),
        ..Default::default()
    };
    assert_eq!(director.tasks(filter, &call).await.unwrap().len(), 1);

    world.set_fault(CallFault::once("POST", "/deployments", CallAction::LoseRequest));
    let fault = director
        .deploy(MANIFEST, "job2.deploy", &call, LIMIT)
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
    let filter = TaskFilter {
        context_id: Some("job2.deploy"),
        ..Default::default()
    };
    assert!(director.tasks(filter, &call).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_slow_answer_ends_with_the_limit() {
    let (simulator, director, call) = start().await;
    simulator.world().set_fault(CallFault::once(
        "POST",
        "/deployments",
        CallAction::DelayResponse { ms: 30_000 },
    ));
    let limit = Duration::from_millis(500);
    let fault = director.deploy(MANIFEST, "job.deploy", &call, limit).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
    assert!(director.deployment("d1", &call).await.unwrap().is_some());
}

#[tokio::test]
async fn a_task_can_be_seen_at_work_and_cancelled() {
    let (simulator, director, call) = start().await;
    simulator
        .world()
        .set_fault(TaskFault::once(TaskKind::Deploy, TaskEffect::Hang));
    let id = director.deploy(MANIFEST, "job.deploy", &call, LIMIT).await.unwrap();
    let active = TaskFilter {
        deployment: Some("d1"),
        states: &TaskState::ACTIVE,
        ..Default::default()
    };
    let tasks = director.tasks(active, &call).await.unwrap();
    assert_eq!(
        (tasks.len(), tasks[0].id, tasks[0].state),
        (1, id, TaskState::Processing)
    );
    assert!(director.deployments(&call).await.unwrap()[0].locked);
    let locks = director.locks(&call).await.unwrap().unwrap();
    assert!(
        locks
            .iter()
            .any(|lock| lock.is_of_deployment("d1") && lock.task_id == Some(id))
    );
    let deployment = director.deployment("d1", &call).await.unwrap().unwrap();
    assert_eq!(deployment.manifest, None);

    director.cancel_task(id, &call, LIMIT).await.unwrap();
    simulator.world().skip(Duration::from_secs(60));
    let task = director.task(id, &call).await.unwrap().unwrap();
    assert_eq!(task.state, TaskState::Cancelled);
    director.cancel_task(id, &call, LIMIT).await.unwrap();
    assert!(director.tasks(active, &call).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_failed_task_says_why() {
    let (simulator, director, call) = start().await;
    let effect = TaskEffect::Fail {
        stage: String::new(),
        message: Some(format!("too bad\n/a/b.rb:1:in `x'\n{}", "x".repeat(300))),
        code: Some(100),
    };
    simulator.world().set_fault(TaskFault::once(TaskKind::Deploy, effect));
    let id = director.deploy(MANIFEST, "job.deploy", &call, LIMIT).await.unwrap();
    let task = director.task(id, &call).await.unwrap().unwrap();
    assert_eq!(task.state, TaskState::Error);
    assert!(task.result.unwrap().ends_with("..."), "the Director cuts it");
    let error = director.task_error(id, &call).await.unwrap().unwrap();
    assert_eq!(error.code, Some(100));
    assert!(error.message.ends_with(&"x".repeat(300)));
    assert_eq!(chandler_clients::bosh::redact::for_user(&error.message), "too bad");
}

#[tokio::test]
async fn a_director_that_refuses_or_is_away() {
    let (simulator, director, call) = start().await;
    let fault = director.deploy("just a string", "c", &call, LIMIT).await.unwrap_err();
    assert_eq!(
        fault.kind,
        FaultKind::Refused {
            status: 400,
            code: Some(440_001)
        }
    );
    let fault = director
        .deploy(MANIFEST, &"c".repeat(65), &call, LIMIT)
        .await
        .unwrap_err();
    assert_eq!(
        fault.kind,
        FaultKind::Refused {
            status: 400,
            code: Some(70_010)
        }
    );

    let stranger = client(&simulator, "wrong-password");
    assert_eq!(stranger.info(&call).await.unwrap().user, None);
    let fault = stranger.deployments(&call).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unauthorized);
    assert!(!fault.to_string().contains("wrong-password"));

    simulator.world().set_outage(Some(Outage::Connections));
    let fault = director.deploy(MANIFEST, "c", &call, LIMIT).await.unwrap_err();
    assert!(matches!(fault.kind, FaultKind::NotSent | FaultKind::Unknown), "{fault}");
    simulator.world().set_outage(None);
    assert!(director.deployments(&call).await.unwrap().is_empty());
}
