//! Creates alone: whoever was written first is in, to the last place.
use super::{
    REQUESTS, ROOM, ROUNDS,
    rule::Rule,
    stage::{Ask, Stage},
};
use crate::{nats::Nats, world::Got};
use chandler_process::SystemClock;
use chandler_proto::records::Phase;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// So many requests are made a second time, at another gateway, at the same time.
const REPEATED: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_creates_exactly_as_many_are_admitted_as_there_is_room_for() {
    let mut nats = Nats::start();
    for round in 0..ROUNDS {
        nats = play(nats, round).await;
    }
}

/// In turn the plan is limited, the offering, and both.
fn rule(round: usize) -> Rule {
    let (plan, all) = [(true, false), (false, true), (true, true)][round % 3];
    let mut rule = Rule {
        instances: all.then_some(ROOM as u64),
        ..Rule::default()
    };
    rule.plans[0].instances = plan.then_some(ROOM as u64);
    rule
}

async fn play(nats: Nats, round: usize) -> Nats {
    let mut stage = Stage::new(nats, round, rule(round)).await;
    stage.start(super::GATEWAYS, Arc::new(SystemClock::new())).await;
    let plans = if round % 3 == 1 { 3 } else { 1 };
    let mut asks = stage.asks((0..REQUESTS).map(|n| n % plans));
    if round % 2 == 1 {
        let again: Vec<Ask> = asks[..REPEATED].iter().map(|ask| elsewhere(ask, &mut stage)).collect();
        asks.extend(again);
    }
    let got = stage.put_all(&asks).await;
    let admitted = told(&stage, &asks, &got);
    assert_eq!(admitted.len(), ROOM);

    let pending = stage.history.pending().await;
    let first: BTreeSet<&str> = pending[..ROOM].iter().map(|id| &**id).collect();
    let ids: BTreeSet<&str> = admitted.keys().copied().collect();
    assert_eq!(ids, first, "in the order of their revisions");
    let newest = stage.history.newest().await;
    assert_eq!(newest.len(), REQUESTS);
    for (id, record) in &newest {
        let (in_it, gone) = (record.phase == Phase::Admitted, record.gone());
        assert_eq!((in_it, gone), (ids.contains(&**id), !ids.contains(&**id)), "{record:?}");
    }

    // Whoever asks again is told the same, and nobody else comes in.
    let again: Vec<Ask> = asks.iter().map(|ask| elsewhere(ask, &mut stage)).collect();
    for (ask, got) in again.iter().zip(stage.put_all(&again).await) {
        match admitted.get(&*ask.id) {
            Some(operation) => assert_eq!(got.operation(), *operation),
            None => assert_eq!(got.is(422).error(), "ConcurrencyError"),
        }
    }
    assert!(!stage.put_alone("late".to_owned(), 0).await);
    stage.end().await
}

fn elsewhere(ask: &Ask, stage: &mut Stage) -> Ask {
    Ask {
        gateway: (ask.gateway + 1 + stage.any(super::GATEWAYS - 1)) % super::GATEWAYS,
        pause: stage.pause(),
        ..ask.clone()
    }
}

/// The admitted ones with their operations. Who asks twice for the same is told the same.
fn told<'a>(stage: &Stage, asks: &'a [Ask], got: &[Got]) -> BTreeMap<&'a str, String> {
    let mut told: BTreeMap<&str, Vec<&Got>> = BTreeMap::new();
    for (ask, got) in asks.iter().zip(got) {
        told.entry(&ask.id).or_default().push(got);
    }
    let mut admitted = BTreeMap::new();
    for (id, got) in told {
        if got.iter().any(|got| got.status == 202) {
            let operations: BTreeSet<String> = got.iter().map(|got| got.operation()).collect();
            assert_eq!(operations.len(), 1, "{got:?}");
            admitted.extend(operations.into_iter().map(|operation| (id, operation)));
            continue;
        }
        // Who comes when it has just been refused finds the id closed.
        let (late, refused): (Vec<&Got>, Vec<&Got>) = got.iter().partition(|got| got.error() == "ConcurrencyError");
        assert!(
            !refused.is_empty() && late.iter().all(|got| got.status == 422),
            "{got:?}"
        );
        for got in refused {
            stage.refused(got, 400);
        }
    }
    admitted
}
