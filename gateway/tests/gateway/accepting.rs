//! Many requests at once, and requests that overtake each other.
use crate::world::{World, body, send};
use chandler_bus::{Rung, Wake};
use chandler_proto::{layout::Lane, records::Phase};
use futures::future::join_all;
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test]
async fn sixty_four_equal_puts_are_one_operation() {
    let world = World::new(2).await;
    let wish = body(json!({ "a": [1, { "b": 2 }] }));
    let got = join_all((0..64).map(|n| send(world.put(n % 2, "i", &wish)))).await;
    let operations: BTreeSet<_> = got.iter().map(crate::world::Got::operation).collect();
    assert_eq!(operations.len(), 1, "{operations:?}");
    let (record, _) = world.record("i").await.unwrap();
    assert!(operations.iter().next().unwrap().contains(&record.job.id.to_string()));
    assert!(record.before.is_none(), "nothing was accepted twice");
}

#[tokio::test]
async fn of_different_puts_one_wins() {
    let world = World::new(2).await;
    let wishes: Vec<_> = (0..16).map(|n| body(json!({ "n": n }))).collect();
    let got = join_all(
        wishes
            .iter()
            .enumerate()
            .map(|(n, wish)| send(world.put(n % 2, "i", wish))),
    )
    .await;
    let won = got.iter().filter(|got| got.status == 202).count();
    let lost = got.iter().filter(|got| got.status == 409).count();
    assert_eq!((won, lost), (1, 15), "{got:?}");
}

#[tokio::test]
async fn a_delete_that_overtakes_its_put_takes_its_place() {
    let world = World::new(2).await;
    assert_eq!(
        send(world.delete(1, "i")).await.is(410).body,
        json!({"description": "The service instance is gone"})
    );
    let (record, _) = world.record("i").await.unwrap();
    assert!(
        matches!(
            record.phase,
            Phase::Gone {
                stray: true,
                look_at: None,
                ..
            }
        ),
        "{record:?}"
    );
    assert_eq!(
        send(world.put(0, "i", &body(json!({})))).await.is(422).error(),
        "ConcurrencyError"
    );
    send(world.get(0, "i")).await.is(404);
}

#[tokio::test]
async fn puts_and_deletes_of_one_id_at_once_leave_no_orphan() {
    let world = World::new(2).await;
    for round in 0..12 {
        let id = format!("i{round}");
        let wish = body(json!({}));
        let (put, delete) = tokio::join!(send(world.put(0, &id, &wish)), send(world.delete(1, &id)));
        // Once more, after the PUT was answered: this one counts.
        let last = send(world.delete(0, &id)).await;
        let (record, _) = world.record(&id).await.unwrap();
        match (put.status.as_u16(), delete.status.as_u16(), last.status.as_u16()) {
            (202, 202, 202) | (202, 410, 202) => assert!(record.job.operation.deletes() && !record.gone()),
            (422, 410, 410) => assert!(record.gone()),
            other => panic!("{other:?} {put:?} {delete:?} {last:?}"),
        }
    }
}

#[tokio::test]
async fn an_accept_rings_and_a_repeat_writes_down_that_somebody_was_told() {
    let world = World::new(1).await;
    let operation = send(world.put(0, "i", &body(json!({})))).await.operation();
    let (record, revision) = world.record("i").await.unwrap();
    assert_eq!(
        (
            record.job.accepted_revision,
            operation.ends_with(&format!(".{revision}"))
        ),
        (None, true)
    );
    let wake = Wake {
        worker: "provisioning".into(),
        lane: Lane::User,
        job: record.job.id.to_string(),
        leg: 0,
        key: record.key(),
        revision,
        traceparent: None,
        tracestate: None,
    };
    assert_eq!(world.bus.wake(&wake).await.unwrap(), Rung::Already);
    assert_eq!(send(world.put(0, "i", &body(json!({})))).await.operation(), operation);
    let (record, later) = world.record("i").await.unwrap();
    assert_eq!(record.job.accepted_revision, Some(revision));
    assert_eq!(send(world.put(0, "i", &body(json!({})))).await.operation(), operation);
    assert_eq!(world.record("i").await.unwrap().1, later, "once is enough");
}
