//! The loop that fetches wakes: progress acks, panics, drain, a clock that can't be trusted.
use chandler_bus::{BootstrapSettings, Bus, Settings, Wake};
use chandler_engine::{
    in_force::{InForce, Terms},
    probe::{Crashed, Probe},
    run::{self, Limits, Room},
    store::Store,
    turn::{Answer, Turn},
};
use chandler_process::{Clock, Health, Registry, Shutdown, SystemClock};
use chandler_proto::{
    config,
    layout::{self, Lane},
    records::Record,
    step::Worker,
};
use chandler_simulators::bosh::BoshOptions;
use chandler_tests::{
    nats::Nats,
    settings::{Ground, broker_yml},
    systems::{Systems, Wanted},
    wait,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(20);
const ACK_WAIT: Duration = Duration::from_secs(2);

/// What a turn does, by its number from 1.
type Deed = fn(usize) -> Then;

enum Then {
    Ack,
    Panic,
    Take(Duration),
}

struct TestRoom {
    turns: Arc<AtomicUsize>,
    deed: Deed,
}

impl Room for TestRoom {
    const WORKER: Worker = Worker::Provisioning;
    async fn take<P: Probe>(&self, _: Turn<'_, P>) -> Result<Answer, Crashed> {
        let number = self.turns.fetch_add(1, Ordering::SeqCst) + 1;
        match (self.deed)(number) {
            Then::Ack => {}
            Then::Panic => panic!("a defect in a step"),
            Then::Take(time) => tokio::time::sleep(time).await,
        }
        Ok(Answer::Ack)
    }
}

#[derive(Debug)]
struct Skewed(SystemClock, u64);

impl Clock for Skewed {
    fn now_ms(&self) -> u64 {
        self.0.now_ms() + self.1
    }
    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }
    fn sleep(&self, duration: Duration) -> chandler_process::clock::BoxFuture {
        self.0.sleep(duration)
    }
}

struct Ring {
    turns: Arc<AtomicUsize>,
    health: Health,
    shutdown: Shutdown,
    bus: Bus,
    in_force: InForce<TestRoom>,
    worker: tokio::task::JoinHandle<()>,
    _nats: Nats,
    _dir: TempDir,
}

/// A worker with one wake for one running job, and what it does with it.
async fn worker(deed: Deed, skew_ms: u64, drain: Duration, ack_wait: Duration) -> Ring {
    let dir = tempfile::tempdir().unwrap();
    let nats = Nats::start(dir.path()).await;
    let systems = Systems::start(Wanted::default(), BoshOptions::default()).await;
    let ground = Ground {
        nats: &nats.url,
        systems: &systems,
        adapter: "/bin/true",
        last_look_seconds: 600,
        dns: 0,
        errands: false,
    };
    let section = config::parse(&broker_yml(&ground).to_string()).unwrap().config.chandler;
    let bus = Bus::connect(Settings::of(&section, "tests").unwrap()).await.unwrap();
    bus.connected().await;
    let wanted = BootstrapSettings {
        ack_wait,
        ..BootstrapSettings::of(&section)
    };
    wait::until("the bus is set up", LIMIT, || async {
        bus.bootstrap(&wanted).await.ok()
    })
    .await;

    let fixture = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../proto/fixtures/instance-1-provisioning.json"
    );
    let record = Record::parse(&std::fs::read(fixture).unwrap()).unwrap();
    let revision = bus.write(&record.key(), record.bytes().into(), 0).await.unwrap();
    let store = Store::new(bus.clone(), Duration::from_secs(600));
    assert!(store.ring(&record, revision).await);

    let (turns, health, shutdown) = (Arc::default(), Health::new(), Shutdown::manual());
    let clock: Arc<dyn Clock> = Arc::new(Skewed(SystemClock::new(), skew_ms));
    let room = TestRoom {
        turns: Arc::clone(&turns),
        deed,
    };
    let in_force = InForce::new(Terms {
        room,
        store,
        turn: Duration::from_secs(60),
        wanted,
    });
    let limits = Limits { concurrency: 4, drain };
    let ports = (health.clone(), Registry::new("test", &*clock), shutdown.clone());
    let worker = tokio::spawn(run::run(in_force.clone(), limits, clock, ports));
    Ring {
        turns,
        health,
        shutdown,
        bus,
        in_force,
        worker,
        _nats: nats,
        _dir: dir,
    }
}

