//! What a step is.
use chandler_clients::{fault::Fault, http::CallContext};
use chandler_proto::{
    failure::Failure,
    ids::Millis,
    job::{Facts, Job, Learnt},
    records::Record,
};
use std::{future::Future, time::Duration};

/// What a turn sees of its record: data only, so that whoever holds it can't reach a client.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The record as read.
    pub record: Record,
    /// Its revision.
    pub revision: u64,
    /// Now, by the wall clock.
    pub now: Millis,
    /// What outside calls of this turn carry.
    pub call: CallContext,
}

impl Scene {
    /// The job.
    pub fn job(&self) -> &Job {
        &self.record.job
    }
    /// Whether the job's deadline is past.
    pub fn expired(&self) -> bool {
        self.now > self.job().deadline
    }
    /// Whether even its clean-up has had its time: nothing is waited for any more.
    pub fn given_up(&self) -> bool {
        self.now > self.job().deadline.plus(crate::fault::GRACE)
    }
}

/// What `decide` decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision<A> {
    /// Write to the outside world, once.
    Act {
        /// What to write.
        act: A,
        /// What was learnt.
        facts: Facts,
        /// A line for people, `None` to keep the present one.
        note: Option<String>,
    },
    /// Nothing to do now.
    Wait {
        /// For how long.
        after: Duration,
        /// A line for people, `None` to keep the present one.
        note: Option<String>,
        /// What was learnt by looking, and has to be known to whoever looks next.
        facts: Facts,
    },
    /// The leg is done.
    Done(Facts),
    /// The job ends badly.
    Fail(Failure),
    /// Only at a last look: something is there again, all legs once more.
    Again,
}

/// Why `prepare` gives up.
#[derive(Clone, Debug)]
pub enum Stop {
    /// This time.
    Fault(Fault),
    /// For good.
    Failure(Failure),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Fault(fault)
    }
}

/// One leg's work.
pub trait Step: Sync {
    /// What `observe` saw.
    type Seen: Send;
    /// What is to be written.
    type Act: Send;
    /// The same, with everything that it needs.
    type Ready: Send;

    /// How long this act may take; 20 s for a request.
    fn act_limit(&self, _: &Scene, _: &Self::Ready) -> Duration {
        Duration::from_secs(20)
    }
    /// Reads the world; changes nothing.
    fn observe(&self, scene: &Scene) -> impl Future<Output = Result<Self::Seen, Fault>> + Send;
    /// Decides by what was seen. It has no `self`, so it can't do I/O.
    fn decide(scene: &Scene, seen: Self::Seen) -> Decision<Self::Act>;
    /// Does what is slow and has no effect outside; what it makes stays in memory.
    fn prepare(
        &self,
        scene: &Scene,
        act: Self::Act,
    ) -> impl Future<Output = Result<(Self::Ready, Learnt), Stop>> + Send;
    /// Writes to the world: one request, never repeated, over within `limit`. A failure is an answer that ends the job.
    fn act(
        &self,
        scene: &Scene,
        ready: Self::Ready,
        limit: Duration,
    ) -> impl Future<Output = Result<Learnt, Stop>> + Send;
    /// How a fault that can't be mended by waiting ends the job.
    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure;
    /// Whom a step waits for after this fault, in a note for people: "the BOSH Director".
    fn waits_for(&self, fault: &Fault) -> &'static str;
}
