//! What is wrong, or odd, in a configuration, with the path of its key.
use std::collections::HashMap;
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

/// Why a process can't use a configuration: what is wrong, and what is odd beside it (often the
/// reason: a key that is missing is there with a slip in its name). Shows one remark per line, the
/// errors first; warnings begin with `warning: `. A process that gets it prints it and exits with 64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong.
    pub errors: Findings,
    /// What is odd.
    pub warnings: Vec<Finding>,
}

/// Collects findings and warnings while a configuration is read, so that one run tells all.
#[derive(Debug, Default)]
pub(super) struct Collector {
    pub(super) errors: Vec<Finding>,
    pub(super) warnings: Vec<Finding>,
    /// Where each key stands: the line of its value.
    pub(super) lines: HashMap<String, u64>,
    /// Paths of which enough was said: their values read as absent, and that is no further finding.
    settled: Vec<String>,
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

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.errors)?;
        self.warnings
            .iter()
            .try_for_each(|warning| write!(f, "\nwarning: {warning}"))
    }
}

impl std::error::Error for Refused {}

impl Collector {
    pub(super) fn error(&mut self, path: impl Into<String>, message: impl Into<String>) {
        let finding = Finding::new(path, message);
        if !self.is_settled(&finding.path) {
            push(&mut self.errors, finding);
        }
    }

    /// An error that hides those which only follow from it.
    pub(super) fn misshapen(&mut self, path: &str, message: impl Into<String>) {
        self.error(path, message);
        self.settle(path);
    }

    /// Nothing more is to be said of a path and of what lies below it.
    pub(super) fn settle(&mut self, path: impl Into<String>) {
        self.settled.push(path.into());
    }

    /// Whether enough was said of a path.
    pub(super) fn is_settled(&self, path: &str) -> bool {
        self.settled.iter().any(|outer| is_within(path, outer))
    }

    /// Whether something was found wrong at a path, below it, or around it.
    pub(super) fn is_touched(&self, path: &str) -> bool {
        self.errors
            .iter()
            .any(|error| is_within(path, &error.path) || is_within(&error.path, path))
    }

    pub(super) fn warning(&mut self, path: impl Into<String>, message: impl Into<String>) {
        push(&mut self.warnings, Finding::new(path, message));
    }

    /// A finding with the line of its key, or of the nearest one around it.
    pub(super) fn located(&self, mut finding: Finding) -> Finding {
        let mut path = finding.path.as_str();
        while !path.is_empty() {
            if let Some(line) = self.lines.get(path) {
                finding.message.push_str(&format!(" (line {line})"));
                break;
            }
            path = path.rfind(['.', '[']).map_or("", |end| &path[..end]);
        }
        finding
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
