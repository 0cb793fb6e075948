//! Points of a turn at which a test may crash or freeze it.
use std::future::Future;

/// A place between two effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Point {
    /// The record was read.
    Loaded,
    /// The world was looked at.
    Observed,
    /// The slow work is done, nothing is written.
    Prepared,
    /// The checkpoint before the act is written.
    Checkpointed,
    /// The act was answered, or its answer was lost.
    Acted,
    /// The checkpoint after the act is written.
    Answered,
    /// The leg's end is written, nobody is rung yet.
    LegDone,
    /// The next leg is rung, the wake isn't acked yet.
    Rung,
}

/// All points, in the order of a turn.
pub const POINTS: [Point; 8] = [
    Point::Loaded,
    Point::Observed,
    Point::Prepared,
    Point::Checkpointed,
    Point::Acted,
    Point::Answered,
    Point::LegDone,
    Point::Rung,
];

/// The worker died here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crashed(pub Point);

/// Is told each point that a turn passes. It may take its time (a frozen worker) or say that the worker died.
pub trait Probe: Sync {
    /// A turn is at `point`.
    fn at(&self, point: Point) -> impl Future<Output = Result<(), Crashed>> + Send;
}

/// What runs in production: nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProbe;

impl Probe for NoProbe {
    async fn at(&self, _: Point) -> Result<(), Crashed> {
        Ok(())
    }
}
