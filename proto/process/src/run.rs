//! From `main` to its exit code.

use std::fmt::Display;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::findings::Findings;
use crate::health::{self, AdminTask, Health};
use crate::logs::{self, LogSettings, LogsError};
use crate::metrics::Registry;
use crate::signals::Shutdown;
use crate::traces::{self, Traces, TracesError};

/// Something went wrong that the other codes don't name.
pub const EXIT_FAILURE: u8 = 1;
/// The configuration is wrong; nothing was started.
pub const EXIT_CONFIG: u8 = 64;
/// Something that the process needs at its start is missing, such as a free port.
pub const EXIT_UNAVAILABLE: u8 = 69;
/// The drain took longer than allowed, and work was dropped.
pub const EXIT_DRAIN_OVERDUE: u8 = 75;

/// How long the admin port may finish its answers.
const ADMIN_LIMIT: Duration = Duration::from_secs(1);

/// What [`start`] needs to know.
#[derive(Debug, Clone)]
pub struct StartSettings {
    /// The process, as `service.name` of traces and in `chandler_build_info`: `chandler-gateway`.
    pub name: &'static str,
    /// What is logged.
    pub log: LogSettings,
    /// Where `/healthz`, `/readyz` and `/metrics` are served; port 0 lets the system choose.
    pub admin_addr: SocketAddr,
}

/// A process that has logs, traces, signals and an admin port.
#[derive(Debug)]
pub struct Running {
    /// To report checks. `finish` and the first signal make it "draining".
    pub health: Health,
    /// To register metrics.
    pub registry: Registry,
    /// Seen by everything that must stop.
    pub shutdown: Shutdown,
    /// The clock of the process.
    pub clock: Arc<dyn Clock>,
    /// Where the admin port really is.
    pub admin_addr: SocketAddr,
    admin: AdminTask,
    traces: Traces,
}

/// Why a process did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Wrong settings; no port was bound.
    #[error("{0}")]
    Config(Findings),
    /// Logs or traces were set up before in this process, or there is no tokio runtime.
    #[error("{0}")]
    Setup(String),
    /// Signal handlers can't be installed.
    #[error("signal handlers: {0}")]
    Signals(io::Error),
    /// The admin port can't be bound.
    #[error("admin port {addr}: {error}")]
    Admin {
        /// The address asked for.
        addr: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
}

/// The work did not end within the time that was left to it after the stop began.
#[derive(Debug, thiserror::Error)]
#[error("the drain took longer than {0:?}")]
pub struct DrainOverdue(pub Duration);

/// Starts logs, traces, signals and the admin port, in this order; first it checks everything
/// that the environment can say about them. Makes ring the provider of rustls for the process.
/// To be called inside a tokio runtime, once.
///
/// # Errors
/// [`StartError`]; turn it into the exit code by [`StartError::report`].
pub async fn start(settings: StartSettings) -> Result<Running, StartError> {
    let traces = settings.check().map_err(StartError::Config)?;
    // Every TLS client and server of the process takes this one, unless it names another. An error
    // means that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    logs::init(settings.log.format, &settings.log.filter).map_err(|error| match error {
        LogsError::Filter { .. } | LogsError::AlreadySet => StartError::Setup(error.to_string()),
    })?;
    report_panics();
    let traces = traces.start().map_err(|error| StartError::Setup(error.to_string()))?;
    let shutdown = Shutdown::on_signals().map_err(StartError::Signals)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let registry = Registry::new(settings.name, clock.as_ref());
    let health = Health::new();
    let addr = settings.admin_addr;
    let (admin_addr, admin) = health::serve(addr, health.clone(), registry.clone())
        .await
        .map_err(|error| StartError::Admin { addr, error })?;
    tokio::spawn({
        let (health, stop) = (health.clone(), shutdown.cancelled());
        async move {
            stop.await;
            health.drain();
        }
    });
    tracing::info!(
        process = settings.name,
        version = env!("CARGO_PKG_VERSION"),
        %admin_addr,
        exports_traces = traces.is_exporting(),
        "started"
    );
    Ok(Running {
        health,
        registry,
        shutdown,
        clock,
        admin_addr,
        admin,
        traces,
    })
}

impl StartSettings {
    /// What [`start`] would refuse, so that a `main` can report it together with what it finds
    /// itself. Opens nothing.
    pub fn findings(&self) -> Findings {
        self.check().err().unwrap_or_default()
    }

    fn check(&self) -> Result<traces::Prepared, Findings> {
        let mut findings = Findings::new();
        if let Err(error) = logs::parse(&self.log.filter) {
            findings.push(error.to_string());
        }
        match traces::Prepared::read(self.name) {
            Ok(traces) => return findings.into_result(traces),
            Err(TracesError::Config(of_traces)) => findings.extend(of_traces),
            Err(error) => findings.push(error.to_string()),
        }
        Err(findings)
    }
}

/// A panic becomes a log line like any other. What it says stays away from the log when it is
/// not a fixed text of the program: such texts may carry values.
fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.payload().downcast_ref::<&'static str>().copied();
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, text, "panic");
    }));
}

impl Running {
    /// Runs `work` to its end. Once the stop has begun it has `limit` to end by itself; then it
    /// is dropped. When `work` ends without a signal the stop begins with that.
    ///
    /// # Errors
    /// [`DrainOverdue`] when `work` was dropped.
    pub async fn until_drained<T>(&self, work: impl Future<Output = T>, limit: Duration) -> Result<T, DrainOverdue> {
        let overdue = async {
            self.shutdown.cancelled().await;
            self.clock.sleep(limit).await;
        };
        let outcome = tokio::select! {
            biased;
            outcome = work => Ok(outcome),
            () = overdue => Err(DrainOverdue(limit)),
        };
        self.shutdown.cancel();
        if let Err(overdue) = &outcome {
            tracing::error!(limit_ms = limit.as_millis(), "{overdue}");
        }
        outcome
    }

    /// The end: closes the admin port and sends the last spans, all within about `limit`.
    pub async fn finish(self, limit: Duration) {
        self.shutdown.cancel();
        self.health.drain();
        tracing::info!("stopped");
        let started = self.clock.monotonic();
        self.admin.stop(limit.min(ADMIN_LIMIT)).await;
        let spent = self.clock.monotonic().saturating_sub(started);
        self.traces.shutdown(limit.saturating_sub(spent)).await;
    }
}

impl StartError {
    /// [`EXIT_CONFIG`], [`EXIT_UNAVAILABLE`] for the port, else [`EXIT_FAILURE`].
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) => EXIT_CONFIG,
            Self::Admin { .. } => EXIT_UNAVAILABLE,
            Self::Setup(_) | Self::Signals(_) => EXIT_FAILURE,
        }
    }

    /// Prints itself to stderr and gives the exit code as `main` returns it.
    pub fn report(&self) -> ExitCode {
        match self {
            Self::Config(findings) => return refuse_config(findings),
            Self::Admin { .. } | Self::Setup(_) | Self::Signals(_) => {
                print(&format!("cannot start: {self}"));
            }
        }
        ExitCode::from(self.exit_code())
    }
}

/// Prints all findings (one a line) to stderr and gives [`EXIT_CONFIG`].
pub fn refuse_config(findings: &dyn Display) -> ExitCode {
    print(&format!("the configuration is refused:\n{findings}"));
    ExitCode::from(EXIT_CONFIG)
}

#[expect(clippy::print_stderr, reason = "logs may not be set up yet")]
fn print(text: &str) {
    eprintln!("{text}");
}
