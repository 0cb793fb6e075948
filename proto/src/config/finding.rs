//! What is wrong, or odd, in a configuration, with the path of its key.
use std::fmt;

/// One remark about one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The key as the file spells it, e.g. `service_catalog.plans[1].update.max_in_flight`; empty
    /// when the file as a whole is meant.
    pub path: String,
    /// What is the matter. Never contains a value of a key that may be secret.
    pub message: String,
}

/// Everything that keeps a configuration from being used. Shows one finding per line; a process
/// that gets it prints it and exits with 64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings(pub Vec<Finding>);

/// Collects findings and warnings while a configuration is read, so that one run tells all.
#[derive(Debug, Default)]
pub(super) struct Collector {
    pub(super) errors: Vec<Finding>,
    pub(super) warnings: Vec<Finding>,
    /// Paths of values that have the wrong shape; they read as absent, and that is no further finding.
    misshapen: Vec<String>,
}

impl Finding {
    pub(super) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Finding {
            path: path.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{finding}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}

impl Collector {
    pub(super) fn error(&mut self, path: impl Into<String>, message: impl Into<String>) {
        let finding = Finding::new(path, message);
        if !self.misshapen.iter().any(|outer| is_within(&finding.path, outer)) {
            push(&mut self.errors, finding);
        }
    }

    /// An error that hides those which only follow from it.
    pub(super) fn misshapen(&mut self, path: &str, message: impl Into<String>) {
        self.error(path, message);
        self.misshapen.push(path.to_owned());
    }

    pub(super) fn warning(&mut self, path: impl Into<String>, message: impl Into<String>) {
        push(&mut self.warnings, Finding::new(path, message));
    }

    /// `Ok` with `value` when no error was collected.
    pub(super) fn verdict<T>(self, value: T) -> Result<T, Findings> {
        if self.errors.is_empty() {
            Ok(value)
        } else {
            Err(Findings(self.errors))
        }
    }
}

fn is_within(path: &str, outer: &str) -> bool {
    outer.is_empty()
        || path
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// The same remark twice (two rules may see the same gap) is told once.
fn push(list: &mut Vec<Finding>, finding: Finding) {
    if !list.contains(&finding) {
        list.push(finding);
    }
}
