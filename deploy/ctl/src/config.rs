//! Reading a configuration file.

use crate::say::{Exit, complain};
use chandler_proto::config::{self, Loaded};
use std::path::Path;

/// Reads and parses a file; what is wrong is said here.
pub(crate) fn load(path: &Path) -> Result<Loaded, Exit> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        complain(format_args!("{}: {error}", path.display()));
        Exit::Config
    })?;
    let loaded = config::parse(&text).map_err(|findings| {
        for finding in findings.0 {
            complain(format_args!("error: {finding}"));
        }
        Exit::Config
    })?;
    for warning in &loaded.warnings {
        complain(format_args!("warning: {warning}"));
    }
    Ok(loaded)
}
