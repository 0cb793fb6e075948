//! Reading and writing records: leader reads and compare-and-set, nothing else.

use crate::connect::Bus;
use crate::errors::{BusError, SureError, WriteError, is_passing};
use async_nats::jetstream::Error as ServerError;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::{PublishMessage, StreamMessage};
use async_nats::jetstream::stream::RawMessage;
use bytes::Bytes;
use serde::Deserialize;
use std::error::Error as _;
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// Which call of [`Bus::write_sure`] a stored value comes from. Equal bytes wouldn't do: two
/// workers may want to write the same, and only one of them may think that it did.
const WRITE_ID: &str = "Chandler-Write";
/// The pause between two attempts of the same write, with jitter on top.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a delete marker stays: far longer than any write may be on its way.
const MARKER_TTL: Duration = Duration::from_secs(24 * 60 * 60);
pub(crate) const OPERATION: &str = "KV-Operation";
pub(crate) const MARKER_REASON: &str = "Nats-Marker-Reason";

/// A stored value.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// The revision of its key: the sequence of the bucket's stream.
    pub revision: u64,
    /// The bytes.
    pub value: Bytes,
}

/// What a leader read found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Read {
    /// The value, `None` for nothing or a delete marker.
    pub entry: Option<Entry>,
    /// What the next write has to name: the revision of the value or of the delete marker, 0 for
    /// nothing.
    pub revision: u64,
}

/// Values may hold what is nobody's business; the log gets their length.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("revision", &self.revision)
            .field("bytes", &self.value.len())
            .finish()
    }
}

#[derive(Deserialize)]
struct Got {
    message: RawMessage,
}

struct Stored {
    read: Read,
    write_id: Option<String>,
}

impl Bus {
    /// Reads a key through the stream's leader: what was acknowledged before is seen.
    ///
    /// # Errors
    /// [`BusError`]; transient while there is no leader.
    pub async fn read(&self, key: &str) -> Result<Read, BusError> {
        Ok(self.stored(key).await?.read)
    }

    /// Writes a key if its last revision is `expected` (0 for nothing), and returns the new
    /// revision. One attempt.
    ///
    /// # Errors
    /// [`WriteError`].
    pub async fn write(&self, key: &str, value: Bytes, expected: u64) -> Result<u64, WriteError> {
        self.put(key, value, expected, Uuid::new_v4()).await
    }

    /// Writes a key if its last revision is `expected`, and repeats the same write while nobody
    /// answers, for about `limit` (an attempt that is on its way isn't cut off: up to 4 s more). A
    /// conflict with an earlier attempt of this very call is
    /// success.
    ///
    /// # Errors
    /// [`SureError`].
    pub async fn write_sure(&self, key: &str, value: Bytes, expected: u64, limit: Duration) -> Result<u64, SureError> {
        let end = Instant::now() + limit;
        let id = Uuid::new_v4();
        // Whether an attempt may have arrived; from then on nothing is certain without a look.
        let mut doubt = None;
        loop {
            let failed = match self.put(key, value.clone(), expected, id).await {
                Ok(revision) => return Ok(revision),
                Err(WriteError::Conflict) => match self.stored(key).await {
                    Ok(stored) if stored.write_id.as_deref() == Some(id.to_string().as_str()) => {
                        return Ok(stored.read.revision);
                    }
                    // A write that isn't through yet, maybe our own: there is no winner to see.
                    Ok(stored) if stored.read.revision == expected => {
                        let text = "another write of the key is being decided".to_owned();
                        WriteError::NotSent(text)
                    }
                    Ok(Stored {
                        read: Read { entry, revision },
                        ..
                    }) => {
                        return Err(SureError::Conflict { found: entry, revision });
                    }
                    Err(error) => WriteError::Unknown(error.to_string()),
                },
                Err(WriteError::Refused(text)) if doubt.is_none() => {
                    return Err(SureError::Refused(text));
                }
                Err(failed) => failed,
            };
            let text = failed.to_string();
            if matches!(failed, WriteError::Unknown(_)) {
                doubt = Some(text.clone());
            }
            let pause = PAUSE + PAUSE.mul_f64(rand::random::<f64>());
            if Instant::now() + pause >= end {
                return Err(match doubt {
                    Some(text) => SureError::Unknown(text),
                    None => SureError::NotSent(text),
                });
            }
            tokio::time::sleep(pause).await;
            // Without a connection a write would only lie in a buffer; wait for one instead.
            let _ = tokio::time::timeout_at(end, self.connected()).await;
        }
    }

    /// Removes a key if its last revision is `expected`; a delete marker stays for a day, so that a
    /// late write that expects nothing fails. Then the key is as if it had never been.
    ///
    /// # Errors
    /// [`WriteError`].
    pub async fn purge(&self, key: &str, expected: u64) -> Result<(), WriteError> {
        let message = PublishMessage::build()
            .header(OPERATION, "PURGE")
            .header("Nats-Rollup", "sub")
            .ttl(MARKER_TTL)
            .expected_last_subject_sequence(expected);
        self.publish_record(key, message).await.map(|_| ())
    }

    async fn put(&self, key: &str, value: Bytes, expected: u64, id: Uuid) -> Result<u64, WriteError> {
        let message = PublishMessage::build()
            .payload(value)
            .header(WRITE_ID, id.to_string())
            .expected_last_subject_sequence(expected);
        self.publish_record(key, message).await
    }

