//! Reading a configuration file.

use crate::say::{Exit, complain};
use chandler_proto::config::{self, Config, Finding, Findings, Loaded, Refused};
use std::path::Path;

/// Why a file isn't taken.
#[derive(Debug)]
pub(crate) enum Rejected {
    /// It can't be read.
    Unreadable(std::io::Error),
    /// What is wrong in it, and odd.
    Refused(Refused),
}

impl Rejected {
    /// What is wrong, with paths; one without a path is about the file.
    pub(crate) fn errors(&self) -> Vec<Finding> {
        match self {
            Rejected::Unreadable(error) => vec![Finding {
                path: String::new(),
                message: error.to_string(),
            }],
            Rejected::Refused(refused) => refused.errors.0.clone(),
        }
    }

    /// What is odd.
    pub(crate) fn warnings(&self) -> &[Finding] {
        match self {
            Rejected::Unreadable(_) => &[],
            Rejected::Refused(refused) => &refused.warnings,
        }
    }
}

/// Reads a file and makes of it what `make` does; all that is wrong or odd is said here, a line each.
pub(crate) fn load<T>(path: &Path, make: impl FnOnce(&Config) -> Result<T, Findings>) -> Result<(Loaded, T), Exit> {
    read(path, make).map_err(|_| Exit::Config)
}

/// The same, for who wants to know why.
pub(crate) fn read<T>(path: &Path, make: impl FnOnce(&Config) -> Result<T, Findings>) -> Result<(Loaded, T), Rejected> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        complain(format_args!("{}: {error}", path.display()));
        Rejected::Unreadable(error)
    })?;
    let loaded = config::load(&text, make);
    let (errors, warnings) = match &loaded {
        Ok((loaded, _)) => (&[][..], &loaded.warnings),
        Err(refused) => (refused.errors.0.as_slice(), &refused.warnings),
    };
    for error in errors {
        complain(format_args!("error: {error}"));
    }
    for warning in warnings {
        complain(format_args!("warning: {warning}"));
    }
    if !errors.is_empty() {
        let (errors, warnings) = (count(errors.len(), "error"), count(warnings.len(), "warning"));
        complain(format_args!("{}: {errors}, {warnings}", path.display()));
    }
    loaded.map_err(Rejected::Refused)
}

/// A number of things.
pub(crate) fn count(number: usize, what: &str) -> String {
    match number {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
