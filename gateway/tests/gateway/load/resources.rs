//! Plans of unequal cost share what there is.
use super::{
    REQUESTS, ROUNDS,
    rule::{OfPlan, Rule},
    stage::Stage,
};
use crate::nats::Nats;
use chandler_process::SystemClock;
use chandler_proto::records::Phase;
use rand::seq::SliceRandom as _;
use std::sync::Arc;

/// All may take 60; of the second plan there may be ten.
fn rule() -> Rule {
    let of = |memory, ips| OfPlan {
        memory,
        ips,
        instances: None,
    };
    Rule {
        instances: None,
        memory: Some(60),
        plans: [of(1, None), of(2, Some((20, 2))), of(5, None)],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_creates_of_unequal_cost_no_more_are_admitted_than_there_is_room_for() {
    let mut nats = Nats::start();
    for round in 0..ROUNDS {
        nats = play(nats, round).await;
    }
}

async fn play(nats: Nats, round: usize) -> Nats {
    let mut stage = Stage::new(nats, round, rule()).await;
    stage.start(super::GATEWAYS, Arc::new(SystemClock::new())).await;
    let plans: Vec<usize> = (0..REQUESTS).map(|_| stage.any(3)).collect();
    let asks = stage.asks(plans);
    let got = stage.put_all(&asks).await;
    stage.history.check(&stage.rule).await;
    let newest = stage.history.newest().await;
    let mut refused = Vec::new();
    for (ask, got) in asks.iter().zip(&got) {
        let record = &newest[&ask.id];
        match record.phase {
            Phase::Admitted => assert!(got.operation().contains(&record.job.id.to_string())),
            Phase::Pending | Phase::Gone { .. } => {
                stage.refused(got, 400);
                refused.push(ask.plan);
            }
        }
    }

    // Some may have been refused for the sake of others that were refused, too. Alone whoever fits is admitted.
    refused.shuffle(&mut stage.dice);
    stage.fill(&refused).await;
    let held = stage.history.held().await;
    assert!(
        refused.iter().all(|plan| !stage.rule.fits(&held, *plan)),
        "there is room left"
    );
    stage.end().await
}
