//! Quotas, as platforms see them who ask at several gateways at once.
use crate::{
    config::config_of,
    world::{Got, PLAN, SERVICE, World, body, config_text, send},
};
use chandler_proto::{
    config::Config,
    failure::Failure,
    job::Event,
    layout::Lane,
    records::{Phase, Record},
};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

pub(crate) const LARGE: &str = "plan-2";

/// The quotas of the two plans and of the offering, as YAML.
pub(crate) fn limited(url: &str, small: &str, large: &str, global: &str) -> Config {
    let quotas = |name: &str, quotas: &str| {
        (
            format!("name: {name}, "),
            format!("name: {name}, quotas: {{{quotas}}}, "),
        )
    };
    let (small, large) = (quotas("small", small), quotas("large", large));
    let offering = "  plan_updatable: true\n";
    let text = config_text(url)
        .replace(&small.0, &small.1)
        .replace(&large.0, &large.1)
        .replace(offering, &format!("{offering}  global_quotas: {{{global}}}\n"));
    config_of(&text)
}
pub(crate) async fn world(small: &str, large: &str, global: &str) -> World {
    let mut world = World::new(0).await;
    let config = limited(&world.nats.url(), small, large, global);
    for _ in 0..2 {
        world.gateway_of(&config).await;
    }
    world
}
pub(crate) fn of(plan: &str) -> Value {
    let mut body = body(json!({}));
    body["plan_id"] = json!(plan);
    body
}
pub(crate) fn change(plan: &str) -> Value {
    json!({ "service_id": SERVICE, "plan_id": plan })
}
pub(crate) fn refused(got: &Got, status: u16, text: &str) {
    assert_eq!(
        got.is(status).body,
        json!({ "description": text }),
        "no code: a platform would read it"
    );
}
pub(crate) fn too_many(there: u64) -> String {
    format!("plan instance limit exceeded for service ID: {SERVICE}. Total instances: {there}")
}
/// An instance of the plan, there.
pub(crate) async fn make(world: &World, id: &str, plan: &str) {
    send(world.put(0, id, &of(plan))).await.is(202);
    world.finish(id).await;
}
/// Rings that nobody took yet.
pub(crate) async fn rings(world: &World) -> usize {
    let mut wakes = world.bus.wakes("provisioning", Lane::User).await.unwrap();
    wakes.fetch(99, Duration::from_millis(300)).await.unwrap().len()
}
/// How many of them are admitted to the plan, or to the change to it.
async fn holders(world: &World, ids: &[String], plan: &str) -> usize {
    let mut count = 0;
    for id in ids {
        let record = world.record(id).await.map(|(record, _)| record);
        count += usize::from(record.is_some_and(|it| holds(&it, plan)));
    }
    count
}
fn holds(record: &Record, plan: &str) -> bool {
    assert!(!record.is_undecided(), "{record:?}");
    let wanted = record.job.wanted.as_ref().filter(|_| !record.job.finished());
    let plans = record.in_force.as_ref().map(|it| &it.plan).into_iter();
    !record.gone() && plans.chain(wanted.map(|it| &it.plan)).any(|it| it.plan_id == plan)
}

#[tokio::test]
async fn of_twenty_at_once_as_many_are_admitted_as_there_is_room_for() {
    let world = world("service_instance_limit: 5", "", "").await;
    let ids: Vec<String> = (0..20).map(|n| format!("i{n}")).collect();
    let asks = ids
        .iter()
        .enumerate()
        .map(|(n, id)| send(world.put(n % 2, id, &of(PLAN))));
    let got = join_all(asks).await;
    let admitted = got.iter().filter(|got| got.status == 202).count();
    assert_eq!((admitted, holders(&world, &ids, PLAN).await), (5, 5), "{got:?}");
    for (got, id) in got.iter().zip(&ids).filter(|(got, _)| got.status != 202) {
        let text = got.is(400).body["description"].as_str().unwrap();
        assert!(
            text.starts_with("plan instance limit exceeded for service ID: "),
            "{text}"
        );
        let (record, _) = world.record(id).await.unwrap();
        assert!(matches!(record.phase, Phase::Gone { stray: true, .. }), "{record:?}");
        send(world.get(1, id)).await.is(404);
    }
    assert_eq!(rings(&world).await, 5);
    refused(&send(world.put(1, "late", &of(PLAN))).await, 400, &too_many(5));
    make(&world, "another-plan", LARGE).await;

    // There is room again when a deletion has ended, not before.
    let there = ids.iter().zip(&got).find(|(_, got)| got.status == 202).unwrap().0;
    world.finish(there).await;
    send(world.delete(0, there)).await.is(202);
    refused(&send(world.put(0, "too-early", &of(PLAN))).await, 400, &too_many(5));
    world.finish(there).await;
    assert!(world.record(there).await.unwrap().0.gone());
    send(world.put(1, "in-time", &of(PLAN))).await.is(202);
}