impl Ring {
    fn turns(&self) -> usize {
        self.turns.load(Ordering::SeqCst)
    }
    /// Whether a wake for the job can be stored, i.e. the one before was taken off the bus.
    async fn is_free(&self) -> bool {
        let key = layout::instance_key("i-1").to_string();
        let job = "00000000-0000-0000-0000-000000000001".to_owned();
        let wake = Wake {
            worker: "provisioning".into(),
            lane: Lane::User,
            job,
            leg: 0,
            key,
            revision: 1,
            traceparent: None,
            tracestate: None,
        };
        matches!(self.bus.wake(&wake).await, Ok(chandler_bus::Rung::New))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_that_panics_gives_its_wake_to_the_next() {
    let deed: Deed = |n| if n == 1 { Then::Panic } else { Then::Ack };
    let ring = worker(deed, 0, Duration::from_secs(1), ACK_WAIT).await;
    wait::until("the wake comes again", LIMIT, || async {
        (ring.turns() >= 2).then_some(())
    })
    .await;
    wait::until("it is acked", LIMIT, || async { ring.is_free().await.then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_that_outlasts_the_ack_wait_keeps_its_wake() {
    let ack_wait = layout::PROGRESS_INTERVAL + Duration::from_secs(1);
    let deed: Deed = |n| {
        if n == 1 {
            Then::Take(layout::PROGRESS_INTERVAL + Duration::from_secs(4))
        } else {
            Then::Ack
        }
    };
    let ring = worker(deed, 0, Duration::from_secs(1), ack_wait).await;
    // Counted before the look, which rings.
    let turns = wait::until("it is acked", LIMIT, || async {
        let turns = ring.turns();
        ring.is_free().await.then_some(turns)
    })
    .await;
    assert_eq!(turns, 1, "the progress acks kept it from being delivered again");
}

/// What a turn began with goes for it to its end: the room and the longest turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_terms_are_for_turns_that_begin_with_them() {
    const LONG: Duration = Duration::from_secs(3);
    let ack_wait = LONG * 2;
    let ring = worker(|_| Then::Take(LONG), 0, Duration::from_secs(1), ack_wait).await;
    wait::until("the turn runs", LIMIT, || async { (ring.turns() == 1).then_some(()) }).await;
    let others = Arc::<AtomicUsize>::default();
    let (before, turns) = (ring.in_force.now(), Arc::clone(&others));
    // The first of its turns is dropped, the second comes in time.
    let deed: Deed = |n| if n == 1 { Then::Take(LIMIT) } else { Then::Ack };
    ring.in_force.put(Terms {
        room: TestRoom { turns, deed },
        store: before.store.clone(),
        turn: Duration::from_millis(200),
        wanted: before.wanted.clone(),
    });
    let room = Arc::downgrade(&before);
    drop(before);
    assert!(room.upgrade().is_some(), "a turn has it");
    wait::until("its wake is acked, and rung again", LIMIT, || async {
        ring.is_free().await.then_some(())
    })
    .await;
    assert_eq!(ring.turns(), 1, "it wasn't dropped by the limit of the others");
    wait::until("it is put away", LIMIT, || async {
        room.upgrade().is_none().then_some(())
    })
    .await;
    wait::until("another turn", LIMIT, || async {
        (others.load(Ordering::SeqCst) == 2).then_some(())
    })
    .await;
    wait::until("that is acked", LIMIT, || async { ring.is_free().await.then_some(()) }).await;
    assert_eq!(ring.turns(), 1, "nobody comes back to the room before");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_end_of_the_drain_a_wake_is_given_back_at_once() {
    let deed: Deed = |n| {
        if n == 1 {
            Then::Take(Duration::from_secs(60))
        } else {
            Then::Ack
        }
    };
    let ring = worker(deed, 0, Duration::from_millis(300), ACK_WAIT).await;
    wait::until("the turn runs", LIMIT, || async { (ring.turns() == 1).then_some(()) }).await;
    ring.shutdown.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(5), ring.worker).await;
    assert!(ended.is_ok(), "it stops after its drain");
    let mut source = ring.bus.wakes("provisioning", Lane::User).await.unwrap();
    let fetched = source.fetch(1, Duration::from_millis(900)).await.unwrap();
    assert_eq!(fetched.len(), 1, "the wake is there before its ack_wait is over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_whose_clock_is_off_takes_no_wake_and_is_not_ready() {
    let ring = worker(|_| Then::Ack, 10_000, Duration::from_secs(1), ACK_WAIT).await;
    wait::until("it says so", LIMIT, || async {
        let report = serde_json::to_string(&ring.health.report()).unwrap();
        report.contains("away from the bus's clock").then_some(())
    })
    .await;
    assert!(!ring.health.is_ready());
    let mut source = ring.bus.wakes("provisioning", Lane::User).await.unwrap();
    let fetched = source.fetch(1, Duration::from_secs(2)).await.unwrap();
    assert_eq!((fetched.len(), ring.turns()), (1, 0), "the wake is left for others");
}
