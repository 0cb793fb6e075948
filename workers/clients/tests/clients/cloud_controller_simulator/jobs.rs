//! Waiting for jobs, whatever happens meanwhile.

use std::time::Duration;

use chandler_clients::FaultKind;
use chandler_clients::cloud_controller::{BrokerChange, BrokerFilter, JobError, JobRef, JobState};
use chandler_simulators::cloud_controller::{OutgoingAction, OutgoingFault};
use chandler_simulators::common::{CallAction, CallFault};
use serde_json::json;

use super::bench::{Bench, Registered};
use super::broker::catalog;
use crate::cloud_controller::LIMIT;
use crate::server::context;

#[tokio::test]
async fn a_job_is_waited_for_through_all_that_passes() {
    let bench = Bench::start().await;
    let (cc, call) = (bench.client("admin"), context());
    let gate = bench.broker.holds("GET /v2/catalog");
    let job = cc.create_broker(&bench.new_broker("odb"), &call, LIMIT).await.unwrap();
    assert_eq!(JobRef::new(&format!("{}/v3/jobs/{job}", bench.cc.url())), job);
    let mut states = Vec::new();
    let waited = cc.wait(&job, &call, LIMIT, |seen| {
        if states.is_empty() {
            // The next look comes to nothing, and the one after it needs a new token.
            let away = CallAction::Answer {
                status: 500,
                body: None,
            };
            bench.cc.set_fault(CallFault::once("GET", "/v3/jobs/", away));
            bench.uaa.expire_tokens();
            gate.open();
        }
        states.push(seen.state);
    });
    assert_eq!(waited.await.unwrap(), Vec::<String>::new());
    assert_eq!(states.first(), Some(&JobState::Processing));
    assert_eq!(states.last(), Some(&JobState::Complete));
    let journal = bench.cc.journal();
    let looks = journal.calls.iter().filter(|it| it.call == "GET /v3/jobs/{}");
    let looks: Vec<_> = looks.filter_map(|it| it.status).collect();
    assert_eq!(looks[..4], [200, 500, 401, 200]);
    let found = cc.brokers(&BrokerFilter::default(), &call).await.unwrap();
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn a_job_that_takes_longer_goes_on() {
    let there = Registered::start().await;
    let (bench, cc, call) = (&there.bench, &there.admin, context());
    let guid = there.instance("cache", "small").await;
    bench.broker.offers(catalog("2.0.0"));
    let change = BrokerChange {
        url: Some(bench.broker.url.clone()),
        ..Default::default()
    };
    let job = cc.update_broker(&there.guid, &change, &call, LIMIT).await.unwrap();
    bench.ended(cc, &job).await.unwrap();

    let stop = OutgoingFault::always("", "", OutgoingAction::Stop);
    let stop = bench.cc.set_outgoing_fault(stop);
    bench.broker.answers("PATCH ", 202, json!({}));
    let job = cc
        .upgrade_instance(&guid, "2.0.0", &call, LIMIT)
        .await
        .unwrap()
        .unwrap();
    let mut seen = Vec::new();
    let mut look = async |limit: Duration| cc.wait(&job, &call, limit, |it| seen.push(it.state)).await;
    let why = look(Duration::from_millis(1_100)).await.unwrap_err();
    let JobError::Unfinished {
        job: which,
        state,
        fault,
    } = &why
    else {
        panic!("{why}");
    };
    assert_eq!((which, fault), (&job, &None));
    assert!(matches!(state, Some(JobState::Processing | JobState::Polling)), "{why}");
    bench.cc.clear_outgoing_fault(stop);
    look(LIMIT).await.unwrap();
    assert_eq!(seen.last(), Some(&JobState::Complete));
    let instance = cc.instance(&guid, &call).await.unwrap().unwrap();
    assert_eq!(instance.maintenance_version.as_deref(), Some("2.0.0"));
}

#[tokio::test]
async fn a_job_that_nobody_knows() {
    let bench = Bench::start().await;
    let (cc, call) = (bench.client("admin"), context());
    let job = JobRef::new("nowhere");
    assert_eq!(cc.job(&job, &call).await.unwrap(), None);
    let why = cc.wait(&job, &call, LIMIT, |_| {}).await.unwrap_err();
    assert!(
        matches!(&why, JobError::Fault(fault) if fault.code() == Some(10_010)),
        "{why}"
    );
    let stranger = bench.client("stranger");
    let why = stranger.wait(&job, &call, LIMIT, |_| {}).await.unwrap_err();
    assert!(
        matches!(&why, JobError::Fault(fault) if fault.kind == FaultKind::Unauthorized),
        "{why}"
    );
}
