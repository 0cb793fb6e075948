//! From a configuration to a gateway that serves.
use crate::{
    auth::Doorkeeper,
    desk::{Desk, Limits},
    metrics::Metrics,
    server,
    shelf::{BindingRules, InstanceRules, Shelf, Times, UpdateRules},
    sweep, tls,
    view::View,
    watchman,
};
use chandler_bus::{BootstrapSettings, Bus, ConnectError, Settings, Watch};
use chandler_process::{Clock, EXIT_CONFIG, EXIT_UNAVAILABLE, Health, Registry, Running, Shutdown};
use chandler_proto::{
    config::{self, Config, Finding, Findings},
    seal::Sealer,
};
use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

/// How long a GET looks for the record while the bus doesn't answer.
const READ: Duration = Duration::from_secs(5);
/// After so long a platform that waits in its request is answered, whatever has come of it: it gives up after 60 s.
const LATEST_ANSWER: Duration = Duration::from_secs(55);
/// How long a body may take to arrive.
const BODY: Duration = Duration::from_secs(30);

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

/// A gateway whose configuration was checked. Nothing outside was touched yet, except for certificate files.
pub struct Checked {
    sealer: Sealer,
    door: Doorkeeper,
    tls: Option<TlsAcceptor>,
    bus: Settings,
    shelf: Shelf,
    limits: Limits,
    wanted: BootstrapSettings,
}

/// A gateway that listens, but doesn't answer yet.
pub struct Gateway {
    desk: Arc<Desk>,
    listener: TcpListener,
    addr: SocketAddr,
    tls: Option<TlsAcceptor>,
    watch: Watch,
    health: Health,
    wanted: BootstrapSettings,
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked")
            .field("bus", &self.bus)
            .field("limits", &self.limits)
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
    /// Checks everything of the configuration that a gateway needs: credentials, seal keys, certificate.
    ///
    /// # Errors
    /// All findings at once.
    pub fn new(config: &Config) -> Result<Self, Findings> {
        let tls = config.broker.tls.as_ref().map(tls::acceptor).transpose();
        let bus = Settings::of(&config.chandler, "chandler-gateway")
            .map_err(|error| found("chandler.bus.prefix", &error))
            .and_then(|bus| match bus.check() {
                Ok(()) => Ok(bus),
                Err(error) => Err(found("chandler.bus", &error)),
            });
        let sealer = config
            .require_seal()
            .and_then(|seal| Sealer::of(seal).map_err(|error| found("chandler.seal", &error)));
        let door = config.credentials().and_then(|credentials| {
            Doorkeeper::new(credentials.into_iter().map(|c| (c.username.as_str(), &c.password)))
                .map_err(|error| found("chandler.credentials", &error))
        });
        let ((sealer, door), (tls, bus)) = config::both(config::both(sealer, door), config::both(tls, bus))?;
        Ok(Checked {
            sealer,
            door,
            tls,
            bus,
            shelf: Shelf::new(
                &config.catalog,
                InstanceRules {
                    clients: config.client_definition().is_some(),
                    times: Times::of(config.chandler.deadlines),
                },
                UpdateRules {
                    pending_check: !config.broker.skip_check_for_pending_changes,
                    context: config.chandler.allow_context_updates,
                },
            ),
            limits: limits(config),
            wanted: BootstrapSettings::of(&config.chandler),
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
        let desk = Desk {
            view: Arc::new(View::new(watch.freshness())),
            bus,
            shelf: self.shelf.with(self.limits.bindings),
            sealer: self.sealer,
            door: self.door,
            clock: process.clock,
            limits: self.limits,
            metrics: Metrics::new(&process.registry),
            tasks: TaskTracker::new(),
            shutdown: process.shutdown,
        };
        let (tls, health, wanted) = (self.tls, process.health, self.wanted);
        Ok(Gateway {
            desk: Arc::new(desk),
            listener,
            addr,
            tls,
            watch,
            health,
            wanted,
        })
    }
}

impl Gateway {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves until the stop begins, then drains: requests under way and their accepts end by themselves.
    pub async fn run(self) {
        let Gateway {
            desk,
            listener,
            addr,
            tls,
            watch,
            health,
            wanted,
        } = self;
        tracing::info!(%addr, tls = tls.is_some(), "listening");
        let beside = TaskTracker::new();
        let (follower, sweeper, watcher) = (desk.clone(), desk.clone(), desk.clone());
        beside.spawn(async move { follower.view.follow(watch, &follower.shutdown).await });
        beside.spawn(async move { sweep::run(&sweeper).await });
        beside.spawn(async move { watchman::run(&watcher, &health, &wanted).await });
        server::serve(listener, tls, desk).await;
        beside.close();
        beside.wait().await;
    }
}

fn found(path: &str, error: &dyn fmt::Display) -> Findings {
    Findings(vec![Finding {
        path: path.to_owned(),
        message: error.to_string(),
    }])
}

fn limits(config: &Config) -> Limits {
    let gateway = &config.chandler.gateway;
    let request = Duration::from_secs(gateway.request_timeout_seconds);
    Limits {
        request,
        // What comes before and after has to fit in, too.
        accept: Duration::from_secs(gateway.accept_timeout_seconds).min(request / 2),
        read: READ.min(request / 2),
        body: BODY.min(request / 3),
        body_bytes: usize::try_from(gateway.body_limit_bytes).unwrap_or(usize::MAX),
        retry_after: config.chandler.workers.poll_seconds,
        wait: Duration::from_secs(gateway.bind_wait_seconds),
        // The answer has to be on its way before the request's own end, and before the platform gives up.
        answer: LATEST_ANSWER.min(request.mul_f64(0.92)),
        bindings: BindingRules {
            secure: config.credhub.is_some(),
            backup_agent: config.broker.support_backup_agent_binding,
            deadline: Duration::from_secs(config.chandler.deadlines.binding_seconds),
        },
    }
}
