//! Many at once on bindings, through two gateways.
use super::{
    binding::{bind, bind_now, fetch, unbind, unbind_now},
    floor::{Floor, LIMIT, delete},
    racing::{is_in_the_way, operations, together},
};
use chandler_proto::records::Record;
use chandler_tests::wait;
use serde_json::json;

const MANY: usize = 48;

pub(crate) async fn equal_puts_are_one_operation(floor: &Floor) {
    let (i, b) = ("binds-equally", "one");
    floor.provisioned(i, json!({})).await;
    let replies = together(floor, (0..MANY).map(|_| bind(i, b, json!({"adapter_sleep_ms": 2000})))).await;
    assert!(replies.iter().all(|reply| reply.status == 202), "{replies:?}");
    assert_eq!(operations(&replies).len(), 1, "{replies:?}");
    let operation = replies[0].body["operation"].as_str().unwrap();
    assert_eq!(floor.binding_ended(i, b, operation).await.body["state"], "succeeded");
    let made = floor.expect(200, fetch(i, b)).await.body;
    floor.credentials(i, b, &made);
    // Some wait, some poll: all get the same binding, which one of them made.
    let b = "waited";
    let ask = |n: usize| {
        if n.is_multiple_of(4) {
            bind(i, b, json!({}))
        } else {
            bind_now(i, b, json!({}))
        }
    };
    let replies = together(floor, (0..16).map(ask)).await;
    let statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    assert!(
        statuses.iter().all(|status| [200, 201, 202].contains(status)),
        "{statuses:?}"
    );
    assert!(
        statuses.iter().filter(|status| **status == 201).count() <= 1,
        "{statuses:?}"
    );
    assert!(operations(&replies).len() <= 1, "{replies:?}");
    let made = floor.expect(200, fetch(i, b)).await.body;
    floor.credentials(i, b, &made);
    for reply in replies.iter().filter(|reply| reply.status != 202) {
        assert_eq!(reply.body["credentials"], made["credentials"]);
    }
    let replies = together(floor, (0..MANY).map(|_| unbind(i, b))).await;
    assert!(
        replies.iter().all(|reply| [202, 410].contains(&reply.status)),
        "{replies:?}"
    );
    assert_eq!(operations(&replies).len(), 1, "{replies:?}");
    let operation = replies
        .iter()
        .find_map(|reply| reply.body["operation"].as_str())
        .unwrap();
    assert_eq!(floor.binding_ended(i, b, operation).await.status, 410);
    floor.has_no_remains(i, b);
    floor.covers(&["HSE-9", "BND-2", "UNB-2"]);
}

pub(crate) async fn of_different_puts_one_wins(floor: &Floor) {
    let (i, b) = ("binds-differently", "one");
    floor.provisioned(i, json!({})).await;
    let ask = |n: usize| bind(i, b, json!({"note": format!("n-{n}"), "adapter_sleep_ms": 1000}));
    let replies = together(floor, (0..MANY).map(ask)).await;
    let won: Vec<_> = (0..MANY).filter(|n| replies[*n].status == 202).collect();
    assert_eq!(won.len(), 1, "{replies:?}");
    let fits = |reply| is_in_the_way(reply) || reply.status == 202;
    assert!(replies.iter().all(fits), "{replies:?}");
    let operation = replies[won[0]].body["operation"].as_str().unwrap();
    assert_eq!(floor.binding_ended(i, b, operation).await.body["state"], "succeeded");
    let made = floor.expect(200, fetch(i, b)).await.body;
    assert_eq!(floor.credentials(i, b, &made)["note"], format!("n-{}", won[0]));
    floor.expect(200, ask(won[0])).await;
    floor.expect(409, ask(won[0] + 1)).await;
    floor.covers(&["HSE-10", "BND-4"]);
}

