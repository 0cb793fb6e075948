//! The section `cf`: Cloud Controller and its UAA.
use super::broker::Credential;
use super::finding::{Collector, Findings};
use super::tree::Node;
use super::uaa::UaaClient;

/// The section `cf`. Who keeps UAA clients of instances asks for [`super::Config::require_uaa_clients`], who calls Cloud Controller for
/// [`super::Config::require_cloud_controller`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cf {
    /// Base URL of Cloud Controller.
    pub url: Option<String>,
    /// Added to the system's CAs, PEM.
    pub root_ca_cert: Option<String>,
    /// The certificates of Cloud Controller and of its UAA aren't looked at.
    pub disable_ssl_cert_verification: bool,
    /// Base URL of the UAA.
    pub uaa_url: Option<String>,
    /// How the UAA knows us.
    pub authentication: Option<CfAuthentication>,
    /// After which pattern each instance gets a UAA client of its own.
    pub client_definition: Option<ClientDefinition>,
}

/// How Cloud Foundry's UAA knows us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CfAuthentication {
    /// A client of the UAA.
    Client(UaaClient),
    /// A user.
    User(Credential),
}

/// `cf.uaa.client_definition`: the pattern for the UAA clients of instances. `ODB_SPACE_GUID` in it
/// stands for the space of the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientDefinition {
    /// Scopes.
    pub scopes: Vec<String>,
    /// Authorities.
    pub authorities: Vec<String>,
    /// Grant types.
    pub authorized_grant_types: Vec<String>,
    /// Resource ids.
    pub resource_ids: Vec<String>,
    /// The name that users see.
    pub name: Option<String>,
    /// A public client; its secret is `-`.
    pub allow_public: bool,
}

/// A UAA where clients of instances can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UaaAccess<'a> {
    /// Base URL of the UAA.
    pub url: &'a str,
    /// Added to the system's CAs, PEM.
    pub root_ca_cert: Option<&'a str>,
    /// Its certificate isn't looked at.
    pub disable_ssl_cert_verification: bool,
    /// Who we are there.
    pub client: &'a UaaClient,
}

/// Cloud Controller, and the UAA that gives the tokens for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CfAccess<'a> {
    /// Base URL of Cloud Controller.
    pub url: &'a str,
    /// Base URL of the UAA.
    pub uaa_url: &'a str,
    /// Added to the system's CAs, for both, PEM.
    pub root_ca_cert: Option<&'a str>,
    /// The certificates of both aren't looked at.
    pub disable_ssl_cert_verification: bool,
    /// Who we are there.
    pub authentication: &'a CfAuthentication,
}

impl ClientDefinition {
    /// Whether it defines anything: with none of the lists no instance gets a client, as in ODB.
    pub fn is_active(&self) -> bool {
        let lists = [
            &self.scopes,
            &self.authorities,
            &self.authorized_grant_types,
            &self.resource_ids,
        ];
        lists.into_iter().any(|list| !list.is_empty())
    }
}

/// What is needed to keep clients. `None`: there are no client credentials, and no instance gets a client.
pub(super) fn access(cf: Option<&Cf>, everywhere: bool) -> Result<Option<UaaAccess<'_>>, Findings> {
    let Some(cf) = cf else { return Ok(None) };
    let client = match &cf.authentication {
        Some(CfAuthentication::Client(client)) => Some(client),
        Some(CfAuthentication::User(_)) | None => None,
    };
    if let (Some(client), Some(url)) = (client, &cf.uaa_url) {
        return Ok(Some(UaaAccess {
            url,
            root_ca_cert: cf.root_ca_cert.as_deref(),
            disable_ssl_cert_verification: everywhere || cf.disable_ssl_cert_verification,
            client,
        }));
    }
    if !cf.client_definition.as_ref().is_some_and(ClientDefinition::is_active) {
        return Ok(None);
    }
    let mut collector = Collector::default();
    if client.is_none() {
        collector.error("cf.uaa.client_definition", NO_CLIENT);
    }
    if cf.uaa_url.is_none() {
        collector.error("cf.uaa.url", "can't be empty: clients of instances are kept there");
    }
    Err(Findings(collector.errors))
}

