//! One way to ask JetStream something, so that every error is told apart in one place.

use crate::connect::Bus;
use crate::errors::BusError;
use async_nats::Request;
use async_nats::jetstream::Error as ServerError;
use async_nats::jetstream::response::Response;
use chandler_proto::layout;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// An answer of the JetStream API, or what the server said instead.
pub(crate) type Answer<T> = Result<T, ServerError>;

impl Bus {
    /// Asks the JetStream API; `what` names the thing in error texts.
    pub(crate) async fn api<T: DeserializeOwned>(
        &self,
        what: &str,
        subject: &str,
        body: &impl Serialize,
    ) -> Result<Answer<T>, BusError> {
        self.api_within(what, subject, body, layout::REQUEST_TIMEOUT).await
    }

    /// [`Bus::api`] with a time-out of its own.
    pub(crate) async fn api_within<T: DeserializeOwned>(
        &self,
        what: &str,
        subject: &str,
        body: &impl Serialize,
        limit: Duration,
    ) -> Result<Answer<T>, BusError> {
        let strange = |error| BusError::Malformed(format!("the bus about {what}: {error}"));
        let body = serde_json::to_vec(body).map_err(strange)?;
        let request = Request::new().payload(body.into()).timeout(Some(limit));
        let sent = self
            .shared
            .client
            .send_request(format!("$JS.API.{subject}"), request)
            .await;
        let message = sent.map_err(|error| BusError::from_request(what, &error))?;
        match serde_json::from_slice(&message.payload).map_err(strange)? {
            Response::Err { error } => Ok(Err(error)),
            Response::Ok(answer) => Ok(Ok(answer)),
        }
    }
}
