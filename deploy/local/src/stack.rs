//! The whole broker: what is started, in which order, and where it listens.

mod bootstrap;
mod places;

use crate::cli::Up;
use crate::config::{Fill, Filled, fill};
use crate::nats::{self, Nats};
use crate::programs::{Programs, Served};
use crate::state::State;
use crate::supervise::{Board, Supervisor, Trouble};
use crate::{ports, ready, say, tour};
use anyhow::{Context as _, bail};
use reqwest::Client;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long one thing may take to come up.
const LIMIT: Duration = Duration::from_secs(40);

/// Everything that belongs to this run.
#[derive(Debug)]
pub(crate) struct Stack {
    state: Arc<State>,
    board: Board,
    supervisor: Supervisor,
    client: Client,
    programs: Programs,
    port: ports::Shared,
    nats: Nats,
    filled: Filled,
    director: (u16, u16),
    gateways: Vec<Served>,
    workers: Vec<Served>,
}

/// How it ends when somebody asks for the end.
pub(crate) fn interrupted(options: &Up) -> anyhow::Result<()> {
    match options.once {
        true => bail!("stopped before the tour was over"),
        false => Ok(()),
    }
}

impl Stack {
    /// Reads the configuration and takes the ports; nothing is started.
    pub(crate) fn prepare(options: &Up) -> anyhow::Result<(Stack, Trouble)> {
        let sample = options.root.join("deploy/config/sample.yml");
        let file = options.config.as_ref().unwrap_or(&sample);
        let text = std::fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
        let programs = Programs {
            dir: options.programs.clone(),
        };
        let port = ports::Shared::take(options.port)?;
        let director = match ports::free(2)?.as_slice() {
            [port, control] => (*port, *control),
            _ => bail!("no free ports"),
        };
        let state = Arc::new(State::fresh(&options.root)?);
        let nats = nats::prepare(&state, &options.nats_server, options.cluster)?;
        let adapter = programs.path("example-adapter");
        let with = Fill {
            bus_urls: nats.urls.clone(),
            bus_replicas: if options.cluster { 3 } else { 1 },
            director_url: format!("https://127.0.0.1:{}", director.0),
            adapter: adapter.to_str().context("the path of the repository must be UTF-8")?,
        };
        let filled = fill(&text, &with).with_context(|| format!("{}", file.display()))?;
        if options.once && !filled.simulated {
            bail!(
                "{} names a real Director; the tour is taken with the simulated one only",
                file.display()
            );
        }
        if filled.simulated && !options.no_tour && options.task_seconds < tour::LEAST_SECONDS {
            bail!(
                "the tour wants deployments of {} s at least; --no-tour goes without",
                tour::LEAST_SECONDS
            );
        }
        let board = Board::new(state.clone());
        let (supervisor, trouble) = Supervisor::new(board.clone());
        let client = Client::builder().no_proxy().build()?;
        let (gateways, workers) = (Vec::new(), Vec::new());
        let stack = Stack {
            state,
            board,
            supervisor,
            client,
            programs,
            port,
            nats,
            filled,
            director,
            gateways,
            workers,
        };
        Ok((stack, trouble))
    }

    /// Starts everything, takes the tour, and stays unless the tour was all.
    pub(crate) async fn live(&mut self, options: &Up) -> anyhow::Result<()> {
        say::head("Starting");
        say::step(format_args!("logs and state: {}", self.state.dir.display()));
        self.filled.remarks.iter().for_each(say::step);
        self.start_bus().await?;
        if self.filled.simulated {
            self.start_director(options).await?;
        }
        let operator = self.filled.for_caller("operator", &self.nats.passwords.operator);
        let operator = self.state.secret("operator.yml", &operator)?;
        bootstrap::run(&self.programs.path("chandler"), &operator).await?;
        self.start_broker(options).await?;
        self.board.about(self.places());
        if !options.no_tour && self.filled.simulated {
            tour::take(&tour::Place {
                broker: self.url(),
                credential: self.filled.credential.clone(),
                control: self.control(),
                example: self.filled.example,
                task_seconds: options.task_seconds,
                logs: self.state.dir.join("log"),
            })
            .await?;
        }
        if !options.once {
            self.tell();
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    /// Stops everything, in order; each program may drain.
    pub(crate) async fn stop(&mut self) {
        self.supervisor.stop().await;
    }

    /// Ends what still runs.
    pub(crate) async fn kill(&mut self) {
        self.supervisor.kill().await;
        self.state.ended();
    }

    async fn start_bus(&mut self) -> anyhow::Result<()> {
        for program in std::mem::take(&mut self.nats.programs) {
            self.supervisor.start(program);
        }
        for monitor in &self.nats.monitors {
            ready::wait(&self.client, "nats-server", &format!("{monitor}/healthz"), LIMIT).await?;
        }
        say::step(format_args!("nats-server: {}", self.nats.urls.join(", ")));
        Ok(())
    }

    async fn start_director(&mut self, options: &Up) -> anyhow::Result<()> {
        let ca = self.state.dir.join("director-ca.pem");
        let credential = &self.filled.director;
        let program = self
            .programs
            .director(&self.state, self.director, &ca, credential, options.task_seconds);
        self.supervisor.start(program);
        let control = format!("{}/control/tasks", self.control());
        ready::wait(&self.client, "the simulated Director", &control, LIMIT).await?;
        let pem = std::fs::read_to_string(&ca).with_context(|| format!("{}", ca.display()))?;
        self.filled.set_director_ca(&pem);
        say::step(format_args!(
            "simulated Director: https://127.0.0.1:{}",
            self.director.0
        ));
        Ok(())
    }

    async fn start_broker(&mut self, options: &Up) -> anyhow::Result<()> {
        let config = self
            .filled
            .for_caller("provisioning", &self.nats.passwords.provisioning);
        let config = self.state.secret("provisioning.yml", &config)?;
        self.workers = self
            .programs
            .copies(&self.state, "provisioning", options.replicas, &config, &[])?;
        let config = self.filled.for_gateway(&self.nats.passwords.gateway);
        let config: PathBuf = self.state.secret("gateway.yml", &config)?;
        let port = ["--bind", "127.0.0.1", "--port", &self.port.port.to_string()].map(Into::into);
        self.gateways = self
            .programs
            .copies(&self.state, "gateway", options.replicas, &config, &port)?;
        for served in self.workers.iter().chain(&self.gateways) {
            self.supervisor.start(served.program.clone());
        }
        for served in self.workers.iter().chain(&self.gateways) {
            let (name, url) = (&served.program.name, format!("{}/readyz", served.admin));
            ready::wait(&self.client, name, &url, LIMIT).await?;
            say::step(format_args!("{name}: ready"));
        }
        Ok(())
    }
}
