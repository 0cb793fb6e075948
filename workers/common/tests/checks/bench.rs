//! What is outside, simulated, and a configuration that leads there.
use chandler_common::{
    access::Access,
    checks::{Check, Line, Outside, Verdict},
};
use chandler_proto::config::{self, Config};
use chandler_simulators::{
    bosh::{BoshOptions, BoshSimulator},
    credhub, uaa,
};
use serde_json::json;

pub(crate) const CLIENT_SECRET: &str = "client-s3cr3t";
pub(crate) const DIRECTOR_SECRET: &str = "d1rector-s3cr3t";

pub(crate) struct Bench {
    pub(crate) bosh: BoshSimulator,
    pub(crate) uaa: uaa::Uaa,
    pub(crate) runtime: credhub::CredHub,
    secrets: credhub::CredHub,
}

impl Bench {
    /// With a runtime CredHub of this version.
    pub(crate) async fn start(version: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = |id: &str, authorities: &[&str]| uaa::Client::new(id, CLIENT_SECRET, authorities);
        let both = ["credhub.read", "credhub.write"];
        let uaa = uaa::Uaa::start(uaa::Options {
            clients: vec![
                client("runtime", &both),
                client("secrets", &both),
                client("clients", &["clients.read", "clients.write"]),
                client("bosh", &["bosh.admin"]),
                client("team", &["bosh.teams.t.admin"]),
                client("reader", &["bosh.read"]),
            ],
            ..uaa::Options::default()
        })
        .await
        .unwrap();
        let runtime = credhub::Options {
            version: version.to_owned(),
            ..credhub::Options::runtime(uaa.verifier())
        };
        let bosh = BoshOptions {
            password: DIRECTOR_SECRET.to_owned(),
            ..BoshOptions::default()
        };
        Bench {
            bosh: BoshSimulator::start(bosh).await.unwrap(),
            runtime: credhub::CredHub::start(runtime).await.unwrap(),
            secrets: credhub::CredHub::start(credhub::Options::bosh(uaa.verifier()))
                .await
                .unwrap(),
            uaa,
        }
    }

    /// A Director that takes the tokens of the UAA.
    pub(crate) async fn director_with_tokens(&self) -> BoshSimulator {
        let options = BoshOptions {
            uaa: Some(self.uaa.verifier()),
            ..BoshOptions::default()
        };
        BoshSimulator::start(options).await.unwrap()
    }

    pub(crate) fn config(&self) -> Config {
        parse(&self.text())
    }

    /// At a Director with tokens, as this client.
    pub(crate) fn config_with_tokens(&self, director: &BoshSimulator, client: &str) -> Config {
        let client = json!({"client_id": client, "client_secret": CLIENT_SECRET});
        let authentication = json!({"uaa": {"client_credentials": client}});
        let ca = format!("{}\n{}", director.ca_pem(), self.uaa.ca_pem());
        let bosh = json!({"url": director.url(), "root_ca_cert": ca, "authentication": authentication});
        let text = self.text();
        let lines = text.lines().map(|line| {
            if line.starts_with("bosh: ") {
                format!("bosh: {bosh}")
            } else {
                line.to_owned()
            }
        });
        parse(&lines.collect::<Vec<_>>().join("\n"))
    }

    /// A configuration of all of it, one section a line.
    pub(crate) fn text(&self) -> String {
        let client = |id: &str| json!({"client_id": id, "client_secret": CLIENT_SECRET});
        let basic = json!({"username": "admin", "password": DIRECTOR_SECRET});
        let bosh =
            json!({"url": self.bosh.url(), "root_ca_cert": self.bosh.ca_pem(), "authentication": {"basic": basic}});
        let credhub = json!({"api_url": self.runtime.url(), "ca_cert": self.runtime.ca_pem(), "internal_uaa_ca_cert": self.uaa.ca_pem(),
            "client_id": "runtime", "client_secret": CLIENT_SECRET});
        let cas = format!("{}\n{}", self.secrets.ca_pem(), self.uaa.ca_pem());
        let secrets = json!({"url": self.secrets.url(), "root_ca_cert": cas,
            "authentication": {"uaa": {"client_credentials": client("secrets")}}});
        let cf = json!({"url": "https://cf.invalid", "root_ca_cert": self.uaa.ca_pem(), "uaa": {"url": self.uaa.url(),
            "authentication": {"client_credentials": client("clients")}, "client_definition": {"scopes": "openid"}}});
        format!(
            "
broker: {{port: 8080, username: u, password: p, disable_cf_startup_checks: false, use_stdin: true, enable_secure_manifests: true}}
bosh: {bosh}
credhub: {credhub}
bosh_credhub: {secrets}
cf: {cf}
service_adapter: {{path: /bin/sh}}
service_deployment: {{releases: [{{name: r, version: 1.2, jobs: [j]}}], stemcells: [{{os: o, version: 1.5}}]}}
service_catalog:
  id: s
  service_name: kv
  service_description: A store
  bindable: true
  plan_updatable: true
  plans:
  - plan_id: p1
    name: small
    description: Small
    instance_groups: [{{name: g, vm_type: t, instances: 1, networks: [n], azs: [z]}}]
    lifecycle_errands: {{post_deploy: [{{name: smoke, instances: [g/0]}}]}}
    binding_with_dns: [{{name: leader, link_provider: kv, instance_group: g}}]
chandler:
  bus: {{urls: ['nats://127.0.0.1:1']}}
"
        )
    }
}

pub(crate) fn parse(text: &str) -> Config {
    config::parse(text).unwrap().config
}

/// All that the configuration names, as the provisioning worker takes it.
pub(crate) fn outside(config: &Config) -> Outside {
    let mut access = Access::new(config);
    let outside = Outside::new(config)
        .adapters(&config.catalog)
        .director(&access.director().unwrap())
        .credhub(access.credhub().unwrap().as_ref())
        .bosh_credhub(access.bosh_credhub().unwrap().as_ref())
        .uaa(access.uaa_clients().unwrap().as_ref());
    access.finish(Some(outside)).unwrap()
}

/// What came of this check.
pub(crate) fn verdict(lines: &[Line], check: Check) -> &Verdict {
    let line = lines.iter().find(|line| line.check == check);
    &line.unwrap_or_else(|| panic!("no {check:?}: {lines:?}")).verdict
}
