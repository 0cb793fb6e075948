//! The shipped engine and steps, one turn at a time, with a clock that only moves when a wake is waited for.
//!
//! Records and wakes are on the real nats-server, the Director is the simulator over HTTPS, requests go through a real
//! gateway. Only the loop that fetches wakes is replaced: a NAK moves the clock instead of waiting, and a worker that
//! died gives its wake back after `ack_wait`.
use crate::{
    wait,
    world::{Plan, World},
};
use chandler_bus::{Delivery, Wake, WakeSource};
use chandler_clients::{
    CallContext,
    bosh::{Auth, Director, DirectorSettings},
};
use chandler_engine::{
    probe::{Crashed, Point, Probe},
    run::Room,
    store::{Found, Store},
    turn::{self, Answer, Call, Opened},
};
use chandler_process::{Clock, ManualClock};
use chandler_proto::{
    config,
    ids::Millis,
    layout::{self, Lane},
    records::Record,
};
use chandler_provisioning::{room::Outside, settings::Settings};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

pub struct Rig {
    pub world: World,
    pub store: Store,
    pub clock: ManualClock,
    outside: Arc<Outside>,
    source: WakeSource,
}

/// What happens to the worker that takes a turn.
#[derive(Clone, Default)]
pub struct Fate {
    /// It dies at this point of this turn (from 1).
    pub crash: Option<(usize, Point)>,
    /// Every point that was passed, with its turn.
    pub passed: Arc<Mutex<Vec<(usize, Point)>>>,
}

struct Script {
    turn: usize,
    fate: Fate,
}

impl Probe for Script {
    async fn at(&self, point: Point) -> Result<(), Crashed> {
        self.fate.passed.lock().unwrap().push((self.turn, point));
        if self.fate.crash == Some((self.turn, point)) {
            Err(Crashed(point))
        } else {
            Ok(())
        }
    }
}

/// A worker that stands still at a point until it is thawed.
pub struct Frozen {
    pub reached: Arc<AtomicUsize>,
    pub thaw: Arc<Notify>,
    task: tokio::task::JoinHandle<Option<Answer>>,
}

struct Freezer {
    point: Option<Point>,
    reached: Arc<AtomicUsize>,
    thaw: Arc<Notify>,
}

impl Probe for Freezer {
    async fn at(&self, point: Point) -> Result<(), Crashed> {
        if self.point == Some(point) && self.reached.fetch_add(1, Ordering::SeqCst) == 0 {
            self.thaw.notified().await;
        }
        Ok(())
    }
}

impl Frozen {
    pub fn is_standing(&self) -> bool {
        self.reached.load(Ordering::SeqCst) > 0
    }
    pub fn has_ended(&self) -> bool {
        self.task.is_finished()
    }
    /// Lets it go on to the end of its turn.
    pub async fn thaw(self) -> Option<Answer> {
        self.thaw.notify_one();
        self.task.await.unwrap()
    }
}

impl Rig {
    /// A world without workers: this rig is the worker.
    pub async fn start(change: fn(&mut serde_json::Value)) -> Rig {
        let plan = Plan {
            workers: 0,
            task_seconds: 0.0,
            change,
            ..Plan::default()
        };
        let world = World::start(plan).await;
        let text = std::fs::read_to_string(&world.config).unwrap();
        let loaded = config::parse(&text).unwrap();
        let clock = ManualClock::new(chandler_process::SystemClock::new().now_ms());
        let look_after = Duration::from_secs(loaded.config.chandler.last_look_seconds);
        let settings = Settings::of(loaded.config).unwrap();
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let outside = Arc::new(Outside::new(settings, &shared));
        let store = Store::new(world.bus.clone(), look_after);
        let source = world.bus.wakes("provisioning", Lane::User).await.unwrap();
        Rig {
            world,
            store,
            clock,
            outside,
            source,
        }
    }

    /// A new story: the wall clock is that of the gateway again, whatever the last story waited for.
    pub fn new_story(&self) {
        self.clock.set(chandler_process::SystemClock::new().now_ms());
    }

    pub async fn record(&self, id: &str) -> (Record, u64) {
        match self.store.load(layout::instance_key(id).as_str()).await.unwrap() {
            Found::Record(record, revision) => (*record, revision),
            Found::Nothing(_) => panic!("no record of {id}"),
        }
    }

