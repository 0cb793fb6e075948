//! Taking wakes: pulls that hold no more than the worker has hands for.

use crate::connect::Bus;
use crate::deliveries::{BadWake, Delivery, read};
use crate::errors::BusError;
use async_nats::{Message, StatusCode, Subscriber};
use chandler_proto::layout::Lane;
use futures::StreamExt;
use serde::Serialize;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// How long after its end the answer to a pull may come.
const GRACE: Duration = Duration::from_secs(5);
/// How long a fetch stays after its time for answers that are on their way.
const LINGER: Duration = Duration::from_millis(200);
/// How long a source that closes waits for the next answer that is on its way.
const LEAVE: Duration = Duration::from_millis(500);
/// A pull that waits hears from the server this often; two missed ones end it.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// The delay of a wake that is given back unread.
const GIVEN_BACK: Duration = Duration::from_millis(100);

/// The wakes of one worker and lane.
#[derive(Debug)]
pub struct WakeSource {
    bus: Bus,
    stream: String,
    consumer: String,
    /// What arrived and wasn't handed out yet: a fetch may be dropped at any time.
    arrived: VecDeque<Message>,
    pull: Option<Pull>,
}

/// A pull whose answers may still come.
#[derive(Debug)]
struct Pull {
    answers: Subscriber,
    left: usize,
    generation: u64,
    end: Instant,
    heard: Instant,
    waits: bool,
}

impl Pull {
    /// Another connection. The server need not know the pull any more; but one that was sent just then went out by the new
    /// connection, and what it is answered would be lost until the `ack_wait` is over if nobody listened. So it has the time
    /// of two heartbeats to be heard of.
    fn reconnected(&mut self, generation: u64) {
        self.generation = generation;
        self.heard = Instant::now();
        self.waits = true;
    }
}

#[derive(Serialize)]
struct Ask {
    batch: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<u128>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_heartbeat: Option<u128>,
    no_wait: bool,
}

impl Bus {
    /// The wakes of a worker's lane.
    ///
    /// # Errors
    /// [`BusError::Missing`] when the consumer isn't there.
    pub async fn wakes(&self, worker: &str, lane: Lane) -> Result<WakeSource, BusError> {
        self.layout().lane_filter(worker, lane)?;
        let (stream, consumer) = (self.layout().wakes_stream(), self.layout().consumer(worker, lane));
        self.consumer_info(&stream, &consumer).await?;
        let (arrived, pull) = (VecDeque::new(), None);
        Ok(WakeSource {
            bus: self.clone(),
            stream,
            consumer,
            arrived,
            pull,
        })
    }
}

impl WakeSource {
    /// Takes up to `max` wakes: at once what is there, or else waits up to `expires` for the first
    /// one. Nothing more is asked for than can be handed out. May be dropped while it waits; what
    /// arrives then is in the next call's answer.
    ///
    /// # Errors
    /// [`BusError`]; transient without a connection (after `expires` at the latest) or a leader
    /// (at once). Pause before the next try.
    pub async fn fetch(&mut self, max: usize, expires: Duration) -> Result<Vec<Result<Delivery, BadWake>>, BusError> {
        let end = Instant::now() + expires;
        if max == 0 {
            return Ok(Vec::new());
        }
        if tokio::time::timeout_at(end, self.bus.connected()).await.is_err() {
            return Err(BusError::Away("no connection".to_owned()));
        }
        // What an earlier, dropped fetch asked for comes first.
        if self.arrived.is_empty() && self.pull.is_none() {
            self.ask(max, None).await?;
            self.collect(max, end + LINGER).await?;
        }
        while self.arrived.is_empty() {
            if self.pull.is_none() {
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() || !self.bus.is_connected() {
                    break;
                }
                self.ask(1, Some(left)).await?;
            }
            if !self.collect(1, end + LINGER).await? {
                break;
            }
        }
        let count = self.arrived.len().min(max);
        Ok(self
            .arrived
            .drain(..count)
            .map(|message| read(&self.bus, message))
            .collect())
    }

