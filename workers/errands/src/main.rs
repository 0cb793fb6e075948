//! The errands worker: `--help` tells the rest.
use chandler_common::program::{self, Options};
use chandler_errands::settings::Settings;
use clap::Parser;
use std::{net::SocketAddr, process::ExitCode};

/// Takes errand wakes from the bus: has the BOSH Director run lifecycle errands.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    options: Options,
    /// Where /healthz, /readyz and /metrics are served; port 0 lets the system choose.
    #[arg(long, env = "CHANDLER_ADMIN_ADDR", default_value = "0.0.0.0:9093")]
    admin_addr: SocketAddr,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    program::run::<Settings>("chandler-errands", args.options, args.admin_addr).await
}
