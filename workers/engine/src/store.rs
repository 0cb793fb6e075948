//! Records as types over the bus.
use chandler_bus::{Rung, Settings, Wake};
use chandler_proto::{
    config::ChandlerSection,
    events,
    ids::Millis,
    job::{Event, Illegal, Stamp},
    records::Record,
};
use std::time::Duration;
use tracing::{error, warn};
use uuid::Uuid;

/// For how long one checkpoint is repeated under the same revision before the turn gives up.
const SAVE_LIMIT: Duration = Duration::from_secs(10);

/// What a leader read found.
#[derive(Debug)]
pub enum Found {
    /// A record and its revision.
    Record(Box<Record>, u64),
    /// Nothing under that key; the revision of the delete marker, 0 without one.
    Nothing(u64),
}

/// Why the record could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The bus didn't answer.
    #[error("the bus can't be read: {0}")]
    Bus(String),
    /// A newer release wrote it, or it is damaged.
    #[error("{0}")]
    Unreadable(String),
}

/// Why a checkpoint isn't there.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Somebody else wrote first.
    #[error("somebody else wrote the record first")]
    Stale,
    /// The bus will never take it.
    #[error("the bus refused the checkpoint: {0}")]
    Refused(String),
    /// No answer: it may be there.
    #[error("the bus didn't confirm the checkpoint: {0}")]
    Unknown(String),
    /// A defect of ours.
    #[error(transparent)]
    Illegal(#[from] Illegal),
}

/// The bus, as the engine uses it.
#[derive(Clone)]
pub struct Store {
    bus: Bus,
    /// How long after a deprovision its last look is due.
    pub look_after: Duration,
}

impl Store {
    /// Over a bus.
    pub fn new(bus: Bus, look_after: Duration) -> Self {
        Store { bus, look_after }
    }
    /// The bus itself, for the loop that fetches wakes.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Reads a record through the stream's leader.
    ///
    /// # Errors
    /// [`LoadError`] when the bus doesn't answer or the record can't be read.
    pub async fn load(&self, key: &str) -> Result<Found, LoadError> {
        let read = self.bus.read(key).await.map_err(|e| LoadError::Bus(e.to_string()))?;
        let Some(entry) = read.entry else {
            return Ok(Found::Nothing(read.revision));
        };
        let record = Record::parse(&entry.value).map_err(|e| LoadError::Unreadable(e.to_string()))?;
        Ok(Found::Record(Box::new(record), entry.revision))
    }

    /// Applies `event` and writes the outcome over the revision that was read.
    ///
    /// # Errors
    /// [`SaveError::Stale`] when somebody else wrote first: nothing was changed.
    pub async fn save(&self, record: &Record, event: Event, by: Stamp) -> Result<(Record, u64), SaveError> {
        let kind = kind(&event);
        let changed = record.clone().apply(event, by, self.look_after)?;
        let written = self
            .bus
            .write_sure(&record.key(), changed.bytes().into(), by.over, SAVE_LIMIT)
            .await;
        match written {
            Ok(revision) => {
                // A last look that finds nothing ends nothing: its job has ended before.
                let ended = kind == Some(events::LEG_DONE) && changed.job.finished() && !record.gone();
                self.tell(if ended { Some(events::SUCCEEDED) } else { kind }, &changed, by.now);
                Ok((changed, revision))
            }
            Err(SureError::Conflict { .. }) => Err(SaveError::Stale),
            Err(SureError::Unknown(why) | SureError::NotSent(why)) => Err(SaveError::Unknown(why)),
            Err(SureError::Refused(why)) => Err(SaveError::Refused(why)),
        }
    }

    /// Rings the owner of the record's present leg. `true` when a wake for it is on the bus now.
    pub async fn ring(&self, record: &Record, revision: u64) -> bool {
        let Some(wake) = Wake::of(record, revision) else {
            return true;
        };
        match self.bus.wake(&wake).await {
            Ok(Rung::New | Rung::Already) => true,
            Err(fault) => {
                warn!(job = wake.job, leg = wake.leg, %fault, "the next leg could not be rung; the wake comes again");
                false
            }
        }
    }

    /// History for people: best effort, nobody waits for it.
    pub(crate) fn tell(&self, kind: Option<&'static str>, record: &Record, now: Millis) {
        let Some(kind) = kind else { return };
        let event = events::cloud_event(kind, record, now, Uuid::now_v7());
        let bus = self.bus.clone();
        tokio::spawn(async move {
            if let Err(why) = bus
                .publish_event(events::subject_tail(kind), event.to_string().into())
                .await
            {
                error!(%why, "an event for the history could not be published");
            }
        });
    }
}

fn kind(event: &Event) -> Option<&'static str> {
    match event {
        Event::Acting { .. } => Some(events::ACTING),
        Event::Answered { .. } => None,
        Event::Noted { .. } => Some(events::NOTED),
        Event::Faulted { .. } => Some(events::FAULTED),
        Event::WindowOver { .. } => None,
        Event::LegDone { .. } => Some(events::LEG_DONE),
        Event::Failed(_) => Some(events::FAILED),
        Event::LookedAndFound { .. } => Some(events::LOOKED_AND_FOUND),
    }
}

/// What `/readyz` compares the bus with; the bus, and what it tells about its copies, for checks of it; how a write of it fails.
pub use chandler_bus::{BootstrapSettings, Bus, Copies, SureError};

/// Whether the section `chandler` describes a bus that can be tried at all.
///
/// # Errors
/// A text for the operator.
pub fn check(section: &ChandlerSection) -> Result<(), String> {
    let settings = Settings::of(section, "check").map_err(|why| why.to_string())?;
    settings.check().map_err(|why| why.to_string())
}

/// Connects as the section `chandler` says. An absent server is waited for, not an error.
///
/// # Errors
/// A text for the operator, only for settings that can't be used.
pub async fn connect(section: &ChandlerSection, name: &str) -> Result<Bus, String> {
    let settings = Settings::of(section, name).map_err(|why| why.to_string())?;
    Bus::connect(settings).await.map_err(|why| why.to_string())
}
