//! Making the streams and consumers: by the operator's command and the local stack, never by a
//! process that serves.

use crate::connect::Bus;
use crate::deviations::{self, Change, Deviation};
use crate::errors::BusError;
use crate::wanted;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::{consumer, stream};
use chandler_proto::layout::{self, Lane};
use serde_json::json;
use std::time::Duration;

/// Making a stream of several replicas takes longer than a usual request.
const LIMIT: Duration = Duration::from_secs(10);

/// What the streams and consumers should be like. All processes of a broker read the same
/// configuration, so they check against the same values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootstrapSettings {
    /// Copies of each stream: 1, 3 or 5; at most as many as there are servers.
    pub replicas: usize,
    /// The workers that get consumers, e.g. `provisioning`.
    pub workers: Vec<String>,
    /// Jobs in flight per worker in the lane of users.
    pub user_lane_limit: i64,
    /// Jobs in flight per worker in the batch lane.
    pub batch_lane_limit: i64,
    /// How long a silent worker keeps a wake.
    pub ack_wait: Duration,
    /// How long events are kept.
    pub events_max_age: Duration,
    /// How many bytes of events are kept.
    pub events_max_bytes: i64,
    /// Whether limits and replicas of streams that exist may become smaller: data may go.
    pub allow_shrink: bool,
}

impl BootstrapSettings {
    /// The defaults for these workers: one replica, the limits of [`chandler_proto::layout`].
    pub fn new<W: Into<String>>(workers: impl IntoIterator<Item = W>) -> Self {
        BootstrapSettings {
            replicas: 1,
            workers: workers.into_iter().map(Into::into).collect(),
            user_lane_limit: layout::USER_LANE_LIMIT,
            batch_lane_limit: layout::BATCH_LANE_LIMIT,
            ack_wait: layout::ACK_WAIT,
            events_max_age: layout::EVENTS_MAX_AGE,
            events_max_bytes: layout::EVENTS_MAX_BYTES,
            allow_shrink: false,
        }
    }

    /// The limit of a lane.
    pub fn lane_limit(&self, lane: Lane) -> i64 {
        match lane {
            Lane::User => self.user_lane_limit,
            Lane::Batch => self.batch_lane_limit,
        }
    }
}

impl Bus {
    /// Makes what is missing and changes what may be changed; says what was done, a line each.
    /// Does nothing the second time. Never deletes, and refuses, before anything is touched, what
    /// would make a stream another thing or (without `allow_shrink`) smaller.
    ///
    /// # Errors
    /// [`BusError::Refused`] with every deviation that stands in the way; transient ones: run it
    /// again.
    pub async fn bootstrap(&self, settings: &BootstrapSettings) -> Result<Vec<String>, BusError> {
        if !self.is_connected() {
            return Err(BusError::Away("no connection".to_owned()));
        }
        self.server_is_new_enough().map_err(BusError::Refused)?;
        let streams = wanted::streams(self.layout(), settings);
        let consumers = wanted::consumers(self.layout(), settings)?;
        let mut obstacles = Vec::new();
        let mut todo = Vec::new();
        for config in &streams {
            let found = absent_or(self.stream_info(&config.name).await)?;
            let all = found.as_ref().map(|it| deviations::of_stream(config, &it.config));
            obstacles.extend(obstacles_in(&config.name, all.as_deref(), settings.allow_shrink));
            todo.push(all);
        }
        let stream = self.layout().wakes_stream();
        let mut todo_consumers = Vec::new();
        for config in &consumers {
            let found = match todo[1] {
                Some(_) => absent_or(self.consumer_info(&stream, name(config)).await)?,
                None => None,
            };
            let all = found.as_ref().map(|it| deviations::of_consumer(config, &it.config));
            obstacles.extend(obstacles_in(name(config), all.as_deref(), true));
            todo_consumers.push(all);
        }
        if !obstacles.is_empty() {
            return Err(BusError::Refused(obstacles.join("; ")));
        }
        let mut done = Vec::new();
        for (config, deviations) in streams.iter().zip(&todo) {
            done.extend(self.settle_stream(config, deviations.as_deref()).await?);
        }
        for (config, deviations) in consumers.iter().zip(&todo_consumers) {
            done.extend(self.settle_consumer(&stream, config, deviations.as_deref()).await?);
        }
        Ok(done)
    }

