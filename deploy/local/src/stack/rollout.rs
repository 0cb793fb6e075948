//! The files of the broker's processes, and how an operator brings a new configuration into force while it runs.

use super::{LIMIT, Stack};
use crate::config::{Filled, in_force};
use crate::nats::Passwords;
use crate::programs::Served;
use crate::ready;
use crate::state::State;
use crate::supervise::Renew;
use anyhow::Context as _;
use chandler_proto::step::Worker;
use reqwest::Client;
use std::path::PathBuf;

/// The file of whoever registers the broker.
pub(super) const REGISTRAR: &str = "registrar.yml";

/// Whose file it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Role {
    Worker(Worker),
    Gateway,
}

/// A process of the broker.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) served: Served,
    pub(super) renew: Renew,
}

/// A newer configuration, and the one that was given.
#[derive(Debug)]
pub(crate) struct Rollout<'a> {
    client: &'a Client,
    state: &'a State,
    passwords: &'a Passwords,
    broker: &'a [Kept],
    given: &'a Filled,
    newer: Filled,
    /// The maintenance version that all plans have by either.
    pub(crate) versions: [String; 2],
}

impl Role {
    /// All of them, in the order in which they are started.
    pub(super) fn all() -> impl Iterator<Item = Role> {
        let workers = Worker::ALL.iter().copied().map(Role::Worker);
        workers.chain([Role::Gateway])
    }

    /// Its name on the bus, in logs and files.
    pub(super) fn name(self) -> &'static str {
        match self {
            Role::Worker(worker) => worker.name(),
            Role::Gateway => "gateway",
        }
    }

    /// Writes what it gets of a configuration; where it is.
    pub(super) fn write(self, state: &State, filled: &Filled, passwords: &Passwords) -> anyhow::Result<PathBuf> {
        let password = passwords.of(self.name());
        let text = match self {
            Role::Worker(worker) => filled.for_worker(worker, password),
            Role::Gateway => filled.for_gateway(password),
        };
        state.secret(&format!("{}.yml", self.name()), &text)
    }
}

/// Writes what the registrar gets of a configuration, where there is somebody to register at.
pub(super) fn write_registrars(state: &State, filled: &Filled) -> anyhow::Result<()> {
    if filled.simulated.cloud_controller.is_some() {
        state.secret(REGISTRAR, &filled.for_registrar())?;
    }
    Ok(())
}

impl Stack {
    /// What could be rolled out next; none if the configuration has no maintenance version that all its plans have.
    pub(super) fn next(&self) -> Option<Rollout<'_>> {
        let newer = self.filled.newer()?;
        let versions = [in_force(&self.filled)?, in_force(&newer)?];
        (versions[0] != versions[1]).then_some(Rollout {
            client: &self.client,
            state: &self.state,
            passwords: &self.nats.passwords,
            broker: &self.broker,
            given: &self.filled,
            newer,
            versions,
        })
    }
}

impl Rollout<'_> {
    /// The newer one comes into force.
    pub(crate) async fn deploy(&self) -> anyhow::Result<()> {
        self.put(&self.newer).await
    }

    /// The given one comes into force again.
    pub(crate) async fn take_back(&self) -> anyhow::Result<()> {
        self.put(self.given).await
    }

    /// How many processes are started anew by either.
    pub(crate) fn processes(&self) -> usize {
        self.broker.len()
    }

    /// One process after the other: where there are several copies, some copy is always there.
    async fn put(&self, filled: &Filled) -> anyhow::Result<()> {
        for role in Role::all() {
            role.write(self.state, filled, self.passwords)?;
        }
        write_registrars(self.state, filled)?;
        for Kept { served, renew } in self.broker {
            let name = &served.program.name;
            renew.again().await.with_context(|| name.clone())?;
            let request = self.client.get(format!("{}/readyz", served.admin));
            ready::wait(name, request, LIMIT).await?;
        }
        Ok(())
    }
}
