//! The adapter itself is where it goes wrong: its worker stands still inside it, it runs out of time, it says 49.
use super::{
    frozen::{self, Meanwhile},
    seen,
    stage::{Case, Ground, HOME, Stage, Story, patient},
};
use chandler_engine::probe::Point;
use chandler_proto::{
    failure::{Failure, SyncError},
    job::State,
    records::Record,
};
use chandler_tests::{rig::Fate, service::Side, world::Plan};
use serde_json::{Value, json};

/// The guard ends every run after two real seconds, however still its worker stands.
fn short(json: &mut Value) {
    patient(json);
    json["chandler"]["workers"]["adapter_seconds"] = json!(2);
}

async fn short_stage(ground: Ground) -> Stage {
    let plan = Plan {
        change: short,
        ..ground.plan()
    };
    Stage::start_with(ground, plan).await
}

fn command(story: Story) -> &'static str {
    match story {
        Story::Provision | Story::Update | Story::Upgrade => "generate-manifest",
        Story::Bind => "create-binding",
        Story::Deprovision | Story::DeprovisionBound | Story::Unbind => "delete-binding",
        Story::Recreate => panic!("no adapter is asked"),
    }
}

/// Where the run of the adapter is over, counted over all points of an undisturbed story.
async fn after_the_adapter(stage: &mut Stage, case: &Case) -> usize {
    let undisturbed = Fate::default();
    stage.run(case, None, undisturbed.clone()).await;
    // Addresses by BOSH DNS are a leg of their own, in a turn before.
    let of = (1 + usize::from(stage.ground.dns()), Point::Acted);
    let passed = undisturbed.passed.lock().unwrap();
    passed.iter().position(|it| *it == of).unwrap()
}

#[tokio::test]
async fn a_worker_frozen_inside_generate_manifest_does_no_harm_when_it_goes_on() {
    let mut stage = Stage::start(Ground::Plain).await;
    for (number, meanwhile) in [Meanwhile::AnotherFinishes, Meanwhile::ADeleteReplaces]
        .into_iter()
        .enumerate()
    {
        let case = Case::new(Story::Provision, number);
        stage.prepare(&case).await;
        let gate = stage.rig.world.service.gate(command(case.story), Side::Before);
        let operation = stage.accept(&case).await;
        let frozen = stage.rig.freeze(&case.thing()).await;
        gate.reached().await;
        let what = "frozen inside the adapter";
        let end = frozen::meanwhile(&mut stage, &case, &operation, meanwhile, what).await;
        gate.open();
        frozen::go_on(&mut stage, &case, &end, frozen, what).await;
        if meanwhile == Meanwhile::ADeleteReplaces {
            assert!(seen::look(&stage.rig, &case.instance).deploys.is_empty());
        }
    }
}

/// In the look for pending changes, in the deploy, at the end.
#[tokio::test]
async fn a_worker_frozen_inside_a_command_of_an_update_does_no_harm_when_it_goes_on() {
    let mut stage = Stage::start(Ground::Plain).await;
    let mut number = 0;
    for (leg, command) in ["generate-manifest", "generate-manifest", "dashboard-url"]
        .into_iter()
        .enumerate()
    {
        for meanwhile in [Meanwhile::AnotherFinishes, Meanwhile::ADeleteReplaces] {
            number += 1;
            let case = Case::new(Story::Update, number);
            stage.prepare(&case).await;
            let operation = stage.accept(&case).await;
            if leg > 0 {
                stage.rig.drive_until(&case.thing(), |it| it.job.leg == leg).await;
            }
            let gate = stage.rig.world.service.gate(command, Side::Before);
            let frozen = stage.rig.freeze(&case.thing()).await;
            gate.reached().await;
            let what = format!("frozen inside {command} of leg {leg}, {meanwhile:?}");
            let end = frozen::meanwhile(&mut stage, &case, &operation, meanwhile, &what).await;
            gate.open();
            frozen::go_on(&mut stage, &case, &end, frozen, &what).await;
            if meanwhile == Meanwhile::ADeleteReplaces {
                let deploys = seen::look(&stage.rig, &case.instance).deploys.len();
                assert_eq!(deploys, if leg < 2 { 1 } else { 2 }, "{what}");
            }
        }
    }
}

/// The run is ended by its guard while the worker stands still, before or after it had its effect.
async fn frozen_inside(ground: Ground) {
    let mut stage = short_stage(ground).await;
    let mut number = 0;
    for (story, meanwhile) in frozen::BINDINGS {
        let at = after_the_adapter(&mut stage, &Case::new(story, 1_000 + number)).await;
        for side in [Side::Before, Side::After] {
            number += 1;
            let case = Case::new(story, number);
            stage.prepare(&case).await;
            let gate = stage.rig.world.service.gate(command(story), side);
            let operation = stage.accept(&case).await;
            let (frozen, point) = stage.rig.freeze_at(&case.thing(), at).await.unwrap();
            assert!(gate.is_reached() && point.1 == Point::Acted);
            let what = format!("frozen inside the adapter {side:?} its work, {meanwhile:?}");
            let end = frozen::meanwhile(&mut stage, &case, &operation, meanwhile, &what).await;
            frozen::go_on(&mut stage, &case, &end, frozen, &what).await;
        }
    }
    stage.check_home().await;
}

