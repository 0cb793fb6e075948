//! What the local stack puts into a configuration.

use super::outside::{self, Simulated, Urls};
use super::read::read;
use super::yaml::Yaml;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chandler_proto::secret::Secret;
use std::fmt;

/// The adapters that the samples name: the built example is put in their places.
const SAMPLE_ADAPTERS: [&str; 3] = [
    "/var/vcap/packages/example-kv-adapter/bin/service-adapter",
    "/var/vcap/packages/example-redis-adapter/bin/service-adapter",
    "/var/vcap/packages/example-kafka-adapter/bin/service-adapter",
];
const ADAPTER: &str = "service_adapter.path";

/// What this run has.
#[derive(Debug)]
pub(crate) struct Fill<'a> {
    /// Addresses of the nats-servers.
    pub(crate) bus_urls: Vec<String>,
    /// Where each nats-server is monitored.
    pub(crate) bus_monitors: Vec<String>,
    /// Copies of each stream.
    pub(crate) bus_replicas: u8,
    /// Where the simulators will be, if the configuration wants them.
    pub(crate) outside: Urls,
    /// The built example adapter.
    pub(crate) adapter: &'a str,
}

/// A configuration for this machine.
#[derive(Clone)]
pub(crate) struct Filled {
    pub(super) tree: Yaml,
    /// Whether it is in the form of the rendered file; else it is the job's properties.
    pub(super) is_file: bool,
    /// Which servers are to be simulated, and who may call them.
    pub(crate) simulated: Simulated,
    /// Whether this is a sample: the first offering has the built example adapter, which takes parameters of the tour.
    pub(crate) example: bool,
    /// The platform's user and password.
    pub(crate) credential: (String, Secret),
    /// What the gateway shows of itself, PEM, when it speaks HTTPS.
    pub(crate) certificate: Option<String>,
    /// What was changed that the operator had given.
    pub(crate) remarks: Vec<String>,
}

/// It holds secrets.
impl fmt::Debug for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filled")
            .field("simulated", &self.simulated)
            .finish_non_exhaustive()
    }
}

/// Fills in what is missing. The bus is always ours.
///
/// # Errors
/// Why it is no YAML, with line and column.
pub(crate) fn fill(text: &str, with: &Fill<'_>) -> Result<Filled, String> {
    let mut tree = read(text)?;
    let is_file = matches!(&tree, Yaml::Map(members) if members.iter().any(|(key, _)| key == "broker"));
    let mut remarks = Vec::new();
    let (user, password) = (broker(is_file, "username"), broker(is_file, "password"));
    let credential = pair(&mut tree, &user, &password, "broker");
    let example = adapters(&mut tree, with.adapter);
    let simulated = outside::fill(&mut tree, is_file, example, &with.outside, &mut remarks);
    let certificate = certificate(&tree, is_file);
    if certificate.is_none() && tree.at("broker.tls").is_some() {
        remarks
            .push("broker.tls is left out, and the gateway speaks HTTP: its files are not on this machine".to_owned());
        tree.remove("broker.tls");
        // Without HTTPS nobody can show a certificate, and the gateway refuses to ask for one.
        for name in ["client_ca_cert", "client_cert_names"] {
            tree.remove(&format!("chandler.gateway.{name}"));
        }
    }
    if tree.at("chandler.bus").is_some() {
        remarks.push("chandler.bus is left out: the bus is that of this run".to_owned());
    }
    tree.remove("chandler.bus");
    for (path, urls) in [
        ("chandler.bus.urls", &with.bus_urls),
        ("chandler.bus.monitor_urls", &with.bus_monitors),
    ] {
        tree.put(path, Yaml::List(urls.iter().map(Yaml::text).collect()));
    }
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
        certificate,
        remarks,
    })
}

/// Puts the built example in the place of each adapter that a sample names: whether the first offering's was one.
fn adapters(tree: &mut Yaml, example: &str) -> bool {
    let put = |around: &mut Yaml| {
        let is_samples = around.text_at(ADAPTER).is_some_and(|it| SAMPLE_ADAPTERS.contains(&it));
        if is_samples {
            around.put(ADAPTER, Yaml::text(example));
        }
        is_samples
    };
    let at_top = tree.at(ADAPTER).is_some().then(|| put(tree));
    let further: Vec<bool> = match tree.at_mut("chandler.offerings") {
        Some(Yaml::List(offerings)) => offerings.iter_mut().map(put).collect(),
        Some(_) | None => Vec::new(),
    };
    at_top.or(further.first().copied()).unwrap_or_default()
}

/// The certificate of `broker.tls`, if it can be read, and the key, too.
fn certificate(tree: &Yaml, is_file: bool) -> Option<String> {
    if !is_file {
        return tree.text_at("tls.certificate").map(str::to_owned);
    }
    let read = |path| std::fs::read_to_string(tree.text_at(path)?).ok();
    let (certificate, _key) = read("broker.tls.cert_file").zip(read("broker.tls.key_file"))?;
    Some(certificate)
}

