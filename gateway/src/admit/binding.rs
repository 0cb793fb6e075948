//! Admission of bindings.
use super::{Named, Verdict, instance::BUSY, over_nothing, renewed, stray};
use crate::{
    answer::{Refusal, Thing, Trouble},
    schemas::Unfit,
    shelf::{BindingRules, Shelf},
};
use chandler_proto::{
    ids::{BindingId, InstanceId, JobId, Millis},
    itinerary::{Wishes, itinerary},
    job::{Birth, Job, Later, State, sealed},
    layout::Lane,
    operation::Operation,
    records::{BindingWanted, NO_PUT_AFTER_GONE, Past, Phase, PlanCopy, Record, SCHEMA, Wanted},
    seal::Sealed,
};

/// A PUT of a binding that is well-formed.
#[derive(Debug)]
pub(crate) struct Bind {
    pub(crate) instance: InstanceId,
    pub(crate) binding: BindingId,
    pub(crate) birth: Birth,
    /// The platform waits for the end in the request.
    pub(crate) synchronous: bool,
    pub(crate) service_id: String,
    pub(crate) plan_id: String,
    pub(crate) fingerprint: String,
    /// Who may read the credentials in CredHub, if anybody was named.
    pub(crate) reader: Option<String>,
    /// It is for a backup agent.
    pub(crate) backup_agent: bool,
    /// The binding that it takes the place of.
    pub(crate) predecessor: Option<BindingId>,
    /// Whether its parameters fit the plan's schema; nothing is asked of those that were left to the predecessor.
    pub(crate) fits: Result<(), Unfit>,
    /// The adapter's request parameters. `None` when they were left to a predecessor that isn't there.
    pub(crate) request: Option<Sealed>,
}

/// A DELETE of a binding that is well-formed.
#[derive(Debug)]
pub(crate) struct Unbind {
    pub(crate) instance: InstanceId,
    pub(crate) binding: BindingId,
    pub(crate) birth: Birth,
    /// The platform waits for the end in the request.
    pub(crate) synchronous: bool,
    /// An adapter that fails doesn't stop it.
    pub(crate) force: bool,
}

const INSTANCE_BEING_DELETED: Refusal =
    Refusal::Concurrency("The service instance is being deleted. Please try again later.");
const INSTANCE_HALF_DELETED: Refusal =
    Refusal::Concurrency("The deletion of the service instance failed and has to be repeated first.");
const NO_INSTANCE: Refusal = Refusal::NotFound("instance does not exist");
const NOT_PROVISIONED: Refusal = Refusal::NotFound("The service instance is not provisioned");
pub(crate) const BEING_DELETED: Refusal =
    Refusal::Concurrency("The service binding is being deleted. Please try again later.");
const JUST_DELETED: Refusal =
    Refusal::Concurrency("A service binding with this id was deleted a moment ago. Please try again in some minutes.");
const HALF_DELETED: Refusal =
    Refusal::Concurrency("The deletion of the service binding failed and has to be repeated first.");
const UNDECIDED: Refusal =
    Refusal::Concurrency("Another request for the service binding is being decided. Please try again in a moment.");

/// PUT, over the record of the binding as read (`None` for nothing), given those of its instance and its predecessor.
/// What is there, or on its way, is told of whatever the instance does meanwhile.
pub(crate) fn bind(
    ask: &Bind,
    shelf: &Shelf,
    record: Option<&Record>,
    instance: Option<&Record>,
    predecessor: Option<&Record>,
    now: Millis,
) -> Verdict {
    let refuse = |refusal: Refusal| Verdict::Say(refusal.into());
    let begin = || match possible(ask, shelf, instance, predecessor) {
        Ok((plan, request)) => {
            let next = ask.record(record, shelf, plan, request, now);
            Verdict::Accept(Box::new(next)).if_fit(&ask.fits)
        }
        Err(refusal) => refuse(refusal),
    };
    let Some(record) = record else { return begin() };
    let equal = record.fingerprint() == Some(ask.fingerprint.as_str());
    match (&record.phase, record.job.operation, &record.job.state) {
        (Phase::Gone { .. }, _, State::Running) => refuse(BEING_DELETED),
        (Phase::Gone { look_at: Some(_), .. }, _, _) => refuse(JUST_DELETED),
        (Phase::Gone { at, .. }, _, _) if now.since(*at) < NO_PUT_AFTER_GONE => refuse(JUST_DELETED),
        (Phase::Gone { .. }, _, _) => begin(),
        (Phase::Admitted, Operation::Unbind, State::Running) => refuse(BEING_DELETED),
        (Phase::Pending | Phase::Admitted, _, _) if !equal => refuse(Refusal::Conflict(Thing::Binding)),
        (Phase::Pending, _, _) => refuse(UNDECIDED),
        (Phase::Admitted, Operation::Bind, State::Running) => Verdict::Same,
        (Phase::Admitted, Operation::Bind, State::Failed { .. }) => begin(),
        (Phase::Admitted, Operation::Bind, State::Succeeded { .. }) => Verdict::There,
        // What is in force says nothing about what the deletion left of it.
        (Phase::Admitted, Operation::Unbind, State::Succeeded { .. } | State::Failed { .. }) => refuse(HALF_DELETED),
        // No record of a binding holds one.
        (
            Phase::Admitted,
            Operation::Provision
            | Operation::Deprovision
            | Operation::Update
            | Operation::Upgrade
            | Operation::Recreate,
            _,
        ) => Verdict::Say(Trouble::Unusable.into()),
    }
}

