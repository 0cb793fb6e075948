//! What the local stack puts into a configuration.

use super::outside::{self, Simulated, Urls};
use super::read::read;
use super::yaml::Yaml;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chandler_proto::secret::Secret;
use std::fmt;

/// The adapter that the samples name: the built example is put in its place.
const SAMPLE_ADAPTER: &str = "/var/vcap/packages/example-kv-adapter/bin/service-adapter";

/// What this run has.
#[derive(Debug)]
pub(crate) struct Fill<'a> {
    /// Addresses of the nats-servers.
    pub(crate) bus_urls: Vec<String>,
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
    /// Whether this is the sample, with the built example adapter, which takes parameters of the tour.
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
    let example = tree.text_at("service_adapter.path") == Some(SAMPLE_ADAPTER);
    let simulated = outside::fill(&mut tree, is_file, example, &with.outside, &mut remarks);
    let certificate = certificate(&tree, is_file);
    if certificate.is_none() && tree.at("broker.tls").is_some() {
        remarks
            .push("broker.tls is left out, and the gateway speaks HTTP: its files are not on this machine".to_owned());
        tree.remove("broker.tls");
    }
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
        certificate,
        remarks,
    })
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
