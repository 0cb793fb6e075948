//! Streams, bucket and consumers.

use crate::cli::Bootstrap;
use crate::say::{Exit, complain, line};
use chandler_bus::{BootstrapSettings, Bus, BusError};
use chandler_proto::config::Config;
use std::time::Duration;

/// Between two attempts while the servers are still choosing a leader.
const PAUSE: Duration = Duration::from_millis(500);

/// Makes what is missing and says what was done. Repeats while the bus is busy with itself.
pub(super) async fn make(bus: &Bus, options: &Bootstrap, config: &Config) -> Result<(), Exit> {
    let mut settings = BootstrapSettings::of(&config.chandler);
    settings.allow_shrink = options.allow_shrink;
    if let Some(replicas) = options.replicas {
        settings.replicas = usize::from(replicas);
    }
    let end = tokio::time::Instant::now() + Duration::from_secs(options.wait);
    loop {
        match bus.bootstrap(&settings).await {
            Ok(done) => {
                for done in &done {
                    line(done);
                }
                if done.is_empty() {
                    line("streams and consumers: as wanted");
                }
                return Ok(());
            }
            Err(error) if error.is_transient() && tokio::time::Instant::now() + PAUSE < end => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => {
                complain(format_args!("error: {error}"));
                return Err(ending(&error));
            }
        }
    }
}

/// How the command ends after an error of the bus.
pub(super) fn ending(error: &BusError) -> Exit {
    match error {
        BusError::Away(_) => Exit::Unavailable,
        BusError::Missing(_) | BusError::Refused(_) | BusError::Name(_) | BusError::Malformed(_) => Exit::Failure,
    }
}