    async fn settle_stream(
        &self,
        config: &stream::Config,
        found: Option<&[Deviation]>,
    ) -> Result<Option<String>, BusError> {
        let verb = match found {
            None => "CREATE",
            Some([]) => return Ok(None),
            Some(_) => "UPDATE",
        };
        let what = format!("stream {}", config.name);
        let subject = format!("STREAM.{verb}.{}", config.name);
        let made = self.api_within::<stream::Info>(&what, &subject, config, LIMIT).await?;
        let info = made.map_err(|error| BusError::from_server(&what, &error))?;
        // Old servers drop settings that they don't know without a word.
        read_back(&what, &deviations::of_stream(config, &info.config))?;
        Ok(Some(line(&what, found)))
    }

    async fn settle_consumer(
        &self,
        stream: &str,
        config: &consumer::Config,
        found: Option<&[Deviation]>,
    ) -> Result<Option<String>, BusError> {
        let action = match found {
            None => "create",
            Some([]) => return Ok(None),
            Some(_) => "update",
        };
        let what = format!("consumer {}", name(config));
        let filter = &config.filter_subject;
        let subject = format!("CONSUMER.CREATE.{stream}.{}.{filter}", name(config));
        let body = json!({ "stream_name": stream, "config": config, "action": action });
        let made = self.api_within::<consumer::Info>(&what, &subject, &body, LIMIT).await?;
        let info = made.map_err(|error| BusError::from_server(&what, &error))?;
        read_back(&what, &deviations::of_consumer(config, &info.config))?;
        Ok(Some(line(&what, found)))
    }

    /// What is known about a stream.
    pub(crate) async fn stream_info(&self, stream: &str) -> Result<stream::Info, BusError> {
        let info = self.api(stream, &format!("STREAM.INFO.{stream}"), &json!({})).await?;
        info.map_err(|error| BusError::from_server(&format!("stream {stream}"), &error))
    }

    /// What is known about a consumer.
    pub(crate) async fn consumer_info(&self, stream: &str, consumer: &str) -> Result<consumer::Info, BusError> {
        let subject = format!("CONSUMER.INFO.{stream}.{consumer}");
        let what = format!("consumer {consumer}");
        match self.api(&what, &subject, &json!({})).await? {
            Ok(info) => Ok(info),
            Err(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                Err(BusError::Missing(format!("stream {stream}")))
            }
            Err(error) => Err(BusError::from_server(&what, &error)),
        }
    }
}

/// The name of one of our consumers.
pub(crate) fn name(config: &consumer::Config) -> &str {
    config.name.as_deref().unwrap_or_default()
}

fn absent_or<T>(found: Result<T, BusError>) -> Result<Option<T>, BusError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(BusError::Missing(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn obstacles_in(what: &str, found: Option<&[Deviation]>, allow_shrink: bool) -> Vec<String> {
    let stands_in_the_way = |it: &&Deviation| match it.change {
        Change::Harmless => false,
        Change::Shrinks => !allow_shrink,
        Change::Impossible => true,
    };
    let deviations = found.unwrap_or_default().iter().filter(stands_in_the_way);
    let lines = deviations.map(|it| match it.change {
        Change::Impossible => format!("{what}: {it}, which can't be changed in place"),
        Change::Harmless | Change::Shrinks => format!("{what}: {it}, which would make it smaller"),
    });
    lines.collect()
}

fn read_back(what: &str, deviations: &[Deviation]) -> Result<(), BusError> {
    match deviations.first() {
        None => Ok(()),
        Some(it) => Err(BusError::Refused(format!("{what} was made, but its {it}"))),
    }
}

fn line(what: &str, found: Option<&[Deviation]>) -> String {
    match found {
        None => format!("{what}: created"),
        Some(changed) => {
            let changes: Vec<String> = changed
                .iter()
                .map(|it| format!("{} {} → {}", it.setting, it.found, it.wanted))
                .collect();
            format!("{what}: {}", changes.join(", "))
        }
    }
}
