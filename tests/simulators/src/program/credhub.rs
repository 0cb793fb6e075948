//! `chandler-simulators credhub`.

use anyhow::Context as _;
use chandler_simulators::credhub::{CredHub, Options};
use chandler_simulators::uaa::Verifier;
use clap::Args;

use super::Listen;

#[derive(Debug, Args)]
pub(crate) struct Flags {
    #[command(flatten)]
    listen: Listen,
    /// The simulated UAA whose tokens are good (as it calls itself).
    #[arg(long, value_name = "URL")]
    uaa_url: String,
    /// Let everybody with a good token do everything, as BOSH's CredHub does; without it, permissions count.
    #[arg(long)]
    no_acls: bool,
    /// A UAA client that may everything on a path and below, as `/c/*=broker`; can be repeated.
    #[arg(long, value_name = "PATH=CLIENT")]
    grant: Vec<String>,
}

pub(crate) async fn run(flags: Flags) -> anyhow::Result<()> {
    let mut options = Options {
        addr: flags.listen.addr(),
        control_addr: flags.listen.control_addr(),
        acls: !flags.no_acls,
        ..Options::runtime(Verifier::offline(&flags.uaa_url))
    };
    for grant in &flags.grant {
        let (path, client) = grant.split_once('=').context("--grant wants PATH=CLIENT")?;
        options = options.granting(path, client);
    }
    let simulator = CredHub::start(options).await?;
    let (url, control) = (simulator.url(), simulator.control_url());
    flags.listen.say("credhub", &url, &control, simulator.ca_pem())?;
    super::wait_for_signal().await?;
    simulator.stop().await;
    Ok(())
}
