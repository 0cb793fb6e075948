//! Binds: what the platform gets, and what is left when they fail.
use crate::{
    records::Wish,
    world::{DEPLOYMENT, World},
};
use chandler_engine::probe::{Crashed, POINTS, Point, Probe};
use chandler_proto::{
    failure::SyncError,
    job::State,
    operation::Operation,
    records::{Past, Phase},
};
use chandler_testing::{probes::DiesAt, records::failure};
use serde_json::json;
use std::{
    os::unix::fs::PermissionsExt,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

fn plain() -> Wish {
    Wish {
        secure: false,
        reader: None,
        ..Wish::default()
    }
}

#[tokio::test]
async fn a_plain_bind_answers_what_the_adapter_says() {
    let world = World::start().await;
    let mounts = json!([{"driver": "nfs", "mode": "rw", "container_dir": "/d", "device_type": "shared", "device": {"volume_id": "v"}}]);
    let given = json!({"note": "n", "syslog_drain_url": "syslog://h", "volume_mounts": mounts, "metadata": {"expires_at": "2030-01-01T00:00:00Z"}});
    let wish = Wish {
        parameters: given.clone(),
        ..plain()
    };
    let record = world.run(&world.bind("b-1", &wish)).await;
    let answer = world.answer(&record);
    assert_eq!(
        answer["credentials"]["password"],
        world.user("b-1").unwrap()["password"]
    );
    assert_eq!(answer["credentials"]["note"], "n");
    for member in ["syslog_drain_url", "volume_mounts", "metadata"] {
        assert_eq!(answer[member], given[member], "{member}");
    }
    assert_eq!(world.credhub.names(), Vec::<String>::new());
    let kept = String::from_utf8(record.bytes()).unwrap();
    assert!(
        !kept.contains(answer["credentials"]["password"].as_str().unwrap()),
        "it is in the record in the clear"
    );
    assert_eq!(record.job.sealed.len(), 0, "the request is dropped");
    let gone = world.run(&world.unbind(&record, false)).await;
    assert!(matches!(gone.phase, Phase::Gone { .. }), "{:?}", gone.job.state);
    assert_eq!(gone.job.facts.was_gone, Some(false));
    world.nothing_of("b-1").await;
}

#[tokio::test]
async fn there_already_is_a_conflict_only_for_the_first() {
    let world = World::start().await;
    world.make_user("b-1");
    let first = world.bind("b-1", &plain());
    let record = world.run(&first).await;
    assert_eq!(failure(&record).error, Some(SyncError::Conflict));
    let told = &failure(&record).for_user;
    let trail = format!("operation-id: {})", record.job.id);
    assert!(
        told.starts_with("binding already exists (broker-request-id: ") && told.ends_with(&trail),
        "{told}"
    );
    assert_eq!(world.user("b-1").unwrap()["password"], "old", "it isn't ours to touch");
    let mut second = world.bind("b-1", &plain());
    second.before = Some(Past::of(&first.job, world.ground.now()));
    let record = world.run(&second).await;
    let answer = world.answer(&record);
    assert_eq!(
        answer["credentials"]["password"],
        world.user("b-1").unwrap()["password"]
    );
    assert_ne!(answer["credentials"]["password"], "old");
}

#[tokio::test]
async fn exit_codes_are_told_as_odb_tells_them() {
    let world = World::start().await;
    let fails = |code: u8, stdout: &str| {
        world.control(&json!({"commands": ["create-binding"], "exit_code": code, "stdout": stdout}));
        world.bind(&format!("b-{code}"), &plain())
    };
    let record = world.run(&fails(1, "sorry, no more users")).await;
    assert_eq!(failure(&record).for_user, "sorry, no more users");
    assert!(
        !failure(&record).for_operator.contains("sorry"),
        "{:?}",
        failure(&record)
    );
    let record = world.run(&fails(42, "")).await;
    assert_eq!(failure(&record).error, Some(SyncError::RequiresApp));
    let record = world.run(&fails(10, "")).await;
    assert!(
        failure(&record)
            .for_operator
            .contains("does not implement create-binding")
    );
    assert!(
        failure(&record)
            .for_user
            .starts_with("Binding creation failed: There was a problem")
    );
    let mut again = fails(49, "");
    again.before = Some(Past::of(&record.job, world.ground.now()));
    let record = world.run(&again).await;
    assert_eq!(record.job.attempts, 5, "three creates, two undos between them");
    assert_eq!(failure(&record).error, None);
}

#[tokio::test]
async fn only_an_instance_that_is_there_to_stay_is_bound() {
    let world = World::without_instance(|_| {}).await;
    let told = |record: &chandler_proto::records::Record| failure(record).for_user.clone();
    let record = world.run(&world.bind("b-1", &plain())).await;
    assert!(told(&record).contains("does not exist"), "{}", told(&record));
    world.ground.write(&world.instance(), 0).await;
    let record = world.run(&world.bind("b-2", &plain())).await;
    assert!(
        told(&record).starts_with("Binding creation failed: instance does not exist. (broker-request-id: "),
        "no deployment: {}",
        told(&record)
    );
    world.deploy(&json!("hunter2")).await;
    world
        .change_instance(|it| (it.job.operation, it.job.state) = (Operation::Deprovision, State::Running))
        .await;
    let record = world.run(&world.bind("b-3", &plain())).await;
    assert!(told(&record).contains("is being deleted"), "{}", told(&record));
    for binding in ["b-1", "b-2", "b-3"] {
        world.nothing_of(binding).await;
    }
}

#[tokio::test]
async fn what_a_failed_bind_leaves_is_for_the_unbind() {
    let world = World::start().await;
    world.control(&json!({"commands": ["create-binding"], "exit_after_code": 7}));
    let record = world.run(&world.bind("b-1", &plain())).await;
    assert!(
        failure(&record).for_operator.contains("exited with 7"),
        "{:?}",
        failure(&record)
    );
    assert!(world.user("b-1").is_some());
    world.control(&json!({}));
    let gone = world.run(&world.unbind(&record, false)).await;
    assert!(matches!(gone.phase, Phase::Gone { .. }), "{:?}", gone.job.state);
    world.nothing_of("b-1").await;
}

#[tokio::test]
async fn an_adapter_that_hangs_after_its_work_is_killed_and_its_user_replaced() {
    let world = World::with(|yml| yml["chandler"]["workers"]["adapter_seconds"] = 3.into()).await;
    world.control(&json!({"commands": ["create-binding"], "sleep_after_ms": 60_000}));
    let bind = world.bind("b-1", &Wish::default());
    let mend = async {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(user) = world.user("b-1") {
                world.control(&json!({}));
                return user;
            }
            assert!(Instant::now() < end, "the adapter never ran");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let (record, hung) = tokio::join!(world.run(&bind), mend);
    world.answer(&record);
    let user = world.user("b-1").unwrap();
    assert_ne!(
        user["password"], hung["password"],
        "nobody had the credentials of the first"
    );
    assert_eq!(
        world.credhub.get(&World::name("b-1")).unwrap()["password"],
        user["password"]
    );
    assert_eq!(record.job.facts.unsure, Some(false));
}

#[tokio::test]
async fn wherever_a_worker_dies_the_credentials_work() {
    let world = World::start().await;
    for (n, point) in POINTS.into_iter().enumerate() {
        for pass in 1..=2 {
            let binding = format!("b-{n}-{pass}");
            let probe = DiesAt::time(point, pass);
            let record = world.run_with(&world.bind(&binding, &Wish::default()), &probe).await;
            let answer = world.answer(&record);
            let name = World::name(&binding);
            assert_eq!(answer["credentials"], json!({"credhub-ref": name}), "{point:?}");
            let kept = world.credhub.get(&name).unwrap();
            assert_eq!(kept["password"], world.user(&binding).unwrap()["password"], "{point:?}");
            let probe = DiesAt::time(point, pass);
            let gone = world.run_with(&world.unbind(&record, true), &probe).await;
            assert!(
                matches!(gone.phase, Phase::Gone { .. }),
                "{point:?}: {:?}",
                gone.job.state
            );
            world.nothing_of(&binding).await;
        }
    }
    assert!(POINTS.contains(&Point::Acted));
}

#[tokio::test]
async fn a_director_that_is_away_is_waited_for_until_the_deadline() {
    let world = World::start().await;
    world
        .director
        .world()
        .set_outage(Some(chandler_simulators::common::Outage::Api));
    let mut bind = world.bind("b-1", &plain());
    bind.job.deadline = world.ground.now().plus(Duration::from_secs(60));
    let record = world.run(&bind).await;
    let said = &failure(&record).for_operator;
    assert!(said.contains("deadline passed") && said.contains("Director"), "{said}");
    let waited = world.ground.now().since(record.job.accepted_at);
    assert!(waited > Duration::from_secs(60), "{waited:?}");
    world.director.world().set_outage(None);
    assert!(world.director.world().deployment(DEPLOYMENT).is_some());
    world.nothing_of("b-1").await;
}

/// The adapter can't be started before so many acts are over.
struct NotBefore<'a>(&'a World, AtomicUsize);

impl NotBefore<'_> {
    fn can_run(&self, can: bool) {
        let mode = if can { 0o755 } else { 0o644 };
        let path = self.0.dir.path().join("adapter");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}

impl Probe for NotBefore<'_> {
    async fn at(&self, point: Point) -> Result<(), Crashed> {
        if point == Point::Acted && self.1.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.can_run(true);
        }
        Ok(())
    }
}

#[tokio::test]
async fn only_creates_that_ran_are_tries() {
    let world = World::start().await;
    world.control(&json!({"commands": ["create-binding"], "exit_code": 49, "stdout": ""}));
    for (binding, not_started) in [("b-1", 1), ("b-2", 6)] {
        let probe = NotBefore(&world, AtomicUsize::new(not_started));
        probe.can_run(false);
        let record = world.run_with(&world.bind(binding, &plain()), &probe).await;
        let last = &failure(&record).for_operator;
        assert!(last.contains("exited with 49"), "{last}");
        let ran = record.job.attempts as usize - not_started;
        assert_eq!(ran, 6, "three undos, each before a create");
    }
}
