//! What Cloud Controller remembers, and what both halves do with it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::model::*;
use super::options::Options;
use super::refusal::Refusal;

/// The state, shared by both halves and the tests. Nobody keeps the lock while he waits.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub(super) fn new(options: Options, url: String, now: f64) -> Self {
        Self(Arc::new(Mutex::new(State::new(options, url, now))))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All rows by their guids.
pub(super) struct State {
    pub(super) options: Options,
    /// `https://127.0.0.1:PORT`, without a slash at the end.
    pub(super) url: String,
    pub(super) organizations: BTreeMap<String, Organization>,
    pub(super) spaces: BTreeMap<String, Space>,
    pub(super) apps: BTreeMap<String, App>,
    pub(super) brokers: BTreeMap<String, Broker>,
    pub(super) offerings: BTreeMap<String, Offering>,
    pub(super) plans: BTreeMap<String, Plan>,
    pub(super) instances: BTreeMap<String, Instance>,
    pub(super) bindings: BTreeMap<String, Binding>,
    pub(super) jobs: BTreeMap<String, Job>,
    serial: u64,
}

impl State {
    fn new(options: Options, url: String, now: f64) -> Self {
        let seeds = options.organizations.clone();
        let mut state = Self {
            options,
            url,
            organizations: BTreeMap::new(),
            spaces: BTreeMap::new(),
            apps: BTreeMap::new(),
            brokers: BTreeMap::new(),
            offerings: BTreeMap::new(),
            plans: BTreeMap::new(),
            instances: BTreeMap::new(),
            bindings: BTreeMap::new(),
            jobs: BTreeMap::new(),
            serial: 0,
        };
        for (name, spaces) in seeds {
            let organization = state.add_organization(&name, now);
            for space in spaces {
                state.add_space(&space, &organization, now);
            }
        }
        state
    }

    /// For a new row.
    pub(super) fn stamp(&mut self, now: f64) -> Stamp {
        self.serial += 1;
        Stamp {
            serial: self.serial,
            created_at: now,
            updated_at: now,
        }
    }

    /// A new organization's guid.
    pub(super) fn add_organization(&mut self, name: &str, now: f64) -> String {
        let guid = guid();
        let row = Organization {
            guid: guid.clone(),
            name: name.to_owned(),
            stamp: self.stamp(now),
        };
        self.organizations.insert(guid.clone(), row);
        guid
    }

    /// A new space's guid.
    pub(super) fn add_space(&mut self, name: &str, organization: &str, now: f64) -> String {
        let guid = guid();
        let row = Space {
            guid: guid.clone(),
            name: name.to_owned(),
            organization: organization.to_owned(),
            stamp: self.stamp(now),
        };
        self.spaces.insert(guid.clone(), row);
        guid
    }

    /// A new job that waits; `resource` as in [`Job::resource`].
    pub(super) fn add_job(&mut self, operation: &str, resource: Option<(&'static str, &str)>, now: f64) -> String {
        let guid = guid();
        let row = Job {
            guid: guid.clone(),
            operation: operation.to_owned(),
            state: JobState::Processing,
            errors: Vec::new(),
            warnings: Vec::new(),
            resource: resource.map(|(name, guid)| (name, guid.to_owned())),
            stamp: self.stamp(now),
        };
        self.jobs.insert(guid.clone(), row);
        guid
    }

    /// Takes a job on, or ends it.
    pub(super) fn job_is(&mut self, job: &str, state: JobState, now: f64) {
        if let Some(job) = self.jobs.get_mut(job) {
            job.state = state;
            job.stamp.updated_at = now;
        }
    }

    /// Ends a job with errors.
    pub(super) fn job_failed(&mut self, job: &str, why: &Refusal, now: f64) {
        if let Some(row) = self.jobs.get_mut(job) {
            row.errors = why.entries();
        }
        self.job_is(job, JobState::Failed, now);
    }

    /// Offerings of a broker.
    pub(super) fn offerings_of<'a>(&'a self, broker: &'a str) -> impl Iterator<Item = &'a Offering> {
        self.offerings.values().filter(move |it| it.broker == broker)
    }

    /// Plans of an offering.
    pub(super) fn plans_of<'a>(&'a self, offering: &'a str) -> impl Iterator<Item = &'a Plan> {
        self.plans.values().filter(move |it| it.offering == offering)
    }

    /// Instances of a plan.
    pub(super) fn instances_of<'a>(&'a self, plan: &'a str) -> impl Iterator<Item = &'a Instance> {
        self.instances.values().filter(move |it| it.plan == plan)
    }

    /// Keys and app bindings of an instance.
    pub(super) fn bindings_of<'a>(&'a self, instance: &'a str) -> impl Iterator<Item = &'a Binding> {
        self.bindings.values().filter(move |it| it.instance == instance)
    }

    /// Plan, offering and broker of an instance that is there.
    pub(super) fn roots(&self, instance: &Instance) -> Option<(&Plan, &Offering, &Broker)> {
        let plan = self.plans.get(&instance.plan)?;
        let offering = self.offerings.get(&plan.offering)?;
        Some((plan, offering, self.brokers.get(&offering.broker)?))
    }

    /// Takes an instance away with its keys and bindings, without a word to the broker.
    pub(super) fn purge_instance(&mut self, guid: &str) {
        self.instances.remove(guid);
        self.bindings.retain(|_, it| it.instance != guid);
    }
}

/// A new one.
pub(super) fn guid() -> String {
    uuid::Uuid::new_v4().to_string()
}
