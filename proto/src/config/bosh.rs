//! The section `bosh`: the Director.
use super::broker::Credential;
use super::finding::{Collector, Findings};
use super::tree::Node;
use super::uaa::UaaClient;

/// The section `bosh`. A process that calls the Director asks for [`super::Config::require_bosh`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bosh {
    /// The Director. Absent in a file for a process that doesn't call it, or when a simulator is
    /// to be put in.
    pub url: Option<String>,
    /// The CA of the Director and of its UAA, PEM; it replaces the system's.
    pub root_ca_cert: Option<String>,
    /// Who we are there.
    pub authentication: Option<BoshAuthentication>,
}

/// Who we are at the Director.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoshAuthentication {
    /// A user that the Director knows itself.
    Basic(Credential),
    /// A client of the UAA that the Director names in `/info`.
    Uaa(UaaClient),
}

/// A Director that can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Director<'a> {
    /// As configured: the scheme is not looked at (always https), the default port is 25555.
    pub url: &'a str,
    /// PEM; it replaces the system's CAs, for the Director and its UAA.
    pub root_ca_cert: Option<&'a str>,
    /// Who we are there.
    pub authentication: &'a BoshAuthentication,
}

const BOSH: &str = "BOSH configuration error: ";

/// What is needed to call the Director, or all that is missing.
pub(super) fn director(bosh: Option<&Bosh>) -> Result<Director<'_>, Findings> {
    let url = bosh.and_then(|bosh| bosh.url.as_deref());
    let authentication = bosh.and_then(|bosh| bosh.authentication.as_ref());
    if let (Some(url), Some(authentication)) = (url, authentication) {
        let root_ca_cert = bosh.and_then(|bosh| bosh.root_ca_cert.as_deref());
        return Ok(Director {
            url,
            root_ca_cert,
            authentication,
        });
    }
    let mut collector = Collector::default();
    if url.is_none() {
        collector.error("bosh.url", format!("{BOSH}must specify bosh url"));
    }
    if authentication.is_none() {
        let text = format!("{BOSH}must specify an authentication type");
        collector.error("bosh.authentication", text);
    }
    Err(Findings(collector.errors))
}

pub(super) fn read(root: &Node, collector: &mut Collector) -> Option<Bosh> {
    let node = root.get("bosh")?;
    Some(Bosh {
        url: node.text("url"),
        root_ca_cert: node.text("root_ca_cert"),
        authentication: authentication(&node.section("authentication"), collector),
    })
}

/// In ODB's order; what is half there is wrong in every process.
fn authentication(node: &Node, collector: &mut Collector) -> Option<BoshAuthentication> {
    let (basic, uaa) = (node.section("basic"), node.section("uaa"));
    let mut wrong = |path: String, text: &str| collector.error(path, format!("{BOSH}{text}"));
    if !basic.is_blank() && !uaa.is_blank() {
        wrong(node.path.clone(), "cannot specify both basic and UAA authentication");
    }
    if !basic.is_blank() {
        for name in ["username", "password"]
            .into_iter()
            .filter(|name| basic.text(name).is_none())
        {
            wrong(
                basic.path_of(name),
                &format!("authentication.basic.{name} can't be empty"),
            );
        }
        let (username, password) = basic.text("username").zip(basic.secret("password"))?;
        return Some(BoshAuthentication::Basic(Credential { username, password }));
    }
    if uaa.is_blank() {
        return None;
    }
    let (client, user) = (uaa.section("client_credentials"), uaa.section("user_credentials"));
    match (client.is_blank(), user.is_blank()) {
        (true, true) => wrong(
            uaa.path.clone(),
            "authentication.uaa authentication should contain either user_credentials or client_credentials",
        ),
        (false, false) => wrong(
            uaa.path.clone(),
            "authentication.uaa contains both client and user credentials",
        ),
        (false, true) => {
            for name in UaaClient::lacks(&client) {
                let text = format!("authentication.uaa.client_credentials.{name} can't be empty");
                wrong(client.path_of(name), &text);
            }
        }
        // The table of keys refuses it.
        (true, false) => {}
    }
    UaaClient::of(&client).map(BoshAuthentication::Uaa)
}
