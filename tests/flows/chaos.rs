//! 200 provisions by 64 clients, in peace and while gateways and workers are killed and frozen at random; and fewer whose
//! instances have UAA clients and errands, while workers of every kind are killed.
use chandler_simulators::bosh::{TaskKind, TaskState};
use chandler_tests::{
    platform::Platform,
    process::Process,
    settings::{HEALTH_CHECK, SMOKE_TESTS},
    world::{Plan, World},
};
use futures::{StreamExt, stream};
use rand::Rng;
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

const INSTANCES: usize = 200;
const CLIENTS: usize = 64;

fn plan() -> Plan {
    // The log says when a request or a turn begins and ends, so that a kill inside one can be told from one beside it.
    let log = "info,chandler_engine::delivery=debug,chandler_gateway=debug";
    Plan {
        gateways: 2,
        workers: 2,
        task_seconds: 2.0,
        env: vec![("CHANDLER_LOG".into(), log.into())],
        ..Plan::default()
    }
}

/// Provisions one instance as a platform does that doesn't give up: same id, same body, until it has ended.
async fn provision(platform: Platform, number: usize, limit: Duration) {
    let id = format!("chaos-{number}");
    let answer = platform.insist(|| platform.put(&id, json!({})), limit).await;
    assert!(matches!(answer.status.as_u16(), 200 | 202), "{id}: {answer:?}");
    if answer.status == 202 {
        let operation = answer.body["operation"].as_str().unwrap();
        let (answer, _) = platform.ended(&id, operation, limit).await;
        assert_eq!(answer.body["state"], "succeeded", "{id}: {answer:?}");
    }
}

async fn provision_all(platform: &Platform, limit: Duration) {
    let all = (0..INSTANCES).map(|n| provision(platform.clone(), n, limit));
    stream::iter(all).buffer_unordered(CLIENTS).collect::<Vec<_>>().await;
}

