//! Quotas: what a request could exceed, and whether it does, given who is there. Pure.
//!
//! Whoever is decided counts for everybody; whoever isn't counts for those that were written later. So two requests
//! that are decided at the same time can't both overlook each other, and the bus's order says which of them may.
use crate::{
    plans::PlanInUse,
    shelf::{Offer, Shelf},
    standing::Glance,
    telemetry::Home,
    view::Texts,
};
use chandler_proto::{
    catalog::Quotas,
    job::State,
    operation::Operation,
    records::{Phase, PlanCopy, Record},
};
use std::{collections::BTreeMap, sync::Arc};

/// What an instance counts for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stake {
    /// By the plan that it has.
    has: Option<Held>,
    /// By the plan that it is to have.
    wants: Option<Held>,
    /// Whether it is still being decided if it may.
    undecided: bool,
}

/// A plan, as far as quotas go, and its name.
#[derive(Clone, Debug, PartialEq)]
struct Held {
    service: Arc<str>,
    plan: Arc<str>,
    name: Arc<str>,
    /// What it cost when it was asked for, if it cost anything.
    costs: Option<Arc<BTreeMap<String, u64>>>,
}

/// What a request asks for where something is limited.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    shelf: &'a Shelf,
    /// The plan that the instance is to have.
    offer: &'a Offer,
    /// How many instances of the plan there may be.
    of_plan: Option<u64>,
    /// The same for all plans of the offering.
    of_all: Option<u64>,
    /// What the plan takes of what its own quotas limit.
    plan: Vec<Need<'a>>,
    /// What it takes of what is limited for all plans.
    global: Vec<Need<'a>>,
}

/// What an instance takes of one resource.
#[derive(Debug)]
struct Need<'a> {
    name: &'a str,
    limit: u64,
    cost: u64,
}

/// Who else is there.
#[derive(Debug, Default, PartialEq)]
struct Others<'a> {
    /// Instances of the plan.
    of_plan: u64,
    /// Instances of the offering.
    of_all: u64,
    /// What they take of each resource that is limited for the offering.
    used: BTreeMap<&'a str, u64>,
}

impl Stake {
    /// `None` for what counts nowhere: a binding, or what is gone.
    pub(crate) fn of(record: &Record) -> Option<Self> {
        if record.binding.is_some() || record.gone() {
            return None;
        }
        let job = &record.job;
        let changes = match job.operation {
            Operation::Update | Operation::Upgrade => job.state == State::Running,
            Operation::Provision
            | Operation::Deprovision
            | Operation::Recreate
            | Operation::Bind
            | Operation::Unbind => false,
        };
        // What was never provisioned may be there all the same, until it is deleted.
        let wants = job.wanted.as_ref().filter(|_| record.in_force.is_none() || changes);
        Some(Stake {
            has: record.in_force.as_ref().map(|force| Held::of(&force.plan)),
            wants: wants.map(|wanted| Held::of(&wanted.plan)),
            undecided: record.is_undecided(),
        })
    }

    /// The plans that must not leave the catalog as long as it is there: the one that it has, and the one that it is to
    /// have once that is decided. What a change that failed may have deployed isn't among them: for the platform, and for
    /// whatever comes next, the instance has the plan of before.
    pub(crate) fn plans(&self) -> impl Iterator<Item = PlanInUse> {
        let wants = self.wants.as_ref().filter(|_| !self.undecided);
        self.has.iter().chain(wants).map(|held| PlanInUse {
            service_id: held.service.clone(),
            plan_id: held.plan.clone(),
            name: held.name.clone(),
        })
    }

    /// The offering and the plan that it has, else those that it is to have.
    pub(crate) fn home(&self) -> Option<Home> {
        let held = self.has.as_ref().or(self.wants.as_ref())?;
        Some((held.service.clone(), held.plan.clone()))
    }

    /// Keeps what it says alike with others once.
    pub(crate) fn share(&mut self, texts: &mut Texts) {
        for held in self.has.iter_mut().chain(&mut self.wants) {
            for text in [&mut held.service, &mut held.plan, &mut held.name] {
                texts.share(text);
            }
        }
    }

    /// The plans that it counts in for who was written at revision `asker`, its own record being of revision `own`.
    fn counts(&self, own: u64, asker: u64) -> impl Iterator<Item = &Held> + Clone {
        let wants = self.wants.as_ref().filter(|_| !self.undecided || own < asker);
        self.has.iter().chain(wants)
    }
}

impl Held {
    fn of(plan: &PlanCopy) -> Self {
        Held {
            service: plan.service_id.as_str().into(),
            plan: plan.plan_id.as_str().into(),
            name: plan.plan_name.as_str().into(),
            costs: Some(&plan.costs)
                .filter(|costs| !costs.is_empty())
                .map(|costs| Arc::new(costs.clone())),
        }
    }

    /// What the catalog says now; of a plan that has left it, what it said then.
    fn cost(&self, resource: &str, shelf: &Shelf) -> u64 {
        match shelf.find(&self.service, &self.plan) {
            Ok(offer) => offer.cost(resource),
            Err(_) => self
                .costs
                .as_ref()
                .and_then(|costs| costs.get(resource).copied())
                .unwrap_or(0),
        }
    }
}

