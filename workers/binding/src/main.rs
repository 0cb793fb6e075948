//! The binding worker: `--help` tells the rest.
use chandler_binding::settings::Settings;
use chandler_common::program::{self, Options};
use clap::Parser;
use std::{net::SocketAddr, process::ExitCode};

/// Takes binding wakes from the bus: has the service adapter create and delete bindings, keeps their credentials in CredHub.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    options: Options,
    /// Where /healthz, /readyz and /metrics are served; port 0 lets the system choose.
    #[arg(long, env = "CHANDLER_ADMIN_ADDR", default_value = "0.0.0.0:9092")]
    admin_addr: SocketAddr,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    program::run::<Settings>("chandler-binding", args.options, args.admin_addr).await
}
