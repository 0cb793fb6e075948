//! The gateway as a process.
use chandler_gateway::{Checked, Ended, Process, Reloader};
use chandler_process::{EXIT_DRAIN_OVERDUE, EXIT_FAILURE, LogFormat, LogSettings, StartSettings, refuse_config};
use chandler_proto::config;
use clap::{Parser, ValueEnum};
use std::{
    convert::Infallible,
    io::Write as _,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::Duration,
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
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

/// Ending takes a moment also where no request is waited for.
const LEAST_DRAIN: Duration = Duration::from_secs(1);
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
    // From here on the signal doesn't kill. One that comes before there is something to reload is kept until then.
    let hangups = signal(SignalKind::hangup());
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
    let hangups = hangups.map_err(|error| {
        tracing::error!(%error, "SIGHUP can't be handled");
        ExitCode::from(EXIT_FAILURE)
    })?;
    for warning in &loaded.warnings {
        tracing::warn!(key = warning.path, "{}", warning.message);
    }
    let broker = &loaded.config.broker;
    let addr = SocketAddr::from((args.bind, args.port.unwrap_or(broker.port)));
    let work = async {
        match checked.listen(addr, Process::of(&process)).await {
            Ok(gateway) => {
                if broker.startup_banner {
                    banner(gateway.addr());
                }
                let reloader = gateway.reloader();
                tokio::select! {
                    ended = gateway.run() => match ended {
                        Ended::Stopped => ExitCode::SUCCESS,
                        Ended::PlansMissing(findings) => refuse_config(&findings),
                    },
                    never = reload_at(hangups, &reloader, &args.config) => match never {},
                }
            }
            Err(error) => {
                tracing::error!(%error, "cannot start");
                ExitCode::from(error.exit_code())
            }
        }
    };
    let drain = Duration::from_secs(broker.shutdown_timeout_in_seconds).max(LEAST_DRAIN);
    let code = process
        .until_drained(work, drain)
        .await
        .unwrap_or(ExitCode::from(EXIT_DRAIN_OVERDUE));
    process.finish(LAST_SPANS).await;
    Ok(code)
}

/// Each SIGHUP has the file read again. Signals that come while it is read are one.
async fn reload_at(mut hangups: Signal, reloader: &Reloader, file: &Path) -> Infallible {
    while hangups.recv().await.is_some() {
        tracing::info!("SIGHUP: the configuration is read again");
        let (reloader, file) = (reloader.clone(), file.to_owned());
        let (done, read) = oneshot::channel();
        // A thread of its own: nobody waits for a file that never ends, not even the process at its end.
        let started = thread::Builder::new().name("reload".into()).spawn(move || {
            reloader.reload_file(&file);
            let _ = done.send(());
        });
        match started {
            Ok(_) => drop(read.await),
            Err(error) => tracing::error!(%error, "the configuration can't be read now"),
        }
    }
    std::future::pending().await
}

/// A closed stdout is no reason not to start.
fn banner(addr: SocketAddr) {
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(
        std::io::stdout(),
        "Chandler {version}, on-demand service broker, listening on {addr}"
    );
}

fn read(file: &Path) -> Result<String, ExitCode> {
    std::fs::read_to_string(file).map_err(|error| refuse_config(&format!("{}: {error}", file.display())))
}
