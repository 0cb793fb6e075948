//! The shipped engine and steps, one turn at a time, with a clock that only moves when a wake is waited for.
//!
//! Records and wakes are on the real nats-server, outside systems are the simulators over HTTPS, requests go through a real
//! gateway, the adapter is a process. Only the loop that fetches wakes is replaced: a NAK moves the clock instead of waiting,
//! and a worker that died gives its wake back after `ack_wait`.
mod fate;
mod rooms;
mod somebody;
mod thing;

pub use fate::{Fate, Frozen, Passed};
pub use thing::Thing;

use crate::{
    wait,
    world::{Plan, World},
};
use chandler_bus::{BadWake, Bus, BusError, Delivery, WakeSource};
use chandler_engine::{
    others::Others,
    probe::{Crashed, Point, Probe},
    store::{Found, Store},
    turn::Answer,
};
use chandler_process::{Clock, ManualClock};
use chandler_proto::{
    config,
    ids::{InstanceId, Millis},
    layout::{self, Lane},
    records::Record,
    step::Worker,
};
use fate::{Freezer, Script};
use rooms::Rooms;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::time::Instant;

/// So long a wake is waited for that may not be there.
const PATIENCE: Duration = Duration::from_millis(120);

pub struct Rig {
    pub world: World,
    pub store: Store,
    pub clock: ManualClock,
    /// Records of other things, as steps see them.
    pub others: Others,
    rooms: Arc<Rooms>,
    wakes: Wakes,
    /// Deployments whose locks somebody drops.
    unlocked: BTreeSet<String>,
}

/// The wakes of each worker, in each lane.
struct Wakes(Vec<(Worker, WakeSource)>);

impl Wakes {
    async fn of(bus: &Bus) -> Wakes {
        let mut all = vec![];
        for worker in Worker::ALL.iter().copied() {
            for lane in [Lane::User, Lane::Batch] {
                all.push((worker, bus.wakes(worker.name(), lane).await.unwrap()));
            }
        }
        Wakes(all)
    }

    /// The first that comes to a worker of the thing. A fetch that is dropped loses nothing: what comes meanwhile is in the
    /// next one.
    async fn fetch(&mut self, thing: &Thing, limit: Duration) -> Result<Vec<Result<Delivery, BadWake>>, BusError> {
        let of_thing = |worker| match thing {
            Thing::Binding(..) => worker == Worker::Binding,
            Thing::Instance(_) => worker != Worker::Binding,
            Thing::Whole(_) => true,
        };
        let sources = self.0.iter_mut().filter(|(worker, _)| of_thing(*worker));
        let fetches = sources.map(|(_, source)| Box::pin(source.fetch(1, limit)));
        futures::future::select_all(fetches).await.0
    }
}

impl Rig {
    /// A world without workers: this rig is the workers.
    pub async fn start(plan: Plan) -> Rig {
        let world = Box::pin(World::start(Plan {
            workers: 0,
            binding_workers: 0,
            errand_workers: 0,
            client_workers: 0,
            task_seconds: 0.0,
            ..plan
        }))
        .await;
        let text = std::fs::read_to_string(&world.config).unwrap();
        let config = config::parse(&text).unwrap().config;
        let clock = ManualClock::new(chandler_process::SystemClock::new().now_ms());
        let look_after = Duration::from_secs(config.chandler.last_look_seconds);
        let store = Store::new(world.bus.clone(), look_after);
        Rig {
            rooms: Arc::new(Rooms::new(&config, &store, &clock)),
            others: Others::new(store.clone()),
            wakes: Wakes::of(&world.bus).await,
            unlocked: BTreeSet::new(),
            world,
            store,
            clock,
        }
    }

    /// A new story: the wall clock is that of the gateway again, whatever the last story waited for.
    pub fn new_story(&self) {
        self.clock.set(chandler_process::SystemClock::new().now_ms());
    }

    /// The record of the thing itself.
    pub async fn record(&self, thing: &Thing) -> (Record, u64) {
        self.find(thing)
            .await
            .unwrap_or_else(|| panic!("no record of {thing:?}"))
    }

    async fn find(&self, thing: &Thing) -> Option<(Record, u64)> {
        match self.store.load(thing.key().as_str()).await.unwrap() {
            Found::Record(record, revision) => Some((*record, revision)),
            Found::Nothing(_) => None,
        }
    }

