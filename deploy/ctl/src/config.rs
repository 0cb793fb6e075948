//! Reading a configuration file.

use crate::say::{Exit, complain};
use chandler_proto::config::{self, Config, Findings, Loaded};
use std::path::Path;

/// Reads a file and makes of it what `make` does; all that is wrong or odd is said here, a line each.
pub(crate) fn load<T>(path: &Path, make: impl FnOnce(&Config) -> Result<T, Findings>) -> Result<(Loaded, T), Exit> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        complain(format_args!("{}: {error}", path.display()));
        Exit::Config
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
    loaded.map_err(|_| Exit::Config)
}

/// A number of things.
pub(crate) fn count(number: usize, what: &str) -> String {
    match number {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
