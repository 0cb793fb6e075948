//! The outside that the configuration leaves to simulators.

use super::{LIMIT, Stack};
use crate::cli::Up;
use crate::config::{DirectorUser, Known};
use crate::ports::{Block, Ports};
use crate::{ready, say};
use anyhow::Context as _;
use serde_json::{Value, json};
use std::ffi::OsString;

/// Where each of them listens, whether it is started or not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outside {
    pub(super) director: Ports,
    pub(super) credhub: Ports,
    pub(super) uaa: Ports,
    pub(super) bosh_credhub: Ports,
    pub(super) bosh_uaa: Ports,
}

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Director,
    CredHub,
    Uaa,
    BoshCredHub,
    BoshUaa,
}

impl Which {
    /// Its name in logs and files.
    pub(super) fn name(self) -> &'static str {
        match self {
            Which::Director => "director",
            Which::CredHub => "credhub",
            Which::Uaa => "uaa",
            Which::BoshCredHub => "bosh-credhub",
            Which::BoshUaa => "bosh-uaa",
        }
    }

    /// What the program calls it.
    fn program(self) -> &'static str {
        match self {
            Which::Director => "bosh",
            Which::CredHub | Which::BoshCredHub => "credhub",
            Which::Uaa | Which::BoshUaa => "uaa",
        }
    }
}

/// One of them, as it is shown to people.
pub(super) struct Listed {
    pub(super) which: Which,
    /// What it is.
    pub(super) title: &'static str,
    pub(super) ports: Ports,
    /// What its control API has to tell.
    pub(super) control: &'static [&'static str],
}

impl Outside {
    pub(super) fn new(block: &mut Block) -> anyhow::Result<Outside> {
        let [director, credhub, uaa, bosh_credhub, bosh_uaa] = Ports::pairs(block)?;
        Ok(Outside {
            director,
            credhub,
            uaa,
            bosh_credhub,
            bosh_uaa,
        })
    }
}

impl Stack {
    /// What runs of it.
    pub(super) fn listed(&self) -> Vec<Listed> {
        let (wanted, at) = (&self.filled.simulated, &self.outside);
        let row = |is_wanted: bool, which, title, ports, control| {
            is_wanted.then_some(Listed {
                which,
                title,
                ports,
                control,
            })
        };
        let (tokens, credentials): (&[&str], &[&str]) = (&["clients", "tokens"], &["credentials", "permissions"]);
        let bosh_uaa = !wanted.bosh_clients().is_empty();
        let platform_uaa = !wanted.platform_clients().is_empty();
        let all = [
            row(bosh_uaa, Which::BoshUaa, "BOSH's UAA", at.bosh_uaa, tokens),
            row(
                wanted.director.is_some(),
                Which::Director,
                "Director",
                at.director,
                &["tasks", "deployments"],
            ),
            row(
                wanted.bosh_credhub.is_some(),
                Which::BoshCredHub,
                "BOSH's CredHub",
                at.bosh_credhub,
                credentials,
            ),
            row(platform_uaa, Which::Uaa, "UAA", at.uaa, tokens),
            row(
                wanted.credhub.is_some(),
                Which::CredHub,
                "CredHub",
                at.credhub,
                credentials,
            ),
        ];
        all.into_iter().flatten().collect()
    }

    /// Starts what is wanted, and has the broker trust it.
    pub(super) async fn start_outside(&mut self, options: &Up) -> anyhow::Result<()> {
        for it in self.listed() {
            let more = self.flags(it.which, options)?;
            let (name, kind) = (it.which.name(), it.which.program());
            let mut program = self.programs.simulator(&self.state, name, kind, it.ports, &more);
            if let (Which::Director, Some(DirectorUser::Basic(_, password))) =
                (it.which, &self.filled.simulated.director)
            {
                program.env = vec![("BOSH_SIM_PASSWORD".to_owned(), password.expose().to_owned())];
            }
            self.supervisor.start(program);
        }
        for it in self.listed() {
            let url = format!("{}/control/{}", it.ports.control(), it.control[0]);
            ready::wait(&self.client, &format!("the simulated {}", it.title), &url, LIMIT).await?;
            say::step(format_args!("simulated {}: {}", it.title, it.ports.url()));
        }
        let ca = |which: Which| {
            let file = self.state.ca(which.name());
            std::fs::read_to_string(&file).with_context(|| format!("{}", file.display()))
        };
        let wanted = self.filled.simulated.clone();
        let bosh_uaa = match wanted.bosh_clients().is_empty() {
            true => String::new(),
            false => ca(Which::BoshUaa)?,
        };
        if wanted.director.is_some() {
            self.filled
                .trust_director(&format!("{}{bosh_uaa}", ca(Which::Director)?));
        }
        if wanted.bosh_credhub.is_some() {
            self.filled
                .trust_bosh_credhub(&format!("{}{bosh_uaa}", ca(Which::BoshCredHub)?));
        }
        if wanted.credhub.is_some() {
            self.filled.trust_credhub(&ca(Which::CredHub)?, &ca(Which::Uaa)?);
        }
        if wanted.clients.is_some() {
            self.filled.trust_uaa(&ca(Which::Uaa)?);
        }
        Ok(())
    }

    /// Arguments of a simulator, without secrets.
    fn flags(&self, which: Which, options: &Up) -> anyhow::Result<Vec<OsString>> {
        let wanted = &self.filled.simulated;
        let uaa = |ports: Ports| [OsString::from("--uaa-url"), ports.url().into()].into_iter();
        Ok(match which {
            Which::Uaa => self.clients(which, &wanted.platform_clients())?,
            Which::BoshUaa => self.clients(which, &wanted.bosh_clients())?,
            Which::BoshCredHub => uaa(self.outside.bosh_uaa).chain(["--no-acls".into()]).collect(),
            Which::CredHub => {
                let id = wanted.credhub.as_ref().map(|client| client.id.as_str());
                let grant = ["--grant".into(), format!("/c/*={}", id.unwrap_or_default()).into()];
                uaa(self.outside.uaa).chain(grant).collect()
            }
            Which::Director => {
                let mut flags = vec!["--task-seconds".into(), options.task_seconds.to_string().into()];
                match &wanted.director {
                    Some(DirectorUser::Basic(user, _)) => flags.extend(["--username".into(), user.into()]),
                    Some(DirectorUser::Uaa(_)) => flags.extend(uaa(self.outside.bosh_uaa)),
                    None => {}
                }
                flags
            }
        })
    }

    /// The file with a UAA's clients, which has their secrets.
    fn clients(&self, which: Which, clients: &[Known<'_>]) -> anyhow::Result<Vec<OsString>> {
        let rows = clients.iter().map(|(client, authorities)| {
            json!({
                "client_id": client.id, "client_secret": client.secret.expose(), "authorities": authorities,
                "authorized_grant_types": ["client_credentials"],
            })
        });
        let text = json!({ "clients": rows.collect::<Value>() }).to_string();
        let file = self.state.secret(&format!("{}-clients.json", which.name()), &text)?;
        Ok(vec!["--clients".into(), file.into()])
    }
}