    /// The next wake for this thing; wakes of others are thrown away. `None` when the bus has none.
    pub async fn next(&mut self, thing: &Thing) -> Option<Delivery> {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let fetched = self.wakes.fetch(thing, left).await;
            let Some(delivery) = fetched.unwrap().pop() else {
                if Instant::now() < end {
                    continue;
                }
                return None;
            };
            let delivery = delivery.unwrap();
            if thing.is_about(&delivery.wake.key) {
                self.release_locks();
                return Some(delivery);
            }
            let _ = delivery.ack().await;
        }
    }

    async fn take(&self, delivery: &Delivery, probe: &impl Probe) -> Result<Answer, Crashed> {
        self.rooms.take(&delivery.wake, delivery.attempt, probe).await
    }

    /// Drives the thing's job to its end, its last look included, whatever `fate` does to the workers.
    /// Gives the number of turns.
    pub async fn drive(&mut self, thing: &Thing, fate: Fate) -> usize {
        self.drive_to(thing, fate, |record| !record.unfinished()).await
    }

    /// Drives it until its record is as wanted.
    pub async fn drive_until(&mut self, thing: &Thing, wanted: impl Fn(&Record) -> bool) {
        self.drive_to(thing, Fate::default(), wanted).await;
    }

    async fn drive_to(&mut self, thing: &Thing, fate: Fate, wanted: impl Fn(&Record) -> bool) -> usize {
        let mut turns = 0;
        for _ in 0..600 {
            let Some(delivery) = self.next(thing).await else {
                if wanted(&self.record(thing).await.0) && self.others_rest(thing).await {
                    return turns;
                }
                self.sweep(thing).await;
                continue;
            };
            turns += 1;
            let script = Script {
                turn: turns,
                fate: fate.clone(),
            };
            match self.take(&delivery, &script).await {
                Ok(Answer::Ack) => {
                    delivery.ack().await.unwrap();
                    // The last wake of a thing that is alone; with its bindings there may be others.
                    if !matches!(thing, Thing::Whole(_)) && wanted(&self.record(thing).await.0) {
                        return turns;
                    }
                }
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
        panic!("{thing:?} never ends: {:#?}", self.record(thing).await);
    }

    /// One turn of the thing's job, which must have a wake.
    pub async fn turn(&mut self, thing: &Thing) {
        let delivery = self.next(thing).await.expect("a wake to take");
        let answer = self.take(&delivery, &Freezer::default()).await;
        self.answer(delivery, answer.unwrap_or(Answer::Ack)).await;
    }

    async fn answer(&self, delivery: Delivery, answer: Answer) {
        match answer {
            Answer::Ack => delivery.ack().await.unwrap(),
            Answer::NakIn(after) => {
                self.clock.advance(after);
                delivery.nak(Duration::from_millis(1)).await.unwrap();
            }
        }
    }

    /// The records of the bindings that are driven with the thing.
    async fn bindings(&self, thing: &Thing) -> Vec<(Box<Record>, u64)> {
        match thing {
            Thing::Instance(_) | Thing::Binding(..) => vec![],
            Thing::Whole(instance) => {
                let instance = InstanceId::parse(instance).unwrap();
                self.others.bindings(&instance, 0).await.unwrap()
            }
        }
    }

    async fn others_rest(&self, thing: &Thing) -> bool {
        self.bindings(thing)
            .await
            .iter()
            .all(|(record, _)| !record.unfinished())
    }

    /// The gateways' sweep: a minute later, or when the last look is due.
    async fn sweep(&self, thing: &Thing) {
        let (record, revision) = self.record(thing).await;
        let due = record
            .look_at()
            .map_or(Duration::ZERO, |at| at.since(Millis(self.clock.now_ms())));
        self.clock.advance(due.max(Duration::from_secs(61)));
        if record.unfinished() {
            assert!(self.store.ring(&record, revision).await);
        }
        for (record, revision) in self.bindings(thing).await {
            if record.unfinished() {
                assert!(self.store.ring(&record, revision).await);
            }
        }
    }

    /// Starts a turn in a worker that hangs by itself, in the adapter for one. Its wake comes again for others, as after
    /// `ack_wait`.
    pub async fn freeze(&mut self, thing: &Thing) -> Frozen {
        let delivery = self.next(thing).await.expect("a wake to freeze");
        let frozen = self.spawn(&delivery, Freezer::default());
        self.clock.advance(layout::ACK_WAIT);
        delivery.nak(Duration::from_millis(1)).await.unwrap();
        frozen
    }

    /// Takes turns until a worker passes the so-many-th point of the story (from 0), and lets it stand still there. Its wake
    /// comes again for others. `None`: the job has ended before.
    pub async fn freeze_at(&mut self, thing: &Thing, at: usize) -> Option<(Frozen, (usize, Point))> {
        let mut freezer = Freezer {
            at: Some(at),
            ..Freezer::default()
        };
        for _ in 0..600 {
            let Some(delivery) = self.next(thing).await else {
                if !self.record(thing).await.0.unfinished() && self.others_rest(thing).await {
                    return None;
                }
                self.sweep(thing).await;
                continue;
            };
            freezer.turn += 1;
            // A thaw of its own: one that nobody waited for would be there for the next.
            freezer.thaw = Arc::default();
            let frozen = self.spawn(&delivery, freezer.clone());
            wait::until(
                "the worker stands still, or ends its turn",
                Duration::from_secs(60),
                || async { (frozen.is_standing() || frozen.has_ended()).then_some(()) },
            )
            .await;
            if frozen.is_standing() {
                self.clock.advance(layout::ACK_WAIT);
                delivery.nak(Duration::from_millis(1)).await.unwrap();
                let point = freezer.passed.lock().unwrap()[at];
                return Some((frozen, point));
            }
            let answer = frozen.thaw().await;
            self.answer(delivery, answer.unwrap_or(Answer::Ack)).await;
        }
        panic!("{thing:?} never ends: {:#?}", self.record(thing).await);
    }

    fn spawn(&self, delivery: &Delivery, freezer: Freezer) -> Frozen {
        let (rooms, wake, attempt) = (self.rooms.clone(), delivery.wake.clone(), delivery.attempt);
        let (standing, thaw) = (freezer.standing.clone(), freezer.thaw.clone());
        let task = tokio::spawn(async move { rooms.take(&wake, attempt, &freezer).await.ok() });
        Frozen { standing, thaw, task }
    }
}
