//! `GET /jsz`.

use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;

use super::NatsMonitor;
use crate::{CallContext, Fault};

/// How a nats-server keeps what it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JetStream {
    /// Which server this is, as it names itself when it starts.
    pub server_id: String,
    /// Whether it has JetStream at all; without it the rest means nothing.
    pub enabled: bool,
    /// Whether each write is on its disk before it is acknowledged (`sync_interval: always`).
    pub sync_always: bool,
    /// Otherwise: how often writes are brought to its disk.
    pub sync_interval: Duration,
    /// How many servers with JetStream its cluster has, itself among them; 1 without a cluster.
    pub cluster_size: usize,
}

/// As the server writes it: what is false is left out, and so is what has no length.
#[derive(Deserialize)]
struct Said {
    server_id: String,
    #[serde(default)]
    disabled: bool,
    config: Config,
    #[serde(default)]
    meta_cluster: MetaCluster,
}

#[derive(Deserialize, Default)]
struct MetaCluster {
    #[serde(default)]
    cluster_size: usize,
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    sync_always: bool,
    /// Nanoseconds. Those of the default stand there also where each write is synced.
    #[serde(default)]
    sync_interval: u64,
}

impl NatsMonitor {
    /// How its JetStream keeps what it is given.
    ///
    /// # Errors
    /// A [`Fault`]; an answer without a server's id or without `config` is [`crate::FaultKind::Garbled`]: it isn't a nats-server's.
    pub async fn jetstream(&self, call: &CallContext) -> Result<JetStream, Fault> {
        let answer = self.get("jsz", call).await?;
        if answer.status != StatusCode::OK {
            return Err(answer.unquoted_fault());
        }
        let said: Said = answer.json()?;
        Ok(JetStream {
            server_id: said.server_id,
            enabled: !said.disabled,
            sync_always: said.config.sync_always,
            sync_interval: Duration::from_nanos(said.config.sync_interval),
            cluster_size: said.meta_cluster.cluster_size.max(1),
        })
    }
}