impl<'a> Claim<'a> {
    /// What the job of the record asks for. `None`: nothing that is limited, so one write accepts it.
    pub(crate) fn of(record: &'a Record, shelf: &'a Shelf) -> Option<Self> {
        let wanted = &record.job.wanted.as_ref()?.plan;
        let from = record.in_force.as_ref().map(|force| &force.plan);
        if from.is_some_and(|plan| plan.plan_id == wanted.plan_id) {
            return None;
        }
        let offer = shelf.offer(wanted)?;
        let global = shelf.global(&wanted.service_id);
        let had = from.map(Held::of);
        let more = |need: &Need<'_>| need.cost > had.as_ref().map_or(0, |held| held.cost(need.name, shelf));
        let claim = Claim {
            shelf,
            offer,
            of_plan: offer.quotas.service_instance_limit,
            // Who only changes its plan is there already.
            of_all: global.service_instance_limit.filter(|_| from.is_none()),
            plan: needs(&offer.quotas, offer)
                .filter(|need| need.limit > 0 && need.cost > 0)
                .collect(),
            // Nobody is kept from taking less than before.
            global: needs(global, offer).filter(more).collect(),
        };
        claim.is_limited().then_some(claim)
    }

    fn is_limited(&self) -> bool {
        self.of_plan.is_some() || self.of_all.is_some() || !self.plan.is_empty() || !self.global.is_empty()
    }

    /// The texts of everything that would be exceeded: the Go broker's, in its order. `others` are the glances at all
    /// other records, `revision` that of the undecided one.
    pub(crate) fn exceeded<'g>(&self, others: impl Iterator<Item = &'g Glance>, revision: u64) -> Option<String> {
        let others = self.count(others, revision);
        let service = &self.offer.plan.service_id;
        let instances = |what: &str, limit: Option<u64>, there: u64| {
            let over = limit.is_some_and(|limit| there >= limit);
            over.then(|| format!("{what} instance limit exceeded for service ID: {service}. Total instances: {there}"))
        };
        let used = |need: &Need<'_>| others.used.get(need.name).copied().unwrap_or(0);
        let texts = [
            instances("plan", self.of_plan, others.of_plan),
            instances("global", self.of_all, others.of_all),
            resources("global", &self.global, used),
            resources("plan", &self.plan, |need| others.of_plan.saturating_mul(need.cost)),
        ];
        let texts: Vec<String> = texts.into_iter().flatten().collect();
        (!texts.is_empty()).then(|| texts.join(", "))
    }

    fn count<'g>(&self, others: impl Iterator<Item = &'g Glance>, revision: u64) -> Others<'a> {
        let PlanCopy {
            service_id, plan_id, ..
        } = &self.offer.plan;
        let mut counted = Others::default();
        for glance in others {
            let Some(stake) = &glance.stake else { continue };
            let plans = stake.counts(glance.revision, revision);
            let plans = plans.filter(|held| *held.service == **service_id);
            if plans.clone().next().is_none() {
                continue;
            }
            counted.of_all += 1;
            counted.of_plan += u64::from(plans.clone().any(|held| *held.plan == **plan_id));
            for need in &self.global {
                // What changes its plan may have either.
                let most = plans.clone().map(|held| held.cost(need.name, self.shelf)).max();
                let used = counted.used.entry(need.name).or_default();
                *used = used.saturating_add(most.unwrap_or(0));
            }
        }
        counted
    }
}

/// What the plan takes of each resource that these quotas limit.
fn needs<'a>(quotas: &'a Quotas, offer: &'a Offer) -> impl Iterator<Item = Need<'a>> {
    quotas.resources.iter().filter_map(|(name, quota)| {
        let (limit, cost) = (quota.limit?, offer.cost(name));
        Some(Need { name, limit, cost })
    })
}

fn resources(whose: &str, needs: &[Need<'_>], used: impl Fn(&Need<'_>) -> u64) -> Option<String> {
    let lacking = needs.iter().filter_map(|need| {
        let (Need { name, limit, cost }, used) = (need, used(need));
        let fits = used.saturating_add(*cost) <= *limit;
        (!fits).then(|| format!("{name}: (limit {limit}, used {used}, requires {cost})"))
    });
    let lacking: Vec<String> = lacking.collect();
    let names = lacking.join(", ");
    (!lacking.is_empty()).then(|| format!("{whose} quotas [{names}] would be exceeded by this deployment"))
}

/// The record, read at `revision`, decided for. Who decides for somebody else's request tells of it: that is noted, so
/// that nobody takes it back.
pub(crate) fn admitted(record: &Record, revision: u64, own: bool) -> Record {
    let mut admitted = record.clone();
    admitted.phase = Phase::Admitted;
    admitted.job.undecided = None;
    if !own {
        admitted.job.accepted_revision = admitted.job.accepted_revision.or(Some(revision));
    }
    admitted
}
