//! The program itself: from a wake to an answer, and away again.
use crate::{records::Wish, world::World};
use chandler_proto::records::Phase;
use chandler_testing::process::{Program, Until, tells_none_of};

#[tokio::test]
async fn a_worker_takes_wakes_and_tells_no_secret() {
    let world = World::start().await;
    let worker = Program::start(env!("CARGO_BIN_EXE_chandler-binding"), &world.yml);
    let limit = Until::seconds(60);
    let bind = world.bind("b-1", &Wish::default());
    let revision = world.ground.write(&bind, 0).await;
    assert!(world.ground.store.ring(&bind, revision).await);
    let record = world.ground.finished(&bind.key(), &limit).await;
    assert_eq!(world.answer(&record)["credentials"]["credhub-ref"], World::name("b-1"));
    let password = world.user("b-1").unwrap()["password"].as_str().unwrap().to_owned();
    worker.reload(&world.yml, &limit).await;
    let unbind = world.unbind(&record, true);
    let (_, revision) = world.ground.read(&bind.key()).await;
    let revision = world.ground.write(&unbind, revision).await;
    assert!(world.ground.store.ring(&unbind, revision).await);
    let gone = world.ground.finished(&bind.key(), &limit).await;
    assert!(matches!(gone.phase, Phase::Gone { .. }), "{:?}", gone.job.state);
    world.nothing_of("b-1").await;
    let log = worker.stop(&limit).await;
    assert!(log.contains("service adapter succeeded"), "{log}");
    let done: Vec<_> = log.lines().filter(|line| line.contains("the job is done")).collect();
    let named = |line: &&str| line.contains(r#""binding":"b-1""#);
    assert!(done.len() == 2 && done.iter().all(named), "{done:?}");
    tells_none_of(&log, &[&password, "hush", "hunter2"]);
}
