//! What the streams and consumers have to look like.

use crate::bootstrap::BootstrapSettings;
use async_nats::jetstream::consumer;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use chandler_proto::layout::{Lane, Layout, LayoutError};
use std::time::Duration;

const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);

/// The three streams: records (as a KV bucket), wakes, events.
pub(crate) fn streams(layout: &Layout, settings: &BootstrapSettings) -> [Config; 3] {
    let common = Config {
        storage: StorageType::File,
        num_replicas: settings.replicas,
        max_messages: -1,
        max_bytes: -1,
        max_message_size: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        duplicate_window: DUPLICATE_WINDOW,
        ..Config::default()
    };
    let records = Config {
        name: layout.records_stream(),
        subjects: vec![layout.records_filter()],
        description: Some("Chandler: the records".to_owned()),
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::New,
        max_messages_per_subject: 1,
        allow_rollup: true,
        deny_delete: true,
        allow_direct: true,
        // Delete markers go by themselves, see `Bus::purge`.
        allow_message_ttl: true,
        ..common.clone()
    };
    let wakes = Config {
        name: layout.wakes_stream(),
        subjects: vec![layout.wakes_filter()],
        description: Some("Chandler: legs that want a turn, one message each".to_owned()),
        retention: RetentionPolicy::WorkQueue,
        discard: DiscardPolicy::New,
        discard_new_per_subject: true,
        max_messages_per_subject: 1,
        ..common.clone()
    };
    let events = Config {
        name: layout.events_stream(),
        subjects: vec![layout.events_filter()],
        description: Some("Chandler: what happened, for people".to_owned()),
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::Old,
        max_age: settings.events_max_age,
        max_bytes: settings.events_max_bytes,
        ..common
    };
    [records, wakes, events]
}

/// The durable consumers of the stream of wakes: one per worker and lane.
pub(crate) fn consumers(layout: &Layout, settings: &BootstrapSettings) -> Result<Vec<consumer::Config>, LayoutError> {
    let mut all = Vec::new();
    for worker in &settings.workers {
        for lane in Lane::ALL {
            let name = layout.consumer(worker, lane);
            all.push(consumer::Config {
                durable_name: Some(name.clone()),
                name: Some(name),
                filter_subject: layout.lane_filter(worker, lane)?,
                deliver_policy: consumer::DeliverPolicy::All,
                ack_policy: consumer::AckPolicy::Explicit,
                ack_wait: settings.ack_wait,
                max_deliver: -1,
                max_ack_pending: settings.lane_limit(lane),
                replay_policy: consumer::ReplayPolicy::Instant,
                ..consumer::Config::default()
            });
        }
    }
    Ok(all)
}
