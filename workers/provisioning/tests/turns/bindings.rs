//! The leg Bindings of a deprovision.
use crate::{
    records::{bound, deprovision, job, record},
    site::Site,
};
use chandler_engine::probe::{Crashed, POINTS, Point, Probe};
use chandler_proto::{
    failure::Failure,
    job::{Event, Facts, State},
    layout::Lane,
    operation::Operation,
    records::Record,
};
use chandler_testing::probes::DiesAt;
use std::time::Duration;

const I: &str = "instance.i";

fn unbinding(record: &Record) -> bool {
    record.job.operation == Operation::Unbind && record.job.state == State::Running
}

/// The binding worker's part.
async fn unbind(site: &Site, key: &str) {
    while !site.ground.read(key).await.0.gone() {
        site.apply(
            key,
            Event::LegDone {
                facts: Facts::default(),
            },
        )
        .await;
    }
}

async fn wakes(site: &Site) -> Vec<String> {
    let mut source = site
        .ground
        .connected("binding")
        .await
        .bus()
        .wakes("binding", Lane::User)
        .await
        .unwrap();
    let mut keys = vec![];
    while let Some(delivery) = source.fetch(1, Duration::from_millis(200)).await.unwrap().pop() {
        let delivery = delivery.unwrap();
        keys.push(delivery.wake.key.clone());
        delivery.ack().await.unwrap();
    }
    keys.sort();
    keys
}

#[tokio::test]
async fn every_binding_is_unbound_before_the_deployment_goes() {
    let site = Site::start(|_| ()).await;
    let waits = |record: &Record| record.job.note.as_deref() == Some("removing 3 bindings");
    site.ground.write(&bound(&site, "i", "a"), 0).await;
    site.ground
        .write(&record("i", Some("b"), job(Operation::Bind, site.ground.now())), 0)
        .await;
    let running = record("i", Some("c"), job(Operation::Unbind, site.ground.now()));
    site.ground.write(&running, 0).await;
    site.ground.write(&bound(&site, "i2", "a"), 0).await;
    site.ground.write(&deprovision(&site, "i", 0), 0).await;

    let parent = site.drive(I, waits).await;
    for key in ["binding.i.a", "binding.i.b"] {
        let (child, _) = site.ground.read(key).await;
        assert!(unbinding(&child), "{child:#?}");
        assert_eq!(child.job.request_identity, parent.job.request_identity);
        assert_eq!(
            child.job.deadline,
            child.job.accepted_at.plus(Duration::from_secs(77)),
            "as the plan says"
        );
        assert_eq!(child.job.itinerary.len(), 2, "delete, revoke");
    }
    assert_eq!(
        site.ground.read("binding.i.c").await.0.job.id,
        running.job.id,
        "one that runs is left alone"
    );
    assert_eq!(
        site.ground.read("binding.i2.a").await.0.job.operation,
        Operation::Bind,
        "another instance's"
    );
    assert_eq!(wakes(&site).await, ["binding.i.a", "binding.i.b"]);

    unbind(&site, "binding.i.a").await;
    unbind(&site, "binding.i.b").await;
    let one = site
        .drive(I, |record| record.job.note.as_deref() == Some("removing 1 binding"))
        .await;
    assert_eq!(one.job.leg, 0);
    unbind(&site, "binding.i.c").await;
    assert_eq!(
        site.drive(I, |record| record.job.leg == 1).await.job.state,
        State::Running
    );
    assert_eq!(
        site.servers.bosh.world().journal().counts,
        [],
        "the Director isn't asked"
    );
}

#[tokio::test]
async fn an_unbind_that_fails_fails_the_deprovision_and_the_next_one_begins_again() {
    let site = Site::start(|_| ()).await;
    site.ground.write(&bound(&site, "i", "a"), 0).await;
    site.ground.write(&deprovision(&site, "i", 0), 0).await;
    site.drive(I, |record| record.job.note.is_some()).await;
    site.apply(
        "binding.i.a",
        Event::Failed(Failure::new("the user is told", "the cause")),
    )
    .await;
    let (first, _) = site.ground.read("binding.i.a").await;

    let failed = site.drive(I, |record| record.job.finished()).await;
    let State::Failed { failure, .. } = &failed.job.state else {
        panic!("{failed:#?}")
    };
    let told = "Instance deletion failed: the user is told (broker-request-id: ";
    assert!(failure.for_user.starts_with(told), "{failure:?}");
    let own = format!("operation-id: {}", failed.job.id);
    assert!(failure.for_user.contains(&own), "{failure:?}");
    assert_eq!(failure.for_operator, "the unbind of a failed: the cause");

    let (_, revision) = site.ground.read(I).await;
    site.ground.write(&deprovision(&site, "i", 0), revision).await;
    site.drive(I, |record| record.job.attempts > 0).await;
    let (again, _) = site.ground.read("binding.i.a").await;
    assert!(unbinding(&again) && again.job.id != first.job.id, "{again:#?}");
    unbind(&site, "binding.i.a").await;
    site.drive(I, |record| record.job.leg == 1).await;
}

#[tokio::test]
async fn a_worker_may_die_anywhere() {
    let site = Site::start(|_| ()).await;
    for (n, point) in POINTS.into_iter().enumerate() {
        let (id, dies) = (format!("i{n}"), DiesAt::first(point));
        let (key, binding) = (format!("instance.{id}"), format!("binding.{id}.a"));
        site.ground.write(&bound(&site, &id, "a"), 0).await;
        site.ground.write(&deprovision(&site, &id, 0), 0).await;
        let mut turns = 0;
        while !unbinding(&site.ground.read(&binding).await.0) {
            if site.turn(&key, &dies).await.is_err() {
                site.ground.clock.advance(Duration::from_secs(31));
            }
            turns += 1;
            assert!(turns < 10, "{point:?}");
        }
        let (child, _) = site.ground.read(&binding).await;
        unbind(&site, &binding).await;
        site.drive_with(&key, &dies, |record| record.job.leg == 1).await;
        assert_eq!(
            site.ground.read(&binding).await.0.job.id,
            child.job.id,
            "{point:?}: one unbind, once"
        );
        assert!(dies.was_met(), "{point:?} was passed");
    }
}

/// The platform unbinds between the look and the act.
struct Unbinds<'a>(&'a Site);

impl Probe for Unbinds<'_> {
    async fn at(&self, point: Point) -> Result<(), Crashed> {
        let (there, revision) = self.0.ground.read("binding.i.a").await;
        if point == Point::Checkpointed && there.job.operation == Operation::Bind {
            let unbind = record("i", Some("a"), job(Operation::Unbind, self.0.ground.now()));
            self.0.ground.write(&unbind, revision).await;
        }
        Ok(())
    }
}

#[tokio::test]
async fn whoever_writes_a_binding_first_is_not_overwritten() {
    let site = Site::start(|_| ()).await;
    site.ground.write(&bound(&site, "i", "a"), 0).await;
    site.ground.write(&deprovision(&site, "i", 0), 0).await;
    let told = |record: &Record| record.job.attempts > 0 && record.job.act_until.is_none();
    site.drive_with(I, &Unbinds(&site), told).await;
    let (there, _) = site.ground.read("binding.i.a").await;
    assert!(
        unbinding(&there) && there.before.is_none(),
        "the platform's own: {there:#?}"
    );
    site.apply("binding.i.a", Event::Failed(Failure::new("u", "o"))).await;
    let failed = site.drive(I, |record| record.job.finished()).await;
    assert!(
        matches!(failed.job.state, State::Failed { .. }),
        "it is younger than the deprovision: {failed:#?}"
    );
}
