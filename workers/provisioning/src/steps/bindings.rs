//! Unbind whatever the instance still has bound, before its deployment goes.
use crate::room::Outside;
use chandler_clients::Fault;
use chandler_engine::{
    others::{At, THE_BUS},
    step::{Decision, Scene, Step, Stop},
    texts::Texts,
};
use chandler_proto::{
    failure::Failure,
    ids::JobId,
    job::{Birth, Facts, Job, Learnt, State},
    operation::Operation,
    records::Record,
};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

/// So many unbinds are accepted by one act: each is a compare-and-set by itself, and what is left over is seen again.
const AT_ONCE: usize = 16;
/// So many are on their way at a time: more would wait for a worker while their deadlines run, in front of other people's
/// binds.
const ON_THEIR_WAY: usize = 32;
/// How long to wait for unbinds, and how much longer for each binding: every look reads them all.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_EACH: Duration = Duration::from_millis(20);
/// The longest pause: unbinds that are done make room for the next ones.
const LONGEST: Duration = Duration::from_secs(5);

/// See [`Step`].
pub(super) struct Bindings<'a>(pub &'a Outside);

/// The records of the instance's bindings.
pub(super) struct Seen {
    bindings: Vec<At>,
    texts: Texts,
}

/// How a binding stands that isn't gone.
#[derive(Debug, PartialEq)]
enum Stand<'a> {
    /// An unbind has to take the place of its job.
    Remains,
    /// An unbind is on its way, whoever asked for it.
    Leaves,
    /// An unbind failed that is younger than this deprovision.
    Stays(&'a Failure),
}

impl Step for Bindings<'_> {
    type Seen = Seen;
    /// The records over which unbinds are to be written, with their revisions.
    type Act = Vec<At>;
    /// The records to write, with the revisions to write over.
    type Ready = Vec<At>;

    async fn observe(&self, scene: &Scene) -> Result<Seen, Fault> {
        let instance = &scene.record.instance;
        Ok(Seen {
            // Whatever is accepted after that sees in its first turn that the instance is being deleted.
            bindings: self.0.others.bindings(instance, accepted(scene)).await?,
            texts: self.0.tasks.texts,
        })
    }

    fn decide(scene: &Scene, seen: Seen) -> Decision<Vec<At>> {
        let Seen { mut bindings, texts } = seen;
        bindings.retain(|(record, _)| !record.gone());
        let (mut remains, mut leaves, mut stays) = (vec![], 0, vec![]);
        for at in &bindings {
            match stand(scene, &at.0.job) {
                Stand::Remains => remains.push(at.clone()),
                Stand::Leaves => leaves += 1,
                Stand::Stays(failure) => stays.push((at.0.binding.as_ref(), failure)),
            }
        }
        let open = remains.len() + leaves;
        let count = match open {
            1 => "1 binding".to_owned(),
            more => format!("{more} bindings"),
        };
        let note = Some(format!("removing {count}"));
        let facts = Facts::default();
        if open == 0 {
            // Of an instance that is gone already nothing is asked but to go away once more: tidy takes the credentials.
            let passed_over = scene.record.gone();
            return match stays.first() {
                Some((binding, failure)) if !passed_over => {
                    let binding = binding.map_or("", |id| id.as_str());
                    Decision::Fail(kept_by(scene, texts, binding, failure, stays.len()))
                }
                Some(_) | None => Decision::Done(facts),
            };
        }
        if scene.expired() {
            let last = scene.job().last_fault.as_deref().unwrap_or("none");
            let cause = format!("the deadline passed with {count} left; the last fault: {last}");
            return Decision::Fail(texts.failure(scene, None, &cause));
        }
        remains.truncate(AT_ONCE.min(ON_THEIR_WAY.saturating_sub(leaves)));
        if remains.is_empty() {
            let more = u32::try_from(open).unwrap_or(u32::MAX);
            let after = PAUSE.saturating_add(PAUSE_EACH.saturating_mul(more)).min(LONGEST);
            return Decision::Wait { after, note, facts };
        }
        let act = remains;
        Decision::Act { act, facts, note }
    }

    async fn prepare(&self, scene: &Scene, act: Vec<At>) -> Result<(Vec<At>, Learnt), Stop> {
        let secure = self.0.credhub.is_some();
        let ready = act.into_iter().map(|(record, over)| {
            let id = JobId(Uuid::now_v7());
            let unbind = child(&record, scene, id, secure, self.deadline(&record));
            (Box::new(unbind), over)
        });
        Ok((ready.collect(), Learnt::default()))
    }

    async fn act(&self, scene: &Scene, ready: Vec<At>, limit: Duration) -> Result<Learnt, Stop> {
        let until = Instant::now() + limit;
        for (unbind, over) in ready {
            // Somebody was first, or nobody answered in time: the next look tells.
            match timeout_at(until, self.0.others.accept(&unbind, over, scene.now)).await {
                Ok(outcome) => drop(outcome?),
                Err(_) => break,
            }
        }
        Ok(Learnt::default())
    }

    fn failure(&self, scene: &Scene, fault: &Fault) -> Failure {
        self.0.tasks.texts.failure(scene, None, &fault.to_string())
    }
    fn waits_for(&self, _: &Fault) -> &'static str {
        THE_BUS
    }
}

