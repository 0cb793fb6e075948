//! Many platforms that wait, at once, and a Director that has no worker to spare.
use chandler_simulators::bosh::TaskState;
use chandler_tests::{
    bindings::Style,
    platform::Platform,
    wait,
    world::{Plan, World},
};
use futures::{StreamExt, stream};
use reqwest::StatusCode;
use serde_json::json;
use std::time::Duration;
use tokio::{sync::Mutex, time::Instant};

const I: &str = "crowded";
const CLIENTS: usize = 32;
/// One after the other: each wants the whole machine.
static MACHINE: Mutex<()> = Mutex::const_new(());
/// What Cloud Controller waits for a broker.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many binds: `CHANDLER_BINDS`, else few enough for every run of the tests.
#[expect(clippy::disallowed_methods, reason = "the size of a run is told by the environment")]
fn binds() -> usize {
    std::env::var("CHANDLER_BINDS").map_or(200, |text| text.parse().unwrap())
}

#[derive(Clone, Copy, Debug)]
enum Verb {
    Bind,
    Unbind,
}

async fn one(platform: Platform, verb: Verb, number: usize) -> Duration {
    let binding = format!("b-{number}");
    let (call, wanted) = match verb {
        Verb::Bind => (
            platform.bind(I, &binding, json!({}), Style::Synchronous),
            StatusCode::CREATED,
        ),
        Verb::Unbind => (platform.unbind(I, &binding, Style::Synchronous), StatusCode::OK),
    };
    let begun = Instant::now();
    let answer = platform.send(call).await;
    assert_eq!(answer.status, wanted, "{verb:?} {number}: {answer:?}");
    begun.elapsed()
}

/// All numbers by `CLIENTS` at once; prints what it took and gives the longest.
async fn rush(world: &World, verb: Verb, numbers: std::ops::Range<usize>) -> Duration {
    let (begun, count) = (Instant::now(), numbers.len());
    let calls = numbers.map(|number| tokio::spawn(one(world.platform.clone(), verb, number)));
    let calls: Vec<_> = stream::iter(calls).buffer_unordered(CLIENTS).collect().await;
    let mut took: Vec<Duration> = calls.into_iter().map(Result::unwrap).collect();
    took.sort();
    let part = |percent: usize| took[(count * percent / 100).min(count - 1)];
    let longest = took[count - 1];
    println!(
        "{count} x {verb:?} by {CLIENTS} clients: {:.1} s in all; p50 {:.0?}, p99 {:.0?}, max {longest:.0?}",
        begun.elapsed().as_secs_f64(),
        part(50),
        part(99),
    );
    longest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_synchronous_binds_by_many_clients() {
    let _machine = MACHINE.lock().await;
    let world = World::start(Plan {
        secure: true,
        ..Plan::default()
    })
    .await;
    world.platform.provision(I, json!({})).await;
    let count = binds();
    assert!(rush(&world, Verb::Bind, 0..count).await < PATIENCE);
    assert_eq!((world.users(I).len(), world.credhub().names().len()), (count, count));
    assert!(rush(&world, Verb::Unbind, 0..count).await < PATIENCE);
    assert!(world.users(I).is_empty() && world.credhub().names().is_empty());
    let left: Vec<_> = world
        .credhub()
        .permissions()
        .into_iter()
        .filter(|(path, _, _)| path != "/c/*")
        .collect();
    assert_eq!(left, []);
    world.platform.deprovision(I).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn binds_do_not_queue_behind_deploys() {
    let _machine = MACHINE.lock().await;
    let world = World::start(Plan {
        secure: true,
        dns: 1,
        ..Plan::default()
    })
    .await;
    let p = &world.platform;
    p.provision(I, json!({})).await;
    // All three workers of the Director are busy for an hour, and a fourth deploy waits.
    world.director.set_workers(3);
    world.director.set_task_seconds(3600.0);
    for number in 0..4 {
        p.accepted(p.put(&format!("long-{number}"), json!({}))).await;
    }
    let states = || {
        world
            .director
            .tasks()
            .into_iter()
            .map(|task| task.state)
            .collect::<Vec<_>>()
    };
    let of = |state: TaskState| states().into_iter().filter(|it| *it == state).count();
    wait::until("the Director is busy", PATIENCE, || async {
        (of(TaskState::Processing) == 3 && of(TaskState::Queued) == 1).then_some(())
    })
    .await;
    let before = states();
    let count = binds();
    assert!(rush(&world, Verb::Bind, 0..count).await < PATIENCE);
    assert!(rush(&world, Verb::Unbind, 0..count).await < PATIENCE);
    assert_eq!(states(), before, "nobody gave way, and no binding is a task");
    assert!(world.users(I).is_empty() && world.credhub().names().is_empty());
}
