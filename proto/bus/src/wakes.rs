//! Ringing: the message that says that a leg wants a turn.

use crate::connect::Bus;
use crate::errors::BusError;
use crate::records::server_error;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::{HeaderMap, HeaderValue};
use chandler_proto::layout::{Lane, Layout, WakeName};
use chandler_proto::records::Record;
use serde::{Deserialize, Serialize};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// A wake: names and a revision, no content. It may be lost, repeated or late without harm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wake {
    /// The worker that it is for, e.g. `provisioning`.
    pub worker: String,
    /// The lane that it waits in.
    pub lane: Lane,
    /// The id of the job.
    pub job: String,
    /// The index of the leg in the job's itinerary.
    pub leg: usize,
    /// The key of the record that holds the job.
    pub key: String,
    /// A revision of the record in which the leg wanted a turn. Whoever reads an older one has to
    /// read again.
    pub revision: u64,
    /// W3C `traceparent` of the operation.
    pub traceparent: Option<String>,
    /// W3C `tracestate` of the operation.
    pub tracestate: Option<String>,
}

/// How a ring ended; both are success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    /// The wake is stored.
    New,
    /// The leg has a wake already, waiting or in the hands of a worker.
    Already,
}

/// What the subject doesn't say.
#[derive(Serialize, Deserialize)]
struct Body {
    key: String,
    revision: u64,
}

impl Bus {
    /// Rings for a leg. The stream holds one wake per leg at most.
    ///
    /// # Errors
    /// [`BusError`]. When it is transient the wake may have been stored; ring again or leave it
    /// to the sweep.
    pub async fn wake(&self, wake: &Wake) -> Result<Rung, BusError> {
        let subject = self.layout().wake_subject(&wake.name())?;
        let stream = self.layout().wakes_stream();
        if !self.is_connected() {
            return Err(BusError::Away("no connection".to_owned()));
        }
        let message = wake.message()?.expected_stream(&stream);
        let sent = self.shared.jetstream.send_publish(subject, message).await;
        let answer = match sent {
            Ok(answer) => answer.await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(_) => Ok(Rung::New),
            Err(error) if is_already_there(&error) => Ok(Rung::Already),
            Err(error) => Err(publish_failed(&stream, &error)),
        }
    }
}

impl Wake {
    /// The wake for the present leg of a record's job, the record being that of `revision`; `None` when no leg is left.
    /// Whether the leg wants a turn (the job may have ended, the last look may not be due yet) is the caller's business.
    pub fn of(record: &Record, revision: u64) -> Option<Wake> {
        let job = &record.job;
        Some(Wake {
            worker: job.step()?.owner().name().to_owned(),
            lane: job.lane,
            job: job.id.to_string(),
            leg: job.leg,
            key: record.key(),
            revision,
            traceparent: job.traceparent.clone(),
            tracestate: job.tracestate.clone(),
        })
    }

    fn name(&self) -> WakeName {
        let (worker, job) = (self.worker.clone(), self.job.clone());
        WakeName {
            worker,
            lane: self.lane,
            job,
            leg: self.leg,
        }
    }

    fn message(&self) -> Result<PublishMessage, BusError> {
        let body = Body {
            key: self.key.clone(),
            revision: self.revision,
        };
        let body = serde_json::to_vec(&body).map_err(|error| BusError::Malformed(format!("a wake: {error}")))?;
        let mut headers = HeaderMap::new();
        let trace = [(TRACEPARENT, &self.traceparent), (TRACESTATE, &self.tracestate)];
        for (name, value) in trace {
            // A trace that can't be a header isn't worth a wake.
            let value = value.as_deref().and_then(|value| value.parse::<HeaderValue>().ok());
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
        Ok(PublishMessage::build().headers(headers).payload(body.into()))
    }

    /// Reads a wake from its message.
    pub(crate) fn read(layout: &Layout, message: &async_nats::Message) -> Result<Wake, BusError> {
        let name = layout.parse_wake_subject(&message.subject)?;
        let body: Body = serde_json::from_slice(&message.payload)
            .map_err(|error| BusError::Malformed(format!("the wake {}: {error}", message.subject)))?;
        let header = |name: &str| -> Option<String> { Some(message.headers.as_ref()?.get(name)?.as_str().to_owned()) };
        Ok(Wake {
            worker: name.worker,
            lane: name.lane,
            job: name.job,
            leg: name.leg,
            key: body.key,
            revision: body.revision,
            traceparent: header(TRACEPARENT),
            tracestate: header(TRACESTATE),
        })
    }
}

/// The code stands for every failure of the store; only the text tells which.
fn is_already_there(error: &PublishError) -> bool {
    server_error(error).is_some_and(|said| {
        said.error_code() == ErrorCode::STREAM_STORE_FAILED
            && said.to_string().contains("maximum messages per subject exceeded")
    })
}

/// Sorts a publish that failed for another reason.
pub(crate) fn publish_failed(stream: &str, error: &PublishError) -> BusError {
    match (server_error(error), error.kind()) {
        (Some(said), _) => BusError::from_server(stream, said),
        (None, PublishErrorKind::MaxPayloadExceeded) => BusError::Refused(error.to_string()),
        (None, _) => BusError::Away(format!("{stream}: {error}")),
    }
}
