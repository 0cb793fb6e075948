//! Many PATCHes at once, through two gateways.
use super::{
    floor::{Floor, delete, get},
    racing::{is_in_the_way, operations, together},
    updates::{password, patch},
};
use chandler_simulators::bosh::TaskKind;
use serde_json::json;

const MANY: usize = 48;

pub(crate) async fn equal_patches_are_one_operation(floor: &Floor) {
    let id = "updates-equally";
    floor.provisioned(id, json!({})).await;
    let ask = |_| patch(id, &json!({"parameters": {"task_seconds": 4}}));
    let replies = together(floor, (0..MANY).map(ask)).await;
    assert!(replies.iter().all(|reply| reply.status == 202), "{replies:?}");
    assert_eq!(operations(&replies).len(), 1, "{replies:?}");
    let operation = replies[0].body["operation"].as_str().unwrap();
    assert_eq!(floor.ended(id, operation).await.body["state"], "succeeded");
    assert_eq!(floor.tasks(id, TaskKind::Deploy).len(), 2);
    floor.covers(&["HSE-9", "UPD-3", "AMB-4"]);
}

pub(crate) async fn of_different_patches_one_wins(floor: &Floor) {
    let id = "updates-differently";
    floor.provisioned(id, json!({})).await;
    let ask = |n: usize| {
        let parameters = json!({"password": format!("p-{n}"), "task_seconds": 4});
        patch(id, &json!({"parameters": parameters}))
    };
    let replies = together(floor, (0..MANY).map(ask)).await;
    let won: Vec<_> = (0..MANY).filter(|n| replies[*n].status == 202).collect();
    assert_eq!(won.len(), 1, "{replies:?}");
    for reply in replies.iter().filter(|reply| reply.status != 202) {
        assert_eq!((reply.status, reply.error()), (422, Some("ConcurrencyError")));
    }
    let operation = replies[won[0]].body["operation"].as_str().unwrap();
    assert_eq!(floor.ended(id, operation).await.body["state"], "succeeded");
    assert_eq!(password(&floor.manifest(id)), &json!(format!("p-{}", won[0])));
    assert_eq!(floor.tasks(id, TaskKind::Deploy).len(), 2);
    floor.covers(&["HSE-10", "UPD-19", "BLK-2"]);
}

/// Whoever comes first: what is told holds, and in the end nothing is left.
pub(crate) async fn patches_against_a_deprovision(floor: &Floor) {
    let id = "updates-while-going";
    floor.provisioned(id, json!({})).await;
    let ask = |n: usize| match n {
        6 => delete(id),
        _ => patch(id, &json!({"parameters": {"task_seconds": 2}})),
    };
    let replies = together(floor, (0..12).map(ask)).await;
    for (n, reply) in replies.iter().enumerate() {
        let fits = [202, 404].contains(&reply.status) || is_in_the_way(reply);
        assert!(fits && (n != 6 || reply.status == 202), "{n}: {reply:?}");
    }
    assert!(operations(&replies).len() <= 2, "{replies:?}");
    let remove = replies[6].body["operation"].as_str().unwrap();
    assert_eq!(floor.ended(id, remove).await.status, 410);
    assert!(!floor.is_deployed(id));
    floor.expect(404, get(id)).await;
    floor.covers(&["ERR-7", "UPD-19"]);
}
