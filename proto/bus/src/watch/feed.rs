//! One build of the watch: an ephemeral push consumer of our own, read with a plain subscription,
//! so that heartbeats, gaps and flow control are seen.

use super::SILENCE;
use crate::connect::Bus;
use crate::errors::BusError;
use crate::records::{MARKER_REASON, OPERATION};
use async_nats::jetstream::consumer::{self, AckPolicy, DeliverPolicy, ReplayPolicy};
use async_nats::jetstream::{self, stream};
use async_nats::{HeaderMap, Message, StatusCode, Subject, Subscriber};
use bytes::Bytes;
use chandler_proto::layout;
use futures::StreamExt;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// How long the server keeps the consumer of a watch that went away.
const INACTIVE: Duration = Duration::from_secs(10);

/// A feed at its beginning.
pub(super) struct Start {
    pub(super) feed: Feed,
    /// When the stream was created, as text.
    pub(super) created: String,
    /// The last revision of the stream before the feed began.
    pub(super) last_revision: u64,
}

/// A live feed.
pub(super) struct Feed {
    messages: Subscriber,
    generation: u64,
    /// The consumer's sequence of the last message that arrived.
    sequence: u64,
    heard: Instant,
    load: Load,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Load {
    Running,
    /// Everything came; the caller doesn't know yet.
    Over,
    Told,
}

pub(super) enum Heard {
    Change(String, u64, Option<Bytes>),
    Loaded,
    Beat,
    Malformed(BusError),
    Broke(String),
}

/// Builds a feed: subscribe, look at the stream, create the consumer.
pub(super) async fn start(bus: Bus) -> Result<Start, BusError> {
    let generation = bus.link().generation;
    let stream = bus.layout().records_stream();
    let inbox = bus.shared.client.new_inbox();
    let messages = bus.shared.client.subscribe(inbox.clone()).await;
    let messages = messages.map_err(|error| BusError::Away(error.to_string()))?;
    let info: stream::Info = bus.stream_info(&stream).await?;
    let name = format!("watch-{}", Uuid::new_v4().simple());
    let config = consumer::Config {
        name: Some(name.clone()),
        deliver_subject: Some(inbox),
        deliver_policy: DeliverPolicy::LastPerSubject,
        ack_policy: AckPolicy::None,
        replay_policy: ReplayPolicy::Instant,
        filter_subject: bus.layout().records_filter(),
        flow_control: true,
        idle_heartbeat: layout::WATCH_HEARTBEAT,
        inactive_threshold: INACTIVE,
        memory_storage: true,
        num_replicas: 1,
        max_deliver: 1,
        ..consumer::Config::default()
    };
    let filter = &config.filter_subject;
    let subject = format!("CONSUMER.CREATE.{stream}.{name}.{filter}");
    let body = json!({ "stream_name": stream, "config": config, "action": "create" });
    let made = bus.api::<consumer::Info>(&name, &subject, &body).await?;
    let made = made.map_err(|error| BusError::from_server(&stream, &error))?;
    // Deliveries may begin before this answer; then the last of them says that nothing is left.
    let waits = made.num_pending > 0 || made.delivered.consumer_sequence > 0;
    let load = if waits { Load::Running } else { Load::Over };
    let feed = Feed {
        messages,
        generation,
        sequence: 0,
        heard: Instant::now(),
        load,
    };
    Ok(Start {
        feed,
        created: info.created.to_string(),
        last_revision: info.state.last_sequence,
    })
}

impl Feed {
    /// Waits for the next thing. May be dropped while it waits.
    pub(super) async fn hear(&mut self, bus: &Bus) -> Heard {
        if self.load == Load::Over {
            self.load = Load::Told;
            return Heard::Loaded;
        }
        let mut link = bus.shared.link.clone();
        let generation = self.generation;
        let message = tokio::select! {
            biased;
            message = self.messages.next() => message,
            // The server that kept our consumer may have forgotten it.
            _ = link.wait_for(|link| link.generation != generation) => {
                return Heard::Broke("the connection was made anew".to_owned());
            }
            () = tokio::time::sleep_until(self.heard + SILENCE) => {
                return Heard::Broke("the server fell silent".to_owned());
            }
        };
        let Some(message) = message else {
            return Heard::Broke("the subscription ended".to_owned());
        };
        self.heard = Instant::now();
        match message.status {
            None | Some(StatusCode::OK) => self.delivered(bus, message),
            Some(StatusCode::IDLE_HEARTBEAT) => self.control(bus, message).await,
            Some(status) => {
                let text = message.description.as_deref().unwrap_or_default();
                Heard::Broke(format!("the consumer ended: {status} {text}"))
            }
        }
    }

    /// A heartbeat, or a question whether we keep up.
    async fn control(&mut self, bus: &Bus, message: Message) -> Heard {
        let stalled = header(message.headers.as_ref(), "Nats-Consumer-Stalled").map(Subject::from);
        let question = message.reply.clone().or(stalled);
        if let Some(reply) = question {
            return match bus.shared.client.publish(reply, Bytes::new()).await {
                Ok(()) => Heard::Beat,
                Err(error) => Heard::Broke(error.to_string()),
            };
        }
        let last = header(message.headers.as_ref(), "Nats-Last-Consumer");
        match last.and_then(|last| last.parse::<u64>().ok()) {
            Some(last) if last != self.sequence => {
                Heard::Broke(format!("messages were lost: {} of {last} arrived", self.sequence))
            }
            Some(_) | None => {
                // The consumer has nothing to give, so there is nothing left to load.
                if self.load == Load::Running {
                    self.load = Load::Over;
                }
                Heard::Beat
            }
        }
    }

    fn delivered(&mut self, bus: &Bus, message: Message) -> Heard {
        let message = jetstream::Message {
            message,
            context: bus.shared.jetstream.clone(),
        };
        let (revision, sequence, pending) = match message.info() {
            Ok(info) => (info.stream_sequence, info.consumer_sequence, info.pending),
            Err(error) => return Heard::Broke(format!("a message without a sequence: {error}")),
        };
        if sequence != self.sequence + 1 {
            let text = format!("messages were lost: {sequence} came after {}", self.sequence);
            return Heard::Broke(text);
        }
        self.sequence = sequence;
        if pending == 0 && self.load == Load::Running {
            self.load = Load::Over;
        }
        let headers = message.headers.as_ref();
        let removed = header(headers, MARKER_REASON).is_some()
            || header(headers, OPERATION).is_some_and(|operation| operation != "PUT");
        let value = (!removed).then(|| message.payload.clone());
        match bus.layout().key_of(&message.subject) {
            Some(key) => Heard::Change(key.to_owned(), revision, value),
            None => Heard::Malformed(BusError::Malformed(format!("the subject {}", message.subject))),
        }
    }
}

fn header<'a>(headers: Option<&'a HeaderMap>, name: &str) -> Option<&'a str> {
    Some(headers?.get(name)?.as_str())
}
