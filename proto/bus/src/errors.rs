//! What can go wrong on the bus, named by what the caller can do about it.

use crate::records::Entry;
use async_nats::client::{RequestError, RequestErrorKind};
use async_nats::jetstream::Error as ServerError;
use async_nats::jetstream::ErrorCode;
use chandler_proto::layout::LayoutError;

/// Settings that can never connect. An absent server is none of these: it is waited for.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No server is named.
    #[error("no NATS server is configured")]
    NoServer,
    /// A server's address can't be read, or carries credentials. `index` counts from 1; the text
    /// isn't repeated, it may hold a password.
    #[error("NATS server {index}: {reason}")]
    Address {
        /// Which of the addresses.
        index: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A user without a password or the other way round.
    #[error("NATS user and password are given together or not at all")]
    Credentials,
    /// The certificate authorities can't be read.
    #[error("NATS CA certificate: {0}")]
    Ca(String),
    /// The client refused its settings.
    #[error("NATS client: {0}")]
    Client(String),
}

/// A call on the bus failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// No connection, no leader, or no answer in time: the same call may work in a moment.
    #[error("the bus doesn't answer: {0}")]
    Away(String),
    /// A stream, bucket or consumer isn't there. Nothing but the bootstrap makes one.
    #[error("{0} is missing on the bus; run `chandler bus bootstrap`")]
    Missing(String),
    /// The server understood and refused: a missing permission, a limit, a setting.
    #[error("the bus refused: {0}")]
    Refused(String),
    /// A name or key that can't be used.
    #[error(transparent)]
    Name(#[from] LayoutError),
    /// The bus holds or answered something that can't be understood.
    #[error("can't understand {0}")]
    Malformed(String),
}

/// One attempt of a compare-and-set failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteError {
    /// The named revision isn't the last one, or another write of the same key is being decided.
    /// Read through the leader. A read may still show the named revision when the other write
    /// (maybe an earlier attempt of one's own) isn't through yet.
    #[error("another revision is there")]
    Conflict,
    /// No answer: it may have been written, or be written in a moment.
    #[error("the bus didn't answer, the write may have happened: {0}")]
    Unknown(String),
    /// It was certainly not written; a repetition may work.
    #[error("the bus is away, nothing was written: {0}")]
    NotSent(String),
    /// It was certainly not written and won't be: too large, a missing permission, a full stream.
    #[error("the bus refused the write: {0}")]
    Refused(String),
}

/// A repeated compare-and-set failed.
#[derive(Debug, thiserror::Error)]
pub enum SureError {
    /// Somebody else's write is there. Ours can't come any more; but if an attempt was not answered
    /// it may have been stored and then written over, which only the value's content can tell.
    #[error("another revision is there")]
    Conflict {
        /// What is stored now; `None` if nothing or a delete marker.
        found: Option<Entry>,
        /// The revision of what is stored, a delete marker included; 0 for nothing.
        revision: u64,
    },
    /// The time is over without an answer: it may have been written, or be written in a moment.
    #[error("the bus didn't answer in time, the write may have happened: {0}")]
    Unknown(String),
    /// The time is over and nothing ever left: it was certainly not written.
    #[error("the bus is away, nothing was written: {0}")]
    NotSent(String),
    /// It was certainly not written and won't be.
    #[error("the bus refused the write: {0}")]
    Refused(String),
}

impl BusError {
    /// Whether the same call may work in a moment.
    pub fn is_transient(&self) -> bool {
        match self {
            BusError::Away(_) => true,
            BusError::Missing(_) | BusError::Refused(_) | BusError::Name(_) | BusError::Malformed(_) => false,
        }
    }

    /// An error that a server answered with, about `what`.
    pub(crate) fn from_server(what: &str, error: &ServerError) -> BusError {
        match error.error_code() {
            ErrorCode::STREAM_NOT_FOUND | ErrorCode::CONSUMER_NOT_FOUND => BusError::Missing(what.to_owned()),
            _ if is_passing(error) => BusError::Away(format!("{what}: {error}")),
            _ => BusError::Refused(format!("{what}: {error}")),
        }
    }

    /// An error of a plain request, about `what`.
    pub(crate) fn from_request(what: &str, error: &RequestError) -> BusError {
        match error.kind() {
            RequestErrorKind::NoResponders => {
                BusError::Away(format!("{what}: no leader, or JetStream is switched off"))
            }
            RequestErrorKind::TimedOut | RequestErrorKind::Other => BusError::Away(format!("{what}: {error}")),
            _ => BusError::Refused(format!("{what}: {error}")),
        }
    }
}

/// Whether what the server said passes by itself: an election, a starting server.
pub(crate) fn is_passing(error: &ServerError) -> bool {
    let code = error.error_code();
    if matches!(
        code,
        ErrorCode::JETSTREAM_NOT_ENABLED | ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT
    ) {
        return false;
    }
    matches!(
        code,
        ErrorCode::CLUSTER_NOT_AVAILABLE
            | ErrorCode::CLUSTER_NOT_LEADER
            | ErrorCode::CLUSTER_INCOMPLETE
            | ErrorCode::INSUFFICIENT_RESOURCES
            | ErrorCode::STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_NOT_READY
    ) || error.code() == 503
        || error.code() == 408
}
