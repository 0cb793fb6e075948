//! A task's log is read once per interval, however many workers wait for the task.

#![allow(clippy::unwrap_used, reason = "a test may end so")]

use chandler_clients::{CallContext, bosh::TaskState};
use chandler_common::tasks::notes::Notes;
use chandler_process::{Clock, ManualClock};
use chandler_simulators::bosh::{BoshOptions, BoshSimulator};
use chandler_testing::ground::{LIMIT, director};
use std::{sync::Arc, time::Duration};

const INTERVAL: Duration = Duration::from_secs(30);

#[tokio::test]
async fn two_workers_read_a_log_once_per_interval() {
    let bosh = BoshSimulator::start(BoshOptions::default()).await.unwrap();
    let call = CallContext::default();
    bosh.world().set_task_seconds(10_000.0);
    let director = director(&bosh);
    let manifest = "name: service-instance_i\nreleases: []\nstemcells: []\ninstance_groups: []\n";
    let task = director.deploy(manifest, "job.0", &call, LIMIT).await.unwrap();
    assert_eq!(
        director.task(task, &call).await.unwrap().unwrap().state,
        TaskState::Processing
    );

    let clock = ManualClock::new(1_000_000_000);
    let workers = [(); 2].map(|()| {
        let clock: Arc<dyn Clock> = Arc::new(clock.clone());
        Notes::new(director.clone(), clock, INTERVAL)
    });
    // What the job's record knows; whoever takes a turn writes down what it did.
    let (mut read_at, mut reads) = (None, vec![]);
    for second in 0..100 {
        let look = workers[second % 2].of(task, read_at, &call).await;
        if look.read_at.is_some() {
            reads.push(second);
            assert!(look.note.is_some(), "the line is whole, whoever reads it: {second}");
        }
        read_at = look.read_at.or(read_at);
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!(reads, [0, 30, 60, 90]);
    let journal = bosh.world().journal();
    let asked: u64 = journal
        .counts
        .iter()
        .filter(|c| c.call.contains("output"))
        .map(|c| c.count)
        .sum();
    assert_eq!(asked, 4, "{:?}", journal.counts);
}
