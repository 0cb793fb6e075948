//! The watch: it loads, keeps up, notices silence, recovers, and never goes back.

use crate::proxy::Proxy;
use crate::{bare, bytes, eventually, ready, server::Server, wanted, within};
use chandler_bus::{Bus, Change, Freshness, Newest, Seen};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A view as a gateway keeps one.
#[derive(Clone)]
struct View {
    freshness: Freshness,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    values: BTreeMap<String, (u64, String)>,
    newest: Newest,
    seen: Vec<Seen>,
}

impl View {
    async fn of(bus: &Bus) -> Self {
        let mut watch = bus.watch().await;
        let view = View {
            freshness: watch.freshness(),
            held: Arc::default(),
        };
        let held = view.held.clone();
        tokio::spawn(async move {
            loop {
                let seen = watch.next().await;
                held.lock().expect("no panic").take(seen);
            }
        });
        view
    }

    fn get(&self, key: &str) -> Option<(u64, String)> {
        self.held.lock().expect("no panic").values.get(key).cloned()
    }

    fn count(&self, wanted: impl Fn(&Seen) -> bool) -> usize {
        self.held
            .lock()
            .expect("no panic")
            .seen
            .iter()
            .filter(|seen| wanted(seen))
            .count()
    }

    fn losses(&self) -> usize {
        self.count(|seen| matches!(seen, Seen::Lost(_)))
    }

    async fn fresh(&self) {
        eventually(|| async { self.freshness.is_fresh(Duration::from_secs(2)).then_some(()) }).await;
    }
}

