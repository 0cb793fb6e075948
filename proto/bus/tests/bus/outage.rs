//! Servers that come late, go away, come back, or don't know us.

use crate::server::Server;
use crate::{bare, bytes, eventually, ready, settings, wanted, within};
use chandler_bus::{Bus, BusError, ConnectError, Rung, Settings, SureError, Wake, WriteError};
use chandler_proto::layout::Lane;
use chandler_proto::secret::Secret;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(20);
/// So often the connection comes back in one test. A source that forgot its pull lost the wake of one in twenty.
const ROUNDS: usize = 15;

fn wake(leg: usize) -> Wake {
    Wake {
        worker: "provisioning".into(),
        lane: Lane::User,
        job: "j".into(),
        leg,
        key: "instance.a".into(),
        revision: 1,
        traceparent: None,
        tracestate: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_may_be_there_before_its_server() {
    let mut server = Server::later();
    let bus = Bus::connect(settings(&server.url())).await.expect("fine settings");
    assert!(!bus.is_connected());
    let early = bus.write("instance.a", bytes("x"), 0).await;
    assert!(matches!(early, Err(WriteError::NotSent(_))), "{early:?}");
    let early = bus
        .write_sure("instance.a", bytes("x"), 0, Duration::from_millis(300))
        .await;
    assert!(matches!(early, Err(SureError::NotSent(_))), "{early:?}");
    assert!(bus.wake(&wake(0)).await.expect_err("no server").is_transient());
    server.again();
    within(bus.connected()).await;
    assert!(bus.is_connected());
    bus.bootstrap(&wanted()).await.expect("bootstrap");
    assert_eq!(
        bus.read("instance.a").await.expect("read").revision,
        0,
        "nothing was buffered"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_9_and_calls_go_on() {
    let (mut server, bus) = ready().await;
    let first = bus.write("instance.a", bytes("1"), 0).await.expect("write");
    bus.wake(&wake(0)).await.expect("ring");
    server.kill();
    eventually(|| async { (!bus.is_connected()).then_some(()) }).await;
    let write = {
        let bus = bus.clone();
        tokio::spawn(async move { bus.write_sure("instance.a", bytes("2"), first, LIMIT).await })
    };
    server.again();
    let second = within(write).await.expect("no panic").expect("written");
    assert!(second > first);
    let read = bus.read("instance.a").await.expect("read");
    assert_eq!(read.entry.expect("an entry").value, bytes("2"));
    assert_eq!(bus.wake(&wake(0)).await.expect("ring"), Rung::Already);
    let mut source = bus.wakes("provisioning", Lane::User).await.expect("a source");
    assert_eq!(source.fetch(1, LIMIT).await.expect("fetch").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_goes_on_when_the_server_is_back() {
    let (mut server, bus) = ready().await;
    let mut source = bus.wakes("provisioning", Lane::User).await.expect("a source");
    let waiting = tokio::spawn(async move {
        let end = Instant::now() + Duration::from_secs(25);
        while Instant::now() < end {
            match source.fetch(1, LIMIT).await {
                Ok(found) if found.is_empty() => {}
                Ok(found) => return found.len(),
                Err(error) => assert!(error.is_transient(), "{error}"),
            }
        }
        0
    });
    server.kill();
    server.again();
    let other = bare(&server.url()).await;
    let started = Instant::now();
    other.wake(&wake(3)).await.expect("ring");
    assert_eq!(within(waiting).await.expect("no panic"), 1);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

/// A pull that was sent at the very moment may be one that the new server knows: what it answers must not be lost until the
/// `ack_wait` is over.
#[tokio::test(flavor = "multi_thread")]
async fn a_wake_that_is_rung_while_the_connection_comes_back_is_taken_soon() {
    let (mut server, bus) = ready().await;
    for leg in 0..ROUNDS {
        let mut source = bus.wakes("provisioning", Lane::User).await.expect("a source");
        let waiting = tokio::spawn(async move {
            loop {
                match source.fetch(1, LIMIT).await {
                    Ok(found) => {
                        if let Some(delivery) = found.into_iter().next() {
                            return delivery.expect("a wake").ack().await.expect("acked");
                        }
                    }
                    Err(error) => {
                        assert!(error.is_transient(), "{error}");
                        tokio::task::yield_now().await;
                    }
                }
            }
        });
        server.kill();
        server.again();
        let other = bare(&server.url()).await;
        other.wake(&wake(leg)).await.expect("ring");
        let soon = tokio::time::timeout(Duration::from_secs(10), waiting).await;
        soon.unwrap_or_else(|_| panic!("round {leg}: not taken"))
            .expect("no panic");
        within(bus.connected()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_calls_end_in_time() {
    let (mut server, bus) = ready().await;
    let mut source = bus.wakes("provisioning", Lane::User).await.expect("a source");
    server.kill();
    let started = Instant::now();
    assert!(bus.read("instance.a").await.expect_err("no server").is_transient());
    assert!(
        bus.publish_event("x", bytes("{}"))
            .await
            .expect_err("no server")
            .is_transient()
    );
    let fetched = source.fetch(1, Duration::from_secs(1)).await;
    assert!(fetched.is_err() || fetched.is_ok_and(|found| found.is_empty()));
    let lines = bus.check(&wanted()).await.expect_err("no server");
    assert_eq!(lines, ["there is no connection to the bus"]);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn user_and_password_are_asked_for() {
    let server = Server::start_with(&["authorization { user: gateway, password: swordfish }"]);
    let known = Settings {
        user: Some("gateway".into()),
        password: Some(Secret::new("swordfish")),
        ..settings(&server.url())
    };
    let bus = Bus::connect(known.clone()).await.expect("fine settings");
    within(bus.connected()).await;
    bus.bootstrap(&wanted()).await.expect("bootstrap");
    for shown in [format!("{known:?}"), format!("{bus:?}")] {
        assert!(!shown.contains("swordfish"), "{shown}");
    }
    let unknown = Settings {
        password: Some(Secret::new("wrong")),
        ..known.clone()
    };
    let stranger = Bus::connect(unknown).await.expect("fine settings");
    let waited = tokio::time::timeout(Duration::from_secs(1), stranger.connected()).await;
    assert!(waited.is_err() && !stranger.is_connected());
    let refused = stranger.read("instance.a").await;
    assert!(matches!(refused, Err(BusError::Away(_))), "{refused:?}");
    let half = Settings {
        password: None,
        ..known
    };
    assert!(matches!(Bus::connect(half).await, Err(ConnectError::Credentials)));
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_spoken_with_the_ca_that_is_given() {
    let certified = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).expect("a key");
    let dir = tempfile::tempdir().expect("a directory");
    let (cert, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    std::fs::write(&cert, certified.cert.pem()).expect("written");
    std::fs::write(&key, certified.signing_key.serialize_pem()).expect("written");
    let (cert_line, key_line) = (
        format!("cert_file: \"{}\"", cert.display()),
        format!("key_file: \"{}\"", key.display()),
    );
    let server = Server::start_with(&["tls {", &cert_line, &key_line, "}"]);
    let trusting = Settings {
        ca_pem: Some(certified.cert.pem()),
        ..settings(&server.url())
    };
    let bus = Bus::connect(trusting).await.expect("fine settings");
    within(bus.connected()).await;
    bus.bootstrap(&wanted()).await.expect("bootstrap");
    let other = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]).expect("a key");
    let wary = Settings {
        ca_pem: Some(other.cert.pem()),
        ..settings(&server.url())
    };
    let bus = Bus::connect(wary).await.expect("fine settings");
    assert!(
        tokio::time::timeout(Duration::from_secs(1), bus.connected())
            .await
            .is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clocks_are_compared() {
    let (_server, bus) = ready().await;
    #[expect(clippy::disallowed_methods, reason = "there is no other clock to compare with")]
    let now = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        u64::try_from(since.expect("after 1970").as_millis()).expect("fits")
    };
    let skew = bus.clock_skew(now).await.expect("a skew");
    assert!(skew.abs() < 500, "{skew}");
    let skew = bus.clock_skew(|| now() + 10_000).await.expect("a skew");
    assert!((9_500..10_500).contains(&skew), "{skew}");
    let skew = bus.clock_skew(|| now() - 10_000).await.expect("a skew");
    assert!((-10_500..-9_500).contains(&skew), "{skew}");
}
