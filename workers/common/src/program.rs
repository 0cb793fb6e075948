//! From the command line of a worker to the end of its process.
use crate::{
    beside::{Ground, Work},
    checks::{Outside, Watch},
    reload::Reloader,
};
use anyhow::Context as _;
use chandler_engine::{
    in_force::Terms,
    run::{self, Limits, Room},
    store::{self, BootstrapSettings, Bus, Store},
};
use chandler_process::{
    Clock, EXIT_DRAIN_OVERDUE, EXIT_FAILURE, LogFormat, LogSettings, Running, StartSettings, refuse_config,
};
use chandler_proto::config::{self, Config, Findings};
use std::{io, net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What every worker takes from its command line.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The broker's configuration file (broker.yml, or the properties of the broker job).
    #[arg(long, value_name = "FILE", env = "CHANDLER_CONFIG")]
    config: PathBuf,
    /// How log lines on stderr look; otherwise people get text on a terminal and machines JSON.
    #[arg(long, value_enum)]
    log: Option<Log>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Log {
    Json,
    Human,
}

/// What a worker makes of the configuration, at its start and again at each SIGHUP.
pub trait Settings: Sized + Send + 'static {
    /// What takes its turns.
    type Room: Room;

    /// Makes the clients.
    ///
    /// # Errors
    /// All [`Findings`] that keep this worker from starting, at once.
    fn of(config: &Config) -> Result<Self, Findings>;
    /// The configuration that it was made of.
    fn config(&self) -> &Config;
    /// The longest turn.
    fn turn_limit(&self) -> Duration;
    /// What it has clients for, to be looked at in the background.
    fn outside(&self) -> Outside;
    /// What goes on beside the turns for as long as these settings are in force; nothing, unless a worker says otherwise. The next
    /// begins when it has been dropped.
    fn beside(&self, _ground: &Ground) -> Option<Work> {
        None
    }
    /// Puts the room together. `store` is the bus that the turns are taken on.
    fn room(self, store: &Store, clock: &Arc<dyn Clock>) -> Self::Room;
}

/// Runs a worker until it is told to stop; at SIGHUP it reads its file again. `name` stands in its logs and on the bus;
/// health and metrics are served at `admin_addr`. The exit code is 64 when it could not start for its configuration.
pub async fn run<S: Settings>(name: &'static str, options: Options, admin_addr: SocketAddr) -> ExitCode {
    // From here on the signal doesn't kill. One that comes before there is something to reload is kept until then.
    let hangups = signal(SignalKind::hangup());
    let _ = rustls::crypto::ring::default_provider().install_default();
    let text = match std::fs::read_to_string(&options.config) {
        Ok(text) => text,
        Err(why) => return refuse_config(&format!("{}: {why}", options.config.display())),
    };
    let format = options.log.map(|log| match log {
        Log::Json => LogFormat::Json,
        Log::Human => LogFormat::Human,
    });
    // Both are told, whichever is wrong.
    let ((loaded, settings), log) = match (config::load(&text, S::of), LogSettings::from_env_with(format)) {
        (Ok(loaded), Ok(log)) => (loaded, log),
        (Err(refused), Ok(_)) => return refuse_config(&refused),
        (Ok(_), Err(findings)) => return refuse_config(&findings),
        (Err(refused), Err(findings)) => return refuse_config(&format!("{refused}\n{findings}")),
    };
    let start = StartSettings { name, log, admin_addr };
    let running = match chandler_process::start(start).await {
        Ok(running) => running,
        Err(why) => return why.report(),
    };
    for warning in loaded.warnings {
        tracing::warn!("configuration: {warning}");
    }
    let code = match serve(name, (options.config, settings), hangups, &running).await {
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
async fn serve<S: Settings>(
    name: &'static str,
    (file, settings): (PathBuf, S),
    hangups: io::Result<Signal>,
    running: &Running,
) -> anyhow::Result<bool> {
    let hangups = hangups.context("SIGHUP can't be handled")?;
    let config = settings.config();
    let limits = Limits {
        concurrency: config.chandler.workers.concurrency,
        drain: Duration::from_secs(config.broker.shutdown_timeout_in_seconds),
    };
    let bus = store::connect(&config.chandler, name)
        .await
        .map_err(anyhow::Error::msg)?;
    let (health, registry, clock) = (running.health.clone(), &running.registry, running.clock.clone());
    let reloader = Reloader::new(file, settings, bus.clone(), (health.clone(), registry), clock.clone());
    // Nothing waits for it: a worker whose Director is away comes up, and its jobs wait.
    let watch = Watch::telling(reloader.outside(), bus, reloader.told(), clock.clone());
    let watch = tokio::spawn(watch.run());
    let ports = (health, registry.clone(), running.shutdown.clone());
    let turns = run::run(reloader.in_force(), limits, clock, ports);
    let work = async {
        tokio::select! {
            () = turns => {}
            never = reloader.run(hangups, &running.shutdown) => match never {},
        }
    };
    let drained = running.until_drained(work, limits.drain + Duration::from_secs(5)).await;
    watch.abort();
    Ok(drained.is_ok())
}

/// What turns are taken with under these settings.
pub(crate) fn terms<S: Settings>(settings: S, bus: Bus, clock: &Arc<dyn Clock>) -> Terms<S::Room> {
    let section = &settings.config().chandler;
    let store = Store::new(bus, Duration::from_secs(section.last_look_seconds));
    let (turn, wanted) = (settings.turn_limit(), BootstrapSettings::of(section));
    let room = settings.room(&store, clock);
    Terms {
        room,
        store,
        turn,
        wanted,
    }
}
