//! Everything at random: impatient users, every fault that Cloud Controller can have, and a process that is killed every second.
//!
//! What is thrown is decided by a seed, which is printed; `CHANDLER_CHANCE_SEED` repeats it. When things meet is not decided
//! by it, so a run that went wrong may have to be repeated some times.
mod person;

use super::{Stage, plan, soon};
use chandler_simulators::cloud_controller::{
    LastOperation, OperationKind, OperationState, OutgoingAction, OutgoingFate, OutgoingFault,
};
use chandler_tests::{process::Process, world::Plan};
use futures::future::join_all;
use person::{Person, Tally};
use rand::{Rng, SeedableRng, rngs::StdRng};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{Instant, sleep};

const INSTANCES_AT: &str = "/v3/service_instances";
const BINDINGS_AT: &str = "/v3/service_credential_bindings";
/// So many users with an instance each.
const USERS: u64 = 40;
/// So long it goes on.
const STORM: Duration = Duration::from_secs(12);
/// So long everything may take to come to rest: a wake of a worker that was killed comes again after half a minute, and what
/// it may have sent is waited for.
const CALM: Duration = Duration::from_secs(150);
/// What calls are for.
const PURPOSES: [&str; 8] = [
    "provision",
    "update",
    "deprovision",
    "bind",
    "unbind",
    "orphan",
    "fetch",
    "poll",
];
const ACTIONS: [OutgoingAction; 5] = [
    OutgoingAction::TimeOut,
    OutgoingAction::TimeOutUnsent,
    OutgoingAction::AnswerLost,
    OutgoingAction::Double,
    OutgoingAction::DoubleAtOnce,
];

fn seed() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever repeats a run says so by the environment"
    )]
    let given = std::env::var("CHANDLER_CHANCE_SEED").ok();
    given.map_or_else(rand::random, |it| it.parse().unwrap())
}

/// One of these.
fn one<'a, T>(dice: &mut StdRng, of: &'a [T]) -> &'a T {
    &of[dice.random_range(0..of.len())]
}

async fn rest(dice: &mut StdRng, ms: std::ops::Range<u64>) {
    sleep(Duration::from_millis(dice.random_range(ms))).await;
}

/// Arms one fault after the other; now and then nobody polls an instance for some seconds.
async fn faults(stage: &Stage, mut dice: StdRng, end: Instant) {
    let controller = &stage.cf.controller;
    while Instant::now() < end {
        let (purpose, mut action) = (*one(&mut dice, &PURPOSES), *one(&mut dice, &ACTIONS));
        // When a DELETE in the middle of a create was given up, Cloud Controller goes on to poll the create. What it is told
        // before that DELETE arrives is true, and isn't a moment later: no broker can help that.
        if action == OutgoingAction::TimeOut && ["deprovision", "unbind"].contains(&purpose) {
            action = OutgoingAction::AnswerLost;
        }
        controller.set_outgoing_fault(OutgoingFault::once("", "", action).only(purpose));
        if dice.random_range(0..8) == 0 {
            let rows = controller.instances();
            if !rows.is_empty() {
                stage.arm("GET", &one(&mut dice, &rows).guid, OutgoingAction::Stop, None);
            }
        }
        rest(&mut dice, 30..110).await;
    }
    controller.clear_outgoing_faults();
}

/// Kills one process after the other; each is back in a moment. How often each was.
async fn kills(processes: &mut [Process], mut dice: StdRng, end: Instant) -> BTreeMap<String, usize> {
    let mut killed = BTreeMap::new();
    while Instant::now() < end {
        rest(&mut dice, 400..1_000).await;
        let victim = dice.random_range(0..processes.len());
        processes[victim].kill();
        *killed.entry(processes[victim].name.clone()).or_default() += 1;
        rest(&mut dice, 50..300).await;
        processes[victim].restart();
    }
    killed
}

/// What a user does about a thing at this path whose last operation has failed: repeat a change, else delete it.
fn repeated<'a>(
    path: &str,
    of: &LastOperation,
    update: Option<&'a Value>,
) -> Option<(Method, String, Option<&'a Value>)> {
    let method = match (of.state, of.kind) {
        (OperationState::Initial | OperationState::InProgress | OperationState::Succeeded, _) => return None,
        (OperationState::Failed, OperationKind::Create | OperationKind::Delete) => Method::DELETE,
        (OperationState::Failed, OperationKind::Update) => Method::PATCH,
    };
    let body = update.filter(|_| method == Method::PATCH);
    Some((method, path.to_owned(), body))
}