#[tokio::test]
async fn equal_requests_are_one_operation_however_many_decide_it() {
    let world = world("service_instance_limit: 1", "service_instance_limit: 1", "").await;
    let (small, to_large) = (of(PLAN), change(LARGE));
    let puts = join_all((0..32).map(|n| send(world.put(n % 2, "i", &small)))).await;
    world.finish("i").await;
    let patches = join_all((0..32).map(|n| send(world.patch(n % 2, "i", &to_large)))).await;
    for got in [puts, patches] {
        let operations: BTreeSet<_> = got.iter().map(Got::operation).collect();
        assert_eq!(operations.len(), 1, "{operations:?}");
    }
    assert_eq!(holders(&world, &["i".to_owned()], LARGE).await, 1);
    assert_eq!(rings(&world).await, 2, "one for each");
}

#[tokio::test]
async fn what_is_refused_says_everything_that_is_exceeded() {
    let world = world(
        "service_instance_limit: 1, resources: {ips: {limit: 2, cost: 2}, memory: {cost: 3}}",
        "",
        "service_instance_limit: 1, resources: {memory: {limit: 5}}",
    )
    .await;
    make(&world, "i", PLAN).await;
    let text = format!(
        "{}, global instance limit exceeded for service ID: {SERVICE}. Total instances: 1, \
         global quotas [memory: (limit 5, used 3, requires 3)] would be exceeded by this deployment, \
         plan quotas [ips: (limit 2, used 2, requires 2)] would be exceeded by this deployment",
        too_many(1)
    );
    refused(&send(world.put(1, "j", &of(PLAN))).await, 400, &text);
    let sync = world.ask(0, Method::PUT, "/v2/service_instances/k").json(&of(PLAN));
    assert_eq!(send(sync).await.is(422).error(), "AsyncRequired", "first of all");
    assert!(world.record("k").await.is_none());
}

/// ODB takes the count of the requested plan for all plans (its defect D6).
#[tokio::test]
async fn d06_each_plan_takes_its_own_cost_of_the_global_resources() {
    let cost = |cost: u64| format!("resources: {{memory: {{cost: {cost}}}}}");
    let world = world(&cost(1), &cost(3), "resources: {memory: {limit: 8}}").await;
    for (id, plan) in [("a", PLAN), ("b", PLAN), ("c", LARGE)] {
        make(&world, id, plan).await;
    }
    let text = |used: u64, requires: u64| {
        format!(
            "global quotas [memory: (limit 8, used {used}, requires {requires})] would be exceeded by this deployment"
        )
    };
    // 5 are used; ODB would find 2 * 1 + 2 * 3 and refuse it.
    make(&world, "d", PLAN).await;
    // 6 are used; ODB would find 1 * 1 + 1 * 3 and let it in.
    refused(&send(world.put(0, "e", &of(LARGE))).await, 400, &text(6, 3));
    // What changes its plan has either: 5 are used by the others.
    send(world.patch(1, "a", &change(LARGE))).await.is(202);
    refused(&send(world.put(1, "f", &of(PLAN))).await, 400, &text(8, 1));
    refused(&send(world.patch(0, "b", &change(LARGE))).await, 422, &text(7, 3));
    world.finish("a").await;
    refused(&send(world.put(1, "g", &of(PLAN))).await, 400, &text(8, 1));
}

