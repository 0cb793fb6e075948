//! The outside that the configuration leaves to simulators.

use super::places::PASSWORD;
use super::{LIMIT, Stack};
use crate::cli::Up;
use crate::config::{ADMIN, DirectorUser, Known, User};
use crate::ports::{Block, Ports};
use crate::{pinned, ready, say, tour};
use anyhow::Context as _;
use chandler_proto::catalog::Access;
use serde_json::{Value, json};
use std::ffi::OsString;

/// The organization in which people try things.
pub(super) const ORGANIZATION: &str = "demo";
/// Its space.
pub(super) const SPACE: &str = "dev";
/// How often Cloud Controller polls, seconds. A real one waits a minute; here somebody looks on.
const POLLING_SECONDS: f64 = 0.3;
/// How often it polls while an operation takes as long as a plan lets it at least, by default: 43,200 s for the instance and 900 s more.
const POLLS: f64 = 44_100.0 / 60.0;

/// How often Cloud Controller polls, seconds, where deployments take so many.
///
/// A plan's limit counts in minutes of Cloud Controller, and shrinks with its polling. What the tour lets an operation take has to fit in
/// it, else that ends as too slow while all is well.
pub(super) fn polling_seconds(task_seconds: f64) -> f64 {
    POLLING_SECONDS.max(tour::limit(task_seconds).as_secs_f64() / POLLS)
}

