//! The simulators as a program, for the local stack and for trying things by hand.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::Context as _;
use chandler_simulators::bosh::{BoshOptions, BoshSimulator, DirectorRelease};
use chandler_simulators::credhub::{self, CredHub};
use chandler_simulators::uaa::{self, Uaa, Verifier};
use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// Servers of the outside world that can be told to misbehave.
#[derive(Debug, Parser)]
#[command(name = "chandler-simulators", version)]
struct Cli {
    #[command(subcommand)]
    server: Server,
}

#[derive(Debug, Subcommand)]
enum Server {
    /// A BOSH Director. Prints one line of JSON when it listens.
    Bosh(Bosh),
    /// A UAA. Prints one line of JSON when it listens.
    Uaa(UaaFlags),
    /// A CredHub. Prints one line of JSON when it listens.
    Credhub(CredHubFlags),
}

#[derive(Args)]
struct Bosh {
    /// Port of the Director (HTTPS on 127.0.0.1); 0 = any.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Port of the control API (HTTP on 127.0.0.1); 0 = any.
    #[arg(long, default_value_t = 0)]
    control_port: u16,
    /// Where the CA certificate is written that clients have to trust (PEM).
    #[arg(long, value_name = "FILE")]
    ca_out: Option<PathBuf>,
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

impl std::fmt::Debug for Bosh {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bosh").field("port", &self.port).finish_non_exhaustive()
    }
}

#[derive(Debug, Args)]
struct UaaFlags {
    /// Port of the UAA (HTTPS on 127.0.0.1); 0 = any.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Port of the control API (HTTP on 127.0.0.1); 0 = any.
    #[arg(long, default_value_t = 0)]
    control_port: u16,
    /// Where the CA certificate is written that clients have to trust (PEM).
    #[arg(long, value_name = "FILE")]
    ca_out: Option<PathBuf>,
    /// JSON with `clients` (as for POST /oauth/clients) and `users` (`name`, `password`, `groups`).
    #[arg(long, value_name = "FILE")]
    clients: Option<PathBuf>,
    /// Seconds that an access token is good for.
    #[arg(long, default_value_t = 43_200)]
    token_seconds: i64,
}

#[derive(Debug, Args)]
struct CredHubFlags {
    /// Port of the CredHub (HTTPS on 127.0.0.1); 0 = any.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Port of the control API (HTTP on 127.0.0.1); 0 = any.
    #[arg(long, default_value_t = 0)]
    control_port: u16,
    /// Where the CA certificate is written that clients have to trust (PEM).
    #[arg(long, value_name = "FILE")]
    ca_out: Option<PathBuf>,
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

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()))
        .with_writer(std::io::stderr)
        .init();
    match Cli::parse().server {
        Server::Bosh(flags) => bosh(flags).await,
        Server::Uaa(flags) => uaa(flags).await,
        Server::Credhub(flags) => credhub(flags).await,
    }
}

async fn bosh(bosh: Bosh) -> anyhow::Result<()> {
    let simulator = BoshSimulator::start(BoshOptions {
        addr: at(bosh.port),
        control_addr: at(bosh.control_port),
        release: bosh.release,
        uaa: bosh.uaa_url.as_deref().map(Verifier::offline),
        username: bosh.username,
        password: bosh.password,
        task_seconds: bosh.task_seconds,
        workers: bosh.workers,
        ..BoshOptions::default()
    })
    .await?;
    let said = say(
        "bosh",
        &simulator.url(),
        &simulator.control_url(),
        bosh.ca_out,
        simulator.ca_pem(),
    );
    said?;
    wait_for_signal().await?;
    simulator.stop().await;
    Ok(())
}

async fn uaa(flags: UaaFlags) -> anyhow::Result<()> {
    let mut options = uaa::Options {
        addr: at(flags.port),
        control_addr: at(flags.control_port),
        token_seconds: flags.token_seconds,
        ..uaa::Options::default()
    };
    if let Some(file) = &flags.clients {
        let text = std::fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
        options.seed(&text).with_context(|| file.display().to_string())?;
    }
    let simulator = Uaa::start(options).await?;
    say(
        "uaa",
        &simulator.url(),
        &simulator.control_url(),
        flags.ca_out,
        simulator.ca_pem(),
    )?;
    wait_for_signal().await?;
    simulator.stop().await;
    Ok(())
}

async fn credhub(flags: CredHubFlags) -> anyhow::Result<()> {
    let uaa = Verifier::offline(&flags.uaa_url);
    let mut options = credhub::Options {
        addr: at(flags.port),
        control_addr: at(flags.control_port),
        acls: !flags.no_acls,
        ..credhub::Options::runtime(uaa)
    };
    for grant in &flags.grant {
        let (path, client) = grant.split_once('=').context("--grant wants PATH=CLIENT")?;
        options = options.granting(path, client);
    }
    let simulator = CredHub::start(options).await?;
    say(
        "credhub",
        &simulator.url(),
        &simulator.control_url(),
        flags.ca_out,
        simulator.ca_pem(),
    )?;
    wait_for_signal().await?;
    simulator.stop().await;
    Ok(())
}

fn at(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Writes the CA, then one line: who reads the line can use it.
fn say(name: &str, url: &str, control: &str, ca: Option<PathBuf>, pem: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    if let Some(file) = &ca {
        std::fs::write(file, pem).with_context(|| format!("can't write {}", file.display()))?;
    }
    let line = serde_json::json!({name: url, "control": control, "ca": ca});
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

async fn wait_for_signal() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}
