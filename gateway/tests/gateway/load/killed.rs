//! One of four gateways is killed when it has written requests undecided.
use super::{
    GATEWAYS, REQUESTS, ROOM, ROUNDS,
    history::Written,
    rule::{PLANS, Rule},
    stage::{Ask, Stage},
};
use crate::{
    nats::Nats,
    process::Program,
    proxy::Proxy,
    quotas::of,
    world::{now, until},
};
use chandler_process::ManualClock;
use chandler_proto::records::{Phase, Record};
use futures::future::join_all;
use rand::seq::SliceRandom as _;
use reqwest::Method;
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

/// The gateway that is killed: a process of its own, behind a proxy.
const DOOMED: usize = GATEWAYS - 1;

struct Doomed {
    program: Program,
    addr: SocketAddr,
    proxy: Proxy,
}

impl Doomed {
    async fn start(stage: &Stage) -> Self {
        let proxy = Proxy::to(&stage.world.nats.url()).await;
        let config = stage.config(&format!("nats://{}", proxy.addr));
        let program = Program::start(&config, &["--port", "0"]);
        let addr = program.addr().await;
        Doomed { program, addr, proxy }
    }

    /// Whether somebody was told that it is accepted. `None`: nobody was told anything.
    async fn put(&self, stage: &Stage, ask: &Ask) -> Option<bool> {
        tokio::time::sleep(ask.pause).await;
        let path = format!("/v2/service_instances/{}?accepts_incomplete=true", ask.id);
        let request = stage.world.ask_at(self.addr, Method::PUT, &path);
        let got = request.json(&of(PLANS[ask.plan].0)).send().await.ok()?;
        assert!(got.status() == 202 || got.status() == 400, "{got:?}");
        Some(got.status() == 202)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_is_killed_before_it_decides_leaves_room_for_exactly_as_many() {
    let mut nats = Nats::start();
    for round in 0..ROUNDS {
        nats = play(nats, round).await;
    }
}

async fn play(nats: Nats, round: usize) -> Nats {
    let mut rule = Rule::default();
    rule.plans[0].instances = Some(ROOM as u64);
    let clock = ManualClock::new(now().0);
    let mut stage = Stage::new(nats, round, rule).await;
    stage.start(GATEWAYS - 1, Arc::new(clock.clone())).await;
    let mut doomed = Doomed::start(&stage).await;
    let mut asks = stage.asks((0..REQUESTS).map(|_| 0));
    let one = asks.iter().position(|ask| ask.gateway == DOOMED).unwrap();
    let one = asks.remove(one);
    assert_eq!(doomed.put(&stage, &one).await, Some(true), "it is at work");

    // In every other round its view stands still, so that it can't decide; in the others it decides what it can.
    let held = round.is_multiple_of(2);
    if held {
        doomed.proxy.hold(&format!("$KV.{}-records.", stage.prefix));
    }
    let (of_doomed, of_others): (Vec<Ask>, Vec<Ask>) = asks.into_iter().partition(|ask| ask.gateway == DOOMED);
    let killed_at = 1 + stage.any(of_doomed.len() - 1);
    let (told, got, ()) = tokio::join!(
        join_all(of_doomed.iter().map(|ask| doomed.put(&stage, ask))),
        stage.put_all(&of_others),
        kill(&stage, &doomed, &of_doomed, killed_at),
    );
    doomed.program.code().await;
    until("what it sent is on the bus", || async { doomed.proxy.is_idle() }).await;
    stage.history.check(&stage.rule).await;
    for got in got.iter().filter(|got| got.status != 202) {
        stage.refused(got, 400);
    }

    let newest = stage.history.newest().await;
    let told: BTreeMap<&str, Option<bool>> = of_doomed.iter().map(|ask| &*ask.id).zip(told).collect();
    let is = |ask: &Ask, what: fn(&Record) -> bool| newest.get(&ask.id).is_some_and(what);
    let (mut undecided, decided): (Vec<&Ask>, Vec<&Ask>) =
        of_doomed.iter().partition(|ask| is(ask, Record::is_undecided));
    let left = undecided.len();
    assert!(!held || left >= killed_at, "{left} of {killed_at}");
    for ask in &decided {
        let admitted = is(ask, |record| record.phase == Phase::Admitted);
        assert!(told[&*ask.id].is_none_or(|told| told == admitted), "{ask:?}");
    }

    // Some of what it left is asked for again elsewhere, and decided there; the rest is given up.
    undecided.shuffle(&mut stage.dice);
    let repeats = undecided.len() * [0, 0, 1, 2][round % 4] / 2;
    let (repeated, given_up) = undecided.split_at(repeats);
    let again: Vec<Ask> = repeated.iter().map(|ask| elsewhere(ask, &mut stage)).collect();
    let got = stage.put_all(&again).await;
    let newest = stage.history.newest().await;
    for (ask, got) in again.iter().zip(got) {
        let record = &newest[&ask.id];
        match record.phase {
            Phase::Admitted => assert!(got.operation().contains(&record.job.id.to_string())),
            Phase::Pending | Phase::Gone { .. } => stage.refused(&got, 400),
        }
    }
    until("what nobody decides is given up", || async {
        clock.advance(Duration::from_secs(5));
        !stage.history.newest().await.values().any(Record::is_undecided)
    })
    .await;
    let newest = stage.history.newest().await;
    assert!(given_up.iter().all(|ask| newest[&ask.id].gone()));

    // What it admitted and told nobody of counts, and is told of elsewhere.
    for ask in decided.iter().filter(|ask| told[&*ask.id].is_none()) {
        let admitted = newest.get(&ask.id).filter(|record| record.phase == Phase::Admitted);
        if let Some(record) = admitted {
            let again = elsewhere(ask, &mut stage);
            let got = stage.put(&again).await;
            assert!(got.operation().contains(&record.job.id.to_string()));
        }
    }
    stage.fill(&[0; ROOM + 1]).await;
    let held = stage.history.held().await;
    assert_eq!(held.iter().filter(|plans| !plans.is_empty()).count(), ROOM);
    stage.end().await
}

/// As soon as so many of its requests were written undecided.
async fn kill(stage: &Stage, doomed: &Doomed, asks: &[Ask], killed_at: usize) {
    let its = |id: &&str| asks.iter().any(|ask| ask.id == *id);
    let enough = |seen: &Vec<Written>| seen.iter().filter_map(Written::pending).filter(its).count() >= killed_at;
    stage.history.until("it has written so many", enough).await;
    doomed.program.signal("KILL");
}

fn elsewhere(ask: &Ask, stage: &mut Stage) -> Ask {
    Ask {
        gateway: stage.any(GATEWAYS - 1),
        pause: stage.pause(),
        ..ask.clone()
    }
}
