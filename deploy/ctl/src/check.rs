//! `chandler config check`.

use crate::cli::{Check, Process};
use crate::config::{count, load};
use crate::credhub;
use crate::director::auth;
use crate::say::{Exit, line};
use crate::uaa;
use chandler_bus::Settings;
use chandler_clients::bosh::{Director, DirectorSettings};
use chandler_proto::config::{Config, FileLook, Finding, Findings, Pem};
use clap::ValueEnum;
use std::{os::unix::fs::PermissionsExt, time::Duration};

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
    let mut findings = Vec::new();
    let mut add = |checked: Result<(), Findings>| findings.extend(checked.err().into_iter().flat_map(|all| all.0));
    add(bus(config).map_err(|why| found("chandler.bus", &why)));
    for process in processes {
        match process {
            Process::Gateway => {
                add(config.require_seal().map(|_| ()));
                add(config.credentials().map(|_| ()));
                for (path, file) in config.broker.tls.iter().flat_map(|tls| {
                    [
                        ("broker.tls.cert_file", &tls.certificate),
                        ("broker.tls.key_file", &tls.private_key),
                    ]
                }) {
                    add(readable(file).map_err(|why| found(path, &why)));
                }
            }
            Process::Provisioning => {
                add(deploys(config));
                add(keeps_clients(config));
            }
            Process::Binding => add(deploys(config)),
            Process::Errands => add(calls_the_director(config)),
            Process::UaaClients => {
                add(config.require_seal().map(|_| ()));
                add(keeps_clients(config));
            }
        }
    }
    match findings.is_empty() {
        true => Ok(()),
        false => Err(Findings(findings)),
    }
}

/// What workers need that run the adapter.
fn deploys(config: &Config) -> Result<(), Findings> {
    all([
        config.require_seal().map(|_| ()),
        calls_the_director(config),
        config.require_credhub().map(|_| ()),
        credhub::runtime(config).map_err(|why| found("credhub", &why)),
        config.require_bosh_credhub().map(|_| ()),
        credhub::bosh(config).map_err(|why| found("bosh_credhub", &why)),
        config.service_adapter.check(look),
    ])
}

fn calls_the_director(config: &Config) -> Result<(), Findings> {
    all([
        config.require_bosh().map(|_| ()),
        director(config).map_err(|why| found("bosh", &why)),
    ])
}

/// What workers need that look at UAA clients of instances.
fn keeps_clients(config: &Config) -> Result<(), Findings> {
    all([
        config.require_uaa_clients().map(|_| ()),
        uaa::clients(config).map_err(|why| found("cf.uaa", &why)),
    ])
}

/// What all of them find.
fn all<const N: usize>(checks: [Result<(), Findings>; N]) -> Result<(), Findings> {
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

/// Whether the bus can be tried with these settings.
fn bus(config: &Config) -> Result<(), String> {
    let settings = Settings::of(&config.chandler, "check").map_err(|why| why.to_string())?;
    settings.check().map_err(|why| why.to_string())
}

/// Whether the Director's address and certificate can be used; what is missing is told elsewhere.
fn director(config: &Config) -> Result<(), String> {
    let Ok(bosh) = config.require_bosh() else { return Ok(()) };
    let settings = DirectorSettings {
        url: bosh.url.to_owned(),
        ca_pem: bosh.root_ca_cert.map(str::to_owned),
        auth: auth(bosh.authentication),
        timeout: Duration::from_secs(1),
        user_agent: "chandler".to_owned(),
    };
    Director::new(settings).map(|_| ())
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

fn look(path: &str) -> FileLook {
    match std::fs::metadata(path) {
        Ok(file) if file.is_dir() => FileLook::Directory,
        Ok(file) => FileLook::File(file.permissions().mode()),
        Err(error) => FileLook::Error(format!("'{path}': {error}")),
    }
}