/// The path of a key of the section `broker`, which the properties have at the top.
pub(super) fn broker(is_file: bool, name: &str) -> String {
    match is_file {
        true => format!("broker.{name}"),
        false => name.to_owned(),
    }
}

/// A name and a secret that are given, or made and put in.
pub(super) fn pair(tree: &mut Yaml, name: &str, secret: &str, default: &str) -> (String, Secret) {
    let mut text = |path: &str, default: String| match tree.text_at(path) {
        Some(text) => text.to_owned(),
        None => {
            tree.put(path, Yaml::text(&default));
            default
        }
    };
    let name = text(name, default.to_owned());
    (name, Secret::new(text(secret, crate::programs::password())))
}

fn key() -> String {
    STANDARD.encode(rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::cf::Registrar;
    use chandler_proto::config::{CfAuthentication, Config, UaaClient, parse};

    const KAFKA: &str = include_str!("../../../config/kafka-properties.yml");
    const EVERY: &str = include_str!("../../../config/every-key.yml");

    fn filled(text: &str) -> Filled {
        let url = "https://127.0.0.1:9".to_owned();
        let outside = Urls {
            director: url.clone(),
            credhub: url.clone(),
            bosh_credhub: url.clone(),
            cloud_controller: url.clone(),
            uaa: url,
        };
        let with = Fill {
            bus_urls: vec!["nats://127.0.0.1:1".into()],
            bus_monitors: vec!["http://127.0.0.1:2".into()],
            bus_replicas: 1,
            outside,
            adapter: "/bin/true",
        };
        fill(text, &with).unwrap()
    }

    fn config(filled: &Filled) -> Config {
        parse(&filled.whole())
            .unwrap_or_else(|findings| panic!("{findings}"))
            .config
    }

    #[test]
    fn of_the_sample_of_every_key_nothing_is_simulated_and_what_needs_https_goes_with_it() {
        let filled = filled(EVERY);
        let simulated = &filled.simulated;
        assert_eq!(simulated.real, Some("a real Director"));
        let clients = [&simulated.credhub, &simulated.bosh_credhub, &simulated.clients];
        assert!(simulated.director.is_none() && clients.iter().all(|it| it.is_none()));
        assert_eq!(simulated.cloud_controller, None);
        assert_eq!(filled.remarks.len(), 2, "{:?}", filled.remarks);
        let config = config(&filled);
        assert!(config.broker.tls.is_none() && config.chandler.gateway.clients.is_none());
        assert!(!filled.whole().contains("127.0.0.1:9"));
        let adapters = config.catalog.offerings.iter().map(|it| it.adapter.path.as_str());
        assert_eq!(adapters.collect::<Vec<_>>(), ["/bin/true"; 2]);
    }

    #[test]
    fn the_example_takes_the_place_of_the_samples_adapters_and_of_no_other() {
        let mine = EVERY.replace("example-redis-adapter", "my-adapter");
        let mine = filled(&mine);
        assert!(mine.example);
        let config = config(&mine);
        let adapters = config.catalog.offerings.iter().map(|it| it.adapter.path.as_str());
        let kept = "/var/vcap/packages/my-adapter/bin/service-adapter";
        assert_eq!(adapters.collect::<Vec<_>>(), ["/bin/true", kept]);
        assert!(!filled(&EVERY.replace("example-kv-adapter", "my-adapter")).example);
        let alone = "broker: {}\nchandler: {offerings: [{service_adapter: {path: PATH}}]}\n";
        assert!(filled(&alone.replace("PATH", SAMPLE_ADAPTERS[1])).example);
        assert!(!filled(&alone.replace("PATH", "/bin/false")).example);
        assert!(!filled("broker: {}\n").example);
    }

    #[test]
    fn the_sample_of_kafka_has_a_director_with_tokens_boshs_credhub_and_old_names_for_its_client() {
        let filled = filled(KAFKA);
        let simulated = &filled.simulated;
        assert!(filled.example && simulated.real.is_none());
        assert_eq!(simulated.credhub, None);
        let ours = simulated.clients.clone().unwrap();
        assert_eq!((ours.id.as_str(), ours.secret.expose()), ("kafka-broker", "uaa-secret"));
        let registrar = simulated.cloud_controller.clone().unwrap().registrar;
        assert_eq!(registrar, Registrar::Client(ours.clone()));
        let config = config(&filled);
        let access = config.require_cloud_controller().unwrap().unwrap();
        assert_eq!(
            access.authentication,
            &CfAuthentication::Client(UaaClient {
                client_id: ours.id,
                client_secret: ours.secret
            })
        );
        let bosh: Vec<_> = simulated.bosh_clients().iter().map(|(it, _)| it.id.clone()).collect();
        assert_eq!(bosh, ["kafka-broker", "kafka-secrets"]);
        assert!(config.require_bosh_credhub().unwrap().is_some());
    }
}