    /// Drops every lock that a dead task leaves on the deployment, for as long as the rig lives.
    pub fn release_locks_of(&self, deployment: &str) {
        let (director, name) = (self.world.director.clone(), deployment.to_owned());
        tokio::spawn(async move {
            loop {
                director.drop_lock(&name);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
    }

    /// A deploy by somebody who isn't the broker.
    pub async fn deploy_behind_our_back(&self, deployment: &str) {
        let settings = DirectorSettings {
            url: self.world.simulator.url(),
            ca_pem: Some(self.world.simulator.ca_pem().into()),
            auth: Auth::Basic {
                username: "admin".into(),
                password: "admin".into(),
            },
            timeout: Duration::from_secs(10),
            user_agent: "somebody".into(),
        };
        let manifest = format!("name: {deployment}\nreleases: []\nstemcells: []\ninstance_groups: []\n");
        let somebody = Director::new(settings).unwrap();
        let call = CallContext::default();
        somebody
            .deploy(&manifest, "", &call, Duration::from_secs(10))
            .await
            .unwrap();
        wait::until("it is there", Duration::from_secs(20), || async {
            let there = self.world.director.deployment(deployment)?;
            there.manifest.map(|_| ())
        })
        .await;
    }

    /// The next wake for this instance; wakes of others are thrown away. `None` when the bus has none.
    pub async fn next(&mut self, id: &str) -> Option<Delivery> {
        let key = layout::instance_key(id).to_string();
        loop {
            let mut fetched = self.source.fetch(1, Duration::from_millis(120)).await.unwrap();
            let delivery = fetched.pop()?.unwrap();
            if delivery.wake.key == key {
                return Some(delivery);
            }
            let _ = delivery.ack().await;
        }
    }

    async fn take(&self, delivery: &Delivery, probe: &impl Probe) -> Result<Answer, Crashed> {
        take(&self.store, &self.outside, &self.clock, delivery, probe).await
    }

    /// Drives the instance's job to its end, its last look included, whatever `fate` does to the workers.
    /// Gives the number of turns.
    pub async fn drive(&mut self, id: &str, fate: Fate) -> usize {
        self.drive_to(id, fate, |record| !record.unfinished()).await
    }

    /// Drives it until its record is as wanted.
    pub async fn drive_until(&mut self, id: &str, wanted: impl Fn(&Record) -> bool) {
        self.drive_to(id, Fate::default(), wanted).await;
    }

    async fn drive_to(&mut self, id: &str, fate: Fate, wanted: impl Fn(&Record) -> bool) -> usize {
        let mut turns = 0;
        for _ in 0..400 {
            let Some(delivery) = self.next(id).await else {
                let (record, revision) = self.record(id).await;
                if wanted(&record) {
                    return turns;
                }
                // The gateways' sweep: a minute later, or when the last look is due.
                let due = record
                    .look_at()
                    .map_or(Duration::ZERO, |at| at.since(Millis(self.clock.now_ms())));
                self.clock.advance(due.max(Duration::from_secs(61)));
                assert!(self.store.ring(&record, revision).await);
                continue;
            };
            turns += 1;
            let script = Script {
                turn: turns,
                fate: fate.clone(),
            };
            match self.take(&delivery, &script).await {
                Ok(Answer::Ack) => delivery.ack().await.unwrap(),
                Ok(Answer::NakIn(after)) => {
                    self.clock.advance(after);
                    delivery.nak(Duration::from_millis(1)).await.unwrap();
                }
                Err(Crashed(_)) => {
                    self.clock.advance(layout::ACK_WAIT);
                    delivery.nak(Duration::from_millis(1)).await.unwrap();
                }
            }
        }
        panic!("{id} never ends: {:#?}", self.record(id).await);
    }

    /// Starts a turn in a worker that stands still at `point` (`None`: wherever it hangs by itself). Its wake comes again
    /// for others, as after `ack_wait`.
    pub async fn freeze(&mut self, id: &str, point: Option<Point>) -> Frozen {
        let delivery = self.next(id).await.expect("a wake to freeze");
        self.freeze_delivery(delivery, point).await
    }

    /// The same for a wake that was fetched already.
    pub async fn freeze_delivery(&mut self, delivery: Delivery, point: Option<Point>) -> Frozen {
        let (reached, thaw) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let freezer = Freezer {
            point,
            reached: reached.clone(),
            thaw: thaw.clone(),
        };
        let (store, outside, clock) = (self.store.clone(), self.outside.clone(), self.clock.clone());
        let wake = delivery.wake.clone();
        let task = tokio::spawn(async move {
            let call = call_of(&wake, 1);
            take_call(&store, &outside, &clock, &call, &freezer).await.ok()
        });
        let frozen = Frozen { reached, thaw, task };
        if point.is_some() {
            wait::until(
                "the worker stands still, or its turn doesn't pass that point",
                Duration::from_secs(20),
                || async { (frozen.is_standing() || frozen.has_ended()).then_some(()) },
            )
            .await;
        }
        self.clock.advance(layout::ACK_WAIT);
        delivery.nak(Duration::from_millis(1)).await.unwrap();
        frozen
    }
}

async fn take(
    store: &Store,
    outside: &Outside,
    clock: &ManualClock,
    delivery: &Delivery,
    probe: &impl Probe,
) -> Result<Answer, Crashed> {
    let wake = &delivery.wake;
    let call = call_of(wake, delivery.attempt);
    take_call(store, outside, clock, &call, probe).await
}

async fn take_call(
    store: &Store,
    outside: &Outside,
    clock: &ManualClock,
    call: &Call,
    probe: &impl Probe,
) -> Result<Answer, Crashed> {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    match turn::open(store, &clock, probe, call, CallContext::default()).await? {
        Opened::Answer(answer) => Ok(answer),
        Opened::Turn(turn) => outside.take(*turn).await,
    }
}

fn call_of(wake: &Wake, delivery: u64) -> Call {
    Call {
        key: wake.key.clone(),
        job: wake.job.clone(),
        leg: wake.leg,
        revision: wake.revision,
        delivery,
    }
}
