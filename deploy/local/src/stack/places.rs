//! Where everything listens: for people, and for programs.

use super::Stack;
use crate::say::{self, Colour, coloured};
use serde_json::{Value, json};

impl Stack {
    /// The broker's URL.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.port)
    }

    /// The control API of the simulated Director.
    pub(super) fn control(&self) -> String {
        format!("http://127.0.0.1:{}", self.director.1)
    }

    /// For `current.json`. Passwords stay in the files that are named.
    pub(super) fn places(&self) -> Value {
        let dir = &self.state.dir;
        let admin: serde_json::Map<String, Value> = (self.gateways.iter().chain(&self.workers))
            .map(|served| (served.program.name.clone(), json!(served.admin)))
            .collect();
        let director = self.filled.simulated.then(|| {
            json!({
                "url": format!("https://127.0.0.1:{}", self.director.0),
                "control": self.control(),
                "ca": dir.join("director-ca.pem"),
            })
        });
        json!({
            "broker": { "url": self.url(), "port": self.port.port },
            "admin": admin,
            "nats": { "urls": self.nats.urls, "monitors": self.nats.monitors },
            "director": director,
            "config": {
                "gateway": dir.join("gateway.yml"),
                "provisioning": dir.join("provisioning.yml"),
                "operator": dir.join("operator.yml"),
            },
            "logs": dir.join("log"),
        })
    }

    /// For people.
    pub(super) fn tell(&self) {
        let (user, password) = &self.filled.credential;
        // The sample's password is in the README; another one is nobody's business.
        let password = if self.filled.example { password } else { "…" };
        let (url, dir) = (self.url(), self.state.dir.display());
        let curl = format!("curl -su {user}:{password} -H 'X-Broker-API-Version: 2.17'");
        let row = |name: &str, value: &str| {
            say::line(format_args!(
                "  {} {value}",
                coloured(Colour::Dim, format_args!("{name:<16}"))
            ));
        };
        say::head("The broker is up");
        row("broker", &url);
        row("credentials", &format!("{user} / {password}"));
        for served in self.gateways.iter().chain(&self.workers) {
            row(&served.program.name, &format!("{0}/readyz  {0}/metrics", served.admin));
        }
        row("nats", &self.nats.urls.join(", "));
        if self.filled.simulated {
            let control = self.control();
            row(
                "Director",
                &format!("https://127.0.0.1:{} (simulated)", self.director.0),
            );
            row(
                "its control API",
                &format!("{control}/control/tasks  {control}/control/deployments"),
            );
        }
        row("logs", &format!("{dir}/log"));
        row(
            "configuration",
            &format!("{dir}/gateway.yml, provisioning.yml, operator.yml"),
        );
        row(
            "processes",
            &self.state.dir.with_file_name("current.json").display().to_string(),
        );
        if let Some((service, plan)) = self.first_plan() {
            let body =
                format!(r#"{{"service_id":"{service}","plan_id":"{plan}","organization_guid":"o","space_guid":"s"}}"#);
            let ids = format!("service_id={service}&plan_id={plan}");
            let id = "my-instance";
            say::head("Try");
            for line in [
                format!("{curl} {url}/v2/catalog"),
                format!(
                    "{curl} -X PUT '{url}/v2/service_instances/{id}?accepts_incomplete=true' -H 'Content-Type: application/json' -d '{body}'"
                ),
                format!("{curl} {url}/v2/service_instances/{id}/last_operation"),
                format!("{curl} {url}/v2/service_instances/{id}"),
                format!("{curl} -X DELETE '{url}/v2/service_instances/{id}?accepts_incomplete=true&{ids}'"),
            ] {
                say::line(format_args!("  {line}"));
            }
        }
        say::line("\nCtrl-C stops everything.");
    }

    fn first_plan(&self) -> Option<(String, String)> {
        let file = self.filled.for_gateway(&self.nats.passwords.gateway);
        let catalog = chandler_proto::config::parse(&file).ok()?.config.catalog;
        let offering = catalog.offerings.first()?;
        Some((offering.id.to_string(), offering.plans.first()?.id.to_string()))
    }
}