/// Whoever comes first: what is told holds, and in the end nothing is left.
pub(crate) async fn puts_and_deletes_together(floor: &Floor) {
    let i = "binds-and-unbinds";
    floor.provisioned(i, json!({})).await;
    for round in 0..4 {
        let b = format!("raced-{round}");
        let ask = |n: usize| match n % 2 {
            0 => bind(i, &b, json!({"adapter_sleep_ms": 300})),
            _ => unbind(i, &b),
        };
        let replies = together(floor, (0..16).map(ask)).await;
        for (n, reply) in replies.iter().enumerate() {
            let fits = match n % 2 {
                0 => [200, 202].contains(&reply.status) || is_in_the_way(reply),
                _ => [202, 410].contains(&reply.status),
            };
            assert!(fits, "{n}: {reply:?}");
        }
        assert!(
            operations(&replies).len() <= 2,
            "at most one creation and one deletion: {replies:?}"
        );
        let last = floor.ask(unbind_now(i, &b)).await;
        assert!([200, 410].contains(&last.status), "{last:?}");
        floor.has_no_remains(i, &b);
        floor.expect(404, fetch(i, &b)).await;
    }
}

/// Different bindings are not in each other's way; a deprovision takes them all along, also those under way.
pub(crate) async fn an_instance_goes_with_its_bindings(floor: &Floor) {
    let i = "goes-with-all";
    floor.provisioned(i, json!({})).await;
    let name = |n: usize| format!("b-{n}");
    let replies = together(floor, (0..8).map(|n| bind(i, &name(n), json!({})))).await;
    assert!(replies.iter().all(|reply| reply.status == 202), "{replies:?}");
    assert_eq!(operations(&replies).len(), 8, "each is an operation of its own");
    for (n, reply) in replies.iter().enumerate().take(4) {
        let operation = reply.body["operation"].as_str().unwrap();
        assert_eq!(
            floor.binding_ended(i, &name(n), operation).await.body["state"],
            "succeeded"
        );
        floor.credentials(i, &name(n), &floor.expect(200, fetch(i, &name(n))).await.body);
    }
    let slow = floor
        .accepted(bind(i, "slow", json!({"adapter_sleep_after_ms": 3000})))
        .await;
    let remove = floor.accepted(delete(i)).await;
    assert_eq!(floor.ended(i, &remove).await.status, 410);
    for b in (0..8).map(name).chain(["slow".to_owned()]) {
        let gone = floor.binding_record(i, &b).await.filter(Record::gone);
        assert!(gone.is_some(), "{b}: {gone:?}");
        floor.has_no_remains(i, &b);
        floor.expect(404, fetch(i, &b)).await;
        floor.expect(410, unbind(i, &b)).await;
    }
    let reply = floor.ask(super::binding::poll(i, "slow", Some(&slow))).await;
    assert!(reply.status == 404 || reply.body["state"].is_string(), "{reply:?}");
    assert!(!floor.is_deployed(i));
    floor.covers(&["DEP-8", "BND-8"]);
}

/// Binds and a deprovision at once: none is left behind, whoever was first.
pub(crate) async fn binds_against_a_deprovision(floor: &Floor) {
    let i = "binds-while-going";
    floor.provisioned(i, json!({})).await;
    let name = |n: usize| format!("late-{n}");
    let ask = |n: usize| {
        if n == 6 {
            delete(i)
        } else {
            bind(i, &name(n), json!({}))
        }
    };
    let replies = together(floor, (0..12).map(ask)).await;
    let remove = replies[6].body["operation"].as_str().unwrap();
    for (n, reply) in replies.iter().enumerate() {
        assert!(
            reply.status == 202 || reply.status == 404 || is_in_the_way(reply),
            "{n}: {reply:?}"
        );
    }
    assert_eq!(floor.ended(i, remove).await.status, 410);
    for n in (0..12).filter(|n| *n != 6) {
        wait::until("it is decided", LIMIT, || async {
            let record = floor.binding_record(i, &name(n)).await;
            record.is_none_or(|record| record.job.finished()).then_some(())
        })
        .await;
        floor.has_no_remains(i, &name(n));
        floor.expect(404, fetch(i, &name(n))).await;
    }
    floor.covers(&["ERR-7"]);
}