#[tokio::test]
async fn a_worker_frozen_inside_a_binding_command_does_no_harm_when_it_goes_on() {
    frozen_inside(Ground::Plain).await;
}

#[tokio::test]
async fn a_worker_frozen_inside_a_binding_command_with_credhub_does_no_harm_when_it_goes_on() {
    frozen_inside(Ground::SecureDns).await;
}

#[tokio::test]
async fn an_adapter_that_runs_out_of_time_once_is_run_again() {
    for ground in [Ground::Plain, Ground::SecureDns] {
        let mut stage = short_stage(ground).await;
        let mut number = 0;
        for story in [Story::Bind, Story::Unbind] {
            for side in [Side::Before, Side::After] {
                number += 1;
                let case = Case::new(story, number);
                stage.prepare(&case).await;
                let gate = stage.rig.world.service.gate(command(story), side);
                stage.accept(&case).await;
                stage.rig.drive(&case.thing(), Fate::default()).await;
                assert!(gate.is_reached());
                stage.check(&case, &format!("time-out {side:?} its work")).await;
            }
        }
        stage.check_home().await;
    }
}

fn failure(record: &Record) -> &Failure {
    match &record.job.state {
        State::Failed { failure, .. } => failure,
        State::Running | State::Succeeded { .. } => panic!("{record:#?}"),
    }
}

/// A bind that has ended badly: how, and then the platform's DELETE leaves nothing.
async fn ends_badly(stage: &mut Stage, case: &Case, fate: Fate) -> Failure {
    stage.accept(case).await;
    stage.rig.drive(&case.thing(), fate).await;
    let record = stage.rig.record(&case.thing()).await.0;
    assert!(record.in_force.is_none(), "{record:#?}");
    stage.rig.world.service.control(&json!({}));
    let failure = failure(&record).clone();
    stage.tell(&case.but(Story::Unbind)).await;
    failure
}

#[tokio::test]
async fn an_adapter_that_always_runs_out_of_time_fails_the_bind_at_its_deadline() {
    let change = |json: &mut Value| {
        short(json);
        json["chandler"]["deadlines"] = json!({"binding_seconds": 100});
    };
    for ground in [Ground::Plain, Ground::Secure] {
        let plan = Plan {
            change,
            ..ground.plan()
        };
        let mut stage = Stage::start_with(ground, plan).await;
        let case = Case::new(Story::Bind, 1);
        stage.prepare(&case).await;
        let control = json!({"commands": ["create-binding"], "sleep_after_ms": 60_000});
        stage.rig.world.service.control(&control);
        let failure = ends_badly(&mut stage, &case, Fate::default()).await;
        assert!(failure.for_operator.contains("deadline"), "{failure:?}");
        stage.check_home().await;
    }
}

#[tokio::test]
async fn what_was_there_before_the_bind_is_a_conflict_and_stays() {
    let mut stage = Stage::start(Ground::Secure).await;
    let case = Case::new(Story::Bind, 1);
    stage.prepare(&case).await;
    let theirs = json!({"username": "somebody", "password": "theirs"});
    stage.rig.world.service.add_user(HOME, &case.binding, &theirs);
    stage.accept(&case).await;
    stage.rig.drive(&case.thing(), Fate::default()).await;
    let record = stage.rig.record(&case.thing()).await.0;
    assert_eq!(failure(&record).error, Some(SyncError::Conflict), "{record:#?}");
    assert_eq!(stage.rig.world.users(HOME)[&case.binding], theirs, "somebody else's");
    assert_eq!(stage.rig.world.credhub().names(), [""; 0]);
}

/// A first run was lost after its effect; then 49 comes although the binding was deleted, as far as the adapter says.
#[tokio::test]
async fn an_adapter_that_says_49_again_and_again_fails_the_bind_after_a_few_tries() {
    for ground in [Ground::Plain, Ground::SecureDns] {
        let mut stage = Stage::start(ground).await;
        let at = after_the_adapter(&mut stage, &Case::new(Story::Bind, 0)).await;
        let case = Case::new(Story::Bind, 1);
        stage.prepare(&case).await;
        let runs = tempfile::tempdir().unwrap();
        let control = json!({"commands": ["delete-binding"], "exit_code": 41, "record_dir": runs.path()});
        stage.rig.world.service.control(&control);
        let failure = ends_badly(&mut stage, &case, Fate::crash(at)).await;
        assert_eq!(failure.error, None, "nobody else was first: {failure:?}");
        let creates = std::fs::read_dir(runs.path()).unwrap().flatten().filter(|run| {
            let text = std::fs::read_to_string(run.path()).unwrap();
            let run: Value = serde_json::from_str(&text).unwrap();
            run["argv"][1] == "create-binding"
        });
        let creates = creates.count();
        assert!((2..=4).contains(&creates), "the lost one, and a few more: {creates}");
        stage.check_home().await;
    }
}
