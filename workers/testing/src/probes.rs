//! Workers that die.
use chandler_engine::probe::{Crashed, Point, Probe};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A worker that dies once, where a turn passes this point for the nth time.
pub struct DiesAt {
    point: Point,
    nth: usize,
    passed: AtomicUsize,
}

impl DiesAt {
    /// `nth` counts from 1.
    pub fn time(point: Point, nth: usize) -> Self {
        DiesAt {
            point,
            nth,
            passed: AtomicUsize::new(0),
        }
    }
    /// Where a turn passes it first.
    pub fn first(point: Point) -> Self {
        DiesAt::time(point, 1)
    }
    /// Whether any turn came by.
    pub fn was_met(&self) -> bool {
        self.passed.load(Ordering::SeqCst) > 0
    }
}

impl Probe for DiesAt {
    async fn at(&self, point: Point) -> Result<(), Crashed> {
        let dies = point == self.point && self.passed.fetch_add(1, Ordering::SeqCst) + 1 == self.nth;
        if dies { Err(Crashed(point)) } else { Ok(()) }
    }
}
