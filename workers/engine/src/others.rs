//! What a step may do with records other than its own: read them through the leader, and accept an unbind over one.
use crate::store::{Found, LoadError, Store};
use chandler_bus::WriteError;
use chandler_clients::fault::{Fault, FaultKind};
use chandler_proto::{
    events,
    ids::{InstanceId, Millis},
    layout::{Key, instance_key},
    records::Record,
};

/// Whom a fault of these calls is about, in a note: "waiting for the message bus".
pub const THE_BUS: &str = "the message bus";

/// So many records are read at once.
const READS: usize = 32;

/// The other records, as a step sees them.
#[derive(Clone)]
pub struct Others {
    store: Store,
}

/// A record and the revision at which it was read.
pub type At = (Box<Record>, u64);

impl Others {
    /// Over the same bus.
    pub fn new(store: Store) -> Self {
        Others { store }
    }

    /// The record of an instance, by a leader read; `None` for nothing.
    ///
    /// # Errors
    /// A transient [`Fault`] when the bus doesn't answer, or when a newer release wrote the record.
    pub async fn instance(&self, id: &InstanceId) -> Result<Option<At>, Fault> {
        self.read(&instance_key(id.as_str())).await
    }

    /// All records of an instance's bindings, gone ones included, in a state not older than `not_before`: a revision of
    /// the bucket.
    ///
    /// # Errors
    /// As [`Others::instance`]; also when the bus answers with an older state.
    pub async fn bindings(&self, instance: &InstanceId, not_before: u64) -> Result<Vec<At>, Fault> {
        let listed = self.store.bus().bindings(instance.as_str()).await;
        let listed = listed.map_err(|why| fault("a list of bindings", &why.to_string()))?;
        if listed.as_of < not_before {
            let text = format!("the bus showed its state at {}, before {not_before}", listed.as_of);
            return Err(fault("a list of bindings", &text));
        }
        let mut found = Vec::with_capacity(listed.keys.len());
        for some in listed.keys.chunks(READS) {
            let reads = some.iter().map(|key| self.read(key));
            for read in futures::future::try_join_all(reads).await? {
                found.extend(read);
            }
        }
        Ok(found)
    }

    /// Writes `record`, which holds a new job, over the revision that was read, and rings. `false`: somebody else wrote
    /// first, look again. Whoever asked for the job is in it; it's told in the history.
    ///
    /// # Errors
    /// A transient [`Fault`] when the outcome isn't known: look again.
    pub async fn accept(&self, record: &Record, over: u64, now: Millis) -> Result<bool, Fault> {
        match self.store.bus().write(&record.key(), record.bytes().into(), over).await {
            Ok(revision) => {
                self.store.tell(Some(events::ACCEPTED), record, now);
                // An accepted job that isn't rung is found by the sweep.
                let _ = self.store.ring(record, revision).await;
                Ok(true)
            }
            Err(WriteError::Conflict) => Ok(false),
            Err(why @ (WriteError::NotSent(_) | WriteError::Unknown(_) | WriteError::Refused(_))) => {
                Err(fault("the accept of a job", &why.to_string()))
            }
        }
    }

    async fn read(&self, key: &Key) -> Result<Option<At>, Fault> {
        match self.store.load(key).await {
            Ok(Found::Record(record, revision)) => Ok(Some((record, revision))),
            Ok(Found::Nothing(_)) => Ok(None),
            Err(LoadError::Bus(why) | LoadError::Unreadable(why)) => Err(fault("a read of a record", &why)),
        }
    }
}

fn fault(what: &str, why: &str) -> Fault {
    Fault::new(FaultKind::NotSent, format!("{what} by {THE_BUS}"), why)
}
