//! The program itself: from a wake to an answer, and away again.
use crate::{
    records::Wish,
    world::{Until, World},
};
use chandler_proto::records::Phase;
use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// The worker; it ends with this.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(world: &World) -> Worker {
    let log = std::fs::File::create(world.dir.path().join("worker.log")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_chandler-binding"));
    command.arg("--config").arg(world.dir.path().join("broker.yml"));
    command.args(["--admin-addr", "127.0.0.1:0", "--log", "json"]);
    Worker(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
}

#[tokio::test]
async fn a_worker_takes_wakes_and_tells_no_secret() {
    let world = World::start().await;
    let mut worker = start(&world);
    let limit = Until(Instant::now() + Duration::from_secs(60));
    let bind = world.bind("b-1", &Wish::default());
    let revision = world.write(&bind, 0).await;
    assert!(world.store.ring(&bind, revision).await);
    let record = world.finished(&bind.key(), &limit).await;
    assert_eq!(world.answer(&record)["credentials"]["credhub-ref"], World::name("b-1"));
    let password = world.user("b-1").unwrap()["password"].as_str().unwrap().to_owned();
    let unbind = world.unbind(&record, true);
    let (_, revision) = world.load(&bind.key()).await;
    let revision = world.write(&unbind, revision).await;
    assert!(world.store.ring(&unbind, revision).await);
    let gone = world.finished(&bind.key(), &limit).await;
    assert!(matches!(gone.phase, Phase::Gone { .. }), "{:?}", gone.job.state);
    world.nothing_of("b-1").await;
    let stopped = Command::new("kill").arg(worker.0.id().to_string()).status().unwrap();
    assert!(stopped.success());
    let code = loop {
        if let Some(status) = worker.0.try_wait().unwrap() {
            break status.code();
        }
        limit.pause("the worker ends").await;
    };
    assert_eq!(code, Some(0), "SIGTERM");
    let log = std::fs::read_to_string(world.dir.path().join("worker.log")).unwrap();
    assert!(log.contains("service adapter succeeded"), "{log}");
    let done: Vec<_> = log.lines().filter(|line| line.contains("the job is done")).collect();
    let named = |line: &&str| line.contains(r#""binding":"b-1""#);
    assert!(done.len() == 2 && done.iter().all(named), "{done:?}");
    for secret in [password.as_str(), "hush", "hunter2"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}
