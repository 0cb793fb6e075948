//! What is limited, as YAML for the gateways, and as a check that counts by itself.
use chandler_proto::records::{Phase, Record};
use std::collections::BTreeSet;

/// Ids and names of the plans; elsewhere they are numbered.
pub(super) const PLANS: [(&str, &str); 3] = [("plan-1", "small"), ("plan-2", "large"), ("plan-3", "huge")];

/// The limits of the offering and of each plan.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rule {
    pub(super) instances: Option<u64>,
    /// What all instances together may take of `memory`.
    pub(super) memory: Option<u64>,
    pub(super) plans: [OfPlan; 3],
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OfPlan {
    pub(super) instances: Option<u64>,
    /// What each instance takes of `memory`.
    pub(super) memory: u64,
    /// How many `ips` the plan's instances may take, and how many each takes.
    pub(super) ips: Option<(u64, u64)>,
}

/// Plans that an instance is admitted to: two while it changes its plan.
pub(super) type Plans = BTreeSet<usize>;

/// The plans that an instance is admitted to. What isn't decided yet isn't admitted.
pub(super) fn held_by(record: &Record) -> Plans {
    let number = |id: &str| PLANS.iter().position(|(plan, _)| *plan == id).unwrap();
    let decided = record.phase == Phase::Admitted && record.job.undecided.is_none();
    let changing = record.job.operation.changes() && !record.job.finished();
    let has = record.in_force.as_ref().map(|force| &force.plan);
    let gets = record.job.wanted.as_ref().map(|wanted| &wanted.plan);
    let gets = gets.filter(|_| decided && (has.is_none() || changing));
    let counts = !matches!(record.phase, Phase::Gone { .. });
    let plans = has.into_iter().chain(gets).filter(|_| counts);
    plans.map(|plan| number(&plan.plan_id)).collect()
}

impl Rule {
    /// Everything that is exceeded.
    pub(super) fn exceeded<'a>(&self, held: impl IntoIterator<Item = &'a Plans>) -> Vec<String> {
        let held: Vec<&Plans> = held.into_iter().filter(|plans| !plans.is_empty()).collect();
        let there = |plan: usize| held.iter().filter(|plans| plans.contains(&plan)).count() as u64;
        let cost = |plans: &&Plans| plans.iter().map(|plan| self.plans[*plan].memory).max();
        let memory = held.iter().filter_map(cost).sum();
        let mut used = vec![
            ("instances".to_owned(), held.len() as u64, self.instances),
            ("memory".to_owned(), memory, self.memory),
        ];
        for (plan, of) in self.plans.iter().enumerate() {
            let (limit, each) = of.ips.unzip();
            used.push((format!("instances of {plan}"), there(plan), of.instances));
            used.push((format!("ips of {plan}"), there(plan) * each.unwrap_or(0), limit));
        }
        let over = |(what, used, limit): (String, u64, Option<u64>)| {
            let limit = limit.filter(|limit| used > *limit)?;
            Some(format!("{what}: {used} of {limit}"))
        };
        used.into_iter().filter_map(over).collect()
    }

    /// Whether there is room for one more of the plan.
    pub(super) fn fits(&self, held: &[Plans], plan: usize) -> bool {
        self.exceeded(held.iter().chain([&Plans::from([plan])])).is_empty()
    }

    /// The member `quotas` of a plan.
    pub(super) fn of_plan(&self, plan: usize) -> String {
        let OfPlan { instances, memory, ips } = self.plans[plan];
        let memory = (memory > 0).then(|| format!("memory: {{cost: {memory}}}"));
        let ips = ips.map(|(limit, cost)| format!("ips: {{limit: {limit}, cost: {cost}}}"));
        quotas(instances, [memory, ips].into_iter().flatten())
    }

    /// The member `global_quotas`.
    pub(super) fn of_all(&self) -> String {
        let memory = self.memory.map(|limit| format!("memory: {{limit: {limit}}}"));
        quotas(self.instances, memory.into_iter())
    }
}

fn quotas(instances: Option<u64>, resources: impl Iterator<Item = String>) -> String {
    let resources: Vec<String> = resources.collect();
    let resources = format!("resources: {{{}}}", resources.join(", "));
    let limit = instances.map(|limit| format!("service_instance_limit: {limit}"));
    format!(
        "{{{}}}",
        limit.into_iter().chain([resources]).collect::<Vec<_>>().join(", ")
    )
}
