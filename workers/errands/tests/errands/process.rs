//! The program itself: from a wake to the end of the job, and away again.
use crate::{
    records::{I, errand, provision},
    site::Site,
};
use chandler_simulators::bosh::Outage;
use chandler_testing::{
    process::{Program, Until},
    records::succeeded,
};

#[tokio::test]
async fn a_worker_takes_wakes_until_it_is_told_to_stop() {
    let site = Site::start().await;
    let worker = Program::start(env!("CARGO_BIN_EXE_chandler-errands"), &site.yml);
    let limit = Until::seconds(60);
    worker.reload(&site.yml, &limit).await;

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

#[tokio::test]
async fn a_worker_whose_director_is_down_comes_up_degraded_and_goes_on() {
    let site = Site::start().await;
    site.bosh.world().set_outage(Some(Outage::Connections));
    let worker = Program::start(env!("CARGO_BIN_EXE_chandler-errands"), &site.yml);
    let limit = Until::seconds(60);
    let degraded = r#"{"name":"director","status":"degraded","reason":"error fetching BOSH director information: "#;
    let answer = loop {
        match worker.readyz() {
            Some(answer) if answer.contains(degraded) && answer.contains(r#"{"status":"degraded","#) => break answer,
            Some(_) | None => limit.pause("it is ready and degraded").await,
        }
    };
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");

    site.bosh.world().set_outage(None);
    let record = provision(&site, &[errand("smoke", &[])]);
    let revision = site.write(&record).await;
    assert!(site.ground.store.ring(&record, revision).await);
    succeeded(&site.ground.finished(I, &limit).await);
    let log = worker.stop(&limit).await;
    let told = |line: &&str| line.contains(r#""check":"director""#) && line.contains(r#""level":"WARN""#);
    assert_eq!(log.lines().filter(told).count(), 1, "{log}");
}
