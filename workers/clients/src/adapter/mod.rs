//! The service adapter: the service author's executable, run as ODB runs it. A file per command.
//!
//! With `use_stdin: true` (the default of ODB and here) the command's inputs are one JSON object on its
//! standard input, and the command line is `<path> <command>`.
//!
//! **With `use_stdin: false` the inputs are on the command line**, the request parameters of the user among them: every
//! process of the machine can read those, and some monitoring stores them. Secrets, configs, the UAA
//! client and labels don't exist in this form. It is here for adapters that know no other; whoever reads a configuration with it should
//! warn.
//!
//! What `create-binding` says on stdout is secret when it succeeds: [`Binding`] shows nothing of it, and it is masked on stderr.
//!
//! What an adapter says on stdout is for the user when it fails and may be anything, so it is in
//! [`AdapterError::Exited`] for the answer and never in a log. What it says on stderr is for operators: one log event of the target
//! `adapter` for each run, at most 64 KiB, with the secrets of the input masked.

mod binding;
mod command;
mod credentials;
mod dashboard_url;
mod error;
mod feed;
mod generate_manifest;
mod group;
pub mod guard;
mod input;
mod output;
mod plan_schemas;
mod process;
mod report;
mod secrets;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use binding::{CreateBinding, DeleteBinding};
pub use credentials::{Binding, BindingMetadata};
pub use dashboard_url::DashboardUrl;
pub use error::{AdapterError, ExitMeaning};
pub use input::GenerateManifest;
pub use output::Generated;
pub use plan_schemas::SCHEMAS_NOT_IMPLEMENTED;

/// The default limit of a run.
pub const DEFAULT_LIMIT: Duration = Duration::from_secs(300);
/// The default limit of what a run may write to stdout, in bytes.
pub const DEFAULT_MAX_OUTPUT: usize = 16 * 1024 * 1024;
/// What `create-binding` may write to stdout, in bytes: what it says is kept in a record.
pub const MAX_BINDING_OUTPUT: usize = 256 * 1024;

/// How the adapter is run.
#[derive(Debug, Clone)]
pub struct AdapterSettings {
    /// The executable.
    pub path: PathBuf,
    /// Whether inputs go to its standard input; see the module about `false`.
    pub use_stdin: bool,
    /// The longest that one run may take, whatever a call allows. [`DEFAULT_LIMIT`] unless there is a reason.
    pub limit: Duration,
    /// The most bytes that a run may write to stdout. [`DEFAULT_MAX_OUTPUT`] unless there is a reason.
    pub max_output: usize,
    /// The program [`guard`]; without one it is `adapter-guard` beside our own program, or a directory higher.
    pub guard: Option<PathBuf>,
}

/// The service adapter. Clones are cheap; runs are independent of each other and may overlap.
#[derive(Debug, Clone)]
pub struct Adapter {
    settings: Arc<AdapterSettings>,
}

impl Adapter {
    /// An adapter; nothing is run or looked at.
    pub fn new(settings: AdapterSettings) -> Self {
        Self {
            settings: Arc::new(settings),
        }
    }

    /// Looks whether runs can be guarded: to be asked at start, because without a guard nothing is run.
    ///
    /// # Errors
    /// What is to be installed, and where.
    pub fn check(&self) -> Result<(), String> {
        guard::find(self.settings.guard.as_deref()).map(|_| ())
    }
}
