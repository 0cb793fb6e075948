//! Leader reads and compare-and-set.

use crate::proxy::Proxy;
use crate::{bare, bytes, eventually, ready, within};
use chandler_bus::{SureError, WriteError};
use chandler_proto::layout::{binding_key, instance_key};
use std::collections::HashSet;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_read_with_its_revision() {
    let (_server, bus) = ready().await;
    let key = instance_key("a.b");
    assert_eq!(bus.read(&key).await.expect("read"), chandler_bus::Read::default());
    let revision = bus.write(&key, bytes("one"), 0).await.expect("write");
    let read = bus.read(&key).await.expect("read");
    let entry = read.entry.expect("an entry");
    assert_eq!(
        (read.revision, entry.revision, entry.value),
        (revision, revision, bytes("one"))
    );
    let again = bus.write(&key, bytes("two"), revision).await.expect("write");
    assert!(again > revision);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_names_another_revision_fails() {
    let (_server, bus) = ready().await;
    let first = bus.write("instance.a", bytes("one"), 0).await.expect("write");
    for wrong in [0, first + 1] {
        let found = bus.write("instance.a", bytes("two"), wrong).await;
        assert!(matches!(found, Err(WriteError::Conflict)), "{wrong}: {found:?}");
    }
    let found = bus.write_sure("instance.a", bytes("two"), 0, LIMIT).await;
    match found {
        Err(SureError::Conflict {
            found: Some(entry),
            revision,
        }) => {
            assert_eq!((entry.value, revision), (bytes("one"), first));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_writers_exactly_one_wins() {
    let (server, _bus) = ready().await;
    let mut buses = Vec::new();
    for _ in 0..4 {
        buses.push(bare(&server.url()).await);
    }
    for round in 0..50 {
        let key = format!("instance.race-{round}");
        let writes = buses.iter().enumerate().map(|(at, bus)| {
            let (bus, key) = (bus.clone(), key.clone());
            // The same bytes from all: only the call itself tells the winner.
            tokio::spawn(async move { (at, bus.write_sure(&key, bytes("same"), 0, LIMIT).await) })
        });
        let writes: Vec<_> = writes.collect();
        let mut winners = Vec::new();
        for write in writes {
            let (at, result) = within(write).await.expect("no panic");
            match result {
                Ok(revision) => winners.push((at, revision)),
                Err(SureError::Conflict { .. }) => {}
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(winners.len(), 1, "{key}: {winners:?}");
        let read = buses[0].read(&key).await.expect("read");
        assert_eq!(read.revision, winners[0].1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_answer_was_lost_is_known_again() {
    let (server, witness) = ready().await;
    let proxy = Proxy::before(&server.url()).await;
    let bus = bare(&proxy.url()).await;
    proxy.deafen();
    let write = {
        let bus = bus.clone();
        tokio::spawn(async move { bus.write_sure("instance.a", bytes("mine"), 0, LIMIT).await })
    };
    let stored = eventually(|| async { witness.read("instance.a").await.ok()?.entry }).await;
    proxy.cut();
    let revision = within(write).await.expect("no panic").expect("our own write");
    assert_eq!(revision, stored.revision);
    let read = witness.read("instance.a").await.expect("read");
    assert_eq!(read.revision, revision, "it was written once");
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_bytes_of_somebody_else_are_not_ours() {
    let (server, witness) = ready().await;
    let proxy = Proxy::before(&server.url()).await;
    let bus = bare(&proxy.url()).await;
    let theirs = witness.write("instance.a", bytes("same"), 0).await.expect("write");
    proxy.deafen();
    let write = {
        let bus = bus.clone();
        tokio::spawn(async move { bus.write_sure("instance.a", bytes("same"), 0, LIMIT).await })
    };
    proxy.cut();
    match within(write).await.expect("no panic") {
        Err(SureError::Conflict { revision, .. }) => assert_eq!(revision, theirs),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unanswered_write_is_unknown_and_says_so_in_time() {
    let (server, witness) = ready().await;
    let proxy = Proxy::before(&server.url()).await;
    let bus = bare(&proxy.url()).await;
    proxy.deafen();
    let once = within(bus.write("instance.a", bytes("x"), 0)).await;
    assert!(matches!(once, Err(WriteError::Unknown(_))), "{once:?}");
    let sure = within(bus.write_sure("instance.b", bytes("x"), 0, Duration::from_secs(3))).await;
    assert!(matches!(sure, Err(SureError::Unknown(_))), "{sure:?}");
    // It was written all the same: that is what "unknown" is for.
    assert!(witness.read("instance.b").await.expect("read").entry.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_compares_too_and_leaves_a_marker() {
    let (_server, bus) = ready().await;
    let first = bus.write("instance.a", bytes("one"), 0).await.expect("write");
    assert!(matches!(
        bus.purge("instance.a", first + 5).await,
        Err(WriteError::Conflict)
    ));
    bus.purge("instance.a", first).await.expect("purge");
    let read = bus.read("instance.a").await.expect("read");
    assert_eq!(read.entry, None);
    assert!(read.revision > first);
    let late = bus.write("instance.a", bytes("late"), 0).await;
    assert!(matches!(late, Err(WriteError::Conflict)), "{late:?}");
    match bus.write_sure("instance.a", bytes("late"), 0, LIMIT).await {
        Err(SureError::Conflict { found: None, revision }) => assert_eq!(revision, read.revision),
        other => panic!("{other:?}"),
    }
    bus.write("instance.a", bytes("new"), read.revision)
        .await
        .expect("write");
}

/// What the server makes of the time that a marker is given.
#[tokio::test(flavor = "multi_thread")]
async fn a_marker_goes_by_itself_and_the_key_is_as_new() {
    let (server, bus) = ready().await;
    let first = bus.write("instance.a", bytes("one"), 0).await.expect("write");
    bus.purge("instance.a", first).await.expect("purge");
    let client = async_nats::connect(server.url()).await.expect("a connection");
    let raw = async_nats::jetstream::new(client);
    let stream = raw.get_stream("KV_test-records").await.expect("the stream");
    let subject = "$KV.test-records.instance.a";
    let marker = stream
        .get_last_raw_message_by_subject(subject)
        .await
        .expect("the marker");
    let ttl = marker.headers.get("Nats-TTL").map(|value| value.as_str().to_owned());
    assert_eq!(ttl.as_deref(), Some("86400"), "a day: no request lives that long");
    // The same marker once more, with the shortest time that there is.
    let mut headers = marker.headers.clone();
    headers.insert("Nats-TTL", "1");
    headers.insert("Nats-Expected-Last-Subject-Sequence", marker.sequence.to_string());
    let sent = raw
        .publish_with_headers(subject, headers, bytes(""))
        .await
        .expect("sent");
    sent.await.expect("stored");
    let read =
        eventually(|| async { Some(bus.read("instance.a").await.ok()?).filter(|read| read.revision == 0) }).await;
    assert_eq!(read.entry, None);
    let late = bus.write("instance.a", bytes("late"), first).await;
    assert!(matches!(late, Err(WriteError::Conflict)), "{late:?}");
    bus.write("instance.a", bytes("new"), 0).await.expect("write");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_never_be_written_is_refused_at_once() {
    let (_server, bus) = ready().await;
    let large = bytes(&"x".repeat(2 * 1024 * 1024));
    let found = bus.write_sure("instance.a", large, 0, LIMIT).await;
    assert!(matches!(found, Err(SureError::Refused(_))), "{found:?}");
    for key in ["", "instance.*", "instance.>", "a b"] {
        let found = bus.write(key, bytes("x"), 0).await;
        assert!(matches!(found, Err(WriteError::Refused(_))), "{key}: {found:?}");
        assert!(bus.read(key).await.is_err(), "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_keys_do_not_mix() {
    let (_server, bus) = ready().await;
    let mut revisions = HashSet::new();
    for id in ["a", "a.b", "a=2Eb", "A"] {
        let key = instance_key(id);
        assert!(
            revisions.insert(bus.write(&key, bytes(id), 0).await.expect("write")),
            "{id}"
        );
    }
    for id in ["a", "a.b", "a=2Eb", "A"] {
        let entry = bus
            .read(&instance_key(id))
            .await
            .expect("read")
            .entry
            .expect("an entry");
        assert_eq!(entry.value, bytes(id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bindings_of_an_instance_are_listed_and_nobody_elses() {
    let (_server, bus) = ready().await;
    let mut revision = 0;
    for (instance, binding) in [("a", "1"), ("a", "2"), ("a.b", "3"), ("ab", "4")] {
        let key = binding_key(instance, binding);
        revision = bus.write(&key, bytes("x"), 0).await.expect("write");
    }
    bus.write(&instance_key("a"), bytes("x"), 0).await.expect("write");
    let listed = bus.bindings("a").await.expect("listed");
    assert_eq!(listed.keys, [binding_key("a", "1"), binding_key("a", "2")]);
    assert!(listed.as_of > revision, "{listed:?}");
    let dotted = bus.bindings("a.b").await.expect("listed");
    assert_eq!(dotted.keys, [binding_key("a.b", "3")]);
    assert_eq!(bus.bindings("nobody").await.expect("listed").keys, []);
}
