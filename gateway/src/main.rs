//! The gateway as a process.
use chandler_gateway::{Checked, Process};
use chandler_process::{EXIT_DRAIN_OVERDUE, LogFormat, LogSettings, StartSettings, refuse_config};
use chandler_proto::config;
use clap::{Parser, ValueEnum};
use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

/// Serves the Open Service Broker API: checks and accepts requests, and answers polls.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// The configuration.
    #[arg(long, value_name = "FILE", env = "CHANDLER_CONFIG")]
    config: PathBuf,
    /// Listen on this port instead of the configuration's; 0 lets the system choose.
    #[arg(long)]
    port: Option<u16>,
    /// Listen on this address only.
    #[arg(long, value_name = "ADDR", default_value = "0.0.0.0")]
    bind: IpAddr,
    /// Where /healthz, /readyz and /metrics are served.
    #[arg(
        long,
        value_name = "ADDR",
        env = "CHANDLER_ADMIN_ADDR",
        default_value = "0.0.0.0:9090"
    )]
    admin_addr: SocketAddr,
    /// How log lines look; otherwise people get text on a terminal and machines JSON.
    #[arg(long, value_enum)]
    log: Option<Log>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Log {
    Json,
    Human,
}

/// How long the last spans may take to be sent.
const LAST_SPANS: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args).await {
        Ok(code) | Err(code) => code,
    }
}

async fn run(args: &Args) -> Result<ExitCode, ExitCode> {
    let text = read(&args.config)?;
    let format = args.log.map(|log| match log {
        Log::Json => LogFormat::Json,
        Log::Human => LogFormat::Human,
    });
    // Both are told, whichever is wrong.
    let ((loaded, checked), log) = match (config::load(&text, Checked::new), LogSettings::from_env_with(format)) {
        (Ok(loaded), Ok(log)) => (loaded, log),
        (Err(refused), Ok(_)) => return Err(refuse_config(&refused)),
        (Ok(_), Err(findings)) => return Err(refuse_config(&findings)),
        (Err(refused), Err(findings)) => return Err(refuse_config(&format!("{refused}\n{findings}"))),
    };
    let start = StartSettings {
        name: "chandler-gateway",
        log,
        admin_addr: args.admin_addr,
    };
    let process = chandler_process::start(start).await.map_err(|error| error.report())?;
    for warning in &loaded.warnings {
        tracing::warn!(key = warning.path, "{}", warning.message);
    }
    let broker = &loaded.config.broker;
    let addr = SocketAddr::from((args.bind, args.port.unwrap_or(broker.port)));
    let work = async {
        match checked.listen(addr, Process::of(&process)).await {
            Ok(gateway) => {
                gateway.run().await;
                ExitCode::SUCCESS
            }
            Err(error) => {
                tracing::error!(%error, "cannot start");
                ExitCode::from(error.exit_code())
            }
        }
    };
    let drain = Duration::from_secs(broker.shutdown_timeout_in_seconds);
    let code = process
        .until_drained(work, drain)
        .await
        .unwrap_or(ExitCode::from(EXIT_DRAIN_OVERDUE));
    process.finish(LAST_SPANS).await;
    Ok(code)
}

fn read(file: &Path) -> Result<String, ExitCode> {
    std::fs::read_to_string(file).map_err(|error| refuse_config(&format!("{}: {error}", file.display())))
}
