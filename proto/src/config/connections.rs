//! The sections `bosh` and `cf`.
use super::finding::{Collector, Findings};
use super::tree::Node;
use crate::secret::Secret;

/// The section `bosh`. A process that calls the Director asks for [`super::Config::require_bosh`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bosh {
    /// The Director. Absent in a file for a process that doesn't call it, or when a simulator is
    /// to be put in.
    pub url: Option<String>,
    /// The CA of the Director, PEM; it replaces the system's.
    pub root_ca_cert: Option<String>,
    /// User name of the basic authentication.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
}

/// A Director that can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Director<'a> {
    /// As configured: the scheme is not looked at (always https), the default port is 25555.
    pub url: &'a str,
    /// PEM; it replaces the system's CAs.
    pub root_ca_cert: Option<&'a str>,
    /// User name of the basic authentication.
    pub username: &'a str,
    /// Its password.
    pub password: &'a Secret,
}

/// The section `cf`. Nothing uses it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cf {
    /// Base URL of Cloud Controller.
    pub url: Option<String>,
    /// Added to the system's CAs, PEM.
    pub root_ca_cert: Option<String>,
    /// Base URL of the UAA.
    pub uaa_url: Option<String>,
    /// How the UAA knows us.
    pub authentication: Option<CfAuthentication>,
}

/// How Cloud Foundry's UAA knows us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CfAuthentication {
    /// A client of the UAA.
    Client {
        /// Its id.
        id: String,
        /// Its secret.
        secret: Secret,
    },
    /// A user.
    User(super::Credential),
}

const BOSH: &str = "BOSH configuration error: ";
const CF: &str = "CF configuration error: ";

/// What is needed to call the Director, or all that is missing.
pub(super) fn director(bosh: Option<&Bosh>) -> Result<Director<'_>, Findings> {
    let url = bosh.and_then(|bosh| bosh.url.as_deref());
    let username = bosh.and_then(|bosh| bosh.username.as_deref());
    let password = bosh.and_then(|bosh| bosh.password.as_ref());
    if let (Some(url), Some(username), Some(password)) = (url, username, password) {
        let root_ca_cert = bosh.and_then(|bosh| bosh.root_ca_cert.as_deref());
        return Ok(Director {
            url,
            root_ca_cert,
            username,
            password,
        });
    }
    let mut collector = Collector::default();
    if url.is_none() {
        collector.error("bosh.url", format!("{BOSH}must specify bosh url"));
    }
    match (username, password) {
        (None, None) => collector.error(
            "bosh.authentication",
            format!("{BOSH}must specify an authentication type"),
        ),
        (None, Some(_)) => collector.error("bosh.authentication.basic.username", empty("username")),
        (Some(_), None) => collector.error("bosh.authentication.basic.password", empty("password")),
        (Some(_), Some(_)) => {}
    }
    Err(Findings(collector.errors))
}

fn empty(name: &str) -> String {
    format!("{BOSH}authentication.basic.{name} can't be empty")
}

pub(super) fn bosh(root: &Node, collector: &mut Collector) -> Option<Bosh> {
    let node = root.get("bosh")?;
    let authentication = node.section("authentication");
    let basic = authentication.section("basic");
    if !basic.is_blank() {
        if authentication.get("uaa").is_some_and(|uaa| !uaa.is_blank()) {
            collector.error(
                &authentication.path,
                format!("{BOSH}cannot specify both basic and UAA authentication"),
            );
        }
        for name in ["username", "password"] {
            if basic.text(name).is_none() {
                collector.error(basic.path_of(name), empty(name));
            }
        }
    }
    Some(Bosh {
        url: node.text("url"),
        root_ca_cert: node.text("root_ca_cert"),
        username: basic.text("username"),
        password: basic.secret("password"),
    })
}

/// Checked as ODB does, unless Cloud Foundry is switched off. Without the section nothing is said as
/// long as nothing calls Cloud Foundry.
pub(super) fn cf(root: &Node, checked: bool, collector: &mut Collector) -> Option<Cf> {
    let node = root.get("cf").filter(|node| !node.is_blank())?;
    let uaa = node.section("uaa");
    let authentication = uaa.section("authentication");
    let client = authentication.section("client_credentials");
    let user = authentication.section("user_credentials");
    if checked {
        let mut wants = |wrong: bool, path: String, text: &str| {
            if wrong {
                collector.error(path, format!("{CF}{text}"));
            }
        };
        wants(node.text("url").is_none(), node.path_of("url"), "must specify CF url");
        if uaa.is_blank() {
            wants(true, uaa.path.clone(), "must specify UAA authentication");
        } else {
            wants(uaa.text("url").is_none(), uaa.path_of("url"), "uaa url can't be empty");
            let path = authentication.path.clone();
            match (client.is_blank(), user.is_blank()) {
                (true, true) => wants(
                    true,
                    path,
                    "authentication should contain either user_credentials or client_credentials",
                ),
                (false, false) => wants(true, path, "contains both client and user credentials"),
                (false, true) => {
                    wants(
                        client.text("client_id").is_none(),
                        client.path_of("client_id"),
                        "client_credentials.client_id can't be empty",
                    );
                    wants(
                        client.text("client_secret").is_none(),
                        client.path_of("client_secret"),
                        "client_credentials.client_secret can't be empty",
                    );
                }
                (true, false) => {
                    wants(
                        user.text("username").is_none(),
                        user.path_of("username"),
                        "user_credentials.username can't be empty",
                    );
                    wants(
                        user.text("password").is_none(),
                        user.path_of("password"),
                        "user_credentials.password can't be empty",
                    );
                }
            }
        }
    }
    let client = client.text("client_id").zip(client.secret("client_secret"));
    let user = user.text("username").zip(user.secret("password"));
    Some(Cf {
        url: node.text("url"),
        root_ca_cert: node.text("root_ca_cert"),
        uaa_url: uaa.text("url"),
        authentication: client
            .map(|(id, secret)| CfAuthentication::Client { id, secret })
            .or_else(|| {
                user.map(|(username, password)| CfAuthentication::User(super::Credential { username, password }))
            }),
    })
}
