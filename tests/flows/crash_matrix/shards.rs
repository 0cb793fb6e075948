//! Many worlds share the cases: most of a case is waiting.
use super::{
    cancel, changing,
    errands::{self, Wrong},
    failing::{self, Failing},
    frozen::{self, Meanwhile},
    losses::Loss,
    racing,
    stage::{Case, Ground, Stage, Story},
};
use chandler_tests::rig::Fate;
use futures::FutureExt;
use std::panic::AssertUnwindSafe;

/// So many worlds.
const SHARDS: usize = 6;

/// One case, whose number names its things.
#[derive(Clone, Debug)]
pub(super) enum Trial {
    /// A call is lost, a worker dies at a point; either may be missing.
    Disturbed {
        story: Story,
        loss: Option<Loss>,
        crash: Option<usize>,
    },
    /// A worker stands still at a point.
    Frozen {
        story: Story,
        at: usize,
        meanwhile: Meanwhile,
    },
    /// A bind stands still at a point while its instance goes.
    Raced { at: usize },
    /// A bind stands still at a point while its instance changes.
    BindAgainstUpdate { at: usize },
    /// A change stands still at a point while a bind comes that a gateway wrote late.
    UpdateAgainstBind { at: usize },
    /// The Director's task of a change fails, and a worker dies at a point.
    Failing { failing: Failing, at: usize },
    /// An errand of a story goes wrong, and a worker dies at a point.
    FailingErrand {
        story: Story,
        nth: u64,
        wrong: Wrong,
        at: usize,
    },
    /// A DELETE comes at a leg, perhaps while its task runs.
    Cancelled { story: Story, leg: usize, running: bool },
}

impl Trial {
    /// Whether what was to happen did happen.
    async fn run(&self, stage: &mut Stage, number: usize) -> bool {
        match self {
            Trial::Disturbed { story, loss, crash } => {
                let fate = Fate {
                    crash: *crash,
                    ..Fate::default()
                };
                stage.run(&Case::new(*story, number), loss.as_ref(), fate.clone()).await;
                fate.died_at().is_some()
            }
            Trial::Frozen { story, at, meanwhile } => {
                frozen::freeze(stage, &Case::new(*story, number), *at, *meanwhile).await
            }
            Trial::Raced { at } => racing::race(stage, number, *at).await,
            Trial::BindAgainstUpdate { at } => changing::bind_against_update(stage, number, *at).await,
            Trial::UpdateAgainstBind { at } => changing::update_against_bind(stage, number, *at).await,
            Trial::Failing { failing, at } => failing::fail(stage, *failing, number, *at).await,
            Trial::FailingErrand { story, nth, wrong, at } => {
                errands::fail(stage, &Case::new(*story, number), *nth, *wrong, *at).await
            }
            Trial::Cancelled { story, leg, running } => {
                cancel::cancel(stage, &Case::new(*story, number), *leg, *running).await
            }
        }
    }
}

/// Takes every so-many-th case only.
pub(super) fn stride() -> usize {
    #[expect(clippy::disallowed_methods, reason = "tests/run --quick says so")]
    let quick = std::env::var("CHANDLER_MATRIX").is_ok_and(|m| m == "quick");
    if quick { 7 } else { 1 }
}

/// All trials, whatever becomes of the others: how many there were, and in how many of them it happened.
pub(super) async fn all(ground: Ground, trials: Vec<Trial>) -> (usize, usize) {
    let trials: Vec<_> = trials.into_iter().enumerate().step_by(stride()).collect();
    let shards = (0..SHARDS.min(trials.len())).map(|shard| {
        let mine: Vec<_> = trials.iter().skip(shard).step_by(SHARDS).cloned().collect();
        tokio::spawn(async move {
            let mut stage = Stage::start(ground).await;
            let (mut met, mut wrong) = (0, vec![]);
            for (number, trial) in mine {
                let ended = AssertUnwindSafe(trial.run(&mut stage, number + 1)).catch_unwind().await;
                match ended {
                    Ok(happened) => met += usize::from(happened),
                    Err(why) => wrong.push(text(why.as_ref())),
                }
                super::losses::System::clear_faults(&stage.rig.world);
            }
            if wrong.is_empty() {
                stage.check_home().await;
            }
            (met, wrong)
        })
    });
    let (mut met, mut wrong) = (0, vec![]);
    for shard in shards.collect::<Vec<_>>() {
        let (happened, failed) = shard.await.unwrap();
        met += happened;
        wrong.extend(failed);
    }
    let first = wrong.first().map_or("", String::as_str);
    assert!(
        wrong.is_empty(),
        "{} of {} cases went wrong; {first}",
        wrong.len(),
        trials.len()
    );
    (trials.len(), met)
}

fn text(why: &(dyn std::any::Any + Send)) -> String {
    let owned = why.downcast_ref::<String>().cloned();
    let text = owned.or_else(|| Some((*why.downcast_ref::<&str>()?).to_owned()));
    text.unwrap_or_default()
}
