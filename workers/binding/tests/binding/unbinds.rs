//! Unbinds work from whatever is left.
use crate::{
    records::Wish,
    world::{DEPLOYMENT, World},
};
use chandler_clients::CallContext;
use chandler_proto::records::{Phase, Record};
use chandler_testing::records::failure;
use serde_json::{Value, json};
use std::time::Duration;

fn is_gone(record: &Record) {
    assert!(matches!(record.phase, Phase::Gone { .. }), "{:?}", record.job.state);
}
fn refuses() -> Value {
    json!({"commands": ["delete-binding"], "exit_code": 1, "stdout": "not today"})
}

#[tokio::test]
async fn what_the_adapter_refuses_still_leaves_credhub_clean() {
    let world = World::start().await;
    let bound = world.run(&world.bind("b-1", &Wish::default())).await;
    world.control(&refuses());
    let failed = world.run(&world.unbind(&bound, true)).await;
    assert_eq!(failure(&failed).for_user, "not today");
    assert!(!failed.gone());
    assert_eq!(world.credhub.get(&World::name("b-1")), None);
    assert!(world.user("b-1").is_some());
    world.control(&json!({}));
    is_gone(&world.run(&world.unbind(&failed, true)).await);
    world.nothing_of("b-1").await;
}

#[tokio::test]
async fn a_plain_one_fails_at_once_and_a_forced_one_goes_on() {
    let world = World::start().await;
    let plain = Wish {
        secure: false,
        reader: None,
        ..Wish::default()
    };
    let bound = world.run(&world.bind("b-1", &plain)).await;
    world.control(&refuses());
    let failed = world.run(&world.unbind(&bound, false)).await;
    assert_eq!(failure(&failed).for_user, "not today");
    for secure in [false, true] {
        let mut forced = world.unbind(&failed, secure);
        forced.job.force = true;
        is_gone(&world.run(&forced).await);
    }
    assert!(world.user("b-1").is_some(), "the adapter refused, and it was forced");
}

#[tokio::test]
async fn what_is_gone_is_gone() {
    let world = World::start().await;
    // Never bound: a bind whose job was replaced before its first turn.
    let unbound = world.unbind(&world.bind("b-1", &Wish::default()), true);
    let gone = world.run(&unbound).await;
    is_gone(&gone);
    assert_eq!(gone.job.facts.was_gone, Some(true), "41");
    // Bound, and the deployment is gone.
    let bound = world.run(&world.bind("b-2", &Wish::default())).await;
    let (call, limit) = (CallContext::default(), Duration::from_secs(10));
    world
        .client
        .delete_deployment(DEPLOYMENT, false, "", &call, limit)
        .await
        .unwrap();
    assert_eq!(world.director.world().deployment(DEPLOYMENT), None);
    let gone = world.run(&world.unbind(&bound, true)).await;
    is_gone(&gone);
    assert_eq!(gone.job.facts.was_gone, Some(true));
    assert_eq!(world.credhub.names(), Vec::<String>::new());
}