/// Whether a new bind may begin: by which plan, and with which request for the adapter.
fn possible<'a>(
    ask: &'a Bind,
    shelf: &Shelf,
    instance: Option<&Record>,
    predecessor: Option<&Record>,
) -> Result<(PlanCopy, &'a Sealed), Refusal> {
    let there = provisioned(instance)?;
    let differs = |member| Refusal::Malformed(format!("{member} is not that of the service instance"));
    if ask.service_id != there.service_id {
        return Err(differs("service_id"));
    }
    // A platform that never heard the answer to a change of plan has the old one, and goes on with it.
    if ask.plan_id != there.plan_id {
        let text = format!(
            "plan_id is not that of the service instance: it has the plan {}. If the platform shows another one, update it to this plan",
            there.plan_name
        );
        return Err(Refusal::Malformed(text));
    }
    // Only the adapter of its offering could make one.
    if !shelf.offers(&ask.service_id) {
        let text = format!(
            "service {} is no longer offered, so nothing more can be bound",
            there.service_name
        );
        return Err(Refusal::Impossible(text));
    }
    // A plan that has left the catalog goes on to be served as it was.
    let offer = shelf.find(&ask.service_id, &ask.plan_id).ok();
    if offer.is_some_and(|offer| !offer.bindable) {
        return Err(Refusal::Malformed("The service plan can't be bound".to_owned()));
    }
    let live = ask.predecessor.is_none() || predecessor.is_some_and(is_live);
    let Some(request) = ask.request.as_ref().filter(|_| live) else {
        let text = "predecessor_binding_id is not that of a binding of this service instance";
        return Err(Refusal::Malformed(text.to_owned()));
    };
    if ask.backup_agent && !shelf.bindings.backup_agent {
        return Err(Refusal::NoBackupAgent);
    }
    if shelf.bindings.secure && ask.reader.is_none() {
        return Err(Refusal::RequiresApp);
    }
    Ok((offer.map_or_else(|| there.clone(), |offer| offer.plan.clone()), request))
}

/// The plan of an instance that is there, and with which nothing goes on.
fn provisioned(instance: Option<&Record>) -> Result<&PlanCopy, Refusal> {
    let instance = instance.filter(|it| !it.gone()).ok_or(NO_INSTANCE)?;
    match (&instance.phase, instance.job.operation, &instance.job.state) {
        (_, Operation::Deprovision, State::Running) => Err(INSTANCE_BEING_DELETED),
        (_, Operation::Deprovision, State::Succeeded { .. } | State::Failed { .. }) => Err(INSTANCE_HALF_DELETED),
        (Phase::Pending, _, _) | (_, _, State::Running) => Err(BUSY),
        (Phase::Admitted | Phase::Gone { .. }, _, State::Succeeded { .. } | State::Failed { .. }) => {
            let force = instance.in_force.as_ref().ok_or(NOT_PROVISIONED)?;
            Ok(&force.plan)
        }
    }
}

/// Whether a record is that of a binding which was made and isn't being deleted.
pub(crate) fn is_live(record: &Record) -> bool {
    record.phase == Phase::Admitted && record.in_force.is_some() && record.job.operation == Operation::Bind
}

