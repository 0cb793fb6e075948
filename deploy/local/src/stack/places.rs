//! Where everything listens: for people, and for programs.

use super::rollout::Role;
use super::simulators::{ORGANIZATION, SPACE, Which, polling_seconds};
use super::{Registration, Stack};
use crate::cli::Up;
use crate::config::Bound;
use crate::programs::Served;
use crate::say::{self, Colour, coloured};
use crate::state::TOLD;
use crate::tour;
use chandler_proto::catalog::Access;
use serde_json::{Value, json};
use std::path::PathBuf;

/// A grace in which the example adapter makes and removes its bindings: the default, seconds.
const LONG_GRACE: u64 = 10;

/// The file with the password of who types `cf`.
pub(super) const PASSWORD: &str = "cf-password";

impl Stack {
    /// The broker's URL.
    pub(super) fn url(&self) -> String {
        let scheme = if self.filled.certificate.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://127.0.0.1:{}", self.port.port)
    }

    /// Where the example adapter keeps the users of its service.
    pub(super) fn users(&self) -> PathBuf {
        self.state.dir.join("users")
    }

    /// What the tour needs to know.
    pub(super) fn tour<'a>(
        &'a self,
        options: &Up,
        registration: Option<&'a Registration>,
    ) -> anyhow::Result<tour::Place<'a>> {
        let (at, simulated) = (&self.outside, &self.filled.simulated);
        let bound = Bound::of(&self.config.catalog);
        let definition = self.config.client_definition().filter(|_| simulated.clients.is_some());
        let clients = definition.map(|definition| (at.uaa.control(), definition.clone()));
        let plans = self.config.catalog.offerings.iter().flat_map(|it| &it.plans);
        let errands = plans
            .map(|plan| (plan.id.clone(), plan.lifecycle_errands.clone()))
            .collect();
        // A bind that is never answered at once is no story of `cf`: each takes a minute there, and bound instances are deleted twice.
        let grace = self.config.chandler.gateway.binding_grace_seconds;
        let by_cf = !options.direct && grace > 0;
        let foundation = match (&simulated.cloud_controller, registration) {
            (Some(controller), Some(registration)) if by_cf => Some(tour::Foundation {
                api: at.cloud_controller.url(),
                control: at.cloud_controller.control(),
                ca_pems: [self.ca(Which::CloudController)?, self.ca(Which::Uaa)?],
                person: controller.person.clone(),
                organization: ORGANIZATION,
                space: SPACE,
                polling_seconds: polling_seconds(options.task_seconds),
                at_once: self.filled.example && grace >= LONG_GRACE,
                keys: controller.keys.id.clone(),
                registration,
            }),
            (Some(_) | None, _) => None,
        };
        Ok(tour::Place {
            broker: self.url(),
            foundation,
            client: self.platform_client()?,
            credential: self.filled.credential.clone(),
            director: at.director.control(),
            credhub: simulated.credhub.as_ref().map(|_| at.credhub.control()),
            bosh_credhub: simulated.bosh_credhub.as_ref().map(|_| at.bosh_credhub.control()),
            clients,
            errands,
            next: self.next(),
            users: self.filled.example.then(|| self.users()),
            first: bound.as_ref().and_then(|it| it.before(&self.config.catalog)),
            bound,
            task_seconds: options.task_seconds,
            logs: self.state.dir.join("log"),
        })
    }

    /// For `current.json`. Passwords stay in the files that are named.
    pub(super) fn places(&self) -> Value {
        let dir = &self.state.dir;
        let admin: serde_json::Map<String, Value> = (self.broker.iter())
            .map(|it| (it.served.program.name.clone(), json!(it.served.admin)))
            .collect();
        let registrar = self.filled.simulated.cloud_controller.is_some().then_some("registrar");
        let roles = Role::all().map(Role::name).chain(["operator"]).chain(registrar);
        let config: serde_json::Map<String, Value> = roles
            .map(|role| (role.to_owned(), json!(dir.join(format!("{role}.yml")))))
            .collect();
        let mut told = json!({
            "broker": { "url": self.url(), "port": self.port.port },
            "admin": admin,
            "nats": { "urls": self.nats.urls, "monitors": self.nats.monitors },
            "config": config,
            "users": self.filled.example.then(|| self.users()),
            "logs": dir.join("log"),
        });
        for it in self.listed() {
            let (url, control) = (it.ports.url(), it.ports.control());
            let name = it.which.name();
            told[name] = json!({ "url": url, "control": control, "ca": self.state.ca(name) });
        }
        told
    }

    /// For people.
    pub(super) fn tell(&self) {
        let (user, password) = &self.filled.credential;
        // The sample's password is in the README; another one is nobody's business.
        let password = if self.filled.example { password.expose() } else { "…" };
        let (url, dir) = (self.url(), self.state.dir.display());
        // The certificate was made for another host than this one.
        let insecure = if self.filled.certificate.is_some() { "k" } else { "" };
        let curl = format!("curl -s{insecure}u {user}:{password} -H 'X-Broker-API-Version: 2.17'");
        let row = |name: &str, value: &str| {
            say::line(format_args!(
                "  {} {value}",
                coloured(Colour::Dim, format_args!("{name:<16}"))
            ));
        };
        say::head("The broker is up");
        row("broker", &url);
        row("credentials", &format!("{user} / {password}"));
        let is_gateway = |served: &&Served| served.program.name.starts_with(Role::Gateway.name());
        let all = || self.broker.iter().map(|it| &it.served);
        for served in all().filter(is_gateway).chain(all().filter(|it| !is_gateway(it))) {
            row(&served.program.name, &format!("{0}/readyz  {0}/metrics", served.admin));
        }
        row("nats", &self.nats.urls.join(", "));
        for it in self.listed() {
            row(it.title, &format!("{} (simulated)", it.ports.url()));
            let control = it.ports.control();
            let shown: Vec<String> = it
                .control
                .iter()
                .map(|what| format!("{control}/control/{what}"))
                .collect();
            row("  control API", &shown.join("  "));
        }
        row("logs", &format!("{dir}/log"));
        let registrar = match self.filled.simulated.cloud_controller.is_some() {
            true => ", registrar.yml",
            false => "",
        };
        row(
            "configuration",
            &format!("{dir}/gateway.yml, operator.yml{registrar}, and one of each worker"),
        );
        row("processes", &self.state.dir.join(TOLD).display().to_string());
        if let Some(controller) = &self.filled.simulated.cloud_controller {
            say::head("Try, with the command line of Cloud Foundry");
            for line in [
                format!("cf api {} --skip-ssl-validation", self.outside.cloud_controller.url()),
                format!("cf auth {} \"$(cat {dir}/{PASSWORD})\"", controller.person.name),
                format!("cf target -o {ORGANIZATION} -s {SPACE}"),
                "cf marketplace".to_owned(),
            ] {
                say::line(format_args!("  {line}"));
            }
            if let Some((offering, plan)) = self.public_plan() {
                for line in [
                    format!("cf create-service {offering} {plan} my-store"),
                    "cf service my-store".to_owned(),
                    "cf create-service-key my-store my-key && cf service-key my-store my-key".to_owned(),
                    "cf delete-service my-store -f".to_owned(),
                ] {
                    say::line(format_args!("  {line}"));
                }
            }
        }
        if let Some((service, plan)) = self.first_plan() {
            let space =
                r#""organization_guid":"o","space_guid":"s","context":{"platform":"cloudfoundry","space_guid":"s"}"#;
            let body = format!(r#"{{"service_id":"{service}","plan_id":"{plan}",{space}}}"#);
            let managed = format!(r#"{{"plan_id":"{plan}"}}"#);
            let ids = format!("service_id={service}&plan_id={plan}");
            let (id, binding) = ("my-instance", "service_bindings/my-key");
            let key = format!(
                r#"{{"service_id":"{service}","plan_id":"{plan}","bind_resource":{{"credential_client_id":"me"}}}}"#
            );
            say::head("Try, as a platform does");
            for line in [
                format!("{curl} {url}/v2/catalog"),
                format!("{curl} -X PUT '{url}/v2/service_instances/{id}?accepts_incomplete=true' -d '{body}'"),
                format!("{curl} {url}/v2/service_instances/{id}/last_operation"),
                format!("{curl} {url}/v2/service_instances/{id}"),
                format!("{curl} -X PUT '{url}/v2/service_instances/{id}/{binding}' -d '{key}'"),
                format!("{curl} -X DELETE '{url}/v2/service_instances/{id}/{binding}?{ids}'"),
                format!("{curl} -X PATCH '{url}/mgmt/service_instances/{id}?operation_type=recreate' -d '{managed}'"),
                format!("{curl} -X DELETE '{url}/v2/service_instances/{id}?accepts_incomplete=true&{ids}'"),
            ] {
                say::line(format_args!("  {line}"));
            }
        }
        say::line("\nCtrl-C stops everything.");
    }

    /// The names of the first offering and of its first plan that everybody may use.
    fn public_plan(&self) -> Option<(&str, &str)> {
        let offering = self.config.catalog.offerings.first()?;
        let plan = offering.plans.iter().find(|it| it.access == Access::Enable)?;
        Some((&offering.name, &plan.name))
    }

    fn first_plan(&self) -> Option<(String, String)> {
        let offering = self.config.catalog.offerings.first()?;
        Some((offering.id.to_string(), offering.plans.first()?.id.to_string()))
    }
}