/// What is needed to call Cloud Controller. `None`: of the section there is at most the pattern for clients, which is enough for who calls
/// nobody.
pub(super) fn cloud_controller(cf: Option<&Cf>, everywhere: bool) -> Result<Option<CfAccess<'_>>, Findings> {
    let Some(cf) = cf else { return Ok(None) };
    match (&cf.url, &cf.uaa_url, &cf.authentication) {
        (None, None, None) => Ok(None),
        (Some(url), Some(uaa_url), Some(authentication)) => Ok(Some(CfAccess {
            url,
            uaa_url,
            root_ca_cert: cf.root_ca_cert.as_deref(),
            disable_ssl_cert_verification: everywhere || cf.disable_ssl_cert_verification,
            authentication,
        })),
        (url, uaa_url, authentication) => {
            let mut collector = Collector::default();
            for (path, there, text) in [
                ("cf.url", url.is_some(), NO_URL),
                ("cf.uaa.url", uaa_url.is_some(), NO_UAA_URL),
                ("cf.uaa.authentication", authentication.is_some(), NOBODY),
            ] {
                if !there {
                    collector.error(path, format!("{CF}{text}"));
                }
            }
            Err(Findings(collector.errors))
        }
    }
}

const NO_CLIENT: &str = "Invalid uaa config: client_definition is set, but uaa client_credentials is not";
const CF: &str = "CF configuration error: ";
const NO_URL: &str = "must specify CF url";
const NO_UAA_URL: &str = "uaa url can't be empty";
const NOBODY: &str = "authentication should contain either user_credentials or client_credentials";

/// Checked as ODB does, unless Cloud Foundry is switched off. Without the section nothing is said as
/// long as nothing calls Cloud Foundry.
pub(super) fn read(root: &Node, checked: bool, collector: &mut Collector) -> Option<Cf> {
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
        wants(node.text("url").is_none(), node.path_of("url"), NO_URL);
        if uaa.is_blank() {
            wants(true, uaa.path.clone(), "must specify UAA authentication");
        } else {
            wants(uaa.text("url").is_none(), uaa.path_of("url"), NO_UAA_URL);
            let path = authentication.path.clone();
            match (client.is_blank(), user.is_blank()) {
                (true, true) => wants(true, path, NOBODY),
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
    let definition = uaa.get("client_definition").filter(|node| node.says_something());
    // Without either the process may be one that doesn't call the UAA.
    if let Some(definition) = definition
        && client.is_blank()
        && !user.is_blank()
    {
        collector.error(&definition.path, NO_CLIENT);
    }
    let user = user.text("username").zip(user.secret("password"));
    Some(Cf {
        url: node.text("url"),
        root_ca_cert: node.text("root_ca_cert"),
        disable_ssl_cert_verification: node.flag("disable_ssl_cert_verification").unwrap_or_default(),
        uaa_url: uaa.text("url"),
        authentication: UaaClient::of(&client)
            .map(CfAuthentication::Client)
            .or_else(|| user.map(|(username, password)| CfAuthentication::User(Credential { username, password }))),
        client_definition: definition.map(client_definition),
    })
}

/// Lists are parted by commas and not trimmed, as in ODB; what goes to the UAA is.
fn client_definition(node: &Node) -> ClientDefinition {
    let list = |name| {
        let text = node.text(name).unwrap_or_default();
        let parts = text.split(',').filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    ClientDefinition {
        scopes: list("scopes"),
        authorities: list("authorities"),
        authorized_grant_types: list("authorized_grant_types"),
        resource_ids: list("resource_ids"),
        name: node.text("name"),
        allow_public: node.flag("allowpublic").unwrap_or_default(),
    }
}
