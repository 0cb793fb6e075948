//! Where the copies of our streams are, and whether all of them are there.

use crate::connect::Bus;
use crate::errors::BusError;
use async_nats::jetstream::stream::{Info, PeerInfo, StorageType};
use std::time::Duration;

/// A server that its leader hasn't heard from for so long isn't there.
const SILENCE: Duration = Duration::from_secs(10);

/// What the bus tells about the durability of a stream. Whether the servers sync every write (`sync_interval: always`) is not told to
/// clients; the monitoring of each server tells it (`chandler.bus.monitor_urls`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copies {
    /// The stream's name.
    pub stream: String,
    /// Whether it is kept in files; otherwise in memory only.
    pub in_files: bool,
    /// How many copies it has.
    pub wanted: usize,
    /// The servers whose copy is away or can't keep up, by name, sorted.
    pub away: Vec<String>,
}

impl Bus {
    /// How each of our streams is kept, as its leader tells.
    ///
    /// # Errors
    /// [`BusError`], also for a stream that isn't there.
    pub async fn copies(&self) -> Result<Vec<Copies>, BusError> {
        let layout = self.layout();
        let mut all = Vec::new();
        for stream in [layout.records_stream(), layout.wakes_stream(), layout.events_stream()] {
            all.push(copies(self.stream_info(&stream).await?));
        }
        Ok(all)
    }
}

fn copies(info: Info) -> Copies {
    let followers = info.cluster.map(|cluster| cluster.replicas).unwrap_or_default();
    let mut away: Vec<_> = followers.into_iter().filter(is_away).map(|it| it.name).collect();
    away.sort();
    Copies {
        stream: info.config.name,
        in_files: info.config.storage == StorageType::File,
        wanted: info.config.num_replicas,
        away,
    }
}

/// A leader says 0 of whom it has not heard since it leads, and doesn't call them offline.
fn is_away(follower: &PeerInfo) -> bool {
    let silent = follower.active.is_zero() || follower.active >= SILENCE;
    follower.offline || (!follower.current && silent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_follower_is_away_when_it_is_offline_or_silent() {
        let second = 1_000_000_000_u64;
        let peer = |name: &str, current: bool, active: u64, offline: bool| json!({"name": name, "current": current, "active": active, "offline": offline});
        let cases = [
            (peer("n2", true, second, false), false),
            (peer("n2", false, second, false), false),
            (peer("n2", false, 11 * second, false), true),
            (peer("n2", false, 0, false), true),
            (peer("n2", true, 0, false), false),
            (peer("n2", true, 11 * second, false), false),
            (peer("n2", false, second, true), true),
        ];
        for (peer, wanted) in cases {
            let read: PeerInfo = serde_json::from_value(peer.clone()).expect("a peer");
            assert_eq!(is_away(&read), wanted, "{peer}");
        }
    }
}