    async fn publish_record(&self, key: &str, message: PublishMessage) -> Result<u64, WriteError> {
        if !usable(key) {
            return Err(WriteError::Refused(format!("{key:?} can't be a key")));
        }
        // A publish without a connection waits in a buffer and is sent much later.
        if !self.is_connected() {
            return Err(WriteError::NotSent("no connection".to_owned()));
        }
        let subject = self.layout().record_subject(key);
        let message = message.expected_stream(self.layout().records_stream());
        let sent = self.shared.jetstream.send_publish(subject, message).await;
        let answer = sent.map_err(|error| match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => WriteError::Refused(error.to_string()),
            _ => WriteError::NotSent(error.to_string()),
        })?;
        answer
            .await
            .map(|ack| ack.sequence)
            .map_err(|error| refused_write(&error))
    }

    async fn stored(&self, key: &str) -> Result<Stored, BusError> {
        if !usable(key) {
            return Err(BusError::Refused(format!("{key:?} can't be a key")));
        }
        let stream = self.layout().records_stream();
        let wanted = serde_json::json!({ "last_by_subj": self.layout().record_subject(key) });
        let got = self
            .api::<Got>(&stream, &format!("STREAM.MSG.GET.{stream}"), &wanted)
            .await?;
        match got {
            Ok(got) => stored(got.message, key),
            Err(error) if error.error_code() == ErrorCode::NO_MESSAGE_FOUND => Ok(Stored {
                read: Read::default(),
                write_id: None,
            }),
            Err(error) => Err(BusError::from_server(&stream, &error)),
        }
    }
}

fn stored(raw: RawMessage, key: &str) -> Result<Stored, BusError> {
    let message =
        StreamMessage::try_from(raw).map_err(|error| BusError::Malformed(format!("the value of {key}: {error}")))?;
    let revision = message.sequence;
    let is_marker = message.headers.get(MARKER_REASON).is_some()
        || message
            .headers
            .get(OPERATION)
            .is_some_and(|operation| operation.as_str() != "PUT");
    let write_id = message.headers.get(WRITE_ID).map(|id| id.as_str().to_owned());
    let entry = (!is_marker).then_some(Entry {
        revision,
        value: message.payload,
    });
    Ok(Stored {
        read: Read { entry, revision },
        write_id,
    })
}

/// Sorts the failed acknowledgement of a publish that was sent.
fn refused_write(error: &PublishError) -> WriteError {
    match error.kind() {
        PublishErrorKind::WrongLastSequence => WriteError::Conflict,
        // Nobody heard it: the stream has no leader, or isn't there.
        PublishErrorKind::StreamNotFound => WriteError::NotSent("no stream answers".to_owned()),
        PublishErrorKind::Other => match server_error(error) {
            Some(said) => match said.error_code() {
                ErrorCode::STREAM_WRONG_LAST_SEQUENCE_CONSTANT => WriteError::Conflict,
                _ if is_passing(said) => WriteError::NotSent(said.to_string()),
                _ => WriteError::Refused(said.to_string()),
            },
            None => WriteError::Unknown(error.to_string()),
        },
        PublishErrorKind::TimedOut
        | PublishErrorKind::BrokenPipe
        | PublishErrorKind::MaxAckPending
        | PublishErrorKind::MaxPayloadExceeded
        | PublishErrorKind::WrongLastMessageId => WriteError::Unknown(error.to_string()),
    }
}

/// What the server answered a publish with, if it answered.
pub(crate) fn server_error(error: &PublishError) -> Option<&ServerError> {
    error.source()?.downcast_ref()
}

/// Whether a text is a key and nothing more: no wildcard, no empty token.
fn usable(key: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=/".contains(&byte);
    key.len() <= 1_024 && key.split('.').all(|part| !part.is_empty() && part.bytes().all(fits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_keys_are_usable() {
        for fine in ["instance.a", "binding.a=2Eb.c", "meta.complete"] {
            assert!(usable(fine), "{fine}");
        }
        for wrong in ["", ".", "a.", ".a", "a..b", "a.*", "a.>", "a b", "a\r\nPUB", "ä"] {
            assert!(!usable(wrong), "{wrong}");
        }
    }

    #[test]
    fn values_are_not_shown() {
        let entry = Entry {
            revision: 3,
            value: Bytes::from_static(b"swordfish"),
        };
        assert!(
            !format!(
                "{:?}",
                Read {
                    entry: Some(entry),
                    revision: 3
                }
            )
            .contains("sword")
        );
    }

    #[test]
    fn both_forms_of_a_conflict_are_one() {
        let said = |code: u64, text: &str| -> PublishError {
            let error = serde_json::json!({ "code": 400, "err_code": code, "description": text });
            let error: ServerError = serde_json::from_value(error).expect("an error");
            PublishError::with_source(PublishErrorKind::Other, error)
        };
        let conflict = refused_write(&said(10164, "wrong last sequence"));
        assert!(matches!(conflict, WriteError::Conflict), "{conflict}");
        let conflict = refused_write(&PublishError::new(PublishErrorKind::WrongLastSequence));
        assert!(matches!(conflict, WriteError::Conflict), "{conflict}");
        assert!(matches!(
            refused_write(&said(10077, "maximum bytes")),
            WriteError::Refused(_)
        ));
        assert!(matches!(
            refused_write(&said(10163, "not ready")),
            WriteError::NotSent(_)
        ));
        for lost in [PublishErrorKind::TimedOut, PublishErrorKind::BrokenPipe] {
            assert!(matches!(
                refused_write(&PublishError::new(lost)),
                WriteError::Unknown(_)
            ));
        }
        let away = refused_write(&PublishError::new(PublishErrorKind::StreamNotFound));
        assert!(matches!(away, WriteError::NotSent(_)), "{away}");
    }
}
