//! `chandler config check`.

use crate::cli::{Check, Process};
use crate::config::{count, load};
use crate::say::{Exit, line};
use chandler_common::access::Access;
use chandler_proto::config::{Config, Findings};

/// Says everything that is odd or wrong, a line each, with the path of the key.
pub(crate) fn run(options: &Check) -> Exit {
    match load(&options.file, |config| needs(config, &options.processes)) {
        Ok((loaded, ())) => {
            let warnings = count(loaded.warnings.len(), "warning");
            line(format_args!("{}: fine, {warnings}", options.file.display()));
            Exit::Fine
        }
        Err(exit) => exit,
    }
}

/// What these processes would find wrong when they start. Without a name all of them are meant, and the commands, too.
pub(crate) fn needs(config: &Config, named: &[Process]) -> Result<(), Findings> {
    let commands = named.is_empty().then(|| lists(config));
    let processes = Process::meant(named).iter().map(|process| of(config, *process));
    all(processes.chain(commands))
}

/// What only commands call.
fn lists(config: &Config) -> Result<(), Findings> {
    let mut access = Access::new(config);
    access.instances_api();
    access.finish(Some(()))
}

/// As the gateway checks itself and the workers make their clients, but for the adapter's guard: that one is beside the workers.
fn of(config: &Config, process: Process) -> Result<(), Findings> {
    let mut access = Access::new(config);
    // Every worker asks them; a gateway doesn't.
    access.monitors();
    match process {
        Process::Gateway => return chandler_gateway::Checked::new(config).map(|_| ()),
        Process::Provisioning => {
            deploys(&mut access);
            access.uaa_clients();
        }
        Process::Binding => deploys(&mut access),
        Process::Errands => {
            access.director();
        }
        Process::UaaClients => {
            access.sealer();
            access.uaa_clients();
            access.cloud_controller_if_asked();
        }
    }
    access.finish(Some(()))
}

/// What workers need that run the adapter.
fn deploys(access: &mut Access<'_>) {
    access.sealer();
    access.director();
    access.credhub();
    access.bosh_credhub();
    access.executables();
}

/// What all of them find.
fn all(checks: impl IntoIterator<Item = Result<(), Findings>>) -> Result<(), Findings> {
    let findings: Vec<_> = checks
        .into_iter()
        .filter_map(Result::err)
        .flat_map(|Findings(found)| found)
        .collect();
    match findings.is_empty() {
        true => Ok(()),
        false => Err(Findings(findings)),
    }
}
