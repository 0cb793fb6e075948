//! Another configuration. Requests that have begun end under the one before; those that come get the other one, from
//! credentials to catalog.
use super::{InForce, Restart, counts::What};
use crate::{gateway::Checked, plans};
use chandler_proto::config::{self, Config, Finding, Findings, Loaded, Refused};
use std::{path::Path, sync::Arc};

const NOTICE: &str = "configuration";

/// Brings another configuration into force. Clones do the same for the same gateway.
#[derive(Clone)]
pub struct Reloader(Arc<InForce>);

impl std::fmt::Debug for Reloader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reloader")
    }
}

impl Reloader {
    pub(crate) fn new(in_force: Arc<InForce>) -> Self {
        Reloader(in_force)
    }

    /// Reads a configuration from a file; what it comes to is logged. Blocks while files are read.
    pub fn reload_file(&self, file: &Path) {
        match std::fs::read_to_string(file) {
            Ok(text) => drop(self.reload(&text)),
            Err(error) => self.refuse(&Refused {
                errors: Findings(vec![Finding {
                    path: String::new(),
                    message: format!("{}: {error}", file.display()),
                }]),
                warnings: Vec::new(),
            }),
        }
    }

    /// Takes a configuration in either form: all of it, or nothing. Certificate files are read again, too; blocks
    /// meanwhile.
    ///
    /// What needs a restart (port, shutdown time-out, HTTPS or not, bus, seal keys) stays as it is, and a warning and a
    /// notice say so.
    ///
    /// # Errors
    /// What is wrong with it. What was in force stays; log, notice and metric say so.
    pub fn reload(&self, text: &str) -> Result<(), Refused> {
        let view = &self.0.desk().view;
        let check = |config: &Config| config::both(Checked::new(config), plans::at_reload(config, view));
        match config::load(text, check) {
            Ok((loaded, (checked, ()))) => {
                self.take(&loaded, checked);
                Ok(())
            }
            Err(refused) => {
                self.refuse(&refused);
                Err(refused)
            }
        }
    }

    fn take(&self, loaded: &Loaded, checked: Checked) {
        let InForce {
            restart,
            health,
            counts,
            ..
        } = &*self.0;
        for warning in &loaded.warnings {
            tracing::warn!(key = warning.path, "{}", warning.message);
        }
        let waits = restart.differs(&Restart::of(&loaded.config));
        for key in &waits {
            tracing::warn!(
                key,
                "differs from what this process runs with, and takes effect after a restart"
            );
        }
        let parts = checked.swappable();
        self.0.changing(|change| {
            let desk = Arc::new(self.0.desk().with(parts.shelf, parts.door, parts.limits));
            self.0.write(|now| {
                now.desk = desk;
                now.wanted = Arc::new(parts.wanted);
            });
            if let Some(https) = parts.https.filter(|_| restart.is_https()) {
                self.0.put_https(change, https);
            }
        });
        counts.read(What::Configuration, true);
        let text = format!("takes effect after a restart: {}", waits.join(", "));
        health.notice(NOTICE, (!waits.is_empty()).then_some(text));
        tracing::info!("the configuration was read again and is in force for new requests");
    }

    fn refuse(&self, refused: &Refused) {
        for warning in &refused.warnings {
            tracing::warn!(key = warning.path, "{}", warning.message);
        }
        for finding in &refused.errors.0 {
            tracing::error!(key = finding.path, "{}", finding.message);
        }
        tracing::error!("the configuration is refused, the one before stays in force");
        self.0.counts.read(What::Configuration, false);
        let text = format!(
            "the file was refused, the one before stays in force: {}",
            refused.errors.to_string().replace('\n', "; ")
        );
        self.0.health.notice(NOTICE, Some(text));
    }
}
