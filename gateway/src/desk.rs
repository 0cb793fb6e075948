//! What the calls share: the bus as they use it, the catalog, the view, keys, limits.
use crate::{
    answer::Trouble,
    auth::Doorkeeper,
    metrics::Metrics,
    schemas::Library,
    shelf::{BindingRules, Shelf},
    telemetry::Outlet,
    view::View,
};
use chandler_bus::{Bus, BusError, Entry, Read, Wake};
use chandler_process::{Clock, Shutdown};
use chandler_proto::{
    events,
    ids::Millis,
    layout::{self, Key},
    records::Record,
    seal::{NONCE, SealError, Sealed, Sealer},
    secret::Secret,
};
use std::{sync::Arc, time::Duration};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// The pause between two attempts to read.
const PAUSE: Duration = Duration::from_millis(150);

/// How long things may take, and how large they may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The life of a request.
    pub(crate) request: Duration,
    /// Writing an accept, all repetitions together.
    pub(crate) accept: Duration,
    /// Reading for an answer.
    pub(crate) read: Duration,
    /// The arrival of a body.
    pub(crate) body: Duration,
    /// A body, bytes.
    pub(crate) body_bytes: usize,
    /// What polls are told to wait, seconds.
    pub(crate) retry_after: u64,
    /// Waiting in a request for the end of a job.
    pub(crate) wait: Duration,
    /// The same where the platform can poll; zero: it is told to do so at once.
    pub(crate) grace: Duration,
    /// From the head of a request that waits to its answer.
    pub(crate) answer: Duration,
    /// What goes for all bindings.
    pub(crate) bindings: BindingRules,
}

/// Shared by all requests; a reload of the configuration makes another one for those that come after it.
pub(crate) struct Desk {
    pub(crate) bus: Bus,
    pub(crate) view: Arc<View>,
    /// The schemas of plans, as they are published.
    pub(crate) library: Arc<Library>,
    pub(crate) shelf: Shelf,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) door: Doorkeeper,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
    pub(crate) metrics: Metrics,
    /// Where telemetry goes.
    pub(crate) outlet: Arc<Outlet>,
    /// What must not end with its request: accepts and what follows them.
    pub(crate) tasks: TaskTracker,
    pub(crate) shutdown: Shutdown,
}

/// A record as the leader has it.
pub(crate) struct Found {
    pub(crate) record: Option<Record>,
    /// What the next write has to name.
    pub(crate) revision: u64,
}

impl Found {
    /// Parses what was read.
    pub(crate) fn parse(entry: Option<&Entry>, revision: u64) -> Result<Self, Trouble> {
        let record = entry
            .map(|entry| Record::parse(&entry.value))
            .transpose()
            .map_err(|error| {
                tracing::error!(revision, %error, "a record can't be read");
                Trouble::Unusable
            })?;
        Ok(Found { record, revision })
    }
}

impl Desk {
    /// The same desk under another configuration.
    pub(crate) fn with(&self, shelf: Shelf, door: Doorkeeper, limits: Limits) -> Self {
        Desk {
            bus: self.bus.clone(),
            view: self.view.clone(),
            library: self.library.clone(),
            shelf,
            sealer: self.sealer.clone(),
            door,
            clock: self.clock.clone(),
            limits,
            metrics: self.metrics.clone(),
            outlet: self.outlet.clone(),
            tasks: self.tasks.clone(),
            shutdown: self.shutdown.clone(),
        }
    }

    /// The time.
    pub(crate) fn now(&self) -> Millis {
        Millis(self.clock.now_ms())
    }

    /// The moment, by the monotonic clock, at which `limit` from now is over.
    pub(crate) fn end_of(&self, limit: Duration) -> Duration {
        self.clock.monotonic() + limit
    }

    /// What is left until then.
    pub(crate) fn left(&self, end: Duration) -> Duration {
        end.saturating_sub(self.clock.monotonic())
    }

    /// Reads a record through the leader, and repeats while nobody answers.
    pub(crate) async fn find(&self, key: &Key, end: Duration) -> Result<Found, Trouble> {
        let read = self.read(key, end).await?;
        let found = Found::parse(read.entry.as_ref(), read.revision)?;
        if let Some(record) = &found.record {
            self.view.learn(record, found.revision);
        }
        Ok(found)
    }

    /// Makes sure that "not there" may be said: the bucket must know everything that exists. The mark is read
    /// through the leader each time: a bus that lost its data must not be taken for an empty one.
    pub(crate) async fn check_complete(&self, end: Duration) -> Result<(), Trouble> {
        let mark = self.read(&layout::complete_key(), end).await?;
        if mark.entry.is_some() {
            Ok(())
        } else {
            Err(Trouble::Incomplete)
        }
    }

    async fn read(&self, key: &Key, end: Duration) -> Result<Read, Trouble> {
        loop {
            match self.bus.read(key).await {
                Ok(read) => return Ok(read),
                Err(fault @ BusError::Away(_)) if self.left(end) <= PAUSE => {
                    tracing::warn!(%fault, "the bus can't be read");
                    return Err(Trouble::BusAway);
                }
                Err(BusError::Away(_)) => {
                    self.clock.sleep(PAUSE).await;
                    // Without a connection the next attempt would fail at once.
                    let _ = tokio::time::timeout(self.left(end), self.bus.connected()).await;
                }
                Err(
                    fault @ (BusError::Missing(_) | BusError::Refused(_) | BusError::Name(_) | BusError::Malformed(_)),
                ) => {
                    tracing::error!(%fault, "the bus can't be read");
                    return Err(Trouble::BusAway);
                }
            }
        }
    }

    /// Seals for the record with this key: what may be secret never reaches the bus in the clear.
    pub(crate) fn seal(&self, key: &Key, text: &str) -> Result<Sealed, Trouble> {
        let sealed = self.sealer.seal(key, text, rand::random::<[u8; NONCE]>());
        sealed.map_err(|error: SealError| {
            tracing::error!(%error, "a request can't be sealed");
            Trouble::Defect
        })
    }

    /// Opens what a record keeps.
    pub(crate) fn open(&self, record: &Record, sealed: &Sealed) -> Result<Secret, Trouble> {
        self.sealer.open(&record.key(), sealed).map_err(|error| {
            let key = record.key();
            tracing::error!(key, %error, "what a record keeps can't be opened");
            Trouble::Unusable
        })
    }

    /// Rings for the job of a record. When it fails the sweep rings.
    pub(crate) async fn ring(&self, record: &Record, revision: u64) {
        let Some(wake) = Wake::of(record, revision).filter(|_| !record.job.finished()) else {
            return;
        };
        if let Err(fault) = self.bus.wake(&wake).await {
            tracing::warn!(job = wake.job, %fault, "the job could not be rung, the sweep will ring it");
        }
    }

    /// History for people; nobody waits for it.
    pub(crate) fn tell(&self, kind: &'static str, record: &Record) {
        let event = events::cloud_event(kind, record, self.now(), Uuid::now_v7());
        let (bus, text) = (self.bus.clone(), event.to_string());
        self.tasks.spawn(async move {
            if let Err(fault) = bus.publish_event(events::subject_tail(kind), text.into()).await {
                tracing::warn!(%fault, kind, "an event for the history is lost");
            }
        });
    }
}
