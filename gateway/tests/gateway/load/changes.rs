//! Instances that change their plans, end, fail and are deleted, among creates.
use super::{
    REQUESTS, ROUNDS,
    rule::{OfPlan, PLANS, Plans, Rule, held_by},
    stage::{Ask, Stage},
};
use crate::{
    nats::Nats,
    quotas::{change, make},
    world::{Got, send},
};
use chandler_process::SystemClock;
use chandler_proto::{failure::Failure, job::Event, records::Record};
use futures::future::join_all;
use rand::seq::SliceRandom as _;
use std::sync::Arc;

const SMALL: usize = 0;
const LARGE: usize = 1;
/// Instances that are there before, small and large ones. All of them change their plans.
const OLD: [usize; 2] = [12, 6];

/// What becomes of the job of a request that was admitted.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Runs,
    Succeeds,
    Fails,
    /// A DELETE comes, and is carried out.
    Deleted,
}

#[derive(Debug)]
struct Act {
    ask: Ask,
    /// An instance that is there is to have the plan.
    changes: bool,
    fate: Fate,
}

/// Each limit is there or not; never none.
fn rule(round: usize) -> Rule {
    let set = |bit: usize, limit: u64| Some(limit).filter(|_| (round % 15 + 1) & bit != 0);
    let of = |memory, instances, ips| OfPlan { memory, instances, ips };
    let ips = set(8, 26).map(|limit| (limit, 2));
    Rule {
        instances: set(1, super::ROOM as u64),
        memory: set(2, 74),
        plans: [of(1, set(4, 22), None), of(4, None, ips), OfPlan::default()],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_plans_among_creates_exceed_nothing_at_any_time() {
    let mut nats = Nats::start();
    for round in 0..ROUNDS {
        nats = play(nats, round).await;
    }
}

async fn play(nats: Nats, round: usize) -> Nats {
    let mut stage = Stage::new(nats, round, rule(round)).await;
    stage.start(super::GATEWAYS, Arc::new(SystemClock::new())).await;
    let old = |plan: usize| (0..OLD[plan]).map(move |n| (format!("old-{plan}-{n}"), plan));
    let old: Vec<(String, usize)> = old(SMALL).chain(old(LARGE)).collect();
    join_all(old.iter().map(|(id, plan)| make(&stage.world, id, PLANS[*plan].0))).await;
    let acts = drawn(&mut stage, &old);
    let got = join_all(acts.iter().map(|act| act.play(&stage))).await;
    stage.history.check(&stage.rule).await;
    let newest = stage.history.newest().await;
    for (act, got) in acts.iter().zip(&got) {
        let (job, id) = (&newest[&act.ask.id].job, &act.ask.id);
        let told = got.body["operation"]
            .as_str()
            .is_some_and(|told| told.contains(&job.id.to_string()));
        match (got.status.as_u16(), act.fate) {
            (202, Fate::Deleted) => assert!(newest[id].gone()),
            (202, Fate::Runs | Fate::Succeeds | Fate::Fails) => assert!(told, "{got:?} {job:?}"),
            _ => {
                stage.refused(got, if act.changes { 422 } else { 400 });
                assert_eq!(newest[id].gone(), !act.changes, "{:?}", newest[id]);
            }
        }
    }

    let running = newest
        .iter()
        .filter(|(_, record)| record.unfinished() && !record.gone());
    join_all(running.map(|(id, _)| stage.world.finish(id))).await;
    // Nobody else asks for anything now.
    for _ in 0..3 {
        change_alone(&mut stage).await;
    }
    let plans: Vec<usize> = (0..REQUESTS).map(|_| stage.any(2)).collect();
    stage.fill(&plans).await;
    change_alone(&mut stage).await;
    stage.end().await
}

/// A change for each that is there, and creates.
fn drawn(stage: &mut Stage, old: &[(String, usize)]) -> Vec<Act> {
    let new = (old.len()..REQUESTS).map(|n| n % 2);
    let creates = stage.asks(new);
    let changes: Vec<Ask> = old
        .iter()
        .map(|(id, plan)| Ask {
            id: id.clone(),
            plan: 1 - plan,
            gateway: stage.any(super::GATEWAYS),
            pause: stage.pause(),
        })
        .collect();
    let asks = changes.into_iter().map(|ask| (ask, true));
    let asks: Vec<(Ask, bool)> = asks.chain(creates.into_iter().map(|ask| (ask, false))).collect();
    let mut acts: Vec<Act> = asks
        .into_iter()
        .map(|(ask, changes)| Act {
            ask,
            changes,
            fate: [Fate::Runs, Fate::Succeeds, Fate::Fails, Fate::Deleted][stage.any(4)],
        })
        .collect();
    acts.shuffle(&mut stage.dice);
    acts
}

impl Act {
    async fn play(&self, stage: &Stage) -> Got {
        let (
            Ask {
                id,
                plan,
                gateway,
                pause,
            },
            world,
        ) = (&self.ask, &stage.world);
        let got = if self.changes {
            tokio::time::sleep(*pause).await;
            send(world.patch(*gateway, id, &change(PLANS[*plan].0))).await
        } else {
            stage.put(&self.ask).await
        };
        if got.status != 202 {
            return got;
        }
        match self.fate {
            Fate::Runs => {}
            Fate::Succeeds => world.finish(id).await,
            Fate::Fails => world.turn(id, Event::Failed(Failure::new("u", "o"))).await,
            Fate::Deleted => {
                send(world.delete(*gateway, id)).await.is(202);
                world.finish(id).await;
            }
        }
        got
    }
}

/// A small one that is at rest is to be large, if there is one.
async fn change_alone(stage: &mut Stage) {
    let mut newest = stage.history.newest().await;
    let small = |(_, it): &(&String, &Record)| {
        let at_rest = it.in_force.is_some() && it.job.finished() && !it.job.operation.deletes();
        at_rest && held_by(it) == Plans::from([SMALL])
    };
    let Some(id) = newest.iter().find(small).map(|(id, _)| id.clone()) else {
        return;
    };
    newest.remove(&id);
    let held: Vec<Plans> = newest.values().map(held_by).collect();
    let both = Plans::from([SMALL, LARGE]);
    let fits = stage.rule.exceeded(held.iter().chain([&both])).is_empty();
    let gateway = stage.any(super::GATEWAYS);
    let got = send(stage.world.patch(gateway, &id, &change(PLANS[LARGE].0))).await;
    if fits {
        got.is(202);
        stage.world.finish(&id).await;
    } else {
        stage.refused(&got, 422);
    }
}
