//! The world and the loop of turns. The clocks only move when a wake is waited for.
use crate::{
    ground::{OURS, US, broker_yml},
    probes::{StandIn, Watches},
};
use chandler_common::program;
use chandler_engine::{
    probe::{Crashed, NoProbe, Probe},
    turn::{Answer, Opened},
};
use chandler_proto::{
    config,
    failure::Failure,
    ids::TurnId,
    job::{Event, Stamp, sealed},
    records::Record,
    seal::Sealer,
    step::Step as Leg,
};
use chandler_simulators::{tls, uaa};
use chandler_testing::ground::{self, Ground, Nats};
use chandler_uaa_clients::{room::Outside, settings::Settings};
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// The instance, and its client.
pub(crate) const ID: &str = "i-1";
/// Its record.
pub(crate) const KEY: &str = "instance.i-1";
/// What the adapter says of the dashboard.
pub(crate) const DASHBOARD: &str = "https://dash.example.com/i-1";
/// What stands where it isn't known yet.
pub(crate) const PLACEHOLDER: &str = "https://placeholder.example.com";

/// Everything that a client touches.
pub(crate) struct World {
    pub(crate) uaa: uaa::Uaa,
    pub(crate) ground: Ground,
    pub(crate) yml: Value,
    pub(crate) sealer: Arc<Sealer>,
    outside: Outside,
    /// The dashboard, as the adapter tells it; `None`: it has none.
    pub(crate) dashboard: Mutex<Option<String>>,
    /// What the adapter got for `generate-manifest`, one after the other.
    pub(crate) handed: Mutex<Vec<Value>>,
    /// The lines for people.
    pub(crate) notes: Mutex<Vec<String>>,
}

impl World {
    pub(crate) async fn start() -> World {
        World::with(|_| {}).await
    }

    /// The same; `change` may change the configuration.
    pub(crate) async fn with(change: fn(&mut Value)) -> World {
        let identity = tls::Identity::generate().unwrap();
        let mut options = uaa::Options {
            tls: Some(identity.clone()),
            ..uaa::Options::default()
        };
        options
            .clients
            .push(uaa::Client::new(US, OURS, &["clients.read", "clients.write"]));
        let uaa = uaa::Uaa::start(options).await.unwrap();
        let nats = Nats::start().await;
        let mut yml = broker_yml(nats.url(), &uaa.url(), &identity.ca_pem);
        change(&mut yml);
        let (loaded, settings) =
            config::load(&yml.to_string(), <Settings as program::Settings>::of).unwrap_or_else(|it| panic!("{it}"));
        World {
            uaa,
            ground: Ground::start(nats, &loaded.config.chandler).await,
            yml,
            sealer: settings.sealer.clone(),
            outside: Outside::new(settings),
            dashboard: Mutex::new(Some(DASHBOARD.into())),
            handed: Mutex::default(),
            notes: Mutex::default(),
        }
    }

    /// The worker is started anew with another configuration.
    pub(crate) fn reconfigure(&mut self, change: impl FnOnce(&mut Value)) {
        change(&mut self.yml);
        let (_, settings) = config::load(&self.yml.to_string(), <Settings as program::Settings>::of)
            .unwrap_or_else(|it| panic!("{it}"));
        self.outside = Outside::new(settings);
    }

    /// The instance's client at the UAA.
    pub(crate) fn client(&self) -> Option<uaa::Client> {
        self.uaa.client(ID)
    }
    /// Its one secret.
    pub(crate) fn secret(&self) -> String {
        let client = self.client().expect("a client");
        assert_eq!(client.secrets.len(), 1);
        client.secrets[0].clone()
    }
    /// A client with a secret that nobody of us knows.
    pub(crate) fn leave_over(&self) {
        let client = uaa::Client {
            redirect_uri: vec![PLACEHOLDER.into()],
            ..uaa::Client::new(ID, "of somebody else", &["old.authority"])
        };
        self.uaa.put_client(client);
    }
    /// What the adapter got last.
    pub(crate) fn handed(&self) -> Value {
        self.handed
            .lock()
            .unwrap()
            .last()
            .cloned()
            .expect("nothing was deployed")
    }
    /// How often the UAA did such a call.
    pub(crate) fn done(&self, call: &str) -> usize {
        self.uaa.journal().done(call)
    }
    /// What is sealed in a job.
    pub(crate) fn sealed(&self, record: &Record) -> Option<String> {
        let kept = record.job.sealed.get(sealed::CLIENT_SECRET)?;
        Some(self.sealer.open(&record.key(), kept).unwrap().expose().to_owned())
    }

    /// What the adapter gets of a client.
    pub(crate) fn for_adapter(&self, record: &Record) -> Value {
        let secret = self.sealed(record).unwrap_or_default();
        let client = record.job.facts.uaa_client.as_ref();
        client.map_or(Value::Null, |client| client.adapter_json(&secret))
    }

    pub(crate) async fn load(&self) -> (Record, u64) {
        self.ground.read(KEY).await
    }

    /// Writes a job over what is there and drives it to its end.
    pub(crate) async fn run(&self, record: &Record) -> Record {
        self.run_with(record, &NoProbe).await
    }
    /// The same; `probe` is told where our turns are.
    pub(crate) async fn run_with(&self, record: &Record, probe: &impl Probe) -> Record {
        self.ground.put(record).await;
        self.to_the_end(probe).await
    }
    /// Writes a job over what is there and drives it to the leg of this name, which then fails it.
    pub(crate) async fn fails_at(&self, record: &Record, leg: &str) -> Record {
        self.ground.put(record).await;
        self.drive_to(leg).await;
        let (record, over) = self.load().await;
        let by = Stamp {
            now: self.ground.now(),
            turn: TurnId(uuid::Uuid::new_v4()),
            over,
        };
        let failed = Event::Failed(Failure::new("u", "o"));
        self.ground.store.save(&record, failed, by).await.unwrap().0
    }
    /// Drives the job that is there to the leg of this name.
    pub(crate) async fn drive_to(&self, leg: &str) {
        for _ in 0..400 {
            let (record, _) = self.load().await;
            if record.job.step().is_some_and(|step| step.name() == leg) {
                return;
            }
            assert!(!record.job.finished(), "{:#?}", record.job);
            self.turn(&NoProbe).await;
        }
        panic!("it never comes to that: {:#?}", self.load().await.0.job);
    }
    /// Drives the job that is there to its end.
    pub(crate) async fn to_the_end(&self, probe: &impl Probe) -> Record {
        for _ in 0..400 {
            let (record, _) = self.load().await;
            if record.job.finished() {
                return record;
            }
            self.turn(probe).await;
        }
        panic!("it never ends: {:#?}", self.load().await.0.job);
    }
    /// One turn of whatever leg the job is at; then time passes until its wake comes again.
    pub(crate) async fn turn(&self, probe: &impl Probe) {
        let pause = ground::pause(&self.answer(probe).await);
        self.ground.clock.advance(pause);
        self.uaa.skip(pause);
    }
    async fn answer(&self, probe: &impl Probe) -> Result<Answer, Crashed> {
        let (record, _) = self.load().await;
        if matches!(record.job.step(), Some(Leg::UaaClients(_))) {
            return self.ground.turn(&self.outside, KEY, &Watches(self, probe)).await;
        }
        match self.ground.open(KEY, &NoProbe).await? {
            Opened::Turn(turn) => turn.take(&StandIn(self)).await,
            Opened::Answer(answer) => Ok(answer),
        }
    }
}
