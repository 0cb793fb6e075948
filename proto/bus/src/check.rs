//! The look at the bus when a process starts: is everything there, and as it should be?

use crate::bootstrap::{BootstrapSettings, name};
use crate::connect::Bus;
use crate::deviations::{self, Deviation};
use crate::errors::BusError;
use crate::wanted;
use chandler_proto::layout;

impl Bus {
    /// Compares the server's version, the streams and the consumers with what is wanted.
    /// (Whether the servers sync every write can't be seen from here: only their monitoring says.)
    ///
    /// # Errors
    /// A line for each deviation, fit for an operator's eyes.
    pub async fn check(&self, settings: &BootstrapSettings) -> Result<(), Vec<String>> {
        if !self.is_connected() {
            return Err(vec!["there is no connection to the bus".to_owned()]);
        }
        let mut lines = Vec::new();
        lines.extend(self.server_is_new_enough().err());
        if let Err(error) = self.compare(settings, &mut lines).await {
            lines.push(error.to_string());
        }
        if lines.is_empty() { Ok(()) } else { Err(lines) }
    }

    /// Adds a line for each thing that is missing or not as wanted.
    async fn compare(&self, settings: &BootstrapSettings, lines: &mut Vec<String>) -> Result<(), BusError> {
        for wanted in wanted::streams(self.layout(), settings) {
            let found = self.stream_info(&wanted.name).await;
            let found = found.map(|found| deviations::of_stream(&wanted, &found.config));
            note(lines, &format!("stream {}", wanted.name), found)?;
        }
        let stream = self.layout().wakes_stream();
        for wanted in wanted::consumers(self.layout(), settings)? {
            let found = self.consumer_info(&stream, name(&wanted)).await;
            let found = found.map(|found| deviations::of_consumer(&wanted, &found.config));
            note(lines, &format!("consumer {}", name(&wanted)), found)?;
        }
        Ok(())
    }

    /// Says what is wrong with the server that we are connected to.
    pub(crate) fn server_is_new_enough(&self) -> Result<(), String> {
        let (major, minor, patch) = layout::MIN_SERVER_VERSION;
        match self.shared.client.try_server_info() {
            None => Err("there is no connection to the bus".to_owned()),
            Some(_) if self.shared.client.is_server_compatible(major, minor, patch) => Ok(()),
            Some(info) => Err(format!(
                "nats-server {} is too old: {major}.{minor}.{patch} or later is needed, older ones ignore settings silently",
                info.version
            )),
        }
    }
}

/// # Errors
/// What would go wrong with the next thing too.
fn note(lines: &mut Vec<String>, what: &str, found: Result<Vec<Deviation>, BusError>) -> Result<(), BusError> {
    match found {
        Ok(all) => {
            let line = |it| format!("{what}: {it}; run `chandler bus bootstrap`");
            lines.extend(all.iter().map(line));
        }
        Err(missing @ BusError::Missing(_)) => lines.push(missing.to_string()),
        Err(error) => return Err(error),
    }
    Ok(())
}
