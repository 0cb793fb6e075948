//! `chandler-simulators bosh`.

use chandler_simulators::bosh::{BoshOptions, BoshSimulator, DirectorRelease};
use chandler_simulators::uaa::Verifier;
use clap::Args;

use super::Listen;

#[derive(Args)]
pub(crate) struct Flags {
    #[command(flatten)]
    listen: Listen,
    /// Which Director it is: `old` is 277.3, `newest` 283.1.
    #[arg(long, value_enum, default_value_t)]
    release: DirectorRelease,
    /// Seconds that one deployment takes.
    #[arg(long, default_value_t = 5.0)]
    task_seconds: f64,
    /// Tasks that run at once; a real Director has 3 workers.
    #[arg(long, default_value_t = 1000)]
    workers: usize,
    /// Take tokens of the simulated UAA at this URL (as it calls itself), instead of the user and password.
    #[arg(long, value_name = "URL")]
    uaa_url: Option<String>,
    /// The user's name.
    #[arg(long, default_value = "admin")]
    username: String,
    /// The user's password.
    #[arg(long, env = "BOSH_SIM_PASSWORD", default_value = "admin", hide_env_values = true)]
    password: String,
}

impl std::fmt::Debug for Flags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flags")
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

pub(crate) async fn run(flags: Flags) -> anyhow::Result<()> {
    let simulator = BoshSimulator::start(BoshOptions {
        addr: flags.listen.addr(),
        control_addr: flags.listen.control_addr(),
        release: flags.release,
        uaa: flags.uaa_url.as_deref().map(Verifier::offline),
        username: flags.username,
        password: flags.password,
        task_seconds: flags.task_seconds,
        workers: flags.workers,
        ..BoshOptions::default()
    })
    .await?;
    let (url, control) = (simulator.url(), simulator.control_url());
    flags.listen.say("bosh", &url, &control, simulator.ca_pem())?;
    super::wait_for_signal().await?;
    simulator.stop().await;
    Ok(())
}
