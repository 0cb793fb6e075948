//! The watch over all records, which feeds a view.

mod feed;
mod freshness;
mod newest;

pub use freshness::{Freshness, State};
pub use newest::Newest;

use crate::connect::Bus;
use crate::errors::BusError;
use bytes::Bytes;
use chandler_proto::layout;
use feed::{Feed, Heard, Start};
use freshness::Teller;
use futures::future::BoxFuture;
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;

/// The pause before a rebuild doubles from here to [`LAST_PAUSE`], with jitter.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(5);
/// After so many failed builds a stream that is behind is believed to have been restored.
const BELIEVED: u32 = 6;

/// A watch over all records. It never ends: what breaks is rebuilt.
#[derive(Debug)]
pub struct Watch {
    bus: Bus,
    now: Now,
    failures: u32,
    generation: u64,
    /// Which stream the watch was built on last: when it was created, by its own word.
    stream: Option<String>,
    highest: u64,
    loaded: bool,
    teller: Teller,
}

/// What the caller sees, in the order of the stream.
#[derive(Clone, PartialEq, Eq)]
pub enum Seen {
    /// A record was written, or removed.
    Change(Change),
    /// Everything that was stored when this generation of the watch began has been given out.
    Loaded {
        /// Counts the builds of the watch, from 1.
        generation: u64,
    },
    /// The stream isn't the one that it was (made anew, or restored from an older state): forget
    /// everything; the changes that follow are all there is.
    Replaced,
    /// The feed broke (the text says why) and is being rebuilt; what was given out may be old.
    Lost(String),
    /// The bucket holds something that can't be understood. It is skipped.
    Malformed(BusError),
}

/// A change of one key.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// The key.
    pub key: String,
    /// Its revision now.
    pub revision: u64,
    /// Its value, `None` when it was removed.
    pub value: Option<Bytes>,
    /// Whether it is news; `false` while a generation of the watch is still loading.
    pub loaded: bool,
}

enum Now {
    /// Rebuild at this time.
    Pausing(Instant),
    Building(BoxFuture<'static, Result<Start, BusError>>),
    Feeding(Feed),
}

impl fmt::Debug for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Now::Pausing(_) => "Pausing",
            Now::Building(_) => "Building",
            Now::Feeding(_) => "Feeding",
        })
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("key", &self.key)
            .field("revision", &self.revision)
            .field("bytes", &self.value.as_ref().map(Bytes::len))
            .field("loaded", &self.loaded)
            .finish()
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Seen::Change(change) => change.fmt(f),
            Seen::Loaded { generation } => write!(f, "Loaded({generation})"),
            Seen::Replaced => f.write_str("Replaced"),
            Seen::Lost(reason) => write!(f, "Lost({reason})"),
            Seen::Malformed(error) => write!(f, "Malformed({error})"),
        }
    }
}

impl Bus {
    /// Begins a watch over all records. Poll it all the time; a process needs one.
    pub async fn watch(&self) -> Watch {
        Watch {
            bus: self.clone(),
            now: Now::Pausing(Instant::now()),
            failures: 0,
            generation: 0,
            stream: None,
            highest: 0,
            loaded: false,
            teller: Teller::new(),
        }
    }
}

impl Watch {
    /// A handle that says how fresh the watch is: what counts is what was taken by
    /// [`Watch::next`] *and* followed by another call, so applied.
    pub fn freshness(&self) -> Freshness {
        self.teller.freshness()
    }

    /// Waits for what comes next. May be dropped while it waits; nothing is lost.
    pub async fn next(&mut self) -> Seen {
        self.teller.applied();
        loop {
            match &mut self.now {
                Now::Pausing(until) => {
                    tokio::time::sleep_until(*until).await;
                    self.bus.connected().await;
                    self.now = Now::Building(Box::pin(feed::start(self.bus.clone())));
                }
                Now::Building(building) => match building.await {
                    Ok(start) => {
                        if let Some(seen) = self.started(start) {
                            return seen;
                        }
                    }
                    Err(error) => {
                        if let Some(seen) = self.broke(error.to_string()) {
                            return seen;
                        }
                    }
                },
                Now::Feeding(feed) => match feed.hear(&self.bus).await {
                    Heard::Beat => self.teller.heard(),
                    Heard::Loaded => {
                        self.failures = 0;
                        self.loaded = true;
                        self.teller.loaded();
                        return Seen::Loaded {
                            generation: self.generation,
                        };
                    }
                    Heard::Change(key, revision, value) => {
                        self.highest = self.highest.max(revision);
                        self.teller.took(revision);
                        let loaded = self.loaded;
                        return Seen::Change(Change {
                            key,
                            revision,
                            value,
                            loaded,
                        });
                    }
                    Heard::Malformed(error) => return Seen::Malformed(error),
                    Heard::Broke(reason) => {
                        if let Some(seen) = self.broke(reason) {
                            return seen;
                        }
                    }
                },
            }
        }
    }

    fn started(&mut self, start: Start) -> Option<Seen> {
        let another = self.stream.as_ref().is_some_and(|stream| *stream != start.created);
        let behind = start.last_revision < self.highest;
        // A new leader may have to catch up. Only when that doesn't end, the stream was restored.
        if behind && !another && self.failures < BELIEVED {
            return self.broke("the stream is behind what was seen".to_owned());
        }
        let replaced = another || behind;
        self.generation += 1;
        self.loaded = false;
        self.stream = Some(start.created);
        self.now = Now::Feeding(start.feed);
        self.teller.started(self.generation, replaced);
        replaced.then(|| {
            self.highest = 0;
            Seen::Replaced
        })
    }

    /// Plans a rebuild. Says so once, not at every attempt.
    fn broke(&mut self, reason: String) -> Option<Seen> {
        let was_feeding = matches!(self.now, Now::Feeding(_));
        let full = FIRST_PAUSE.saturating_mul(1 << self.failures.min(8)).min(LAST_PAUSE);
        let pause = full.mul_f64(rand::random_range(0.5..=1.0));
        self.failures = self.failures.saturating_add(1);
        self.now = Now::Pausing(Instant::now() + pause);
        self.loaded = false;
        self.teller.lost();
        tracing::warn!(reason, attempt = self.failures, "the watch over the records broke");
        (was_feeding || self.failures == 1).then_some(Seen::Lost(reason))
    }
}

/// How long the feed may be silent.
const SILENCE: Duration = layout::WATCH_SILENCE;
