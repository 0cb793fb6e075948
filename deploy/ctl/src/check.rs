//! `chandler config check`.

use crate::cli::{Check, Process};
use crate::config::{count, load};
use crate::say::{Exit, line};
use chandler_common::access::Access;
use chandler_proto::config::{Config, Finding, Findings, Pem};
use clap::ValueEnum;

/// Says everything that is odd or wrong, a line each, with the path of the key.
pub(crate) fn run(options: &Check) -> Exit {
    let processes = match options.processes.as_slice() {
        [] => Process::value_variants(),
        some => some,
    };
    match load(&options.file, |config| needs(config, processes)) {
        Ok((loaded, ())) => {
            let warnings = count(loaded.warnings.len(), "warning");
            line(format_args!("{}: fine, {warnings}", options.file.display()));
            Exit::Fine
        }
        Err(exit) => exit,
    }
}

/// What these processes would find wrong when they start.
pub(crate) fn needs(config: &Config, processes: &[Process]) -> Result<(), Findings> {
    all(processes.iter().map(|process| of(config, *process)))
}

/// As the workers themselves make their clients, but for the adapter's guard: that one is beside the workers.
fn of(config: &Config, process: Process) -> Result<(), Findings> {
    let mut access = Access::new(config);
    match process {
        Process::Gateway => {
            access.sealer();
            return all([access.finish(Some(())), serves(config)]);
        }
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
        }
    }
    access.finish(Some(()))
}

/// What only the gateway needs.
fn serves(config: &Config) -> Result<(), Findings> {
    let files = config.broker.tls.iter().flat_map(|tls| {
        [
            ("broker.tls.cert_file", &tls.certificate),
            ("broker.tls.key_file", &tls.private_key),
        ]
    });
    let readable = files.map(|(path, file)| readable(file).map_err(|why| found(path, &why)));
    all([config.credentials().map(|_| ())].into_iter().chain(readable))
}

/// What workers need that run the adapter.
fn deploys(access: &mut Access<'_>) {
    access.sealer();
    access.director();
    access.credhub();
    access.bosh_credhub();
    access.executable();
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

fn readable(pem: &Pem) -> Result<(), String> {
    match pem {
        Pem::Text(_) => Ok(()),
        Pem::File(path) => std::fs::read(path).map(|_| ()).map_err(|why| format!("{path}: {why}")),
    }
}

fn found(path: &str, message: &str) -> Findings {
    Findings(vec![Finding {
        path: path.to_owned(),
        message: message.to_owned(),
    }])
}
