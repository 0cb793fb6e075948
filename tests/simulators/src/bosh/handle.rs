//! The state and the faults, for tests in the same process.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::catalog::Catalog;
use super::fault::Fault;
use super::journal::Journal;
use super::listen::Shared;
use super::lock::Lock;
use super::task::{Ending, TaskView};
use super::world::World;
use crate::common::fault::Outage;

/// A handle on a running simulator; clones see the same state. Every call first lets happen what is due.
#[derive(Clone)]
pub struct BoshWorld {
    shared: Shared,
}

impl std::fmt::Debug for BoshWorld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoshWorld").finish_non_exhaustive()
    }
}

/// A deployment as tests see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeploymentView {
    /// Its name.
    pub name: String,
    /// The last manifest that was deployed well, byte for byte.
    pub manifest: Option<String>,
    /// True while a task holds the lock, or a dead one left it.
    pub locked: bool,
    /// Instances with or without a VM.
    pub instances: usize,
    /// Instances with a VM.
    pub vms: usize,
}

impl BoshWorld {
    pub(super) fn new(shared: Shared) -> Self {
        Self { shared }
    }

    fn look<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.shared.lock();
        world.advance();
        act(&mut world)
    }

    /// All tasks, oldest first.
    pub fn tasks(&self) -> Vec<TaskView> {
        self.look(|w| w.tasks.values().map(super::task::Task::view).collect())
    }

    /// One task.
    pub fn task(&self, id: u64) -> Option<TaskView> {
        self.look(|w| w.tasks.get(&id).map(super::task::Task::view))
    }

    /// All deployments by name.
    pub fn deployments(&self) -> Vec<DeploymentView> {
        self.look(|w| {
            let rows = w.deployments.iter().map(|(name, d)| DeploymentView {
                name: name.clone(),
                manifest: d.good.as_ref().map(|m| m.text.clone()),
                locked: w.is_locked(name),
                instances: d.instances.len(),
                vms: d.instances.iter().filter(|i| i.vm.is_some()).count(),
            });
            rows.collect()
        })
    }

    /// One deployment.
    pub fn deployment(&self, name: &str) -> Option<DeploymentView> {
        self.deployments().into_iter().find(|d| d.name == name)
    }

    /// Type and name of each config that there is, each once; at the start there is `cloud`, `default`.
    pub fn config_names(&self) -> std::collections::BTreeSet<(String, String)> {
        self.look(|w| {
            let all = w.configs.all(|_| true);
            all.map(|config| (config.kind.clone(), config.name.clone())).collect()
        })
    }

    /// Arms a fault; the answer is its id.
    pub fn set_fault(&self, fault: impl Into<Fault>) -> u64 {
        self.look(|w| w.arm(fault.into()))
    }

    /// Disarms one fault; tasks that it has hit already keep their fate.
    pub fn clear_fault(&self, id: u64) {
        self.look(|w| w.faults.retain(|armed| armed.id != id));
    }

    /// Disarms all faults, ends an outage, takes the latency away.
    pub fn clear_faults(&self) {
        self.look(|w| {
            w.faults.clear();
            w.outage = None;
            w.latency_ms = 0;
        });
    }

    /// The armed faults with their ids.
    pub fn faults(&self) -> Vec<(u64, Fault)> {
        self.look(|w| w.faults.iter().map(|a| (a.id, a.fault.clone())).collect())
    }

    /// Takes the Director away, or (none) brings it back.
    pub fn set_outage(&self, outage: Option<Outage>) {
        self.look(|w| w.outage = outage);
    }

    /// Added to each call before it is looked at.
    pub fn set_latency(&self, latency: Duration) {
        let ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
        self.look(|w| w.latency_ms = ms);
    }

    /// Seconds that a deployment takes, for tasks that begin from now on.
    pub fn set_task_seconds(&self, seconds: f64) {
        self.look(|w| w.options.task_seconds = seconds.max(0.0));
    }

    /// Seconds that a queued task waits for a worker's next look.
    pub fn set_queue_seconds(&self, seconds: f64) {
        self.look(|w| w.options.queue_seconds = seconds.max(0.0));
    }

    /// Seconds that a task waits for a lock before it fails.
    pub fn set_lock_wait_seconds(&self, seconds: f64) {
        self.look(|w| w.options.lock_wait_seconds = seconds.max(0.0));
    }

    /// The user's password from now on, as after a rotation.
    pub fn set_password(&self, password: &str) {
        self.look(|w| w.options.password = password.to_owned());
    }

    /// Tasks that run at once.
    pub fn set_workers(&self, workers: usize) {
        self.look(|w| w.options.workers = workers);
    }

    /// What `/info` says as the version; `None`: the release's own.
    pub fn set_version(&self, version: Option<String>) {
        self.look(|w| w.options.version = version);
    }

    /// Ends an unfinished task at once. `Done` carries out all the rest of it (a queued one is let go);
    /// the others leave it half done. False when there is no such task or it has ended.
    pub fn finish_task(&self, id: u64, ending: Ending) -> bool {
        self.look(|w| w.release(id, ending))
    }

    /// Puts a lock on a deployment as if task `task` had died with it.
    pub fn leave_lock(&self, deployment: &str, task: u64, lock: Duration) {
        self.look(|w| {
            let now = w.clock.now();
            let description = match w.tasks.get(&task) {
                Some(task) => task.description.clone(),
                None => "create deployment".to_owned(),
            };
            let expires = Some(now + lock.as_secs_f64());
            w.locks.insert(
                deployment.to_owned(),
                Lock {
                    task,
                    description,
                    since: now,
                    expires,
                },
            );
        });
    }

    /// Takes a lock away.
    pub fn drop_lock(&self, deployment: &str) {
        self.look(|w| w.locks.remove(deployment));
    }

    /// Kills the VM of an instance (its agent never answers again); false when it has none.
    /// Then `format=full` says so, a deploy without `fix` and a deletion without `force` fail.
    pub fn kill_vm(&self, deployment: &str, group: &str, index: usize) -> bool {
        self.look(|w| {
            let row = w
                .deployments
                .get_mut(deployment)
                .and_then(|d| d.instances.iter_mut().find(|i| i.group == group && i.index == index));
            match row.and_then(|i| i.vm.as_mut()) {
                Some(vm) => {
                    vm.dead = true;
                    true
                }
                None => false,
            }
        })
    }

    /// What was asked so far.
    pub fn journal(&self) -> Journal {
        self.look(|w| w.ledger.shown())
    }

    /// Forgets what was asked so far.
    pub fn clear_journal(&self) {
        self.look(|w| w.ledger.clear());
    }

    /// Lets time pass at once.
    pub fn skip(&self, time: Duration) {
        self.look(|w| w.clock.skip(time.as_secs_f64()));
    }

    /// Stops the clock (only `skip` moves it then), or lets it go on.
    pub fn freeze(&self, frozen: bool) {
        self.look(|w| w.clock.freeze(frozen));
    }

    /// Says what was uploaded; none = everything a manifest may ask for.
    pub fn set_catalog(&self, catalog: Option<Catalog>) {
        self.look(|w| w.catalog = catalog);
    }

    /// The links of a deployment to somebody outside, by the names of their consumers.
    pub fn external_links(&self, deployment: &str) -> Vec<String> {
        self.look(|w| w.links.external_of(deployment))
    }

    /// The ids of the next link provider, consumer and link.
    pub fn set_next_links(&self, provider: u64, consumer: u64, link: u64) {
        self.look(|w| w.links.next = [provider, consumer, link]);
    }

    /// The id of the next task.
    pub fn set_next_task(&self, id: u64) {
        self.look(|w| w.next_task = id.max(w.next_task));
    }
}