#[tokio::test]
async fn changes_of_plans_and_creates_share_one_limit() {
    let world = world("", "service_instance_limit: 2", "service_instance_limit: 9").await;
    let old: Vec<String> = (0..3).map(|n| format!("old{n}")).collect();
    for id in &old {
        make(&world, id, PLAN).await;
    }
    let before = join_all(old.iter().map(|id| world.record(id))).await;
    let new: Vec<String> = (0..3).map(|n| format!("new{n}")).collect();
    let (to_large, of_large) = (change(LARGE), of(LARGE));
    let changes = join_all(
        old.iter()
            .enumerate()
            .map(|(n, id)| send(world.patch(n % 2, id, &to_large))),
    );
    let creates = join_all(
        new.iter()
            .enumerate()
            .map(|(n, id)| send(world.put(n % 2, id, &of_large))),
    );
    let (changes, creates) = tokio::join!(changes, creates);
    let admitted = |got: &[Got]| got.iter().filter(|got| got.status == 202).count();
    assert_eq!(admitted(&changes) + admitted(&creates), 2, "{changes:?} {creates:?}");
    let all: Vec<String> = old.iter().chain(&new).cloned().collect();
    assert_eq!(holders(&world, &all, LARGE).await, 2);
    for (id, (before, got)) in old.iter().zip(before.iter().zip(&changes)) {
        if got.status == 422 {
            assert_eq!(
                world.record(id).await.unwrap().0,
                before.as_ref().unwrap().0,
                "as it was, in every member"
            );
            send(world.get(1, id)).await.is(200);
            let poll = world.ask(1, Method::GET, &format!("/v2/service_instances/{id}/last_operation"));
            assert_eq!(send(poll).await.body["description"], "Instance provisioning completed");
        }
    }
}

#[tokio::test]
async fn a_change_counts_in_both_plans_until_it_has_ended() {
    let world = world("service_instance_limit: 1", "service_instance_limit: 1", "").await;
    make(&world, "i", PLAN).await;
    let operation = send(world.patch(0, "i", &change(LARGE))).await.operation();
    assert_eq!(send(world.patch(1, "i", &change(LARGE))).await.operation(), operation);
    for plan in [PLAN, LARGE] {
        refused(
            &send(world.put(1, &format!("of-{plan}"), &of(plan))).await,
            400,
            &too_many(1),
        );
    }
    world.turn("i", Event::Failed(Failure::new("u", "o"))).await;
    send(world.put(0, "j", &of(LARGE))).await.is(202);
    refused(&send(world.patch(1, "i", &change(LARGE))).await, 422, &too_many(1));
    let poll = world.ended(0, "i", &operation).await;
    assert_eq!(poll.state(), "failed", "the refusal left it as it was");
    assert_eq!(send(world.get(0, "i")).await.is(200).body["plan_id"], PLAN);

    // A failed creation counts, and is asked for again without a count.
    world.turn("j", Event::Failed(Failure::new("u", "o"))).await;
    refused(&send(world.put(1, "k", &of(LARGE))).await, 400, &too_many(1));
    send(world.put(1, "j", &of(LARGE))).await.is(202);
    assert_eq!(world.record("j").await.unwrap().0.phase, Phase::Admitted);
}

#[tokio::test]
async fn a_lowered_limit_touches_nothing_that_is_there() {
    let mut world = world("service_instance_limit: 2", "", "").await;
    make(&world, "a", PLAN).await;
    make(&world, "b", PLAN).await;
    let lower = limited(&world.nats.url(), "service_instance_limit: 0", "", "");
    world.gateway_of(&lower).await;
    let more = json!({ "service_id": SERVICE, "plan_id": PLAN, "parameters": { "size": 2 } });
    send(world.patch(2, "a", &more)).await.is(202);
    send(world.put(2, "b", &of(PLAN))).await.is(200);
    refused(&send(world.put(2, "c", &of(PLAN))).await, 400, &too_many(2));
}
