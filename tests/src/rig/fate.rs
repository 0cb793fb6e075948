//! What happens to a worker in the middle of its turn.
use chandler_engine::{
    probe::{Crashed, Point, Probe},
    turn::Answer,
};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::Notify;

/// The points that turns have passed, in their order, each with the number of its turn (from 1).
pub type Passed = Arc<Mutex<Vec<(usize, Point)>>>;

/// What happens to the workers that take a story's turns.
#[derive(Clone, Default)]
pub struct Fate {
    /// The worker dies that passes the so-many-th point of the story, counted from 0 over all turns. A point is passed
    /// again with every act of a turn.
    pub crash: Option<usize>,
    /// Every point that was passed.
    pub passed: Passed,
}

impl Fate {
    /// A death at this point.
    pub fn crash(at: usize) -> Self {
        Fate {
            crash: Some(at),
            ..Fate::default()
        }
    }
    /// How many points were passed.
    pub fn count(&self) -> usize {
        self.passed.lock().unwrap().len()
    }
    /// Where the worker died: turn and point.
    pub fn died_at(&self) -> Option<(usize, Point)> {
        self.passed.lock().unwrap().get(self.crash?).copied()
    }
}

pub(super) struct Script {
    pub(super) turn: usize,
    pub(super) fate: Fate,
}

impl Probe for Script {
    async fn at(&self, point: Point) -> Result<(), Crashed> {
        let mut passed = self.fate.passed.lock().unwrap();
        passed.push((self.turn, point));
        match self.fate.crash {
            Some(at) if at + 1 == passed.len() => Err(Crashed(point)),
            Some(_) | None => Ok(()),
        }
    }
}

/// A worker whose turn may stand still until it is thawed.
pub struct Frozen {
    pub(super) standing: Arc<AtomicBool>,
    pub(super) thaw: Arc<Notify>,
    pub(super) task: tokio::task::JoinHandle<Option<Answer>>,
}

/// Stands still at the so-many-th point, counted over all its turns.
#[derive(Clone, Default)]
pub(super) struct Freezer {
    pub(super) at: Option<usize>,
    pub(super) turn: usize,
    pub(super) passed: Passed,
    pub(super) standing: Arc<AtomicBool>,
    pub(super) thaw: Arc<Notify>,
}

impl Probe for Freezer {
    async fn at(&self, point: Point) -> Result<(), Crashed> {
        let count = {
            let mut passed = self.passed.lock().unwrap();
            passed.push((self.turn, point));
            passed.len()
        };
        if self.at.is_some_and(|at| at + 1 == count) {
            self.standing.store(true, Ordering::SeqCst);
            self.thaw.notified().await;
        }
        Ok(())
    }
}

impl Frozen {
    pub fn is_standing(&self) -> bool {
        self.standing.load(Ordering::SeqCst)
    }
    pub fn has_ended(&self) -> bool {
        self.task.is_finished()
    }
    /// Lets it go on to the end of its turn.
    pub async fn thaw(self) -> Option<Answer> {
        self.thaw.notify_one();
        self.task.await.unwrap()
    }
}
