//! A worker stands still somewhere, others go on, and then it goes on, too.
use super::{
    seen,
    shards::{self, Trial},
    stage::{Case, Ground, Stage, Story},
};
use chandler_simulators::bosh::TaskState;
use chandler_tests::rig::{Fate, Frozen};
use std::time::Instant;

/// What happens while one worker stands still.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meanwhile {
    AnotherFinishes,
    /// An unbind takes the place of a bind, a deprovision that of a provision or of a change.
    ADeleteReplaces,
    /// The platform repeats its DELETE and gets the same operation.
    TheDeleteRepeats,
}

/// One worker stands still at a point. Whether the story ever came there.
pub(super) async fn freeze(stage: &mut Stage, case: &Case, at: usize, happens: Meanwhile) -> bool {
    stage.prepare(case).await;
    let operation = stage.accept(case).await;
    let Some((frozen, point)) = stage.rig.freeze_at(&case.thing(), at).await else {
        return false;
    };
    let what = format!("worker frozen at {at} {point:?}, {happens:?}");
    let end = meanwhile(stage, case, &operation, happens, &what).await;
    go_on(stage, case, &end, frozen, &what).await;
    true
}

/// The others end the story: the one that it has become.
pub(super) async fn meanwhile(stage: &mut Stage, case: &Case, operation: &str, happens: Meanwhile, what: &str) -> Case {
    let end = match (happens, case.story) {
        (Meanwhile::ADeleteReplaces, Story::Provision | Story::Update | Story::Upgrade | Story::Recreate) => {
            case.but(Story::Deprovision)
        }
        (Meanwhile::ADeleteReplaces, Story::Bind) => case.but(Story::Unbind),
        (Meanwhile::ADeleteReplaces | Meanwhile::AnotherFinishes | Meanwhile::TheDeleteRepeats, _) => case.clone(),
    };
    match happens {
        Meanwhile::AnotherFinishes => {}
        Meanwhile::ADeleteReplaces => drop(stage.accept(&end).await),
        Meanwhile::TheDeleteRepeats => {
            let answer = stage.ask(case).await;
            let gone = stage.rig.record(&case.thing()).await.0.gone();
            let told = (answer.status.as_u16(), answer.body["operation"].as_str());
            let wanted = if gone { (410, None) } else { (202, Some(operation)) };
            assert_eq!(told, wanted, "{case:?}, {what}: the repeated DELETE");
        }
    }
    stage.rig.drive(&end.thing(), Fate::default()).await;
    end
}

/// Then the worker that stood still goes on, and nothing changes any more.
pub(super) async fn go_on(stage: &mut Stage, case: &Case, end: &Case, frozen: Frozen, what: &str) {
    let before = stage.rig.record(&end.thing()).await.0;
    frozen.thaw().await;
    stage.rig.drive(&end.thing(), Fate::default()).await;
    let after = stage.rig.record(&end.thing()).await.0;
    assert_eq!(
        (after.job.id, &after.job.state),
        (before.job.id, &before.job.state),
        "{case:?}, {what}: the thawed worker changed the outcome"
    );
    if end.story == Story::Deprovision && case.story != Story::Deprovision {
        // At most one of its own, after that of the provision.
        let most = case.before().len() + 1;
        let seen = seen::look(&stage.rig, &case.instance);
        let fine = |s: &TaskState| matches!(s, TaskState::Done | TaskState::Cancelled);
        assert!(
            seen.deploys.len() <= most && seen.deploys.iter().all(fine),
            "{what}: {:?}",
            seen.deploys
        );
        seen::cut_short(stage, case, what).await;
        seen::nothing_is_left(stage, &case.instance, what).await;
    } else {
        stage.check(end, what).await;
    }
}

/// Each point of each story, and each thing that may happen meanwhile.
async fn everywhere(ground: Ground, stories: &[(Story, Meanwhile)]) {
    let begun = Instant::now();
    let mut stage = Stage::start(ground).await;
    let mut trials = vec![];
    for (number, (story, meanwhile)) in stories.iter().copied().enumerate() {
        let undisturbed = Fate::default();
        let case = Case::new(story, 10_000 + number);
        stage.run(&case, None, undisturbed.clone()).await;
        trials.extend((0..undisturbed.count()).map(|at| Trial::Frozen { story, at, meanwhile }));
    }
    drop(stage);
    let (ran, stood) = shards::all(ground, trials).await;
    println!(
        "frozen on {ground:?}: {ran} cases, a worker stood still in {stood}; {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    // Wakes of an instance and of its bindings come in any order, and not always with as many points.
    assert!(stood * 20 >= ran * 19, "every point of every story: {stood} of {ran}");
}

pub(super) const BINDINGS: [(Story, Meanwhile); 4] = [
    (Story::Bind, Meanwhile::AnotherFinishes),
    (Story::Bind, Meanwhile::ADeleteReplaces),
    (Story::Unbind, Meanwhile::AnotherFinishes),
    (Story::Unbind, Meanwhile::TheDeleteRepeats),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stood_still_anywhere_does_no_harm_when_it_goes_on() {
    let instances = [
        (Story::Provision, Meanwhile::AnotherFinishes),
        (Story::Provision, Meanwhile::ADeleteReplaces),
        (Story::Deprovision, Meanwhile::AnotherFinishes),
        (Story::Deprovision, Meanwhile::TheDeleteRepeats),
    ];
    everywhere(Ground::Plain, &instances).await;
    everywhere(Ground::Plain, &BINDINGS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stood_still_over_a_change_does_no_harm_when_it_goes_on() {
    let stories = [
        (Story::Update, Meanwhile::AnotherFinishes),
        (Story::Update, Meanwhile::ADeleteReplaces),
        (Story::Upgrade, Meanwhile::AnotherFinishes),
    ];
    everywhere(Ground::Plain, &stories).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stood_still_over_credentials_and_links_does_no_harm_when_it_goes_on() {
    everywhere(Ground::Secure, &BINDINGS).await;
    everywhere(Ground::Dns, &BINDINGS).await;
    everywhere(Ground::SecureDns, &BINDINGS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stood_still_over_an_instance_with_bindings_does_no_harm_when_it_goes_on() {
    let stories = [
        (Story::DeprovisionBound, Meanwhile::AnotherFinishes),
        (Story::DeprovisionBound, Meanwhile::TheDeleteRepeats),
    ];
    everywhere(Ground::Secure, &stories).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stood_still_over_a_client_or_an_errand_does_no_harm_when_it_goes_on() {
    let stories = [
        (Story::Provision, Meanwhile::AnotherFinishes),
        (Story::Provision, Meanwhile::ADeleteReplaces),
        (Story::Recreate, Meanwhile::AnotherFinishes),
        (Story::Recreate, Meanwhile::ADeleteReplaces),
        (Story::Deprovision, Meanwhile::AnotherFinishes),
        (Story::Deprovision, Meanwhile::TheDeleteRepeats),
    ];
    everywhere(Ground::Full, &stories).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stood_still_over_a_change_with_a_client_and_errands_does_no_harm_when_it_goes_on() {
    let stories = [
        (Story::Update, Meanwhile::AnotherFinishes),
        (Story::Update, Meanwhile::ADeleteReplaces),
        (Story::Upgrade, Meanwhile::AnotherFinishes),
        (Story::Upgrade, Meanwhile::ADeleteReplaces),
    ];
    everywhere(Ground::Full, &stories).await;
}