/// Each has one deployment and one deploy task, and no other task.
fn check(world: &World) {
    let mut deploys = BTreeMap::<String, Vec<TaskState>>::new();
    for task in world.director.tasks() {
        assert_eq!(task.kind, TaskKind::Deploy, "{task:?}");
        deploys.entry(task.deployment).or_default().push(task.state);
    }
    assert_eq!(deploys.len(), INSTANCES);
    let twice: Vec<_> = deploys
        .iter()
        .filter(|(_, tasks)| ***tasks != [TaskState::Done])
        .collect();
    assert!(twice.is_empty(), "not exactly one deploy task: {twice:?}");
    assert_eq!(world.director.deployments().len(), INSTANCES);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_provisions_by_sixty_four_clients() {
    let world = World::start(plan()).await;
    let begun = Instant::now();
    provision_all(&world.platform, Duration::from_secs(180)).await;
    println!(
        "{INSTANCES} provisions by {CLIENTS} clients: {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    check(&world);
}

/// How many turns (or requests) the process had begun and not ended since its last start.
fn open_at_death(process: &Process, from: u64) -> usize {
    let since = process.output_since(from);
    let count = |what: &str| since.matches(what).count();
    let ended = count("turn ends") + count("\"answered\"");
    (count("turn begins") + count("request begins")).saturating_sub(ended)
}

#[derive(Default, Debug)]
struct Tally {
    kills: usize,
    inside: usize,
    freezes: usize,
}

/// Stops the process inside a turn or a request, if one comes within some seconds.
async fn hit(process: &Process, from: u64) {
    for _ in 0..200 {
        process.freeze();
        if open_at_death(process, from) > 0 {
            return;
        }
        process.thaw();
        sleep(Duration::from_millis(5)).await;
    }
}

/// Kills or freezes one process after the other, until told to stop. Each is back within a second, or thawed in three. `hits` counts the kills
/// that hit something, for whoever waits for enough of them.
async fn torment(processes: &mut [Process], stop: Arc<AtomicBool>, hits: &AtomicUsize) -> Tally {
    let (mut tally, mut from) = (Tally::default(), vec![0; processes.len()]);
    while !stop.load(Ordering::SeqCst) {
        let (victim, freeze, pause) = {
            let mut rng = rand::rng();
            (
                rng.random_range(0..processes.len()),
                rng.random_range(0..5) == 0,
                rng.random_range(30..300),
            )
        };
        let process = &mut processes[victim];
        if freeze {
            process.freeze();
            sleep(Duration::from_millis(pause * 8)).await;
            process.thaw();
            tally.freezes += 1;
        } else {
            // Most kills wait until they hit something: stopped, a process can't finish while we look.
            if pause % 8 > 0 {
                hit(process, from[victim]).await;
            }
            process.kill();
            tally.kills += 1;
            let hit = usize::from(open_at_death(process, from[victim]) > 0);
            tally.inside += hit;
            hits.fetch_add(hit, Ordering::SeqCst);
            from[victim] = process.written();
            sleep(Duration::from_millis(pause)).await;
            process.restart();
        }
        sleep(Duration::from_millis(pause)).await;
    }
    tally
}

/// Waits for `time`, and on a slow machine, where kills are few, for more of them as long as there is work.
async fn suffered<T>(time: Duration, wanted: usize, hits: &AtomicUsize, work: &JoinHandle<T>) {
    sleep(time).await;
    let end = Instant::now() + time;
    while hits.load(Ordering::SeqCst) < wanted && !work.is_finished() && Instant::now() < end {
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_while_processes_are_killed_and_frozen_for_a_minute() {
    let mut world = World::start(plan()).await;
    // As slow as a Director over a network is, so that turns take a while.
    world.director.set_latency(Duration::from_millis(50));
    let mut processes: Vec<Process> = std::mem::take(&mut world.workers);
    processes.append(&mut world.gateways);
    let (stop, hits) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let tormentor = tokio::spawn({
        let (stop, hits) = (stop.clone(), hits.clone());
        async move {
            // One worker stands still for longer than its wakes wait for it and its act windows last, the others suffer
            // meanwhile; then all of them.
            let (frozen, others) = processes.split_at_mut(1);
            hit(&frozen[0], 0).await;
            let overtaken = Arc::new(AtomicBool::new(false));
            let alarm = tokio::spawn({
                let overtaken = overtaken.clone();
                async move {
                    sleep(Duration::from_secs(36)).await;
                    overtaken.store(true, Ordering::SeqCst);
                }
            });
            let mut tally = torment(others, overtaken, &hits).await;
            alarm.await.unwrap();
            frozen[0].thaw();
            let rest = torment(&mut processes, stop, &hits).await;
            tally = Tally {
                kills: tally.kills + rest.kills,
                inside: tally.inside + rest.inside,
                freezes: tally.freezes + rest.freezes + 1,
            };
            (tally, processes)
        }
    });
    let platform = world.platform.clone();
    // They come in over the whole minute, so that something is under way at every kill.
    let begun = Instant::now();
    let work = (0..INSTANCES).map(move |number| {
        let platform = platform.clone();
        async move {
            let start = begun + Duration::from_millis(u64::try_from(number).unwrap() * 60_000 / 200);
            tokio::time::sleep_until(start).await;
            provision(platform, number, Duration::from_secs(240)).await;
        }
    });
    let work = tokio::spawn(stream::iter(work).buffer_unordered(CLIENTS).collect::<Vec<_>>());
    suffered(Duration::from_secs(60), 20, &hits, &work).await;
    stop.store(true, Ordering::SeqCst);
    let (tally, _processes) = tormentor.await.unwrap();
    work.await.unwrap();
    println!(
        "{tally:?}; all {INSTANCES} succeeded after {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    check(&world);
    assert!(tally.inside >= 20, "too few kills hit a turn or a request: {tally:?}");
}

/// So many instances with everything.
const FULL: usize = 60;

/// Each was deployed once, each of its errands ran once, and its deployment knows the secret of its client.
fn check_full(world: &World) {
    let errands = [SMOKE_TESTS, HEALTH_CHECK].map(|name| (name.to_owned(), TaskState::Done));
    for number in 0..FULL {
        let id = format!("chaos-{number}");
        let name = format!("service-instance_{id}");
        let tasks = world.director.tasks().into_iter();
        let deploys = tasks.filter(|task| task.deployment == name && task.kind == TaskKind::Deploy);
        let states: Vec<_> = deploys.map(|task| task.state).collect();
        assert_eq!(states, [TaskState::Done], "{id}: one deploy");
        assert_eq!(world.errands(&id), errands, "{id}: each errand once");
        let client = world.client(&id).unwrap_or_else(|| panic!("{id} has no client"));
        let told = world.manifest(&id)["properties"]["uaa_client"].clone();
        assert_eq!(json!(client.redirect_uri), json!([told["redirect_uri"]]), "{id}");
        assert!(
            json!(client.secrets) == json!([told["client_secret"]]),
            "{id}: one secret"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_with_clients_and_errands_while_workers_of_every_kind_are_killed_and_frozen() {
    let mut world = World::start(Plan {
        errands: true,
        uaa_clients: true,
        errand_workers: 2,
        client_workers: 2,
        task_seconds: 0.5,
        ..plan()
    })
    .await;
    world.director.set_latency(Duration::from_millis(50));
    world.uaa().set_latency(Duration::from_millis(50));
    let mut processes: Vec<Process> = std::mem::take(&mut world.workers);
    processes.append(&mut world.errand_workers);
    processes.append(&mut world.client_workers);
    processes.append(&mut world.gateways);
    let (stop, hits) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let tormentor = tokio::spawn({
        let (stop, hits) = (stop.clone(), hits.clone());
        async move { (torment(&mut processes, stop, &hits).await, processes) }
    });
    let (platform, begun) = (world.platform.clone(), Instant::now());
    let work = (0..FULL).map(move |number| {
        let platform = platform.clone();
        async move {
            let start = begun + Duration::from_millis(u64::try_from(number).unwrap() * 30_000 / 60);
            tokio::time::sleep_until(start).await;
            provision(platform, number, Duration::from_secs(240)).await;
        }
    });
    let work = tokio::spawn(stream::iter(work).buffer_unordered(CLIENTS).collect::<Vec<_>>());
    suffered(Duration::from_secs(40), 10, &hits, &work).await;
    stop.store(true, Ordering::SeqCst);
    let (tally, _processes) = tormentor.await.unwrap();
    work.await.unwrap();
    println!(
        "{tally:?}; all {FULL} with clients and errands succeeded after {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    check_full(&world);
    assert!(tally.inside >= 10, "too few kills hit a turn or a request: {tally:?}");
}
