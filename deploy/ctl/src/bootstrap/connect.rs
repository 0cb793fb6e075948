//! The connection to the bus, as a user that may make streams.

use crate::cli::Bootstrap;
use crate::say::{Exit, complain};
use chandler_bus::{Bus, Settings};
use chandler_proto::config::Config;
use chandler_proto::secret::Secret;
use std::time::Duration;

const PASSWORD: &str = "CHANDLER_BUS_PASSWORD";

/// Connects, and waits for it as long as the options say.
pub(super) async fn connect(options: &Bootstrap, config: &Config) -> Result<Bus, Exit> {
    let mut settings = Settings::of(&config.chandler, "chandler bus bootstrap").map_err(|error| {
        complain(format_args!("error: chandler.bus.prefix: {error}"));
        Exit::Config
    })?;
    if let Some(user) = &options.user {
        settings.password = Some(password(user)?);
        settings.user = Some(user.clone());
    }
    let (urls, user) = (settings.urls.join(", "), settings.user.clone());
    let bus = Bus::connect(settings).await.map_err(|error| {
        complain(format_args!("error: chandler.bus: {error}"));
        Exit::Config
    })?;
    let limit = Duration::from_secs(options.wait);
    if tokio::time::timeout(limit, bus.connected()).await.is_err() {
        let user = user.map_or_else(|| "no user".to_owned(), |user| format!("the user {user}"));
        complain(format_args!(
            "error: no connection to {urls} as {user} within {} s. Does the server run, and are user and password right?",
            options.wait
        ));
        return Err(Exit::Unavailable);
    }
    Ok(bus)
}

/// Only the environment: an argument would be seen by everybody on the machine.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the command reads a secret"
)]
fn password(user: &str) -> Result<Secret, Exit> {
    match std::env::var(PASSWORD) {
        Ok(text) if !text.is_empty() => Ok(Secret::new(text)),
        Ok(_) | Err(_) => {
            complain(format_args!(
                "error: the password of the user {user} is wanted in {PASSWORD}"
            ));
            Err(Exit::Config)
        }
    }
}
