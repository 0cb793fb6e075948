//! A wake in the hands of a worker: keep it, give it back, or be done with it.

use crate::connect::Bus;
use crate::errors::BusError;
use crate::wakes::Wake;
use async_nats::jetstream::{self, AckKind};
use async_nats::{Message, Request, Subject};
use chandler_proto::layout;
use std::time::Duration;

/// A delivered wake. Dropping it says nothing: it comes again after the `ack_wait`.
#[derive(Debug)]
pub struct Delivery {
    /// The wake.
    pub wake: Wake,
    /// Which delivery of this message it is, from 1. Delays by NAK count too.
    pub attempt: u64,
    progress: Progress,
}

/// A message of the stream that is no wake.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct BadWake {
    /// What is wrong with it.
    pub error: BusError,
    /// Its subject.
    pub subject: String,
    progress: Progress,
}

/// Says that a turn goes on; to be used from a task beside it.
#[derive(Debug, Clone)]
pub struct Progress {
    bus: Bus,
    reply: Option<Subject>,
}

pub(crate) fn read(bus: &Bus, message: Message) -> Result<Delivery, BadWake> {
    let wake = Wake::read(bus.layout(), &message);
    let progress = Progress {
        bus: bus.clone(),
        reply: message.reply.clone(),
    };
    let subject = message.subject.to_string();
    let message = jetstream::Message {
        message,
        context: bus.shared.jetstream.clone(),
    };
    let attempt = message.info().ok().and_then(|info| u64::try_from(info.delivered).ok());
    match wake {
        Ok(wake) => Ok(Delivery {
            wake,
            attempt: attempt.unwrap_or(1),
            progress,
        }),
        Err(error) => Err(BadWake {
            error,
            subject,
            progress,
        }),
    }
}

impl Delivery {
    /// Takes the wake off the bus: its leg can be rung for again. Waits for the server's word; an
    /// error means that the wake may come again, which does no harm.
    ///
    /// # Errors
    /// Transient [`BusError`].
    pub async fn ack(self) -> Result<(), BusError> {
        self.progress.say(AckKind::Ack).await
    }

    /// Asks for the wake again after `delay`. Waits for the server's word; an error means that it
    /// may come after the `ack_wait` instead.
    ///
    /// # Errors
    /// Transient [`BusError`].
    pub async fn nak(self, delay: Duration) -> Result<(), BusError> {
        self.progress.say(AckKind::Nak(Some(delay))).await
    }

    /// A handle that says, from another task, that the turn goes on.
    pub fn progress_handle(&self) -> Progress {
        self.progress.clone()
    }
}

impl BadWake {
    pub(crate) async fn nak(self, delay: Duration) -> Result<(), BusError> {
        self.progress.say(AckKind::Nak(Some(delay))).await
    }

    /// Takes the message off the bus for good.
    ///
    /// # Errors
    /// Transient [`BusError`].
    pub async fn discard(self) -> Result<(), BusError> {
        self.progress.say(AckKind::Term).await
    }
}

impl Progress {
    /// Says that the turn goes on: the `ack_wait` begins anew.
    ///
    /// # Errors
    /// Transient [`BusError`].
    pub async fn tell(&self) -> Result<(), BusError> {
        self.say(AckKind::Progress).await
    }

    async fn say(&self, kind: AckKind) -> Result<(), BusError> {
        let Some(reply) = self.reply.clone() else {
            return Err(BusError::Malformed("a wake without a reply subject".to_owned()));
        };
        let request = Request::new()
            .payload(kind.into())
            .timeout(Some(layout::REQUEST_TIMEOUT));
        let said = self.bus.shared.client.send_request(reply, request).await;
        said.map(|_| ())
            .map_err(|error| BusError::from_request("a wake", &error))
    }
}
