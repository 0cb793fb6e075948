//! Bindings of a plan, or of an offering, that the worker's configuration hasn't.
use crate::{records::Wish, world::World};
use chandler_binding::{room::Outside, settings::Settings};
use chandler_common::program::Settings as _;
use chandler_engine::probe::NoProbe;
use chandler_proto::{config, job::State, records::Record};
use chandler_testing::{
    records::{done, succeeded},
    settings::SERVICE,
};
use serde_json::{Value, json};

const WAITS: &str = "waiting for a worker whose configuration has its plan";

/// A worker of the same kind on the same bus, with another file.
fn worker(world: &World, yml: &Value) -> Outside {
    let (_, settings) = config::load(&yml.to_string(), Settings::of).unwrap_or_else(|wrong| panic!("{wrong}"));
    Outside::new(settings, &world.ground.store)
}

/// The plan has another id.
fn another_plan(yml: &Value) -> Value {
    let mut yml = yml.clone();
    yml["service_catalog"]["plans"][0]["plan_id"] = "another-plan".into();
    yml
}

/// There are two other offerings.
fn two_others(yml: &Value) -> Value {
    let mut yml = another_plan(yml);
    yml["service_catalog"]["id"] = "another-service".into();
    yml["service_catalog"]["service_name"] = "another".into();
    let mut third = json!({});
    for section in ["service_adapter", "service_catalog", "service_deployment"] {
        third[section] = yml[section].clone();
    }
    third["service_catalog"]["id"] = "third-service".into();
    third["service_catalog"]["service_name"] = "third".into();
    third["service_catalog"]["plans"][0]["plan_id"] = "third-plan".into();
    yml["chandler"]["offerings"] = json!([third]);
    yml
}

async fn drive(world: &World, worker: &Outside, record: &Record, wanted: impl Fn(&Record) -> bool) -> Record {
    let key = record.key();
    world.ground.drive(worker, &key, &NoProbe, |_| (), wanted).await
}

fn waits(record: &Record) -> bool {
    assert!(!done(record), "{record:#?}");
    let fault = record.job.last_fault.clone().unwrap_or_default();
    let named = format!("offering example-kv ({SERVICE}) is not in the configuration of this process");
    record.job.note.as_deref() == Some(WAITS) && fault.contains(&named)
}

#[tokio::test]
async fn where_the_offering_has_left_bind_and_unbind_wait_for_a_worker_that_has_it() {
    let world = World::start().await;
    let (binding, lacking) = ("b-1", worker(&world, &two_others(&world.yml)));
    let bind = world.bind(binding, &Wish::default());
    world.ground.put(&bind).await;
    drive(&world, &lacking, &bind, waits).await;
    world.nothing_of(binding).await;
    let bound = drive(&world, world.room(), &bind, done).await;
    succeeded(&bound);
    assert!(world.user(binding).is_some());

    let unbind = world.unbind(&bound, true);
    world.ground.put(&unbind).await;
    drive(&world, &lacking, &unbind, waits).await;
    assert!(world.user(binding).is_some(), "nobody's adapter was asked");
    let gone = drive(&world, world.room(), &unbind, done).await;
    succeeded(&gone);
    world.nothing_of(binding).await;
}

/// An operator who says that it has left for good is not kept waiting; and `force` goes on without the adapter.
#[tokio::test]
async fn where_the_offering_has_left_for_good_unbind_fails_at_once_and_goes_on_when_it_is_forced() {
    let world = World::start().await;
    let mut yml = two_others(&world.yml);
    yml["chandler"]["allow_missing_plans"] = true.into();
    let lacking = worker(&world, &yml);
    for (binding, force) in [("b-1", false), ("b-2", true)] {
        let bind = world.bind(binding, &Wish::default());
        world.ground.put(&bind).await;
        let bound = drive(&world, world.room(), &bind, done).await;
        succeeded(&bound);
        let mut unbind = world.unbind(&bound, true);
        unbind.job.force = force;
        world.ground.put(&unbind).await;
        let ended = drive(&world, &lacking, &unbind, done).await;
        assert!(world.user(binding).is_some(), "nobody's adapter was asked");
        assert_eq!(ended.job.faults, 0, "it didn't wait");
        match &ended.job.state {
            State::Failed { failure, .. } if !force => {
                let named = format!("offering example-kv ({SERVICE}) is not in the configuration");
                assert!(failure.for_operator.contains(&named), "{failure:?}");
            }
            state => assert!(force && matches!(state, State::Succeeded { .. }), "{state:?}"),
        }
    }
}

/// What is enough for it is in the record.
#[tokio::test]
async fn bind_and_unbind_need_no_plan() {
    let world = World::start().await;
    let worker = worker(&world, &another_plan(&world.yml));
    let bind = world.bind("b-1", &Wish::default());
    world.ground.put(&bind).await;
    let bound = drive(&world, &worker, &bind, done).await;
    assert_eq!(
        world.answer(&bound)["credentials"],
        json!({ "credhub-ref": World::name("b-1") })
    );
    let unbind = world.unbind(&bound, true);
    world.ground.put(&unbind).await;
    succeeded(&drive(&world, &worker, &unbind, done).await);
    world.nothing_of("b-1").await;
}
