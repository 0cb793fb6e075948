//! Errands that go wrong: none is started a second time, wherever a worker dies, and the operation can be repeated.
use super::{
    seen,
    shards::{self, Trial},
    stage::{Case, Ground, Stage, Story},
};
use chandler_proto::{job::State, records::Record};
use chandler_simulators::bosh::{Ending, TaskEffect, TaskFault, TaskKind, TaskState};
use chandler_tests::rig::Fate;
use std::time::Instant;

/// How an errand goes wrong.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wrong {
    /// It runs, and says so.
    ExitCode,
    /// Its task fails.
    Fails,
    /// Its task is gone; it may have run, or may not.
    Killed,
}

impl Wrong {
    fn effect(self) -> TaskEffect {
        match self {
            Wrong::ExitCode => TaskEffect::Errand {
                exit_code: 3,
                stdout: "half done\n".into(),
                stderr: "not today\n".into(),
            },
            Wrong::Fails => TaskEffect::Fail {
                stage: "Running errand".into(),
                message: Some("no".into()),
                code: Some(450_002),
            },
            Wrong::Killed => TaskEffect::End { ending: Ending::Killed },
        }
    }
    /// How its task ends.
    fn state(self) -> TaskState {
        match self {
            Wrong::ExitCode => TaskState::Done,
            Wrong::Fails | Wrong::Killed => TaskState::Error,
        }
    }
}

/// The errands of the story itself.
fn own(stage: &Stage, case: &Case, before: usize) -> Vec<TaskState> {
    let all = stage.rig.world.errands(&case.instance);
    all.into_iter().skip(before).map(|(_, state)| state).collect()
}

/// An errand of the story goes wrong, the so-many-th of it; how many there were before.
async fn begin(stage: &mut Stage, case: &Case, nth: u64, wrong: Wrong) -> usize {
    stage.prepare(case).await;
    let name = format!("service-instance_{}", case.instance);
    let fault = TaskFault {
        skip: nth,
        ..TaskFault::once(TaskKind::Errand, wrong.effect()).of(&name)
    };
    stage.rig.world.director.set_fault(fault);
    // A killed task leaves its lock behind.
    stage.rig.release_locks_of(&name);
    let before = stage.rig.world.errands(&case.instance).len();
    stage.accept(case).await;
    before
}

/// A worker dies at a point of a story whose errand goes wrong. Whether one died.
pub(super) async fn fail(stage: &mut Stage, case: &Case, nth: u64, wrong: Wrong, at: usize) -> bool {
    let in_force = |record: &Record| {
        record
            .in_force
            .clone()
            .map(|force| (force.plan.plan_id, force.uaa_client))
    };
    let before = begin(stage, case, nth, wrong).await;
    let was = in_force(&stage.rig.record(&case.thing()).await.0);
    let fate = Fate::crash(at);
    stage.rig.drive(&case.thing(), fate.clone()).await;
    let what = format!("{case:?}, errand {nth} {wrong:?}, crash {at} at {:?}", fate.died_at());
    let record = stage.rig.record(&case.thing()).await.0;
    let State::Failed { failure, .. } = &record.job.state else {
        panic!("{what}: {record:#?}")
    };
    assert!(!failure.for_user.contains("not today"), "{what}: {failure:?}");
    let nth = usize::try_from(nth).unwrap();
    let wanted = [&vec![TaskState::Done; nth][..], &[wrong.state()]].concat();
    assert_eq!(
        own(stage, case, before),
        wanted,
        "{what}: never started twice, and none after it"
    );
    assert_eq!(in_force(&record), was, "{what}: {record:#?}");
    assert!(record.job.sealed.is_empty(), "{what}: {record:#?}");
    repeat(stage, case, nth, before, &what).await;
    fate.died_at().is_some()
}

/// The platform goes on from there.
async fn repeat(stage: &mut Stage, case: &Case, nth: usize, before: usize, what: &str) {
    let flags = match &stage.rig.record(&case.thing()).await.0.job.state {
        State::Failed { failure, .. } => (failure.instance_usable, failure.update_repeatable),
        State::Running | State::Succeeded { .. } => panic!("{what}"),
    };
    let (next, errands) = match case.story {
        // Nobody knows the secret of the client that is left: it gets another.
        Story::Provision if nth == 0 => (case.clone(), 2),
        Story::Provision => (case.but(Story::Deprovision), 0),
        Story::Update | Story::Recreate => {
            assert!(seen::look(&stage.rig, &case.instance).exists, "{what}");
            (case.clone(), 2)
        }
        Story::Deprovision => {
            assert!(
                seen::look(&stage.rig, &case.instance).exists,
                "{what}: nothing is deleted"
            );
            assert_eq!(flags.0, Some(false), "{what}");
            (case.clone(), 1)
        }
        Story::DeprovisionBound | Story::Bind | Story::Unbind | Story::Upgrade => panic!("{what}: no such story"),
    };
    if case.story == Story::Update {
        assert_eq!(flags, (Some(true), Some(true)), "{what}");
    }
    let failed = stage.rig.world.errands(&case.instance).len() - before;
    stage.accept(&next).await;
    stage.rig.drive(&next.thing(), Fate::default()).await;
    let record = stage.rig.record(&next.thing()).await.0;
    assert!(
        matches!(record.job.state, State::Succeeded { .. }),
        "{what}, repeated: {record:#?}"
    );
    let again = own(stage, case, before + failed);
    assert_eq!(again, vec![TaskState::Done; errands], "{what}: all of them, repeated");
    match next.story {
        Story::Deprovision => seen::nothing_is_left(stage, &case.instance, what).await,
        _ => seen::client(stage, case, &record, what),
    }
}

async fn everywhere(stories: &[(Story, u64, Wrong)]) {
    let begun = Instant::now();
    let mut stage = Stage::start(Ground::Full).await;
    let mut trials = vec![];
    for (number, (story, nth, wrong)) in stories.iter().copied().enumerate() {
        let case = Case::new(story, 30_000 + number);
        begin(&mut stage, &case, nth, wrong).await;
        let undisturbed = Fate::default();
        stage.rig.drive(&case.thing(), undisturbed.clone()).await;
        let passed = undisturbed.count();
        trials.extend((0..passed).map(|at| Trial::FailingErrand { story, nth, wrong, at }));
    }
    drop(stage);
    let (ran, died) = shards::all(Ground::Full, trials).await;
    println!(
        "errands that go wrong: {ran} cases, a worker died in {died}; {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    assert_eq!(died, ran, "every point of every story");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_errand_that_goes_wrong_is_never_started_twice_and_the_operation_can_be_repeated() {
    everywhere(&[
        (Story::Provision, 0, Wrong::ExitCode),
        (Story::Provision, 1, Wrong::Fails),
        (Story::Recreate, 0, Wrong::Killed),
        (Story::Deprovision, 0, Wrong::Fails),
        (Story::Deprovision, 0, Wrong::ExitCode),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_whose_errand_goes_wrong_never_starts_it_twice_and_can_be_repeated() {
    everywhere(&[(Story::Update, 0, Wrong::ExitCode), (Story::Update, 1, Wrong::Killed)]).await;
}
