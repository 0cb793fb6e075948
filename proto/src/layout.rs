//! Every NATS name and limit: what a stream, bucket, consumer, subject and key is called, and how
//! long things may take. Pure text; the crate `chandler-bus` is the only one that uses the names
//! on a connection.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

mod key;
pub use key::{Key, Named, binding_key, bindings_filter, complete_key, instance_key, schemas_key};

/// How long a delivered wake stays with a worker that says nothing before it is given to another.
pub const ACK_WAIT: Duration = Duration::from_secs(30);
/// How often a worker says, while a turn runs, that it still works on a wake.
pub const PROGRESS_INTERVAL: Duration = Duration::from_secs(8);
/// How long one request to the bus may take before it counts as unanswered.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest pause between two attempts to reach a server.
pub const RECONNECT_DELAY_CAP: Duration = Duration::from_millis(500);
/// How often a silent watch hears from the server.
pub const WATCH_HEARTBEAT: Duration = Duration::from_secs(1);
/// A watch that heard nothing for this long is rebuilt: two heartbeats and a half.
pub const WATCH_SILENCE: Duration = Duration::from_millis(2_500);
/// How far a process' clock may be from the bus' before it isn't ready.
pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(2);
/// Jobs in flight per worker in the lane of users, over all copies of the worker.
pub const USER_LANE_LIMIT: i64 = 200;
/// Jobs in flight per worker in the batch lane, over all copies of the worker.
pub const BATCH_LANE_LIMIT: i64 = 20;
/// How long events are kept.
pub const EVENTS_MAX_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How many bytes of events are kept (older ones go first).
pub const EVENTS_MAX_BYTES: i64 = 256 * 1024 * 1024;
/// The oldest nats-server whose settings mean what we need.
pub const MIN_SERVER_VERSION: (i64, i64, i64) = (2, 12, 0);

/// A name that can't be part of a subject, or a key that isn't one of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// A prefix, worker or job name outside `[A-Za-z0-9_-]{1,64}`.
    #[error("{what} {name:?} can't be used in NATS names: letters, digits, `_` and `-`, 1 to 64")]
    Name {
        /// What kind of name it should have been.
        what: &'static str,
        /// The name as given.
        name: String,
    },
    /// A key of the bucket that doesn't have the form of any of ours.
    #[error("{0:?} isn't the key of a record")]
    Key(String),
    /// A subject of the stream of wakes that doesn't have our form.
    #[error("{0:?} isn't the subject of a wake")]
    Subject(String),
}

/// Which queue a wake waits in. The lanes are separate consumers with limits of their own, so a
/// campaign never delays a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// What a person asked for.
    User,
    /// What a campaign does.
    Batch,
}

/// The parts of a wake's subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WakeName {
    /// The worker that it is for, e.g. `provisioning`.
    pub worker: String,
    /// The lane that it waits in.
    pub lane: Lane,
    /// The id of the job.
    pub job: String,
    /// The index of the leg in the job's itinerary.
    pub leg: usize,
}

/// The names of one broker on the bus. All begin with its prefix, so several brokers can share a
/// NATS account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    prefix: String,
}

impl Layout {
    /// The names under a prefix.
    ///
    /// # Errors
    /// [`LayoutError::Name`] if the prefix can't be part of a stream's name.
    pub fn new(prefix: &str) -> Result<Self, LayoutError> {
        let prefix = name("prefix", prefix)?.to_owned();
        Ok(Layout { prefix })
    }

    /// The prefix.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The KV bucket of the records.
    pub fn bucket(&self) -> String {
        format!("{}-records", self.prefix)
    }

    /// The stream under the bucket.
    pub fn records_stream(&self) -> String {
        format!("KV_{}", self.bucket())
    }

    /// The subject that all records lie under.
    pub fn records_filter(&self) -> String {
        format!("$KV.{}.>", self.bucket())
    }

    /// The subject of one record. The text of `key` must be that of a [`Key`].
    pub fn record_subject(&self, key: &str) -> String {
        format!("$KV.{}.{key}", self.bucket())
    }

