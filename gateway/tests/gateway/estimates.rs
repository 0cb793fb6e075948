//! How long it takes, as polls are told.
use crate::world::{Got, World, body, now, send, until};
use chandler_process::ManualClock;
use chandler_proto::{
    job::{Event, Facts},
    layout::instance_key,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// A gateway whose clock is so many seconds behind: a job that a worker ends at once took so long.
async fn behind(world: &mut World, seconds: u64) -> ManualClock {
    let clock = ManualClock::new(now().0 - seconds * 1000);
    world.gateway(Arc::new(clock.clone())).await;
    clock
}
fn told(poll: &Got) -> (&str, &str) {
    let text = poll.is(200).body["description"].as_str().unwrap();
    (text, poll.headers["retry-after"].to_str().unwrap())
}

#[tokio::test]
async fn what_the_others_took_is_what_is_usual() {
    let mut world = World::new(0).await;
    let clock = behind(&mut world, 360).await;
    let first = send(world.put(0, "a", &body(json!({})))).await.operation();
    assert_eq!(
        told(&send(world.poll(0, "a", &first)).await),
        ("Instance provisioning in progress", "10")
    );
    world.finish("a").await;
    let operation = send(world.put(0, "b", &body(json!({})))).await.operation();
    until("the end has been seen", || async {
        let poll = send(world.poll(0, "b", &operation)).await;
        told(&poll) == ("Instance provisioning in progress (usually about 6 min)", "90")
    })
    .await;
    let queued = send(world.put(0, "c", &body(json!({})))).await.operation();
    let text = "Instance provisioning in progress: queued, 1 ahead (usually about 6 min)";
    assert_eq!(told(&send(world.poll(0, "c", &queued)).await), (text, "90"));

    let note = Event::Noted {
        note: "deploying: redis-server 2 of 3".into(),
        facts: Facts::default(),
    };
    world.turn("b", note).await;
    clock.advance(Duration::from_secs(125));
    let text = "Instance provisioning in progress: deploying: redis-server 2 of 3 (2 min so far, usually about 6 min)";
    until("the note is told", || async {
        let poll = send(world.poll(0, "b", &operation)).await;
        told(&poll).0 == text
    })
    .await;
    clock.advance(Duration::from_secs(420));
    let text =
        "Instance provisioning in progress: deploying: redis-server 2 of 3 (9 min so far, longer than the usual 6 min)";
    assert_eq!(told(&send(world.poll(0, "b", &operation)).await), (text, "10"));

    // Who starts later learns it from the records.
    behind(&mut world, 360).await;
    let text = "Instance provisioning in progress: deploying: redis-server 2 of 3 (usually about 6 min)";
    assert_eq!(told(&send(world.poll(1, "b", &operation)).await).0, text);
    let other = send(world.delete(1, "a")).await.operation();
    let text = "Instance deletion in progress";
    let poll = send(world.poll(1, "a", &other)).await;
    assert!(
        told(&poll).0.starts_with(text) && !told(&poll).0.contains("usual"),
        "{poll:?}"
    );
}

#[tokio::test]
async fn deletions_that_were_watched_count_too() {
    let mut world = World::new(0).await;
    behind(&mut world, 720).await;
    for id in ["a", "b"] {
        send(world.put(0, id, &body(json!({})))).await.is(202);
        world.finish(id).await;
    }
    send(world.delete(0, "a")).await.is(202);
    world.finish("a").await;
    assert!(world.record_at(&instance_key("a")).await.unwrap().0.gone());
    let operation = send(world.delete(0, "b")).await.operation();
    until("the end has been seen", || async {
        let poll = send(world.poll(0, "b", &operation)).await;
        told(&poll) == ("Instance deletion in progress (usually about 12 min)", "180")
    })
    .await;
}
