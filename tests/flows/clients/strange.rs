//! Clients that somebody else made, and a UAA that is away for good.
use super::{LIMIT, defined, deprovisioned, fails, secret, start, succeeds, touch, undefined};
use chandler_simulators::{common::Outage, uaa::Client};
use chandler_tests::{wait, world::World};
use serde_json::json;
use std::time::Duration;

/// Somebody's client with the id of an instance.
fn of_somebody(id: &str) -> Client {
    Client::new(id, "theirs", &["uaa.none"])
}

/// The operator reads in the log what to do about it.
async fn log_says(world: &World, id: &str, words: &str) {
    wait::until(&format!("the log says {words:?} of {id}"), LIMIT, || async {
        let log = world.client_workers[0].output();
        log.lines()
            .any(|line| line.contains(id) && line.contains(words))
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_client_that_somebody_else_made_is_never_touched() {
    let mut world = start(undefined).await;
    let (old, new) = ("was-there", "comes-new");
    world.platform.provision(old, json!({})).await;
    for id in [old, new] {
        world.uaa().put_client(of_somebody(id));
    }
    world.reconfigure(defined).await;
    let p = &world.platform;
    let untouched = |id: &str| assert!(world.client(id) == Some(of_somebody(id)), "{id}");

    fails(&world, new, p.put(new, json!({}))).await;
    let deployment = world.director.deployment(&format!("service-instance_{new}"));
    assert!(deployment.is_none(), "nothing is deployed");
    let before = world.manifest(old);
    fails(&world, old, touch(&world, old)).await;
    assert_eq!(world.manifest(old), before, "nothing is deployed");
    for id in [old, new] {
        log_says(
            &world,
            id,
            &format!("a client {id} exists at the UAA that this broker didn't make; remove it there"),
        )
        .await;
        untouched(id);
    }
    // The platform removes what it couldn't create.
    deprovisioned(p, &world, new).await;
    untouched(new);
    deprovisioned(p, &world, old).await;
    untouched(old);
}

#[tokio::test]
async fn when_the_strangers_client_has_gone_the_instance_gets_its_own() {
    let (world, id) = (start(defined).await, "comes-again");
    world.uaa().put_client(of_somebody(id));
    let put = || world.platform.put(id, json!({}));
    fails(&world, id, put()).await;
    assert!(world.uaa().remove_client(id));
    succeeds(&world, id, put()).await;
    assert!(secret(&world, id).await != "theirs");
    deprovisioned(&world.platform, &world, id).await;
    assert!(world.client(id).is_none());
}

#[tokio::test]
async fn a_forced_deprovision_goes_on_without_the_uaa_and_another_waits_for_it() {
    let world = start(defined).await;
    let (p, forced, patient) = (&world.platform, "forced", "patient");
    for id in [forced, patient] {
        p.provision(id, json!({})).await;
        assert!(world.client(id).is_some());
    }
    world.uaa().set_outage(Some(Outage::Connections));
    let waits = p.accepted(p.delete(patient)).await;
    let goes = p.accepted(p.delete(forced).query(&[("force", "true")])).await;
    let (answer, _) = p.ended(forced, &goes, Duration::from_secs(90)).await;
    assert_eq!(answer.status, 410, "{answer:?}");
    assert!(world.manifest(forced).is_null());
    log_says(&world, forced, "the UAA client is left there").await;

    let poll = p.send(p.last_operation(patient, Some(&waits))).await;
    let text = poll.body["description"].as_str().unwrap();
    assert!(
        poll.body["state"] == "in progress" && text.contains("waiting for the UAA"),
        "{poll:?}"
    );
    assert!(world.manifest(patient).is_null(), "all else is done");
    world.uaa().set_outage(None);
    let (answer, _) = p.ended(patient, &waits, LIMIT).await;
    assert_eq!(answer.status, 410, "{answer:?}");
    assert!(world.client(patient).is_none());
    assert!(world.client(forced).is_some(), "as the log said");
}
