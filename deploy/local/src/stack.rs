//! The whole broker: what is started, in which order, and where it listens.

mod commands;
mod places;
mod rollout;
mod simulators;

pub(crate) use commands::Registration;
pub(crate) use rollout::Rollout;

use crate::cli::Up;
use crate::config::{Fill, Filled, Refused, Urls, check, fill};
use crate::nats::{self, Nats};
use crate::programs::Programs;
use crate::state::State;
use crate::supervise::{Board, Supervisor, Trouble};
use crate::{pinned, ports, ready, say, tour};
use anyhow::{Context as _, bail};
use chandler_proto::config::Config;
use reqwest::Client;
use rollout::{Kept, Role};
use simulators::Outside;
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
    block: ports::Block,
    nats: Nats,
    filled: Filled,
    /// What the processes make of it.
    config: Config,
    outside: Outside,
    /// Workers and gateways, in the order in which they are started.
    broker: Vec<Kept>,
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
        let sample = options.root.join("deploy/config/broker.yml");
        let file = options.config.as_ref().unwrap_or(&sample);
        let text = std::fs::read_to_string(file).map_err(|why| Refused::new(file, why))?;
        let programs = Programs {
            dir: options.programs.clone(),
        };
        let port = ports::Shared::take(options.port)?;
        let mut block = ports::Block::take()?;
        let outside = Outside::new(&mut block)?;
        let state = Arc::new(State::fresh(&options.root)?);
        let nats = nats::prepare(&state, &options.nats_server, options.cluster, &mut block)?;
        let adapter = programs.path("example-adapter");
        let with = Fill {
            bus_urls: nats.urls.clone(),
            bus_monitors: nats.monitors.clone(),
            bus_replicas: if options.cluster { 3 } else { 1 },
            outside: Urls {
                director: outside.director.url(),
                credhub: outside.credhub.url(),
                bosh_credhub: outside.bosh_credhub.url(),
                uaa: outside.uaa.url(),
                cloud_controller: outside.cloud_controller.url(),
            },
            adapter: adapter.to_str().context("the path of the repository must be UTF-8")?,
        };
        let mut filled = fill(&text, &with).map_err(|why| Refused::new(file, why))?;
        let checked = check(file, &text, &filled)?;
        filled.remarks.extend(checked.warnings);
        if let (true, Some(real)) = (options.once, filled.simulated.real) {
            bail!(
                "{} names {real}; the tour is taken with simulators only",
                file.display()
            );
        }
        if filled.simulated.real.is_none() && !options.no_tour && options.task_seconds < tour::LEAST_SECONDS {
            bail!(
                "the tour wants deployments of {} s at least; --no-tour goes without",
                tour::LEAST_SECONDS
            );
        }
        let board = Board::new(state.clone());
        let (supervisor, trouble) = Supervisor::new(board.clone());
        let client = Client::builder().no_proxy().build()?;
        let stack = Stack {
            state,
            board,
            supervisor,
            client,
            programs,
            port,
            block,
            nats,
            filled,
            config: checked.config,
            outside,
            broker: Vec::new(),
        };
        Ok((stack, trouble))
    }

    /// Starts everything, takes the tour, and stays unless the tour was all.
    pub(crate) async fn live(&mut self, options: &Up) -> anyhow::Result<()> {
        say::head("Starting");
        say::step(format_args!("logs and state: {}", self.state.dir.display()));
        self.filled.remarks.iter().for_each(say::step);
        self.start_bus().await?;
        self.start_outside(options).await?;
        let operator = self.filled.for_operator(self.nats.passwords.of("operator"));
        let operator = self.state.secret("operator.yml", &operator)?;
        commands::bootstrap(&self.programs.path("chandler"), &operator).await?;
        self.start_broker(options).await?;
        self.board.about(self.places());
        let registration = self.registration()?;
        if let Some(registration) = &registration {
            registration.register().await?;
        }
        if !options.no_tour && self.filled.simulated.real.is_none() {
            tour::take(&self.tour(options, registration.as_ref())?).await?;
            // The tour leaves nothing behind: for who stays it is made known once more.
            if let (Some(registration), false) = (&registration, options.once || options.direct) {
                say::head("The broker is registered again");
                registration.register().await?;
            }
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
            let request = self.client.get(format!("{monitor}/healthz"));
            ready::wait("nats-server", request, LIMIT).await?;
        }
        say::step(format_args!("nats-server: {}", self.nats.urls.join(", ")));
        Ok(())
    }

    /// A client that trusts the gateways, whatever host their certificate was made for.
    fn platform_client(&self) -> anyhow::Result<Client> {
        let client = Client::builder().no_proxy();
        Ok(match &self.filled.certificate {
            Some(pem) => client.tls_backend_preconfigured(pinned::client(pem)?).build()?,
            None => client.build()?,
        })
    }

    async fn start_broker(&mut self, options: &Up) -> anyhow::Result<()> {
        rollout::write_registrars(&self.state, &self.filled)?;
        // Where the example adapter keeps the users of its service: with this run.
        let users = self.users().display().to_string();
        let env = [("EXAMPLE_ADAPTER_USERS".to_owned(), users)];
        let port = ["--bind", "127.0.0.1", "--port", &self.port.port.to_string()].map(Into::into);
        for role in Role::all() {
            let config = role.write(&self.state, &self.filled, &self.nats.passwords)?;
            let (more, env): (&[_], &[_]) = match role {
                Role::Worker(_) => (&[], &env),
                Role::Gateway => (&port, &[]),
            };
            let ports = self.block.free(usize::from(options.replicas))?;
            let copies = self
                .programs
                .copies(&self.state, role.name(), &ports, &config, more, env);
            self.broker.extend(copies.into_iter().map(|served| {
                let renew = self.supervisor.start(served.program.clone());
                Kept { served, renew }
            }));
        }
        for Kept { served, .. } in &self.broker {
            let (name, url) = (&served.program.name, format!("{}/readyz", served.admin));
            ready::wait(name, self.client.get(url), LIMIT).await?;
            say::step(format_args!("{name}: ready"));
        }
        Ok(())
    }
}
