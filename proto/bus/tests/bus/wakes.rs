//! Ringing, taking, giving back.

use crate::{bytes, ready, ready_with, wanted, within};
use chandler_bus::{BootstrapSettings, Bus, BusError, Delivery, Rung, Wake, WakeSource};
use chandler_proto::layout::Lane;
use futures::FutureExt;
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

fn wake(job: &str, leg: usize) -> Wake {
    Wake {
        worker: "provisioning".into(),
        lane: Lane::User,
        job: job.into(),
        leg,
        key: "instance.a=2Eb".into(),
        revision: 7,
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        tracestate: Some("vendor=1".into()),
    }
}

async fn source(bus: &Bus) -> WakeSource {
    bus.wakes("provisioning", Lane::User).await.expect("a source")
}

/// The one wake that comes within the time.
async fn one(source: &mut WakeSource, wait: Duration) -> Option<Delivery> {
    let mut all = within(source.fetch(1, wait)).await.expect("fetch");
    assert!(all.len() <= 1, "{all:?}");
    all.pop().map(|delivery| delivery.expect("a fine wake"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wake_arrives_as_it_was_rung() {
    let (_server, bus) = ready().await;
    assert_eq!(bus.wake(&wake("j", 2)).await.expect("ring"), Rung::New);
    let mut source = source(&bus).await;
    let delivery = one(&mut source, SECOND).await.expect("a delivery");
    assert_eq!((&delivery.wake, delivery.attempt), (&wake("j", 2), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leg_has_one_wake_until_it_is_acked() {
    let (_server, bus) = ready().await;
    let mut source = source(&bus).await;
    assert_eq!(bus.wake(&wake("j", 0)).await.expect("ring"), Rung::New);
    assert_eq!(bus.wake(&wake("j", 0)).await.expect("ring"), Rung::Already);
    assert_eq!(bus.wake(&wake("j", 1)).await.expect("ring"), Rung::New);
    let first = one(&mut source, SECOND).await.expect("a delivery");
    assert_eq!(bus.wake(&wake("j", 0)).await.expect("ring"), Rung::Already, "in flight");
    first.ack().await.expect("ack");
    assert_eq!(bus.wake(&wake("j", 0)).await.expect("ring"), Rung::New);
}

#[tokio::test(flavor = "multi_thread")]
async fn lanes_and_workers_are_apart() {
    let (_server, bus) = ready_with(BootstrapSettings::new(["provisioning", "errands"])).await;
    let mut source = source(&bus).await;
    bus.wake(&Wake {
        lane: Lane::Batch,
        ..wake("j", 0)
    })
    .await
    .expect("ring");
    bus.wake(&Wake {
        worker: "errands".into(),
        ..wake("j", 0)
    })
    .await
    .expect("ring");
    assert!(one(&mut source, SECOND).await.is_none());
    let mut batch = bus.wakes("provisioning", Lane::Batch).await.expect("a source");
    assert!(one(&mut batch, SECOND).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_waits_for_the_first_and_takes_all_that_are_there() {
    let (_server, bus) = ready().await;
    let mut source = source(&bus).await;
    let ring = bus.clone();
    let started = Instant::now();
    let waiting = tokio::spawn(async move {
        let found = source.fetch(10, Duration::from_secs(20)).await.expect("fetch");
        (source, found)
    });
    // Whether the pull is out yet or not must not matter.
    ring.wake(&wake("first", 0)).await.expect("ring");
    let (mut source, found) = within(waiting).await.expect("no panic");
    assert_eq!(found.len(), 1);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    for leg in 0..5 {
        ring.wake(&wake("more", leg)).await.expect("ring");
    }
    let (long, started) = (Duration::from_secs(20), Instant::now());
    let three = source.fetch(3, long).await.expect("fetch");
    assert_eq!(three.len(), 3);
    let rest = source.fetch(10, long).await.expect("fetch");
    assert_eq!(rest.len(), 2, "nothing was asked for and dropped");
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    assert!(source.fetch(0, SECOND).await.expect("fetch").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_was_dropped_loses_nothing() {
    let (_server, bus) = ready().await;
    let mut source = source(&bus).await;
    for leg in 0..20 {
        let dropped = source.fetch(1, Duration::from_secs(20));
        assert!(tokio::time::timeout(Duration::from_millis(20), dropped).await.is_err());
        bus.wake(&wake("j", leg)).await.expect("ring");
        let delivery = one(&mut source, Duration::from_secs(5)).await.expect("a delivery");
        assert_eq!((delivery.wake.leg, delivery.attempt), (leg, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nak_delays_and_counts() {
    let (_server, bus) = ready().await;
    let mut source = source(&bus).await;
    bus.wake(&wake("j", 0)).await.expect("ring");
    let delivery = one(&mut source, SECOND).await.expect("a delivery");
    let given_back = Instant::now();
    delivery.nak(Duration::from_millis(1_500)).await.expect("nak");
    assert!(
        one(&mut source, Duration::from_millis(700)).await.is_none(),
        "too early"
    );
    let again = one(&mut source, Duration::from_secs(10)).await.expect("a delivery");
    assert!(
        given_back.elapsed() >= Duration::from_millis(1_400),
        "{:?}",
        given_back.elapsed()
    );
    assert_eq!(again.attempt, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_worker_loses_its_wake_and_one_that_speaks_keeps_it() {
    let short = BootstrapSettings {
        ack_wait: Duration::from_millis(1_500),
        ..wanted()
    };
    let (_server, bus) = ready_with(short).await;
    let mut source = source(&bus).await;
    bus.wake(&wake("j", 0)).await.expect("ring");
    let delivery = one(&mut source, SECOND).await.expect("a delivery");
    let handle = delivery.progress_handle();
    let speaking = tokio::spawn(async move {
        for _ in 0..8 {
            handle.tell().await.expect("progress");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    });
    assert!(one(&mut source, Duration::from_secs(4)).await.is_none(), "it was kept");
    within(speaking).await.expect("no panic");
    let again = one(&mut source, Duration::from_secs(10)).await.expect("a delivery");
    assert_eq!(again.attempt, 2);
    // A late ack is accepted by the server; it proves nothing.
    delivery.ack().await.expect("ack");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_at_its_limit_waits() {
    let narrow = BootstrapSettings {
        user_lane_limit: 2,
        ..wanted()
    };
    let (_server, bus) = ready_with(narrow).await;
    let mut source = source(&bus).await;
    for leg in 0..3 {
        bus.wake(&wake("j", leg)).await.expect("ring");
    }
    let mut held = source.fetch(10, SECOND).await.expect("fetch");
    while held.len() < 2 {
        held.extend(source.fetch(10, SECOND).await.expect("fetch"));
    }
    assert_eq!(held.len(), 2);
    assert!(one(&mut source, SECOND).await.is_none(), "the limit holds");
    held.pop().expect("one").expect("a fine wake").ack().await.expect("ack");
    let third = one(&mut source, Duration::from_secs(10)).await.expect("a delivery");
    assert_eq!(third.wake.leg, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_wake_is_an_error_and_can_be_thrown_away() {
    let (server, bus) = ready().await;
    let raw = async_nats::connect(server.url()).await.expect("a connection");
    let raw = async_nats::jetstream::new(raw);
    for (leg, body) in ["no json", "{}", "{\"key\":1}"].into_iter().enumerate() {
        let subject = format!("test.wake.provisioning.user.j.{leg}");
        raw.publish(subject, bytes(body))
            .await
            .expect("publish")
            .await
            .expect("stored");
    }
    let odd = "test.wake.provisioning.user.j.x";
    raw.publish(odd, bytes("{}"))
        .await
        .expect("publish")
        .await
        .expect("stored");
    let mut source = source(&bus).await;
    let mut bad = 0;
    while bad < 4 {
        for found in source.fetch(10, SECOND).await.expect("fetch") {
            found.expect_err("no wake").discard().await.expect("thrown away");
            bad += 1;
        }
    }
    assert_eq!(
        bus.wake(&wake("j", 0)).await.expect("ring"),
        Rung::New,
        "the place is free"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_is_missing_is_named() {
    let (_server, bus) = ready().await;
    let error = bus.wakes("binding", Lane::User).await.expect_err("no consumer");
    assert!(
        matches!(&error, BusError::Missing(what) if what.contains("binding-user")),
        "{error}"
    );
    assert!(error.to_string().contains("chandler bus bootstrap"), "{error}");
    assert!(!error.is_transient());
    assert!(matches!(bus.wakes("a.b", Lane::User).await, Err(BusError::Name(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_stored() {
    let (_server, bus) = ready().await;
    bus.publish_event("job.accepted", bytes("{}")).await.expect("stored");
    let wrong = bus.publish_event("job.*", bytes("{}")).await;
    assert!(matches!(wrong, Err(BusError::Name(_))), "{wrong:?}");
}

// One thread: no answer can come while the fetch that is dropped is asked for the first time.
#[tokio::test]
async fn a_worker_that_stops_gives_back_what_it_did_not_look_at() {
    let (_server, bus) = ready().await;
    let mut source = source(&bus).await;
    for leg in 0..4 {
        bus.wake(&wake("j", leg)).await.expect("ring");
    }
    // A dropped fetch has asked for all four; the next one hands out a single one.
    assert!(source.fetch(4, SECOND).now_or_never().is_none());
    one(&mut source, Duration::from_secs(10)).await.expect("a delivery");
    within(source.close()).await;
    let mut other = bus.wakes("provisioning", Lane::User).await.expect("a source");
    let mut taken = 0;
    while taken < 3 {
        let found = within(other.fetch(10, SECOND)).await.expect("fetch");
        assert!(!found.is_empty(), "{taken} of 3 came back");
        taken += found.len();
    }
}