    /// Gives back what arrived and wasn't handed out, so that another copy takes it at once: for a
    /// worker that stops.
    pub async fn close(mut self) {
        // An error means that nothing more comes.
        let _ = self.collect(usize::MAX, Instant::now() + LEAVE).await;
        self.pull = None;
        for message in self.arrived.drain(..) {
            let given_back = match read(&self.bus, message) {
                Ok(delivery) => delivery.nak(GIVEN_BACK).await,
                Err(bad) => bad.nak(GIVEN_BACK).await,
            };
            if let Err(error) = given_back {
                tracing::debug!(%error, "a wake wasn't given back; it comes after the ack_wait");
            }
        }
    }

    /// Sends a pull: for what is there, or one that waits.
    async fn ask(&mut self, batch: usize, wait: Option<Duration>) -> Result<(), BusError> {
        let away = |error: &dyn std::fmt::Display| BusError::Away(error.to_string());
        let client = &self.bus.shared.client;
        let generation = self.bus.link().generation;
        let inbox = client.new_inbox();
        let answers = client.subscribe(inbox.clone()).await.map_err(|error| away(&error))?;
        let idle_heartbeat = wait.filter(|wait| *wait > HEARTBEAT * 3).map(|_| HEARTBEAT.as_nanos());
        let ask = Ask {
            batch,
            expires: wait.map(|wait| wait.as_nanos()),
            idle_heartbeat,
            no_wait: wait.is_none(),
        };
        let body = serde_json::to_vec(&ask).map_err(|error| BusError::Malformed(format!("a pull: {error}")))?;
        let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{}.{}", self.stream, self.consumer);
        let sent = client.publish_with_reply(subject, inbox, body.into()).await;
        sent.map_err(|error| away(&error))?;
        let heard = Instant::now();
        let end = heard + wait.unwrap_or_default() + GRACE;
        let waits = idle_heartbeat.is_some();
        self.pull = Some(Pull {
            answers,
            left: batch,
            generation,
            end,
            heard,
            waits,
        });
        Ok(())
    }

    /// Reads answers to the pull until `enough` arrived or it is over. Says `false` when the time
    /// is up before that: the pull stays, and so does what will come.
    async fn collect(&mut self, enough: usize, time: Instant) -> Result<bool, BusError> {
        let mut link = self.bus.shared.link.clone();
        while self.arrived.len() < enough {
            let Some(pull) = &mut self.pull else { break };
            let until = match pull.waits {
                true => pull.end.min(pull.heard + HEARTBEAT * 2 + HEARTBEAT / 2),
                false => pull.end,
            };
            let generation = pull.generation;
            let answer = tokio::select! {
                biased;
                answer = pull.answers.next() => answer,
                () = tokio::time::sleep_until(time), if time < until => return Ok(false),
                Ok(link) = link.wait_for(|link| link.generation != generation) => {
                    pull.reconnected(link.generation);
                    continue;
                }
                () = tokio::time::sleep_until(until) => None,
            };
            let Some(message) = answer else {
                self.pull = None;
                break;
            };
            pull.heard = Instant::now();
            match message.status {
                None | Some(StatusCode::OK) => {
                    self.arrived.push_back(message);
                    pull.left -= 1;
                    if pull.left == 0 {
                        self.pull = None;
                    }
                }
                Some(StatusCode::IDLE_HEARTBEAT) => {}
                Some(status) => {
                    self.pull = None;
                    let text = message.description.as_deref().unwrap_or_default();
                    self.over(status, text)?;
                }
            }
        }
        Ok(true)
    }

    /// What the end of a pull means.
    fn over(&self, status: StatusCode, text: &str) -> Result<(), BusError> {
        match status {
            StatusCode::NOT_FOUND | StatusCode::TIMEOUT => Ok(()),
            StatusCode::NO_RESPONDERS => Err(BusError::Away(format!("{}: no leader", self.consumer))),
            _ if text.contains("Consumer Deleted") => Err(BusError::Missing(self.consumer.clone())),
            // The lane is at its limit: a pull that waits is answered when that is over.
            _ if text.contains("MaxAckPending") => Ok(()),
            // The leader changed, the server shuts down: ask again in a moment.
            _ => Err(BusError::Away(format!("{}: {status} {text}", self.consumer))),
        }
    }
}
