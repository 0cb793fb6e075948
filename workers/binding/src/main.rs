//! The binding worker: `--help` tells the rest.
use chandler_binding::{room::Outside, settings::Settings};
use chandler_engine::{
    run::{self, Limits},
    store::{BootstrapSettings, Store},
};
use chandler_process::{EXIT_DRAIN_OVERDUE, EXIT_FAILURE, LogFormat, LogSettings, Running, StartSettings};
use chandler_proto::config;
use clap::Parser;
use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

/// Takes binding wakes from the bus: has the service adapter create and delete bindings, keeps their credentials in CredHub.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The broker's configuration file (broker.yml, or the properties of the broker job).
    #[arg(long, value_name = "FILE", env = "CHANDLER_CONFIG")]
    config: PathBuf,
    /// Where /healthz, /readyz and /metrics are served; port 0 lets the system choose.
    #[arg(long, env = "CHANDLER_ADMIN_ADDR", default_value = "0.0.0.0:9092")]
    admin_addr: SocketAddr,
    /// How log lines on stderr look; otherwise people get text on a terminal and machines JSON.
    #[arg(long, value_enum)]
    log: Option<Log>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Log {
    Json,
    Human,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let text = match std::fs::read_to_string(&args.config) {
        Ok(text) => text,
        Err(why) => return chandler_process::refuse_config(&format!("{}: {why}", args.config.display())),
    };
    let format = args.log.map(|log| match log {
        Log::Json => LogFormat::Json,
        Log::Human => LogFormat::Human,
    });
    // Both are told, whichever is wrong.
    let ((loaded, settings), log) = match (config::load(&text, Settings::of), LogSettings::from_env_with(format)) {
        (Ok(loaded), Ok(log)) => (loaded, log),
        (Err(refused), Ok(_)) => return chandler_process::refuse_config(&refused),
        (Ok(_), Err(findings)) => return chandler_process::refuse_config(&findings),
        (Err(refused), Err(findings)) => return chandler_process::refuse_config(&format!("{refused}\n{findings}")),
    };
    let start = StartSettings {
        name: "chandler-binding",
        log,
        admin_addr: args.admin_addr,
    };
    let running = match chandler_process::start(start).await {
        Ok(running) => running,
        Err(why) => return why.report(),
    };
    for warning in loaded.warnings {
        tracing::warn!("configuration: {warning}");
    }
    let drain = Duration::from_secs(settings.config.broker.shutdown_timeout_in_seconds);
    let code = match serve(settings, &running, drain).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(EXIT_DRAIN_OVERDUE),
        Err(why) => {
            tracing::error!("{why:#}");
            ExitCode::from(EXIT_FAILURE)
        }
    };
    running.finish(Duration::from_secs(5)).await;
    code
}

/// Works until the process is to stop. `false`: the drain took too long.
async fn serve(settings: Settings, running: &Running, drain: Duration) -> anyhow::Result<bool> {
    let section = &settings.config.chandler;
    let look_after = Duration::from_secs(section.last_look_seconds);
    let limits = Limits {
        concurrency: section.workers.concurrency,
        turn: settings.turn_limit(),
        drain,
    };
    let bus = chandler_engine::store::connect(section, "chandler-binding")
        .await
        .map_err(anyhow::Error::msg)?;
    let store = Store::new(bus, look_after);
    let wanted = BootstrapSettings::of(section);
    let outside = Outside::new(settings, &store);
    let ports = (
        running.health.clone(),
        running.registry.clone(),
        running.shutdown.clone(),
    );
    let work = run::run(outside, store, limits, wanted, running.clock.clone(), ports);
    Ok(running
        .until_drained(work, drain + Duration::from_secs(5))
        .await
        .is_ok())
}