impl Bindings<'_> {
    /// How long an unbind may take: as its plan says, while the catalog has it.
    fn deadline(&self, record: &Record) -> Duration {
        let config = &self.0.config;
        let plan = record
            .plan()
            .and_then(|copy| config.catalog.plan(&copy.service_id, &copy.plan_id));
        let deadlines = plan.map_or(config.chandler.deadlines, |plan| plan.deadlines);
        Duration::from_secs(deadlines.binding_seconds)
    }
}

/// The revision of this job's accept: before the job's first checkpoint it is the one that was read.
fn accepted(scene: &Scene) -> u64 {
    scene.job().accepted_revision.unwrap_or(scene.revision)
}

/// The record with an unbind of this deprovision in it.
fn child(record: &Record, scene: &Scene, id: JobId, secure: bool, deadline: Duration) -> Record {
    let (parent, now) = (scene.job(), scene.now);
    let mut unbind = record.unbound(&Birth::of_child(id, parent), parent.lane, secure, deadline, now);
    unbind.job.force = parent.force;
    unbind
}

fn stand<'a>(scene: &Scene, job: &'a Job) -> Stand<'a> {
    match (job.operation, &job.state) {
        (Operation::Unbind, State::Running) => Stand::Leaves,
        (Operation::Unbind, State::Failed { failure, .. }) if is_younger(scene, job) => Stand::Stays(failure),
        (Operation::Unbind, State::Failed { .. } | State::Succeeded { .. }) => Stand::Remains,
        (
            Operation::Bind
            | Operation::Provision
            | Operation::Deprovision
            | Operation::Update
            | Operation::Upgrade
            | Operation::Recreate,
            _,
        ) => Stand::Remains,
    }
}

/// Whether the unbind was accepted after this deprovision and tried as hard: revisions of one bucket have one order, so
/// no clock is asked. One that was there before is tried again.
fn is_younger(scene: &Scene, unbind: &Job) -> bool {
    unbind.accepted_revision.is_some_and(|at| at > accepted(scene)) && unbind.force >= scene.job().force
}

/// The deprovision ends with the unbind's texts.
fn kept_by(scene: &Scene, texts: Texts, binding: &str, failure: &Failure, of: usize) -> Failure {
    let noun = scene.job().operation.noun(scene.job().force);
    let for_user = format!("{noun} failed: {}", failure.for_user);
    let others = match of {
        1 => String::new(),
        more => format!(" ({more} bindings could not be removed)"),
    };
    let cause = format!("the unbind of {binding} failed: {}{others}", failure.for_operator);
    texts.told(scene, &for_user, &cause)
}

#[cfg(test)]
#[path = "bindings/tests.rs"]
mod tests;
