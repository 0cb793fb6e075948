//! Making what is missing, changing what may change, refusing the rest; and the look at it.

use crate::{bare, ready, ready_with, server::Server, wanted};
use async_nats::jetstream;
use async_nats::jetstream::stream::{Config, StorageType};
use chandler_bus::{BootstrapSettings, BusError};
use chandler_proto::config;
use futures::StreamExt;
use std::time::Duration;

async fn raw(server: &Server) -> jetstream::Context {
    jetstream::new(async_nats::connect(server.url()).await.expect("a connection"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_run_makes_everything_and_the_second_nothing() {
    let server = Server::start();
    let bus = bare(&server.url()).await;
    let lines = bus.check(&wanted()).await.expect_err("nothing is there");
    assert_eq!(lines.len(), 5, "{lines:#?}");
    assert!(
        lines.iter().all(|line| line.contains("run `chandler bus bootstrap`")),
        "{lines:#?}"
    );
    let done = bus.bootstrap(&wanted()).await.expect("bootstrap");
    assert_eq!(done.len(), 5, "{done:#?}");
    assert!(done.iter().all(|line| line.ends_with(": created")), "{done:#?}");
    assert_eq!(bus.bootstrap(&wanted()).await.expect("bootstrap"), [""; 0]);
    assert_eq!(bus.check(&wanted()).await, Ok(()));
    let kv = raw(&server)
        .await
        .get_key_value("test-records")
        .await
        .expect("a KV bucket");
    kv.put("instance.a", "x".into()).await.expect("usable as one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_worker_and_a_new_limit_are_added() {
    let (_server, bus) = ready().await;
    let more = BootstrapSettings {
        workers: vec!["provisioning".into(), "errands".into()],
        user_lane_limit: 50,
        events_max_bytes: 2 * wanted().events_max_bytes,
        ..wanted()
    };
    let lines = bus.check(&more).await.expect_err("not yet");
    assert_eq!(lines.len(), 4, "{lines:#?}");
    let done = bus.bootstrap(&more).await.expect("bootstrap");
    assert_eq!(done.len(), 4, "{done:#?}");
    assert!(
        done.contains(&"consumer provisioning-user: max_ack_pending 200 → 50".to_owned()),
        "{done:#?}"
    );
    assert_eq!(bus.check(&more).await, Ok(()));
}

/// What `chandler bus bootstrap` asks for: a lane of users and one of campaigns for each worker that there is.
#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_wants_consumers_for_every_worker() {
    let lanes = "chandler: {lanes: {user: 7, batch: 3}}";
    let mut of_file = None;
    // The rest of the file doesn't matter here.
    let _ = config::load(lanes, |config| {
        of_file = Some(BootstrapSettings::of(&config.chandler));
        Ok(())
    });
    let of_file = of_file.expect("read");
    let server = Server::start();
    let bus = bare(&server.url()).await;
    bus.bootstrap(&of_file).await.expect("bootstrap");
    let stream = raw(&server).await.get_stream("test-wakes").await.expect("the stream");
    let mut all: Vec<_> = stream.consumers().map(|it| it.expect("a consumer")).collect().await;
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let told: Vec<_> = all
        .iter()
        .map(|it| (it.name.as_str(), it.config.max_ack_pending))
        .collect();
    let wanted = [
        ("binding-batch", 3),
        ("binding-user", 7),
        ("errands-batch", 3),
        ("errands-user", 7),
        ("provisioning-batch", 3),
        ("provisioning-user", 7),
        ("uaa-clients-batch", 3),
        ("uaa-clients-user", 7),
    ];
    assert_eq!(told, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_without_message_times_gets_them() {
    let (server, bus) = ready().await;
    let raw = raw(&server).await;
    let name = "KV_test-records";
    let config = raw
        .get_stream(name)
        .await
        .expect("the stream")
        .cached_info()
        .config
        .clone();
    // They can't be switched off again, so the bucket is made anew, as an older release made it.
    raw.delete_stream(name).await.expect("deleted");
    let old = Config {
        allow_message_ttl: false,
        ..config
    };
    raw.create_stream(old).await.expect("created");
    let lines = bus.check(&wanted()).await.expect_err("not as wanted");
    assert!(
        lines.len() == 1 && lines[0].contains("allow_message_ttl is false"),
        "{lines:#?}"
    );
    let done = bus.bootstrap(&wanted()).await.expect("bootstrap");
    assert_eq!(done, ["stream KV_test-records: allow_message_ttl false → true"]);
    assert_eq!(bus.check(&wanted()).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_shrinks_without_being_told_to() {
    let (server, bus) = ready().await;
    let less = BootstrapSettings {
        events_max_age: Duration::from_secs(3_600),
        user_lane_limit: 7,
        ..wanted()
    };
    let refused = bus.bootstrap(&less).await.expect_err("refused");
    assert!(
        matches!(&refused, BusError::Refused(text) if text.contains("max_age")),
        "{refused}"
    );
    let stream = raw(&server).await.get_stream("test-events").await.expect("the stream");
    assert_eq!(stream.cached_info().config.max_age, wanted().events_max_age);
    assert_eq!(bus.check(&wanted()).await, Ok(()), "nothing was touched");
    let told = BootstrapSettings {
        allow_shrink: true,
        ..less
    };
    assert_eq!(bus.bootstrap(&told).await.expect("bootstrap").len(), 2);
    assert_eq!(bus.check(&told).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_another_kind_stands_in_the_way() {
    let server = Server::start();
    let bus = bare(&server.url()).await;
    let other = Config {
        name: "test-wakes".into(),
        subjects: vec!["test.wake.>".into()],
        storage: StorageType::Memory,
        ..Config::default()
    };
    let raw = raw(&server).await;
    raw.create_stream(other).await.expect("created");
    let told = BootstrapSettings {
        allow_shrink: true,
        ..wanted()
    };
    let refused = bus.bootstrap(&told).await.expect_err("refused").to_string();
    for setting in ["retention", "storage", "max_messages_per_subject", "discard"] {
        assert!(refused.contains(setting), "{refused}");
    }
    assert!(raw.get_stream("KV_test-records").await.is_err(), "nothing was touched");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_changed_thing_is_a_line() {
    let (server, bus) = ready_with(wanted()).await;
    let raw = raw(&server).await;
    let mut config = raw
        .get_stream("test-events")
        .await
        .expect("it")
        .cached_info()
        .config
        .clone();
    config.max_bytes = 1_000_000;
    raw.update_stream(config).await.expect("updated");
    raw.delete_consumer_from_stream("provisioning-batch", "test-wakes")
        .await
        .expect("deleted");
    raw.delete_stream("KV_test-records").await.expect("deleted");
    let lines = bus.check(&wanted()).await.expect_err("lines");
    assert_eq!(lines.len(), 3, "{lines:#?}");
    let all = lines.join("\n");
    for part in [
        "KV_test-records",
        "provisioning-batch",
        "max_bytes is 1000000, wanted 268435456",
    ] {
        assert!(all.contains(part), "{all}");
    }
    let read = bus.read("instance.a").await.expect_err("no stream");
    assert!(matches!(&read, BusError::Missing(_)), "{read}");
    let write = bus.write("instance.a", "x".into(), 0).await.expect_err("no stream");
    assert!(matches!(write, chandler_bus::WriteError::NotSent(_)), "{write}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_replicas_than_servers_are_refused() {
    let server = Server::start();
    let bus = bare(&server.url()).await;
    let wanted = BootstrapSettings {
        replicas: 3,
        ..wanted()
    };
    let error = bus.bootstrap(&wanted).await.expect_err("one server");
    assert!(matches!(error, BusError::Refused(_)), "{error}");
}
