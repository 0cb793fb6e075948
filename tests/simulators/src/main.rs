//! The simulators as a program, for the local stack and for trying things by hand.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::Context as _;
use chandler_simulators::bosh::{BoshOptions, BoshSimulator, DirectorRelease};
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
    /// A BOSH Director with basic authentication. Prints one line of JSON when it listens.
    Bosh(Bosh),
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

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()))
        .with_writer(std::io::stderr)
        .init();
    match Cli::parse().server {
        Server::Bosh(bosh) => run(bosh).await,
    }
}

async fn run(bosh: Bosh) -> anyhow::Result<()> {
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let simulator = BoshSimulator::start(BoshOptions {
        addr: at(bosh.port),
        control_addr: at(bosh.control_port),
        release: bosh.release,
        username: bosh.username,
        password: bosh.password,
        task_seconds: bosh.task_seconds,
        workers: bosh.workers,
        ..BoshOptions::default()
    })
    .await?;
    if let Some(file) = &bosh.ca_out {
        std::fs::write(file, simulator.ca_pem()).with_context(|| format!("can't write {}", file.display()))?;
    }
    let line = serde_json::json!({
        "bosh": simulator.url(), "control": simulator.control_url(), "ca": bosh.ca_out,
    });
    {
        use std::io::Write as _;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}")?;
        out.flush()?;
    }
    wait_for_signal().await?;
    simulator.stop().await;
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
