//! What a world stands on: a bus, and turns that are taken when a test says so, on a clock that only the test moves.
pub use crate::nats::Nats;
use crate::process::Until;
use chandler_clients::{
    CallContext,
    bosh::{Auth, Director, DirectorSettings},
};
use chandler_engine::{
    probe::{Crashed, Probe},
    run::Room,
    store::{BootstrapSettings, Found, Store, connect},
    turn::{self, Answer, Call, Opened},
};
use chandler_process::{Clock, ManualClock, SystemClock};
use chandler_proto::{config::ChandlerSection, ids::Millis, records::Record};
use chandler_simulators::bosh::BoshSimulator;
use std::{sync::Arc, time::Duration};

/// How long a call to the Director may take.
pub const LIMIT: Duration = Duration::from_secs(10);

/// A bus that is bootstrapped, and whoever is on it.
pub struct Ground {
    /// The worker's, with its own user.
    pub store: Store,
    /// What is the platform's, is written as a gateway does it.
    pub gateway: Store,
    /// Nothing but the test moves it.
    pub clock: ManualClock,
    shared: Arc<dyn Clock>,
    section: ChandlerSection,
    _nats: Nats,
}

impl Ground {
    /// A worker on this server, with its section of the configuration.
    pub async fn start(nats: Nats, section: &ChandlerSection) -> Ground {
        let operator = connected(section, "operator").await;
        let wanted = BootstrapSettings::of(section);
        operator.bus().bootstrap(&wanted).await.unwrap();
        let worker = section.bus.user.as_deref().unwrap();
        let clock = ManualClock::new(SystemClock::new().now_ms());
        Ground {
            store: connected(section, worker).await,
            gateway: connected(section, "gateway").await,
            shared: Arc::new(clock.clone()),
            clock,
            section: section.clone(),
            _nats: nats,
        }
    }

    /// Somebody else on the same bus, with the rights of this user.
    pub async fn connected(&self, user: &str) -> Store {
        connected(&self.section, user).await
    }

    /// The clock, as rooms want it.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared
    }
    /// What the clock says.
    pub fn now(&self) -> Millis {
        Millis(self.clock.now_ms())
    }

    /// Writes a record over this revision (0: over nothing); a gateway would. The answer is its revision.
    pub async fn write(&self, record: &Record, over: u64) -> u64 {
        let bus = self.gateway.bus();
        bus.write(&record.key(), record.bytes().into(), over).await.unwrap()
    }
    /// Writes a record over whatever is there.
    pub async fn put(&self, record: &Record) -> u64 {
        let over = match self.store.load(&record.key()).await.unwrap() {
            Found::Record(_, revision) | Found::Nothing(revision) => revision,
        };
        self.write(record, over).await
    }
    /// A record that is there, and its revision.
    pub async fn read(&self, key: &str) -> (Record, u64) {
        match self.store.load(key).await.unwrap() {
            Found::Record(record, revision) => (*record, revision),
            Found::Nothing(_) => panic!("no record {key}"),
        }
    }

    /// The beginning of a turn of the record's present leg, as if its wake came for the first time.
    ///
    /// # Errors
    /// The probe says that the worker died.
    pub async fn open<'a, P: Probe>(&'a self, key: &str, probe: &'a P) -> Result<Opened<'a, P>, Crashed> {
        let (record, revision) = self.read(key).await;
        let call = Call {
            key: key.to_owned(),
            job: record.job.id.to_string(),
            leg: record.job.leg,
            revision,
            delivery: 1,
        };
        turn::open(&self.store, &self.shared, probe, &call, CallContext::default()).await
    }
    /// The whole turn.
    ///
    /// # Errors
    /// The probe says that the worker died.
    pub async fn turn(&self, room: &impl Room, key: &str, probe: &impl Probe) -> Result<Answer, Crashed> {
        match self.open(key, probe).await? {
            Opened::Answer(answer) => Ok(answer),
            Opened::Turn(turn) => room.take(*turn).await,
        }
    }
    /// Turns until the record is as wanted. Between two of them time passes, which `passes` tells whoever has a clock of its own.
    pub async fn drive(
        &self,
        room: &impl Room,
        key: &str,
        probe: &impl Probe,
        passes: impl Fn(Duration),
        wanted: impl Fn(&Record) -> bool,
    ) -> Record {
        for _ in 0..400 {
            let (record, _) = self.read(key).await;
            if wanted(&record) {
                return record;
            }
            // On the heap: a test's stack has 2 MiB, and an unoptimised turn is large.
            let pause = pause(&Box::pin(self.turn(room, key, probe)).await);
            self.clock.advance(pause);
            passes(pause);
        }
        panic!("it never comes to that: {:#?}", self.read(key).await.0)
    }

    /// Waits until whoever takes its wakes has ended a job.
    pub async fn finished(&self, key: &str, limit: &Until) -> Record {
        loop {
            let (record, _) = self.read(key).await;
            if record.job.finished() {
                return record;
            }
            limit.pause("the job ends").await;
        }
    }
}

async fn connected(section: &ChandlerSection, user: &str) -> Store {
    let mut section = section.clone();
    section.bus.user = Some(user.to_owned());
    let bus = connect(&section, user).await.unwrap();
    bus.connected().await;
    Store::new(bus, Duration::from_secs(section.last_look_seconds))
}

/// How long it takes until the wake comes again; that of a dead worker does when its act window is surely over.
pub fn pause(answer: &Result<Answer, Crashed>) -> Duration {
    match answer {
        Ok(Answer::Ack) => Duration::ZERO,
        Ok(Answer::NakIn(after)) => *after,
        Err(Crashed(_)) => Duration::from_secs(31),
    }
}

/// A test's own client of a simulated Director.
pub fn director(bosh: &BoshSimulator) -> Director {
    let settings = DirectorSettings {
        url: bosh.url(),
        ca_pem: Some(bosh.ca_pem().to_owned()),
        auth: Auth::Basic {
            username: "admin".into(),
            password: "admin".into(),
        },
        timeout: LIMIT,
        user_agent: "somebody".into(),
    };
    Director::new(settings).unwrap()
}
