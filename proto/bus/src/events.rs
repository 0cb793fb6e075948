//! The history for people: events that nobody reads to decide anything.

use crate::connect::Bus;
use crate::errors::BusError;
use crate::wakes::publish_failed;
use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;

impl Bus {
    /// Stores an event (a CloudEvent as JSON) under `<prefix>.event.<subject_tail>`. One attempt.
    ///
    /// # Errors
    /// [`BusError`]. When it is transient the event may have been stored.
    pub async fn publish_event(&self, subject_tail: &str, json: Bytes) -> Result<(), BusError> {
        let subject = self.layout().event_subject(subject_tail)?;
        let stream = self.layout().events_stream();
        if !self.is_connected() {
            return Err(BusError::Away("no connection".to_owned()));
        }
        let message = PublishMessage::build().payload(json).expected_stream(&stream);
        let failed = |error| publish_failed(&stream, &error);
        let answer = self
            .shared
            .jetstream
            .send_publish(subject, message)
            .await
            .map_err(failed)?;
        answer.await.map(|_| ()).map_err(failed)
    }
}
