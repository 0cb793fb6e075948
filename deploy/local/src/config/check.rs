//! Everything that is wrong with a configuration, before anything is started.

use super::fill::Filled;
use chandler_common::program::Settings;
use chandler_proto::config::{self, Config, Finding, Findings};
use std::fmt;
use std::path::Path;

/// A configuration that no process would take: a line for each finding. The exit code is 64.
#[derive(Debug)]
pub(crate) struct Refused(String);

impl Refused {
    /// One finding about the file as a whole.
    pub(crate) fn new(file: &Path, why: impl fmt::Display) -> Refused {
        Refused(format!("{}: {why}", file.display()))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// A configuration that every process would take.
#[derive(Debug)]
pub(crate) struct Checked {
    /// What the processes make of it.
    pub(crate) config: Config,
    /// What is odd, a line each.
    pub(crate) warnings: Vec<String>,
}

/// Has every role look at what it would get, as it does when it starts. `given` is what `filled` was made of: lines are
/// its lines.
///
/// # Errors
/// Everything that is wrong, at once, and all warnings.
pub(crate) fn check(file: &Path, given: &str, filled: &Filled) -> Result<Checked, Refused> {
    let lines = |findings| placed(given, findings).into_iter().map(|it| it.to_string());
    let warnings = |findings| lines(findings).map(|line| format!("warning: {line}"));
    let refused = match config::load(&filled.whole(), needs) {
        Ok((loaded, ())) => {
            return Ok(Checked {
                config: loaded.config,
                warnings: warnings(loaded.warnings).collect(),
            });
        }
        Err(refused) => refused,
    };
    let lines: Vec<String> = lines(refused.errors.0).chain(warnings(refused.warnings)).collect();
    Err(Refused(format!("{} is refused:\n{}", file.display(), lines.join("\n"))))
}

fn needs(config: &Config) -> Result<(), Findings> {
    let gateway = chandler_gateway::Checked::new(config).map(|_| ());
    let provisioning = chandler_provisioning::settings::Settings::of(config).map(|_| ());
    let binding = chandler_binding::settings::Settings::of(config).map(|_| ());
    let errands = chandler_errands::settings::Settings::of(config).map(|_| ());
    let clients = chandler_uaa_clients::settings::Settings::of(config).map(|_| ());
    let more = [provisioning, binding, errands, clients];
    more.into_iter()
        .fold(gateway, |all, one| config::both(all, one).map(|_| ()))
}

/// What was filled in stands in one line; in the operator's text a key has its own.
fn placed(given: &str, mut findings: Vec<Finding>) -> Vec<Finding> {
    for finding in &mut findings {
        if let Some(bare) = finding.message.strip_suffix(" (line 1)") {
            finding.message = bare.to_owned();
        }
    }
    let Err(told) = config::load::<()>(given, |_| Err(Findings(findings.clone()))) else {
        return findings;
    };
    let located: Vec<Finding> = told.errors.0.into_iter().chain(told.warnings).collect();
    for finding in &mut findings {
        let with_line = located.iter().find(|it| {
            let rest = it.message.strip_prefix(&finding.message);
            it.path == finding.path && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" (line "))
        });
        if let Some(with_line) = with_line {
            finding.message.clone_from(&with_line.message);
        }
    }
    findings
}
