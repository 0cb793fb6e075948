//! What can happen to a call, against every kind of call. The cells are independent of each other and run together.
mod bindings;
mod brokers;
mod instances;
mod orphans;

use super::{Stage, plan, soon};
use chandler_simulators::cloud_controller::OutgoingAction;
use chandler_tests::world::Plan;
use futures::{FutureExt as _, StreamExt as _, future::LocalBoxFuture, stream::FuturesUnordered};
use std::{panic::AssertUnwindSafe, time::Instant};

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It arrives, and Cloud Controller doesn't wait for the answer: what it does next may overtake it.
    TimeOut,
    /// It never arrives.
    Unsent,
    /// It arrives, and its answer does not.
    Unheard,
    /// It arrives twice, one after the other.
    Double,
    /// It arrives twice, at once.
    AtOnce,
    /// Nobody polls until the broker has done all of it.
    Unpolled,
}

/// What Cloud Controller makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    /// It knows the answer.
    Heard,
    /// It gave up.
    GaveUp,
}

impl Fate {
    const ALL: [Fate; 6] = [
        Fate::TimeOut,
        Fate::Unsent,
        Fate::Unheard,
        Fate::Double,
        Fate::AtOnce,
        Fate::Unpolled,
    ];
    /// Those of calls that no poll follows.
    const SINGLE: [Fate; 5] = [Fate::TimeOut, Fate::Unsent, Fate::Unheard, Fate::Double, Fate::AtOnce];

    fn action(self) -> OutgoingAction {
        match self {
            Fate::TimeOut => OutgoingAction::TimeOut,
            Fate::Unsent => OutgoingAction::TimeOutUnsent,
            Fate::Unheard => OutgoingAction::AnswerLost,
            Fate::Double => OutgoingAction::Double,
            Fate::AtOnce => OutgoingAction::DoubleAtOnce,
            Fate::Unpolled => OutgoingAction::Stop,
        }
    }

    fn sight(self) -> Sight {
        match self {
            Fate::TimeOut | Fate::Unsent | Fate::Unheard => Sight::GaveUp,
            Fate::Double | Fate::AtOnce | Fate::Unpolled => Sight::Heard,
        }
    }

    /// Whether the broker gets to know of it.
    fn arrives(self) -> bool {
        self != Fate::Unsent
    }

    /// How often it is sent, as far as the journal tells.
    fn times(self) -> usize {
        match self {
            Fate::TimeOut | Fate::Unsent | Fate::Unheard | Fate::Unpolled => 1,
            Fate::Double | Fate::AtOnce => 2,
        }
    }
}

type Cell<'a> = (String, LocalBoxFuture<'a, ()>);

fn cells(stage: &Stage) -> Vec<Cell<'_>> {
    let mut cells: Vec<Cell<'_>> = vec![("bindings".to_owned(), bindings::all(stage).boxed_local())];
    for fate in Fate::ALL {
        cells.push((format!("a life, {fate:?}"), instances::life(stage, fate).boxed_local()));
        cells.push((
            format!("provision, {fate:?}"),
            instances::provision(stage, fate).boxed_local(),
        ));
    }
    for fate in Fate::SINGLE {
        cells.push((
            format!("orphan, {fate:?}"),
            orphans::of_instance(stage, fate).boxed_local(),
        ));
    }
    cells
}

/// All of them at the same time, whatever becomes of the others.
async fn all(cells: Vec<Cell<'_>>) -> Vec<String> {
    let mut running: FuturesUnordered<_> = cells
        .into_iter()
        .map(|(name, cell)| async move { (name, AssertUnwindSafe(cell).catch_unwind().await) })
        .collect();
    let mut wrong = vec![];
    while let Some((name, ended)) = running.next().await {
        if let Err(why) = ended {
            let text = why.downcast_ref::<String>().cloned();
            let text = text.or_else(|| Some((*why.downcast_ref::<&str>()?).to_owned()));
            wrong.push(format!("{name}: {}", text.unwrap_or_default()));
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_to_a_call_both_sides_agree_in_the_end() {
    let begun = Instant::now();
    let stage = Box::pin(Stage::start(plan())).await;
    let cells = cells(&stage);
    let number = cells.len();
    let wrong = all(cells).await;
    assert!(wrong.is_empty(), "{} of {number} went wrong: {wrong:#?}", wrong.len());
    stage.is_at_rest().await;
    stage.is_exact();
    brokers::catalogs(&stage).await;
    println!(
        "what can happen to calls: {number} stories, {} calls of the broker; {:.0} s",
        stage.cf.controller.outgoing().len(),
        begun.elapsed().as_secs_f64()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_to_a_call_that_is_answered_when_it_is_done_both_sides_agree_in_the_end() {
    let stage = Box::pin(Stage::start(Plan { change: soon, ..plan() })).await;
    bindings::soon(&stage).await;
    stage.is_at_rest().await;
    stage.is_exact();
}
