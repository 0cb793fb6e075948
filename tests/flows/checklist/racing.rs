//! Many at once, through two gateways.
use super::{
    floor::{Floor, delete, put, put_with},
    wire::{Reply, Request},
};
use chandler_simulators::bosh::TaskKind;
use chandler_tests::{platform::Platform, settings::LARGE};
use futures::future::join_all;
use serde_json::json;
use std::collections::BTreeSet;

const MANY: usize = 64;

pub(crate) async fn together(floor: &Floor, requests: impl Iterator<Item = Request>) -> Vec<Reply> {
    join_all(requests.map(|request| floor.ask(request))).await
}

/// The operations of all 202s.
pub(crate) fn operations(replies: &[Reply]) -> BTreeSet<String> {
    replies
        .iter()
        .filter(|reply| reply.status == 202)
        .map(|reply| reply.body["operation"].to_string())
        .collect()
}

pub(crate) fn is_in_the_way(reply: &Reply) -> bool {
    reply.status == 409 || reply.status == 422 && reply.error() == Some("ConcurrencyError")
}

pub(crate) async fn equal_puts_are_one_operation(floor: &Floor) {
    let id = "raced-equal";
    let replies = together(floor, (0..MANY).map(|_| put(id, json!({"task_seconds": 5})))).await;
    assert!(replies.iter().all(|reply| reply.status == 202), "{replies:?}");
    assert_eq!(operations(&replies).len(), 1, "{replies:?}");
    let operation = replies[0].body["operation"].as_str().unwrap();
    assert_eq!(floor.ended(id, operation).await.body["state"], "succeeded");
    assert_eq!(floor.tasks(id, TaskKind::Deploy).len(), 1);
    let replies = together(floor, (0..MANY).map(|_| delete(id))).await;
    assert!(
        replies.iter().all(|reply| [202, 410].contains(&reply.status)),
        "{replies:?}"
    );
    assert_eq!(operations(&replies).len(), 1, "{replies:?}");
    floor.covers(&["HSE-9", "PRV-2", "DEP-2"]);
}

pub(crate) async fn of_different_puts_one_wins(floor: &Floor) {
    let id = "raced-different";
    let different = |n: usize| {
        let mut body = Platform::body(json!({"password": format!("p-{n}"), "task_seconds": 5}));
        if n.is_multiple_of(2) {
            body["plan_id"] = json!(LARGE);
        }
        body
    };
    let ask = |n: usize| put_with(id, "accepts_incomplete=true", &different(n));
    let replies = together(floor, (0..MANY).map(ask)).await;
    let won: Vec<_> = (0..MANY).filter(|n| replies[*n].status == 202).collect();
    assert_eq!(won.len(), 1, "{replies:?}");
    assert!(
        replies.iter().all(|reply| reply.status == 202 || is_in_the_way(reply)),
        "{replies:?}"
    );
    let operation = replies[won[0]].body["operation"].as_str().unwrap();
    assert_eq!(floor.accepted(ask(won[0])).await, operation);
    assert_eq!(floor.ended(id, operation).await.body["state"], "succeeded");
    floor.expect(200, ask(won[0])).await;
    floor.expect(409, ask(won[0] + 1)).await;
    assert_eq!(floor.tasks(id, TaskKind::Deploy).len(), 1);
    floor.covers(&["HSE-10", "PRV-4"]);
}

/// Whoever comes first: what is told holds, and in the end nothing is left.
pub(crate) async fn puts_and_deletes_together(floor: &Floor) {
    for round in 0..4 {
        let id = format!("raced-{round}");
        let ask = |n: usize| {
            if n.is_multiple_of(2) {
                put(&id, json!({"task_seconds": 5}))
            } else {
                delete(&id)
            }
        };
        let replies = together(floor, (0..16).map(ask)).await;
        for (n, reply) in replies.iter().enumerate() {
            let fits = if n.is_multiple_of(2) {
                reply.status == 202 || is_in_the_way(reply)
            } else {
                [202, 410].contains(&reply.status)
            };
            assert!(fits, "{n}: {reply:?}");
        }
        assert!(
            operations(&replies).len() <= 2,
            "at most one creation and one deletion: {replies:?}"
        );
        let last = floor.ask(delete(&id)).await;
        if last.status == 202 {
            floor.ended(&id, last.body["operation"].as_str().unwrap()).await;
        } else {
            assert_eq!(last.status, 410, "{last:?}");
        }
        assert!(!floor.is_deployed(&id));
        assert!(floor.tasks(&id, TaskKind::Deploy).len() <= 1);
    }
}
