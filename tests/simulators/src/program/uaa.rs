//! `chandler-simulators uaa`.

use std::path::PathBuf;

use anyhow::Context as _;
use chandler_simulators::uaa::{Options, Uaa};
use clap::Args;

use super::Listen;

#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(flatten)]
    listen: Listen,
    /// JSON with `clients` (as for POST /oauth/clients) and `users` (`name`, `password`, `groups`).
    #[arg(long, value_name = "FILE")]
    clients: Option<PathBuf>,
    /// Seconds that an access token is good for.
    #[arg(long, default_value_t = 43_200)]
    token_seconds: i64,
}

pub(crate) async fn run(flags: Flags) -> anyhow::Result<()> {
    let mut options = Options {
        addr: flags.listen.addr(),
        control_addr: flags.listen.control_addr(),
        token_seconds: flags.token_seconds,
        ..Options::default()
    };
    if let Some(file) = &flags.clients {
        let seeded = options.seed(&super::read(file)?);
        seeded.with_context(|| file.display().to_string())?;
    }
    let simulator = Uaa::start(options).await?;
    let (url, control) = (simulator.url(), simulator.control_url());
    flags.listen.say("uaa", &url, &control, simulator.ca_pem())?;
    super::wait_for_signal().await?;
    simulator.stop().await;
    Ok(())
}
