//! From a configuration to a gateway that serves.
mod parts;

pub(crate) use parts::Swappable;

use crate::{
    desk::Desk,
    metrics::Metrics,
    reload::{self, InForce, Reloader, Restart},
    server, sweep,
    telemetry::Outlet,
    view::View,
    watchman,
};
use chandler_bus::{Bus, ConnectError, Settings, Watch};
use chandler_process::{Clock, EXIT_CONFIG, EXIT_UNAVAILABLE, Health, Registry, Running, Shutdown};
use chandler_proto::{
    config::{self, Config, Finding, Findings},
    seal::Sealer,
};
use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

/// How long the stop waits for the last lines of telemetry to be read.
const LAST_LINES: Duration = Duration::from_millis(250);

/// What the gateway gets from the process that it runs in.
#[derive(Clone, Debug)]
pub struct Process {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Where its metrics go.
    pub registry: Registry,
    /// Where it reports: the check `view`, and notices about the bus.
    pub health: Health,
    /// The wish to stop.
    pub shutdown: Shutdown,
}

impl Process {
    /// Takes them from a process that was started.
    pub fn of(running: &Running) -> Self {
        Process {
            clock: running.clock.clone(),
            registry: running.registry.clone(),
            health: running.health.clone(),
            shutdown: running.shutdown.clone(),
        }
    }
}

/// Why a checked gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port can't be bound.
    #[error("{addr}: {error}")]
    Bind {
        /// The address asked for.
        addr: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// The bus can't be reached with these settings, ever.
    #[error("chandler.bus: {0}")]
    Bus(#[from] ConnectError),
}

/// How a gateway that served came to its end.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// Somebody wished it to stop.
    Stopped,
    /// Instances have plans that the configuration hasn't: a finding for each. It was never ready.
    PlansMissing(Findings),
}

/// A gateway whose configuration was checked. Nothing outside was touched yet, except for certificate files.
pub struct Checked {
    sealer: Sealer,
    bus: Settings,
    restart: Restart,
    parts: Swappable,
}

/// A gateway that listens, but doesn't answer yet.
pub struct Gateway {
    in_force: Arc<InForce>,
    listener: TcpListener,
    addr: SocketAddr,
    watch: Watch,
    health: Health,
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked")
            .field("bus", &self.bus)
            .field("limits", &self.parts.limits)
            .finish_non_exhaustive()
    }
}
impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("addr", &self.addr)
            .finish_non_exhaustive()
    }
}

impl StartError {
    /// What the process exits with.
    pub fn exit_code(&self) -> u8 {
        match self {
            StartError::Bind { .. } => EXIT_UNAVAILABLE,
            StartError::Bus(_) => EXIT_CONFIG,
        }
    }
}

impl Checked {
    /// What a gateway that serves takes of it.
    pub(crate) fn swappable(self) -> Swappable {
        self.parts
    }

    /// Checks everything of the configuration that a gateway needs: credentials, seal keys, certificate.
    ///
    /// # Errors
    /// All findings at once.
    pub fn new(config: &Config) -> Result<Self, Findings> {
        let bus = Settings::of(&config.chandler, "chandler-gateway")
            .map_err(|error| found("chandler.bus.prefix", &error))
            .and_then(|bus| match bus.check() {
                Ok(()) => Ok(bus),
                Err(error) => Err(found("chandler.bus", &error)),
            });
        let sealer = config
            .require_seal()
            .and_then(|seal| Sealer::of(seal).map_err(|error| found("chandler.seal", &error)));
        let ((sealer, bus), parts) = config::both(config::both(sealer, bus), Swappable::of(config))?;
        Ok(Checked {
            sealer,
            bus,
            restart: Restart::of(config),
            parts,
        })
    }

    /// Binds `addr` (port 0: the system chooses) and begins to connect to the bus, which needn't be there.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn listen(self, addr: SocketAddr, process: Process) -> Result<Gateway, StartError> {
        let listener = server::bind(addr).map_err(|error| StartError::Bind { addr, error })?;
        let addr = listener
            .local_addr()
            .map_err(|error| StartError::Bind { addr, error })?;
        let bus = Bus::connect(self.bus).await?;
        let watch = bus.watch().await;
        let Swappable {
            shelf,
            door,
            limits,
            wanted,
            https,
        } = self.parts;
        let desk = Desk {
            view: Arc::new(View::new(watch.freshness())),
            library: Arc::default(),
            bus,
            shelf,
            sealer: Arc::new(self.sealer),
            door,
            clock: process.clock,
            limits,
            metrics: Metrics::new(&process.registry),
            outlet: Arc::new(Outlet::stdout(&process.registry)),
            tasks: TaskTracker::new(),
            shutdown: process.shutdown,
        };
        let health = process.health;
        let in_force = InForce::new(desk, wanted, https, self.restart, health.clone(), &process.registry);
        Ok(Gateway {
            in_force: Arc::new(in_force),
            listener,
            addr,
            watch,
            health,
        })
    }
}

impl Gateway {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// To bring another configuration into force while it serves.
    pub fn reloader(&self) -> Reloader {
        Reloader::new(self.in_force.clone())
    }

    /// Serves until the stop begins, then drains: requests under way and their accepts end by themselves.
    ///
    /// It begins the stop by itself when everything on the bus is loaded for the first time, and instances have plans that
    /// the configuration hasn't and has to have.
    pub async fn run(self) -> Ended {
        let Gateway {
            in_force,
            listener,
            addr,
            watch,
            health,
        } = self;
        tracing::info!(%addr, tls = in_force.acceptor().is_some(), "listening");
        let beside = TaskTracker::new();
        let (desk, certificate, watched) = (in_force.desk(), in_force.clone(), in_force.clone());
        let outlet = desk.outlet.clone();
        let (follower, reader, sweeper) = (desk.clone(), desk.clone(), desk);
        beside.spawn(async move { follower.view.follow(watch, &follower.library, &follower.shutdown).await });
        beside.spawn(async move { reader.library.run(&reader.shutdown).await });
        beside.spawn(async move { sweep::run(&sweeper).await });
        let watchman = beside.spawn(async move { watchman::run(&watched, &health).await });
        beside.spawn(reload::watch(certificate));
        server::serve(listener, in_force).await;
        beside.close();
        beside.wait().await;
        outlet.drained(LAST_LINES).await;
        watchman.await.unwrap_or(Ended::Stopped)
    }
}

fn found(path: &str, error: &dyn fmt::Display) -> Findings {
    Findings(vec![Finding {
        path: path.to_owned(),
        message: error.to_string(),
    }])
}
