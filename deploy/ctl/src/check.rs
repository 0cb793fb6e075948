//! `chandler config check`.

use crate::cli::{Check, Process};
use crate::config::load;
use crate::say::{Exit, complain, line};
use chandler_proto::config::{Config, FileLook, Findings};
use std::os::unix::fs::PermissionsExt;

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
    match process {
        Process::Gateway => add(config.credentials().map(|_| ())),
        Process::Provisioning => {
            add(config.require_bosh().map(|_| ()));
            add(config.service_adapter.check(look));
        }
    }
    findings
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