    /// The key in a subject of the bucket, `None` for a subject of something else.
    pub fn key_of<'a>(&self, subject: &'a str) -> Option<&'a str> {
        subject
            .strip_prefix("$KV.")?
            .strip_prefix(self.bucket().as_str())?
            .strip_prefix('.')
    }

    /// The stream of wakes.
    pub fn wakes_stream(&self) -> String {
        format!("{}-wakes", self.prefix)
    }

    /// The subject that all wakes lie under.
    pub fn wakes_filter(&self) -> String {
        format!("{}.wake.>", self.prefix)
    }

    /// The subject of the wake of one leg: `<prefix>.wake.<worker>.<lane>.<job>.<leg>`.
    ///
    /// # Errors
    /// [`LayoutError::Name`] if the worker or the job can't be part of a subject.
    pub fn wake_subject(&self, wake: &WakeName) -> Result<String, LayoutError> {
        let (worker, job) = (name("worker", &wake.worker)?, name("job", &wake.job)?);
        Ok(format!(
            "{}.wake.{worker}.{}.{job}.{}",
            self.prefix, wake.lane, wake.leg
        ))
    }

    /// Reads a wake's subject back.
    ///
    /// # Errors
    /// [`LayoutError::Subject`] if it isn't one.
    pub fn parse_wake_subject(&self, subject: &str) -> Result<WakeName, LayoutError> {
        let parts: Vec<&str> = subject.split('.').collect();
        let [prefix, "wake", worker, lane, job, leg] = parts.as_slice() else {
            return Err(LayoutError::Subject(subject.to_owned()));
        };
        match (*prefix == self.prefix, Lane::parse(lane), leg.parse()) {
            (true, Some(lane), Ok(leg)) => Ok(WakeName {
                worker: (*worker).into(),
                lane,
                job: (*job).into(),
                leg,
            }),
            _ => Err(LayoutError::Subject(subject.to_owned())),
        }
    }

    /// The durable consumer of a worker's lane. The worker's name is checked when its first wake
    /// is rung and by the bootstrap.
    pub fn consumer(&self, worker: &str, lane: Lane) -> String {
        format!("{worker}-{lane}")
    }

    /// The subject that a worker's lane reads.
    ///
    /// # Errors
    /// [`LayoutError::Name`] if the worker can't be part of a subject.
    pub fn lane_filter(&self, worker: &str, lane: Lane) -> Result<String, LayoutError> {
        Ok(format!("{}.wake.{}.{lane}.>", self.prefix, name("worker", worker)?))
    }

    /// The stream of events.
    pub fn events_stream(&self) -> String {
        format!("{}-events", self.prefix)
    }

    /// The subject that all events lie under.
    pub fn events_filter(&self) -> String {
        format!("{}.event.>", self.prefix)
    }

    /// The subject of one kind of event.
    ///
    /// # Errors
    /// [`LayoutError::Name`] if a part of the tail (parted by `.`) can't be part of a subject.
    pub fn event_subject(&self, tail: &str) -> Result<String, LayoutError> {
        for part in tail.split('.') {
            name("event", part)?;
        }
        Ok(format!("{}.event.{tail}", self.prefix))
    }
}

impl Lane {
    /// Both lanes.
    pub const ALL: [Lane; 2] = [Lane::User, Lane::Batch];

    /// Its word in names: `user` or `batch`.
    pub fn as_str(self) -> &'static str {
        match self {
            Lane::User => "user",
            Lane::Batch => "batch",
        }
    }

    fn parse(word: &str) -> Option<Lane> {
        Lane::ALL.into_iter().find(|lane| lane.as_str() == word)
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn name<'a>(what: &'static str, text: &'a str) -> Result<&'a str, LayoutError> {
    let fits = (1..=64).contains(&text.len()) && text.bytes().all(plain);
    match fits {
        true => Ok(text),
        false => Err(LayoutError::Name {
            what,
            name: text.chars().take(80).collect(),
        }),
    }
}

fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        Layout::new("chandler").expect("a fine prefix")
    }

    #[test]
    fn names_are_those_of_the_design() {
        let it = layout();
        assert_eq!(it.bucket(), "chandler-records");
        assert_eq!(it.records_stream(), "KV_chandler-records");
        assert_eq!(it.record_subject("instance.a"), "$KV.chandler-records.instance.a");
        assert_eq!(it.wakes_stream(), "chandler-wakes");
        assert_eq!(it.events_stream(), "chandler-events");
        assert_eq!(it.consumer("uaa-clients", Lane::Batch), "uaa-clients-batch");
        assert_eq!(
            it.lane_filter("provisioning", Lane::User).expect("a name"),
            "chandler.wake.provisioning.user.>"
        );
        assert_eq!(
            it.event_subject("job.succeeded").expect("a tail"),
            "chandler.event.job.succeeded"
        );
    }

    #[test]
    fn a_wake_subject_reads_back() {
        let it = layout();
        let wake = WakeName {
            worker: "provisioning".into(),
            lane: Lane::Batch,
            job: "0190-aa".into(),
            leg: 12,
        };
        let subject = it.wake_subject(&wake).expect("names");
        assert_eq!(subject, "chandler.wake.provisioning.batch.0190-aa.12");
        assert_eq!(it.parse_wake_subject(&subject), Ok(wake));
        for wrong in [
            "other.wake.provisioning.batch.a.1",
            "chandler.wake.provisioning.slow.a.1",
            "chandler.wake.provisioning.user.a.x",
            "chandler.wake.provisioning.user.a",
            "chandler.wake.provisioning.user.a.1.2",
            "",
        ] {
            assert!(it.parse_wake_subject(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_would_break_a_subject_is_refused() {
        for wrong in ["", "a.b", "a b", "*", ">", "ä", &"x".repeat(65)] {
            assert!(Layout::new(wrong).is_err(), "{wrong}");
            assert!(layout().lane_filter(wrong, Lane::User).is_err(), "{wrong}");
        }
        assert!(layout().event_subject("a..b").is_err());
        assert!(layout().event_subject("a.>").is_err());
    }

    #[test]
    fn a_key_is_found_in_its_subject_only() {
        let it = layout();
        assert_eq!(it.key_of("$KV.chandler-records.instance.a"), Some("instance.a"));
        assert_eq!(it.key_of("$KV.chandler-records2.instance.a"), None);
        assert_eq!(it.key_of("chandler.wake.x"), None);
    }

    #[test]
    fn a_worker_says_that_it_works_long_before_it_is_given_up() {
        assert!(PROGRESS_INTERVAL * 3 < ACK_WAIT);
        assert!(WATCH_HEARTBEAT * 2 < WATCH_SILENCE);
    }
}
