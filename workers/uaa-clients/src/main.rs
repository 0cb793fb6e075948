//! The uaa-clients worker: `--help` tells the rest.
use chandler_common::program::{self, Options};
use chandler_uaa_clients::settings::Settings;
use clap::Parser;
use std::{net::SocketAddr, process::ExitCode};

/// Takes UAA client wakes from the bus: keeps one OAuth client per service instance at Cloud Foundry's UAA.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    options: Options,
    /// Where /healthz, /readyz and /metrics are served; port 0 lets the system choose.
    #[arg(long, env = "CHANDLER_ADMIN_ADDR", default_value = "0.0.0.0:9094")]
    admin_addr: SocketAddr,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    program::run::<Settings>("chandler-uaa-clients", args.options, args.admin_addr).await
}