/// Where each of them listens, whether it is started or not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outside {
    pub(super) director: Ports,
    pub(super) credhub: Ports,
    pub(super) uaa: Ports,
    pub(super) bosh_credhub: Ports,
    pub(super) bosh_uaa: Ports,
    pub(super) cloud_controller: Ports,
}

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Director,
    CredHub,
    Uaa,
    BoshCredHub,
    BoshUaa,
    CloudController,
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
            Which::CloudController => "cloud-controller",
        }
    }

    /// What the program calls it.
    fn program(self) -> &'static str {
        match self {
            Which::Director => "bosh",
            Which::CredHub | Which::BoshCredHub => "credhub",
            Which::Uaa | Which::BoshUaa => "uaa",
            Which::CloudController => "cloud-controller",
        }
    }

    /// Whether it wants the certificates of others when it starts.
    fn is_late(self) -> bool {
        match self {
            Which::CloudController => true,
            Which::Director | Which::CredHub | Which::Uaa | Which::BoshCredHub | Which::BoshUaa => false,
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
        let [director, credhub, uaa, bosh_credhub, bosh_uaa, cloud_controller] = Ports::pairs(block)?;
        Ok(Outside {
            director,
            credhub,
            uaa,
            bosh_credhub,
            bosh_uaa,
            cloud_controller,
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
            row(
                wanted.cloud_controller.is_some(),
                Which::CloudController,
                "Cloud Controller",
                at.cloud_controller,
                &["state", "outgoing"],
            ),
        ];
        all.into_iter().flatten().collect()
    }

    /// Starts what is wanted, and has the broker trust it.
    pub(super) async fn start_outside(&mut self, options: &Up) -> anyhow::Result<()> {
        let (late, soon): (Vec<_>, Vec<_>) = self.listed().into_iter().partition(|it| it.which.is_late());
        for some in [soon, late] {
            for it in &some {
                self.start(it, options)?;
            }
            for it in &some {
                let request = self
                    .client
                    .get(format!("{}/control/{}", it.ports.control(), it.control[0]));
                ready::wait(&format!("the simulated {}", it.title), request, LIMIT).await?;
                say::step(format_args!("simulated {}: {}", it.title, it.ports.url()));
            }
        }
        let uaa = |wanted: bool, which| if wanted { self.ca(which) } else { Ok(String::new()) };
        let wanted = self.filled.simulated.clone();
        let bosh_uaa = uaa(!wanted.bosh_clients().is_empty(), Which::BoshUaa)?;
        let uaa = uaa(!wanted.platform_clients().is_empty(), Which::Uaa)?;
        if wanted.director.is_some() {
            let both = format!("{}{bosh_uaa}", self.ca(Which::Director)?);
            self.filled.trust_director(&both);
        }
        if wanted.bosh_credhub.is_some() {
            let both = format!("{}{bosh_uaa}", self.ca(Which::BoshCredHub)?);
            self.filled.trust_bosh_credhub(&both);
        }
        if wanted.credhub.is_some() {
            let ca = self.ca(Which::CredHub)?;
            self.filled.trust_credhub(&ca, &uaa);
        }
        if wanted.cloud_controller.is_some() {
            let both = format!("{}{uaa}", self.ca(Which::CloudController)?);
            self.filled.trust_cf(&both);
        } else if wanted.clients.is_some() {
            self.filled.trust_cf(&uaa);
        }
        Ok(())
    }

    fn start(&mut self, it: &Listed, options: &Up) -> anyhow::Result<()> {
        let more = self.flags(it.which, options)?;
        let (name, kind) = (it.which.name(), it.which.program());
        let mut program = self.programs.simulator(&self.state, name, kind, it.ports, &more);
        let secret = match it.which {
            Which::Director => match &self.filled.simulated.director {
                Some(DirectorUser::Basic(_, password)) => Some(("BOSH_SIM_PASSWORD", password)),
                Some(DirectorUser::Uaa(_)) | None => None,
            },
            Which::CloudController => {
                let controller = self.filled.simulated.cloud_controller.as_ref();
                controller.map(|it| ("CC_SIM_CREDHUB_SECRET", &it.keys.secret))
            }
            Which::CredHub | Which::Uaa | Which::BoshCredHub | Which::BoshUaa => None,
        };
        let secret = secret.map(|(name, secret)| (name.to_owned(), secret.expose().to_owned()));
        program.env.extend(secret);
        self.supervisor.start(program);
        Ok(())
    }

    /// The CA of one that runs, PEM.
    pub(super) fn ca(&self, which: Which) -> anyhow::Result<String> {
        let file = self.state.ca(which.name());
        std::fs::read_to_string(&file).with_context(|| file.display().to_string())
    }

    /// Arguments of a simulator, without secrets.
    fn flags(&self, which: Which, options: &Up) -> anyhow::Result<Vec<OsString>> {
        let wanted = &self.filled.simulated;
        let uaa = |ports: Ports| [OsString::from("--uaa-url"), ports.url().into()].into_iter();
        Ok(match which {
            Which::Uaa => {
                let person = wanted.cloud_controller.as_ref().map(|it| &it.person);
                self.clients(which, &wanted.platform_clients(), person)?
            }
            Which::BoshUaa => self.clients(which, &wanted.bosh_clients(), None)?,
            Which::CloudController => uaa(self.outside.uaa).chain(self.controllers(options)?).collect(),
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

    /// What Cloud Controller has to know besides.
    fn controllers(&self, options: &Up) -> anyhow::Result<Vec<OsString>> {
        let mut flags: Vec<OsString> = vec![
            "--polling-seconds".into(),
            polling_seconds(options.task_seconds).to_string().into(),
        ];
        let simulated = &self.filled.simulated;
        let mut organizations = vec![ORGANIZATION.to_owned()];
        for plan in self.config.catalog.offerings.iter().flat_map(|it| &it.plans) {
            if let Access::OrgRestricted { organization } = &plan.access
                && !organizations.contains(organization)
            {
                organizations.push(organization.clone());
            }
        }
        for organization in organizations {
            flags.extend(["--organization".into(), format!("{organization}={SPACE}").into()]);
        }
        if let Some(pem) = self.filled.certificate.as_ref().filter(|pem| pinned::is_for_here(pem)) {
            let file = self.state.secret("gateway-ca.pem", pem)?;
            flags.extend(["--broker-ca".into(), file.into()]);
        }
        if let (Some(controller), Some(_)) = (&simulated.cloud_controller, &simulated.credhub) {
            let both = format!("{}{}", self.ca(Which::CredHub)?, self.ca(Which::Uaa)?);
            let file = self.state.secret("credhub-and-uaa-ca.pem", &both)?;
            flags.extend(["--credhub-url".into(), self.outside.credhub.url().into()]);
            flags.extend(["--credhub-ca".into(), file.into()]);
            flags.extend(["--credhub-client".into(), controller.keys.id.clone().into()]);
        }
        Ok(flags)
    }

    /// The file with a UAA's clients and its user, which has their secrets.
    fn clients(&self, which: Which, clients: &[Known<'_>], user: Option<&User>) -> anyhow::Result<Vec<OsString>> {
        let rows = clients.iter().map(|(client, authorities)| {
            json!({
                "client_id": client.id, "client_secret": client.secret.expose(), "authorities": authorities,
                "authorized_grant_types": ["client_credentials"],
            })
        });
        if let Some(user) = user {
            self.state.secret(PASSWORD, user.password.expose())?;
        }
        let users = user.map(|it| json!({ "name": it.name, "password": it.password.expose(), "groups": ADMIN }));
        let users: Value = users.into_iter().collect();
        let text = json!({ "clients": rows.collect::<Value>(), "users": users }).to_string();
        let file = self.state.secret(&format!("{}-clients.json", which.name()), &text)?;
        Ok(vec!["--clients".into(), file.into()])
    }
}

#[cfg(test)]
mod tests {
    use super::polling_seconds;
    use crate::tour;

    #[test]
    fn an_operation_of_any_length_fits_in_a_plans_limit() {
        for task_seconds in [0.0, 2.0, 6.0, 15.0, 17.0, 120.0, 900.0, 86_400.0] {
            let polling = polling_seconds(task_seconds);
            let limit = 44_100.0 * polling / 60.0;
            assert!(limit >= 60.0 + 10.0 * task_seconds - 1e-6, "{task_seconds}: {limit}");
            assert!(
                limit + 1e-6 >= tour::limit(task_seconds).as_secs_f64(),
                "{task_seconds}"
            );
        }
        for task_seconds in [0.0, 6.0, 15.0] {
            assert!(
                (polling_seconds(task_seconds) - 0.3).abs() < f64::EPSILON,
                "{task_seconds}"
            );
        }
    }
}
