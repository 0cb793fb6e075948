//! The simulators as a program, for the local stack and for trying things by hand. A file of `program` for each.

mod program;

use clap::{Parser, Subcommand};
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
    Bosh(program::bosh::Flags),
    /// A UAA. Prints one line of JSON when it listens.
    Uaa(program::uaa::Flags),
    /// A CredHub. Prints one line of JSON when it listens.
    Credhub(program::credhub::Flags),
    /// A Cloud Controller. Prints one line of JSON when it listens.
    CloudController(program::cloud_controller::Flags),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()))
        .with_writer(std::io::stderr)
        .init();
    match Cli::parse().server {
        Server::Bosh(flags) => program::bosh::run(flags).await,
        Server::Uaa(flags) => program::uaa::run(flags).await,
        Server::Credhub(flags) => program::credhub::run(flags).await,
        Server::CloudController(flags) => program::cloud_controller::run(flags).await,
    }
}
