//! `chandler config check`.

use crate::cli::{Check, Process};
use crate::config::load;
use crate::say::{Exit, complain, line};
use chandler_bus::Settings;
use chandler_clients::bosh::{Auth, Director, DirectorSettings};
use chandler_proto::config::{Config, FileLook, Finding, Findings, Pem};
use std::{os::unix::fs::PermissionsExt, time::Duration};

/// Says everything that is odd or wrong, a line each, with the path of the key.
pub(crate) fn run(options: &Check) -> Exit {
    let loaded = match load(&options.file) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let all = [Process::Gateway, Process::Provisioning];
    let processes = match options.processes.as_slice() {
        [] => &all[..],
        some => some,
    };
    let mut findings = Vec::new();
    for process in processes {
        for finding in needs(&loaded.config, *process) {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    for finding in &findings {
        complain(format_args!("error: {finding}"));
    }
    let (errors, warnings) = (findings.len(), loaded.warnings.len());
    match errors {
        0 => {
            line(format_args!(
                "{}: fine, {}",
                options.file.display(),
                count(warnings, "warning")
            ));
            Exit::Fine
        }
        _ => {
            let (errors, warnings) = (count(errors, "error"), count(warnings, "warning"));
            complain(format_args!("{}: {errors}, {warnings}", options.file.display()));
            Exit::Config
        }
    }
}

/// What a process finds wrong when it starts.
fn needs(config: &Config, process: Process) -> Vec<String> {
    let mut findings = Vec::new();
    let mut add = |checked: Result<(), Findings>| {
        let wrong = checked.err().map(|Findings(all)| all).unwrap_or_default();
        findings.extend(wrong.iter().map(ToString::to_string));
    };
    add(config.require_seal().map(|_| ()));
    add(bus(config).map_err(|why| found("chandler.bus", &why)));
    match process {
        Process::Gateway => {
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
            add(config.require_bosh().map(|_| ()));
            add(director(config).map_err(|why| found("bosh", &why)));
            add(config.service_adapter.check(look));
        }
    }
    findings
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
        auth: Auth::Basic {
            username: bosh.username.to_owned(),
            password: bosh.password.expose().to_owned(),
        },
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

fn count(number: usize, what: &str) -> String {
    match number {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