/// DELETE, over the record of the binding as read (`None` for nothing).
pub(crate) fn unbind(ask: &Unbind, shelf: &Shelf, record: Option<&Record>, now: Millis) -> Verdict {
    let Some(record) = record else {
        return Verdict::Accept(Box::new(ask.stray(None, now)));
    };
    match (&record.phase, record.job.operation, &record.job.state) {
        (Phase::Gone { .. }, _, _) => Verdict::Renew(Box::new(renewed(record, now))),
        (Phase::Admitted, Operation::Unbind, State::Running) => Verdict::Same,
        (Phase::Pending, _, _) if over_nothing(record) => Verdict::Accept(Box::new(ask.stray(Some(record), now))),
        (Phase::Pending | Phase::Admitted, _, _) => Verdict::Accept(Box::new(ask.record(record, shelf, now))),
    }
}

/// A bind that only its own request knows of, `job`, gives way to the unbind `by` when that request can't be told of its
/// end any more. `even_ended`: also when it has ended by now.
pub(crate) fn take_back(
    job: JobId,
    even_ended: bool,
    by: JobId,
    shelf: &Shelf,
    record: Option<&Record>,
    now: Millis,
) -> Verdict {
    if record.is_some_and(|it| it.job.id == by) {
        return Verdict::Same;
    }
    let ours = record.filter(|it| it.job.id == job && it.phase == Phase::Admitted && it.job.synchronous);
    match ours.filter(|it| even_ended || !it.job.finished()) {
        None => Verdict::Leave,
        Some(record) => {
            let birth = Birth::of_child(by, &record.job);
            Verdict::Accept(Box::new(unbound(record, &birth, shelf, now)))
        }
    }
}

/// An unbind takes the place of whatever job there was. All that the adapter gets of its request is the record's plan.
fn unbound(old: &Record, birth: &Birth, shelf: &Shelf, now: Millis) -> Record {
    let deadline = shelf.binding_deadline(old.plan());
    old.unbound(birth, Lane::User, shelf.bindings.secure, deadline, now)
}

/// Whether a bind that failed may have left a binding that nobody has the credentials of. The adapter is never called
/// for it without a checkpoint that says `unsure`. What its answer made of that doesn't count any more: the credentials
/// of a bind that failed are thrown away.
fn may_remain(failed: &Job) -> bool {
    failed.facts.unsure.is_some()
}

impl Bind {
    /// A new bind, over nothing, over what is gone, or over one that failed.
    fn record(&self, old: Option<&Record>, shelf: &Shelf, plan: PlanCopy, request: &Sealed, now: Millis) -> Record {
        let BindingRules { secure, .. } = shelf.bindings;
        let wishes = Wishes {
            addresses: &plan.binding_with_dns,
            secure,
            ..Wishes::default()
        };
        let legs = itinerary(Operation::Bind, wishes);
        let deadline = shelf.binding_deadline(Some(&plan));
        let mut job = self.birth.job(Operation::Bind, Lane::User, legs, deadline, now);
        job.synchronous = self.synchronous;
        job.sealed.insert(sealed::REQUEST.to_owned(), request.clone());
        if let Some(old) = old {
            job.takes_over(&old.job);
        }
        let again = old.filter(|old| !old.gone());
        job.facts.unsure = again.is_some_and(|failed| may_remain(&failed.job)).then_some(true);
        job.wanted = Some(Wanted {
            plan,
            fingerprint: self.fingerprint.clone(),
            maintenance_version: None,
            maintenance_digest: None,
            context: None,
            binding: Some(BindingWanted {
                secure,
                reader: self.reader.clone().filter(|_| secure),
                predecessor: self.predecessor.clone(),
                request: Some(request.clone()),
                later: Later::new(),
            }),
            later: Later::new(),
        });
        Record {
            schema: SCHEMA,
            instance: self.instance.clone(),
            binding: Some(self.binding.clone()),
            phase: Phase::Admitted,
            in_force: None,
            job,
            before: old.map(|old| Past::of(&old.job, now)),
            created_at: again.map_or(now, |old| old.created_at),
            later: again.map(|old| old.later.clone()).unwrap_or_default(),
        }
    }
}

impl Unbind {
    fn record(&self, old: &Record, shelf: &Shelf, now: Millis) -> Record {
        let mut record = unbound(old, &self.birth, shelf, now);
        record.job.force = self.force;
        record.job.synchronous = self.synchronous;
        record
    }

    /// There is nothing to unbind.
    fn stray(&self, undecided: Option<&Record>, now: Millis) -> Record {
        let named = Named {
            instance: &self.instance,
            binding: Some(&self.binding),
            force: self.force,
        };
        stray(&self.birth, named, undecided, now)
    }
}
