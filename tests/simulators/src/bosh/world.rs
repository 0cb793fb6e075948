//! The state of a Director, and the making of tasks.

use std::collections::BTreeMap;

use super::access::Access;
use super::catalog::Catalog;
use super::configs::Configs;
use super::deployment::{Deployment, Job};
use super::fault::{Armed, Fault, TaskEffect};
use super::journal::Ledger;
use super::links::Links;
use super::lock::Lock;
use super::options::BoshOptions;
use super::schedule::Schedule;
use super::task::{Phase, Task, TaskKind, TaskState};
use crate::common::clock::Clock;
use crate::common::fault::{CallAction, Outage};

/// Everything that a Director remembers. Time is applied when somebody looks (`advance`).
#[derive(Debug)]
pub(super) struct World {
    pub(super) options: BoshOptions,
    pub(super) clock: Clock,
    pub(super) tasks: BTreeMap<u64, Task>,
    pub(super) schedule: Schedule,
    pub(super) next_task: u64,
    pub(super) deployments: BTreeMap<String, Deployment>,
    pub(super) locks: BTreeMap<String, Lock>,
    pub(super) faults: Vec<Armed>,
    pub(super) next_fault: u64,
    pub(super) outage: Option<Outage>,
    pub(super) latency_ms: u64,
    pub(super) ledger: Ledger,
    pub(super) catalog: Option<Catalog>,
    pub(super) links: Links,
    pub(super) configs: Configs,
    /// Availability zones in the order in which they were first named.
    zones: Vec<String>,
    pub(super) next_ip: u32,
    /// Up to where time has been applied.
    pub(super) reached: f64,
}

impl World {
    pub(super) fn new(options: BoshOptions) -> Self {
        let clock = Clock::new();
        let reached = clock.now();
        Self {
            options,
            clock,
            tasks: BTreeMap::new(),
            schedule: Schedule::default(),
            next_task: 1,
            deployments: BTreeMap::new(),
            locks: BTreeMap::new(),
            faults: Vec::new(),
            next_fault: 1,
            outage: None,
            latency_ms: 0,
            ledger: Ledger::default(),
            catalog: None,
            links: Links::default(),
            configs: Configs::new(reached),
            zones: Vec::new(),
            next_ip: 2,
            reached,
        }
    }

    /// Makes a task; the effects of faults are drawn here.
    pub(super) fn start(&mut self, job: Job, deployment: &str, access: &Access, context: &str) -> u64 {
        let id = self.next_task;
        self.next_task += 1;
        let created = self.clock.now();
        let kind = job.kind();
        let effects = self.draw(kind, deployment);
        let ready = match effects.contains(&TaskEffect::StayQueued) {
            true => f64::INFINITY,
            false => created + self.options.queue_seconds,
        };
        let task = Task {
            id,
            description: job.description(deployment),
            job,
            state: TaskState::Queued,
            timestamp: None,
            started_at: None,
            result: None,
            user: access.user.clone(),
            teams: self
                .deployments
                .get(deployment)
                .map_or_else(|| access.teams(), |d| d.teams.clone()),
            deployment: deployment.to_owned(),
            context_id: context.to_owned(),
            events: String::new(),
            results: String::new(),
            phase: Phase::Queued { ready },
            effects,
            stop_at: None,
            slot: None,
            created,
        };
        self.tasks.insert(id, task);
        self.place(id);
        id
    }

    fn draw(&mut self, kind: TaskKind, deployment: &str) -> Vec<TaskEffect> {
        let mut effects = Vec::new();
        for armed in &mut self.faults {
            if let Fault::Task(fault) = armed.fault.clone()
                && fault.matches(kind, deployment)
                && armed.hit()
            {
                effects.push(fault.task);
            }
        }
        effects
    }

    /// The first call fault that hits, counted.
    pub(super) fn call_fault(&mut self, method: &str, path: &str) -> Option<CallAction> {
        self.faults.iter_mut().find_map(|armed| match armed.fault.clone() {
            Fault::Call(fault) => (fault.matches(method, path) && armed.hit()).then_some(fault.call),
            Fault::Task(_) => None,
        })
    }

    /// Arms a fault; the answer is its id.
    pub(super) fn arm(&mut self, fault: Fault) -> u64 {
        let id = self.next_fault;
        self.next_fault += 1;
        self.faults.push(fault.armed(id));
        id
    }

    /// The number that addresses have for an availability zone.
    pub(super) fn zone(&mut self, az: &str) -> usize {
        match self.zones.iter().position(|z| z == az) {
            Some(at) => at + 1,
            None => {
                self.zones.push(az.to_owned());
                self.zones.len()
            }
        }
    }

    pub(super) fn is_locked(&self, deployment: &str) -> bool {
        let now = self.clock.now();
        self.locks.get(deployment).is_some_and(|lock| lock.is_held(now))
    }
}
