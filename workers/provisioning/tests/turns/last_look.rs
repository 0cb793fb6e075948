//! The last look of a deprovision, and the instance's UAA client.
use crate::{
    records::{deprovision, keeping_a_client},
    site::Site,
};
use chandler_engine::probe::NoProbe;
use chandler_proto::{
    job::{Event, Facts, OwnClient, State},
    records::{Phase, Record},
    step::{Step, UaaClientsStep},
};
use chandler_simulators::{
    common::{CallAction, CallFault},
    uaa::Client,
};
use chandler_testing::log::Log;
use serde_json::Value;

const I: &str = "instance.i";
const TIDY: usize = 2;

fn removes(record: &Record) -> bool {
    let step = record.job.step();
    matches!(step, Some(Step::UaaClients(UaaClientsStep::Remove)))
}

fn over(record: &Record) -> bool {
    matches!(record.phase, Phase::Gone { look_at: None, .. }) && record.job.finished()
}

fn late(site: &Site) {
    let client = Client::new("i", "a-secret", &["kv.read"]);
    site.servers.uaa.world().put_client(client);
}

fn asked(site: &Site) -> u64 {
    site.servers.uaa.world().journal().count("GET /oauth/clients")
}

/// The uaa-clients worker's part, once the job has come to it.
async fn removed(site: &Site) -> Record {
    site.drive(I, removes).await;
    site.servers.uaa.world().remove_client("i");
    told(site, OwnClient::Gone).await
}
async fn told(site: &Site, own: OwnClient) -> Record {
    let facts = Facts {
        own_client: Some(own),
        ..Facts::default()
    };
    site.apply(I, Event::LegDone { facts }).await
}

async fn started(change: impl FnOnce(&mut Value)) -> Site {
    let site = begun(false, change).await;
    let gone = removed(&site).await;
    assert!(gone.gone() && gone.look_at().is_some(), "{gone:#?}");
    site
}
async fn begun(force: bool, change: impl FnOnce(&mut Value)) -> Site {
    let site = Site::start(change).await;
    let mut record = keeping_a_client(deprovision(&site, "i", TIDY));
    record.job.facts.own_client = Some(OwnClient::Had);
    record.job.force = force;
    site.ground.write(&record, 0).await;
    site
}
fn without_credentials(file: &mut Value) {
    file.as_object_mut().unwrap().remove("cf");
}

#[tokio::test]
async fn a_client_that_is_there_again_is_removed_once_more() {
    let site = started(|_| ()).await;
    late(&site);
    let again = site.drive(I, |record| record.job.round == 1).await;
    assert_eq!((again.job.leg, again.gone()), (0, true), "all legs once more");
    removed(&site).await;
    let record = site.drive(I, over).await;
    assert_eq!(record.job.round, 1, "the second look finds nothing");
    assert!(matches!(record.job.state, State::Succeeded { .. }), "{record:#?}");
    assert_eq!(asked(&site), 2, "each look asks once");
}

#[tokio::test]
async fn nothing_there_is_the_end_and_others_clients_are_none_of_ours() {
    let site = started(|_| ()).await;
    let others = Client::new("i2", "a-secret", &["kv.read"]);
    site.servers.uaa.world().put_client(others);
    let record = site.drive(I, over).await;
    assert_eq!((record.job.round, asked(&site)), (0, 1));
}

#[tokio::test]
async fn an_instance_that_never_had_one_is_not_looked_for() {
    let site = Site::start(|_| ()).await;
    late(&site);
    site.ground.write(&deprovision(&site, "i", TIDY), 0).await;
    let record = site.drive(I, over).await;
    assert_eq!((record.job.round, asked(&site)), (0, 0));
    assert!(site.servers.uaa.world().client("i").is_some());
}

#[tokio::test]
async fn without_credentials_the_look_waits() {
    let site = started(without_credentials).await;
    let waiting = site.drive(I, |record| record.job.faults > 0).await;
    assert_eq!(waiting.job.note.as_deref(), Some("waiting for the UAA"));
    let why = "the configuration has no cf.uaa.authentication.client_credentials";
    let fault = waiting.job.last_fault.as_deref();
    assert!(fault.is_some_and(|it| it.contains(why)), "{waiting:#?}");
    site.turn(I, &NoProbe).await.unwrap();
    let (waiting, _) = site.ground.read(I).await;
    assert!(
        !over(&waiting),
        "it isn't over before somebody has looked: {waiting:#?}"
    );
}

#[tokio::test]
async fn a_forced_one_waits_for_no_uaa_and_says_so() {
    let busy = CallAction::Answer {
        status: 500,
        body: None,
    };
    let (log, unasked) = (Log::default(), begun(true, without_credentials).await);
    let _listening = log.catch();
    let silent = begun(true, |_| ()).await;
    for site in [&unasked, &silent] {
        removed(site).await;
        let list = CallFault::always("GET", "/oauth/clients", busy.clone());
        site.servers.uaa.world().set_fault(list);
        let record = site.drive(I, over).await;
        assert_eq!((record.job.round, record.job.faults), (0, 0));
    }
    let lines = log.lines("can't see whether its UAA client is there again");
    assert_eq!(lines.len(), 2, "{}", log.text());
    for line in lines {
        assert!(line.contains("WARN") && line.contains("client=i"), "{line}");
    }
}

/// What a forced job has left is there for good: looking for it would send the job round and round.
#[tokio::test]
async fn a_forced_one_does_not_look_for_what_it_left_and_looks_for_what_it_removed() {
    let site = begun(true, |_| ()).await;
    late(&site);
    site.drive(I, removes).await;
    told(&site, OwnClient::Had).await;
    let record = site.drive(I, over).await;
    assert_eq!((record.job.round, asked(&site)), (0, 0));

    let site = begun(true, |_| ()).await;
    removed(&site).await;
    late(&site);
    let again = site.drive(I, |record| record.job.round == 1).await;
    assert_eq!((again.job.leg, asked(&site)), (0, 1));
    // In that round the UAA refuses: it is left, and nobody looks again.
    site.drive(I, removes).await;
    told(&site, OwnClient::Had).await;
    let record = site.drive(I, over).await;
    assert_eq!((record.job.round, asked(&site)), (1, 1));
}
