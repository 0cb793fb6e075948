//! What the local stack puts into a configuration, and what it takes out for a role.

use super::read::read;
use super::yaml::Yaml;
use anyhow::anyhow;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The adapter that the samples name: the built example is put in its place.
const SAMPLE_ADAPTER: &str = "/var/vcap/packages/example-kv-adapter/bin/service-adapter";

/// What this run has.
#[derive(Debug)]
pub(crate) struct Fill<'a> {
    /// Addresses of the nats-servers.
    pub(crate) bus_urls: Vec<String>,
    /// Copies of each stream.
    pub(crate) bus_replicas: u8,
    /// Where the simulated Director will be, if the configuration has none.
    pub(crate) director_url: String,
    /// The built example adapter.
    pub(crate) adapter: &'a str,
}

/// A configuration for this machine.
#[derive(Debug, Clone)]
pub(crate) struct Filled {
    tree: Yaml,
    is_file: bool,
    /// Whether the Director is to be simulated.
    pub(crate) simulated: bool,
    /// Whether this is the sample, with the built example adapter, which takes parameters of the tour.
    pub(crate) example: bool,
    /// The platform's user and password.
    pub(crate) credential: (String, String),
    /// The Director's user and password, for the simulator.
    pub(crate) director: (String, String),
    /// What was changed that the operator had given.
    pub(crate) remarks: Vec<String>,
}

/// Fills in what is missing. The bus is always ours.
pub(crate) fn fill(text: &str, with: &Fill<'_>) -> anyhow::Result<Filled> {
    let mut tree = read(text).map_err(|error| anyhow!("the configuration is not YAML: {error}"))?;
    let is_file = matches!(&tree, Yaml::Map(members) if members.iter().any(|(key, _)| key == "broker"));
    let mut remarks = Vec::new();
    let simulated = tree.at("bosh.url").is_none();
    let credential = pair(
        &mut tree,
        &broker(is_file, "username"),
        &broker(is_file, "password"),
        "broker",
    );
    let basic = "bosh.authentication.basic";
    let director = match simulated {
        true => pair(
            &mut tree,
            &format!("{basic}.username"),
            &format!("{basic}.password"),
            "director",
        ),
        false => (String::new(), String::new()),
    };
    if simulated {
        tree.put("bosh.url", Yaml::text(&with.director_url));
    }
    if tree.at(&broker(is_file, "tls")).is_some() {
        remarks.push("broker.tls is left out: on this machine the gateway speaks HTTP".to_owned());
        tree.remove(&broker(is_file, "tls"));
    }
    let example = tree.text_at("service_adapter.path") == Some(SAMPLE_ADAPTER);
    if example {
        tree.put("service_adapter.path", Yaml::text(with.adapter));
    }
    if tree.at("chandler.bus").is_some() {
        remarks.push("chandler.bus is left out: the bus is that of this run".to_owned());
    }
    tree.remove("chandler.bus");
    tree.put(
        "chandler.bus.urls",
        Yaml::List(with.bus_urls.iter().map(Yaml::text).collect()),
    );
    tree.put("chandler.bus.replicas", Yaml::Plain(with.bus_replicas.to_string()));
    if tree.at("chandler.seal").is_none() {
        tree.put("chandler.seal.fingerprint_key", Yaml::text(key()));
        let first = vec![
            ("id".to_owned(), Yaml::text("local")),
            ("key".to_owned(), Yaml::text(key())),
        ];
        tree.put("chandler.seal.keys", Yaml::List(vec![Yaml::Map(first)]));
    }
    // A person looks on: the Director is asked, and its event logs are read, every second.
    for name in ["poll_seconds", "note_seconds"] {
        let path = format!("chandler.workers.{name}");
        if tree.at(&path).is_none() {
            tree.put(&path, Yaml::Plain("1".to_owned()));
        }
    }
    Ok(Filled {
        tree,
        is_file,
        simulated,
        example,
        credential,
        director,
        remarks,
    })
}

impl Filled {
    /// The CA of the simulated Director.
    pub(crate) fn set_director_ca(&mut self, pem: &str) {
        self.tree.put("bosh.root_ca_cert", Yaml::text(pem));
    }

    /// The file of the gateway: it doesn't call the Director.
    pub(crate) fn for_gateway(&self, password: &str) -> String {
        let mut tree = self.with_user("gateway", password);
        tree.remove("bosh");
        format!("{tree}\n")
    }