impl Held {
    fn take(&mut self, seen: Seen) {
        if self.newest.forget_if_replaced(&seen) {
            self.values.clear();
        }
        if let Seen::Change(change) = &seen
            && self.newest.admit(change)
        {
            match &change.value {
                Some(value) => {
                    let value = String::from_utf8_lossy(value).into_owned();
                    self.values.insert(change.key.clone(), (change.revision, value));
                }
                None => {
                    self.values.remove(&change.key);
                }
            }
        }
        self.seen.push(seen);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_bucket_loads_too() {
    let (_server, bus) = ready().await;
    let mut watch = bus.watch().await;
    let freshness = watch.freshness();
    assert_eq!(within(watch.next()).await, Seen::Loaded { generation: 1 });
    assert!(!freshness.state().loaded, "not before the caller comes back");
    let revision = bus.write("instance.a", bytes("x"), 0).await.expect("write");
    let seen = within(watch.next()).await;
    let change = Change {
        key: "instance.a".into(),
        revision,
        value: Some(bytes("x")),
        loaded: true,
    };
    assert_eq!(seen, Seen::Change(change));
    assert!(freshness.state().loaded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_loads_what_is_there_and_keeps_up() {
    let (_server, bus) = ready().await;
    for at in 0..300 {
        bus.write(&format!("instance.{at}"), bytes("old"), 0)
            .await
            .expect("write");
    }
    bus.write("instance.gone", bytes("x"), 0).await.expect("write");
    let last = bus.read("instance.gone").await.expect("read").revision;
    bus.purge("instance.gone", last).await.expect("purge");
    let view = View::of(&bus).await;
    assert!(within(view.freshness.loaded()).await);
    assert_eq!(view.held.lock().expect("no panic").values.len(), 300);
    assert_eq!(
        view.count(|seen| matches!(seen, Seen::Change(change) if change.loaded)),
        0
    );
    let first = view.get("instance.7").expect("loaded").0;
    let second = bus.write("instance.7", bytes("new"), first).await.expect("write");
    assert!(within(view.freshness.reached(second)).await);
    assert_eq!(view.get("instance.7"), Some((second, "new".into())));
    bus.purge("instance.7", second).await.expect("purge");
    eventually(|| async { view.get("instance.7").is_none().then_some(()) }).await;
    assert_eq!(view.losses(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_keep_a_silent_watch_fresh() {
    let (_server, bus) = ready().await;
    let view = View::of(&bus).await;
    assert!(within(view.freshness.loaded()).await);
    let first = view.freshness.state().last_heard.expect("heard");
    eventually(|| async {
        let last = view.freshness.state().last_heard?;
        (last.duration_since(first) > Duration::from_secs(4)).then_some(())
    })
    .await;
    assert!(view.freshness.is_fresh(Duration::from_secs(2)));
    assert_eq!((view.losses(), view.freshness.state().generation), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_load_passes_flow_control() {
    let (_server, bus) = ready().await;
    let value = bytes(&"x".repeat(60_000));
    let mut writes = Vec::new();
    for at in 0..400 {
        let (bus, value) = (bus.clone(), value.clone());
        writes.push(tokio::spawn(async move {
            bus.write(&format!("instance.{at}"), value, 0).await.expect("write");
        }));
    }
    for write in writes {
        within(write).await.expect("no panic");
    }
    let view = View::of(&bus).await;
    assert!(within(view.freshness.loaded()).await);
    assert_eq!(view.held.lock().expect("no panic").values.len(), 400);
    assert_eq!(view.losses(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_takes_the_freshness_away() {
    let (server, bus) = ready().await;
    let view = View::of(&bus).await;
    bus.write("instance.a", bytes("1"), 0).await.expect("write");
    assert!(within(view.freshness.loaded()).await);
    server.freeze();
    eventually(|| async { (!view.freshness.state().loaded).then_some(()) }).await;
    assert!(view.freshness.age().is_none() && view.losses() == 1);
    assert_eq!(
        view.get("instance.a").map(|it| it.1),
        Some("1".into()),
        "what was known stays"
    );
    server.thaw();
    view.fresh().await;
    let read = eventually(|| async { bus.read("instance.a").await.ok() }).await;
    let revision = bus.write("instance.a", bytes("2"), read.revision).await.expect("write");
    assert!(within(view.freshness.reached(revision)).await);
    assert_eq!(view.get("instance.a"), Some((revision, "2".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_killed_is_watched_again() {
    let (mut server, bus) = ready().await;
    let view = View::of(&bus).await;
    let revision = bus.write("instance.a", bytes("1"), 0).await.expect("write");
    assert!(within(view.freshness.reached(revision)).await);
    server.kill();
    eventually(|| async { (!view.freshness.state().loaded).then_some(()) }).await;
    server.again();
    let other = bare(&server.url()).await;
    let revision = other.write("instance.a", bytes("2"), revision).await.expect("write");
    assert!(within(view.freshness.reached(revision)).await);
    assert_eq!(view.get("instance.a"), Some((revision, "2".into())));
    assert!(view.freshness.state().generation >= 2);
    assert_eq!(
        view.count(|seen| matches!(seen, Seen::Replaced)),
        0,
        "it is the same stream"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_begins_before_the_server_and_the_bucket() {
    let mut server = Server::later();
    let bus = Bus::connect(crate::settings(&server.url()))
        .await
        .expect("fine settings");
    let view = View::of(&bus).await;
    server.again();
    within(bus.connected()).await;
    eventually(|| async { (view.losses() > 0).then_some(()) }).await;
    bus.bootstrap(&wanted()).await.expect("bootstrap");
    assert!(within(view.freshness.loaded()).await);
    assert_eq!(view.losses(), 1, "said once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_made_anew_is_noticed() {
    let (server, bus) = ready().await;
    let view = View::of(&bus).await;
    let mut revision = 0;
    for value in 0..5 {
        revision = bus
            .write("instance.a", bytes(&value.to_string()), revision)
            .await
            .expect("write");
    }
    assert!(within(view.freshness.reached(revision)).await);
    let raw = async_nats::connect(server.url()).await.expect("a connection");
    let raw = async_nats::jetstream::new(raw);
    raw.delete_stream("KV_test-records").await.expect("deleted");
    eventually(|| async { (!view.freshness.state().loaded).then_some(()) }).await;
    bus.bootstrap(&wanted()).await.expect("bootstrap");
    let revision = bus.write("instance.b", bytes("new"), 0).await.expect("write");
    assert!(within(view.freshness.reached(revision)).await);
    assert_eq!(view.get("instance.a"), None, "forgotten");
    assert_eq!(view.get("instance.b"), Some((revision, "new".into())));
    assert_eq!(view.count(|seen| matches!(seen, Seen::Replaced)), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_restored_from_an_older_copy_is_noticed() {
    let (mut server, bus) = ready().await;
    let old = bus.write("instance.a", bytes("old"), 0).await.expect("write");
    server.kill();
    server.back_up();
    server.again();
    let view = View::of(&bus).await;
    assert!(within(view.freshness.loaded()).await);
    let new = bare(&server.url())
        .await
        .write("instance.a", bytes("new"), old)
        .await
        .expect("write");
    assert!(within(view.freshness.reached(new)).await);
    server.kill();
    server.restore();
    server.again();
    eventually(|| async { (view.get("instance.a")?.0 == old).then_some(()) }).await;
    assert_eq!(view.count(|seen| matches!(seen, Seen::Replaced)), 1);
    view.fresh().await;
    assert_eq!(view.freshness.state().revision, old);
}

/// What the wire loses is noticed, by the next message or else by the next heartbeat.
async fn loses_a_message(then_another: bool) {
    let (server, witness) = ready().await;
    let proxy = Proxy::before(&server.url()).await;
    let view = View::of(&bare(&proxy.url()).await).await;
    assert!(within(view.freshness.loaded()).await);
    proxy.deafen();
    let large = bytes(&"x".repeat(20_000));
    let lost = witness.write("instance.lost", large, 0).await.expect("write");
    eventually(|| async { (proxy.lost() >= 20_000).then_some(()) }).await;
    proxy.hear();
    if then_another {
        witness.write("instance.next", bytes("x"), 0).await.expect("write");
    }
    eventually(|| async { (view.get("instance.lost")?.0 == lost).then_some(()) }).await;
    let gaps = view.count(|seen| matches!(seen, Seen::Lost(why) if why.contains("were lost")));
    assert_eq!((gaps, view.losses()), (1, 1));
    assert!(within(view.freshness.reached(lost)).await);
    assert_eq!(view.freshness.state().generation, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_tells_of_a_lost_message() {
    loses_a_message(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_message_tells_of_a_lost_one() {
    loses_a_message(true).await;
}