/// The users see to what failed, again and again, until all that is left is good.
async fn tidied(stage: &Stage, tally: &Tally) {
    let (controller, end) = (&stage.cf.controller, Instant::now() + CALM);
    let updates = tally.updates.borrow().clone();
    loop {
        // First this: who is busy now may still make a row of those that fail.
        let idle = controller.is_idle();
        let mut broken = vec![];
        for it in controller.bindings() {
            broken.extend(repeated(
                &format!("{BINDINGS_AT}/{}", it.guid),
                &it.last_operation,
                None,
            ));
        }
        for it in controller.instances() {
            let path = format!("{INSTANCES_AT}/{}", it.guid);
            broken.extend(repeated(&path, &it.last_operation, updates.get(&it.guid)));
        }
        let user = stage.user();
        let asked = broken
            .iter()
            .map(|(method, path, body)| user.ask(method.clone(), path, *body));
        join_all(asked).await;
        if broken.is_empty() && idle {
            return;
        }
        assert!(Instant::now() < end, "{broken:?} of {:#?}", stage.busy().await);
        sleep(Duration::from_millis(500)).await;
    }
}

/// Each instance has the VMs of the plan that it has at Cloud Controller.
fn has_its_plan(stage: &Stage) {
    for row in stage.cf.controller.instances() {
        let small = row.plan == stage.small;
        let vms = &stage.world.manifest(&row.guid)["instance_groups"][0]["instances"];
        assert_eq!(*vms, if small { 2 } else { 3 }, "{row:#?}");
    }
}

fn told(stage: &Stage, killed: &BTreeMap<String, usize>, tally: &Tally) {
    let mut fates = BTreeMap::<&str, (usize, usize)>::new();
    for call in stage.cf.controller.outgoing() {
        let (all, lost) = fates.entry(call.purpose).or_default();
        *all += 1;
        *lost += usize::from(!matches!(call.fate, OutgoingFate::Answered(_)));
    }
    println!("killed: {killed:?}");
    println!("calls of the broker, and those that were not answered: {fates:?}");
    println!(
        "users asked for {} things, {} were taken on; {} instances and {} bindings are left",
        tally.asked.get(),
        tally.taken.get(),
        stage.cf.controller.instances().len(),
        stage.cf.controller.bindings().len()
    );
}

/// Binds and unbinds that are done soon are answered at once, as by default. After a worker that died beside its adapter nobody
/// acts until the adapter can't run any more: by default minutes.
fn brisk(json: &mut Value) {
    soon(json);
    json["chandler"]["workers"]["adapter_seconds"] = json!(5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_at_random_both_sides_agree_in_the_end() {
    let (seed, begun) = (seed(), Instant::now());
    println!("CHANDLER_CHANCE_SEED={seed}");
    let dice = |number: u64| StdRng::seed_from_u64(seed.wrapping_add(number));
    let mut stage = Box::pin(Stage::start(Plan {
        gateways: 2,
        workers: 2,
        binding_workers: 2,
        errand_workers: 2,
        client_workers: 2,
        task_seconds: 0.2,
        change: brisk,
        ..plan()
    }))
    .await;
    let world = &mut stage.world;
    let mut processes: Vec<Process> = std::mem::take(&mut world.gateways);
    for workers in [
        &mut world.workers,
        &mut world.binding_workers,
        &mut world.errand_workers,
        &mut world.client_workers,
    ] {
        processes.append(workers);
    }
    let app = stage.user().create_app("chance").await;
    let (stage, tally, end) = (stage, Tally::default(), Instant::now() + STORM);
    let users = (1..=USERS).map(|number| {
        let person = Person {
            stage: &stage,
            dice: dice(number),
            number,
            app: &app,
            made: 0,
            tally: &tally,
        };
        person.lives(end)
    });
    let (_, (), killed) = futures::join!(
        join_all(users),
        faults(&stage, dice(1_000), end),
        kills(&mut processes, dice(2_000), end),
    );
    stage.cf.controller.clear_outgoing_faults();
    println!("the storm is over after {:.0} s", begun.elapsed().as_secs_f64());
    tidied(&stage, &tally).await;
    stage.is_at_rest_within(CALM).await;
    told(&stage, &killed, &tally);
    stage.is_exact();
    has_its_plan(&stage);
    assert!(!stage.cf.controller.instances().is_empty(), "something went well");
    println!("at random: {:.0} s", begun.elapsed().as_secs_f64());
}
