//! The CredHubs: that of the platform, where credentials of bindings are kept, and BOSH's, where
//! secrets of manifests are.
use super::bosh::Bosh;
use super::finding::{Collector, Findings};
use super::tree::Node;
use super::uaa::UaaClient;

/// The section `credhub`: the platform's CredHub. That it is there switches secure bindings on. A process that calls it asks for
/// [`super::Config::require_credhub`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredHub {
    /// Its address. Absent in a file for a process that doesn't call it, or when a simulator is to
    /// be put in.
    pub api_url: Option<String>,
    /// The CA of its certificate, PEM.
    pub ca_cert: Option<String>,
    /// Who we are at the UAA that it names.
    pub client: Option<UaaClient>,
    /// The CA of that UAA, PEM.
    pub internal_uaa_ca_cert: Option<String>,
}

/// A CredHub of the platform that can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredHubAccess<'a> {
    /// Its address.
    pub api_url: &'a str,
    /// The CA of its certificate, PEM.
    pub ca_cert: Option<&'a str>,
    /// Who we are at the UAA that it names.
    pub client: &'a UaaClient,
    /// The CA of that UAA, PEM.
    pub internal_uaa_ca_cert: Option<&'a str>,
}

/// The section `bosh_credhub`, for secure manifests. A process that calls it asks for
/// [`super::Config::require_bosh_credhub`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoshCredHub {
    /// Its address.
    pub url: Option<String>,
    /// A CA of its certificate, PEM; that of the Director is trusted as well.
    pub root_ca_cert: Option<String>,
    /// Who we are at the UAA that it names.
    pub client: Option<UaaClient>,
}

/// A BOSH CredHub that can be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoshCredHubAccess<'a> {
    /// Its address.
    pub url: &'a str,
    /// Its CA and that of the Director, PEM, as far as they are given.
    pub ca_certs: Vec<&'a str>,
    /// Who we are at the UAA that it names.
    pub client: &'a UaaClient,
}

const SECURE_MANIFESTS: &str =
    "enable_secure_manifests requires bosh_credhub_api to be configured, but bosh_credhub_api error: ";

pub(super) fn read(root: &Node, collector: &mut Collector) -> Option<CredHub> {
    let node = root.get("credhub").filter(|node| node.says_something())?;
    whole(node, "credhub", collector);
    Some(CredHub {
        api_url: node.text("api_url"),
        ca_cert: node.text("ca_cert"),
        client: UaaClient::of(node),
        internal_uaa_ca_cert: node.text("internal_uaa_ca_cert"),
    })
}

pub(super) fn read_bosh(root: &Node, collector: &mut Collector) -> Option<BoshCredHub> {
    let node = root.get("bosh_credhub").filter(|node| node.says_something())?;
    let client = node
        .section("authentication")
        .section("uaa")
        .section("client_credentials");
    whole(&client, "bosh_credhub", collector);
    Some(BoshCredHub {
        url: node.text("url"),
        root_ca_cert: node.text("root_ca_cert"),
        client: UaaClient::of(&client),
    })
}

/// Half a client is a mistake in every process.
fn whole(client: &Node, section: &str, collector: &mut Collector) {
    let lacking: Vec<_> = UaaClient::lacks(client).collect();
    if let [name] = lacking.as_slice() {
        let text = format!("Invalid {section} config - must specify {name}");
        collector.error(client.path_of(name), text);
        collector.settle(client.path_of("client_id"));
        collector.settle(client.path_of("client_secret"));
    }
}

/// What is needed to call the platform's CredHub. `None`: secure bindings are off.
pub(super) fn access(credhub: Option<&CredHub>) -> Result<Option<CredHubAccess<'_>>, Findings> {
    let Some(credhub) = credhub else { return Ok(None) };
    if let (Some(api_url), Some(client)) = (&credhub.api_url, &credhub.client) {
        return Ok(Some(CredHubAccess {
            api_url,
            ca_cert: credhub.ca_cert.as_deref(),
            client,
            internal_uaa_ca_cert: credhub.internal_uaa_ca_cert.as_deref(),
        }));
    }
    let mut collector = Collector::default();
    let mut wants = |missing: bool, name: &str| {
        if missing {
            let text = "can't be empty: the section switches secure bindings on";
            collector.error(format!("credhub.{name}"), text);
        }
    };
    wants(credhub.api_url.is_none(), "api_url");
    wants(credhub.client.is_none(), "client_id");
    wants(credhub.client.is_none(), "client_secret");
    Err(Findings(collector.errors))
}

/// What is needed to call BOSH's CredHub, with the texts of ODB's template.
pub(super) fn bosh_access<'a>(
    credhub: Option<&'a BoshCredHub>,
    bosh: Option<&'a Bosh>,
) -> Result<BoshCredHubAccess<'a>, Findings> {
    let mut collector = Collector::default();
    let mut wrong = |path: &str, text: &str| collector.error(path, format!("{SECURE_MANIFESTS}{text}"));
    let Some(credhub) = credhub else {
        wrong("bosh_credhub", "not configured");
        return Err(Findings(collector.errors));
    };
    if let (Some(url), Some(client)) = (&credhub.url, &credhub.client) {
        let ours = credhub.root_ca_cert.as_deref();
        let directors = bosh.and_then(|bosh| bosh.root_ca_cert.as_deref());
        return Ok(BoshCredHubAccess {
            url,
            ca_certs: ours.into_iter().chain(directors).collect(),
            client,
        });
    }
    if credhub.url.is_none() {
        wrong("bosh_credhub.url", "missing url");
    }
    if credhub.client.is_none() {
        wrong("bosh_credhub.authentication", "missing authentication configuration");
    }
    Err(Findings(collector.errors))
}
