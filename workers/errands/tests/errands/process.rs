//! The program itself: from a wake to the end of the job, and away again.
use crate::{
    records::{I, errand, provision},
    site::Site,
};
use chandler_testing::{
    process::{Program, Until},
    records::succeeded,
};

#[tokio::test]
async fn a_worker_takes_wakes_until_it_is_told_to_stop() {
    let site = Site::start().await;
    let worker = Program::start(env!("CARGO_BIN_EXE_chandler-errands"), &site.yml);
    let limit = Until::seconds(60);

    let record = provision(&site, &[errand("smoke", &[]), errand("clean", &[])]);
    let revision = site.write(&record).await;
    assert!(site.ground.store.ring(&record, revision).await);
    succeeded(&site.ground.finished(I, &limit).await);
    assert_eq!(site.errands().len(), 2);

    let log = worker.stop(&limit).await;
    let lines: Vec<_> = log
        .lines()
        .filter(|line| line.contains("an errand succeeded"))
        .collect();
    assert_eq!(lines.len(), 3, "{log}");
}