    /// The file of a worker, or of the operator: the platform doesn't call them.
    pub(crate) fn for_caller(&self, user: &str, password: &str) -> String {
        let mut tree = self.with_user(user, password);
        tree.remove(&broker(self.is_file, "username"));
        tree.remove(&broker(self.is_file, "password"));
        tree.remove("chandler.credentials");
        format!("{tree}\n")
    }

    fn with_user(&self, user: &str, password: &str) -> Yaml {
        let mut tree = self.tree.clone();
        tree.put("chandler.bus.user", Yaml::text(user));
        tree.put("chandler.bus.password", Yaml::text(password));
        tree
    }
}

/// The path of a key of the section `broker`, which the properties have at the top.
fn broker(is_file: bool, name: &str) -> String {
    match is_file {
        true => format!("broker.{name}"),
        false => name.to_owned(),
    }
}

/// A user and a password that are given, or made and put in.
fn pair(tree: &mut Yaml, user: &str, password: &str, default: &str) -> (String, String) {
    let mut text = |path: &str, default: String| match tree.text_at(path) {
        Some(text) => text.to_owned(),
        None => {
            tree.put(path, Yaml::text(&default));
            default
        }
    };
    (
        text(user, default.to_owned()),
        text(password, crate::programs::password()),
    )
}

fn key() -> String {
    STANDARD.encode(rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chandler_proto::config::{Loaded, parse};

    fn with() -> Fill<'static> {
        Fill {
            bus_urls: vec!["nats://127.0.0.1:1".into(), "nats://127.0.0.1:2".into()],
            bus_replicas: 3,
            director_url: "https://127.0.0.1:3".into(),
            adapter: "/bin/true",
        }
    }

    #[test]
    fn both_samples_suffice_for_every_role_once_filled_in() {
        for sample in [
            include_str!("../../../config/sample.yml"),
            include_str!("../../../config/sample-properties.yml"),
        ] {
            let plain = parse(sample).unwrap().config;
            let mut filled = fill(sample, &with()).unwrap();
            filled.set_director_ca("-----BEGIN…");
            assert!(filled.simulated && filled.example);
            assert_eq!(filled.credential, ("broker".into(), "secret".into()));
            let Loaded { config: gateway, .. } = parse(&filled.for_gateway("pw")).unwrap();
            assert_eq!(gateway.catalog, plain.catalog);
            assert_eq!(
                gateway.service_deployment, plain.service_deployment,
                "versions stay as written"
            );
            assert_eq!(gateway.bosh, None);
            assert!(gateway.credentials().is_ok() && gateway.require_seal().is_ok());
            let Loaded { config: worker, .. } = parse(&filled.for_caller("provisioning", "pw")).unwrap();
            assert!(worker.credentials().is_err());
            assert_eq!(worker.require_bosh().unwrap().root_ca_cert, Some("-----BEGIN…"));
            assert_eq!(worker.require_seal().unwrap(), gateway.require_seal().unwrap());
            assert_eq!(worker.service_adapter.path, "/bin/true");
            assert_eq!(worker.chandler.bus.user.as_deref(), Some("provisioning"));
            assert_eq!((worker.chandler.bus.urls.len(), worker.chandler.bus.replicas), (2, 3));
            assert_eq!(worker.chandler.workers.poll_seconds, 1);
            assert_eq!(worker.chandler.bus.password.as_ref().map(|p| p.expose()), Some("pw"));
        }
    }

    #[test]
    fn what_the_operator_gave_is_kept_but_for_the_bus_and_tls() {
        let text = "broker: {username: u, password: p, tls: {cert_file: a, key_file: b}}\n\
                    bosh: {url: https://real, authentication: {basic: {username: a, password: b}}}\n\
                    service_adapter: {path: /my/adapter}\n\
                    chandler: {bus: {urls: ['nats://theirs']}, workers: {poll_seconds: 7}}\n";
        let filled = fill(text, &with()).unwrap();
        assert!(!filled.simulated && !filled.example);
        assert_eq!(filled.remarks.len(), 2);
        let file = filled.for_caller("operator", "pw");
        for kept in ["https://real", "/my/adapter", r#""poll_seconds": 7"#, "127.0.0.1:1"] {
            assert!(file.contains(kept), "{kept}: {file}");
        }
        for gone in ["theirs", "cert_file", r#""password": "p""#] {
            assert!(!file.contains(gone), "{gone}: {file}");
        }
    }
}
