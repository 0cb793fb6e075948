//! The section `service_instances_api`: who else than Cloud Controller can list the platform's instances. The broker lists
//! from its own records; whoever compares these with the platform's asks for [`super::Config::require_instances_api`].
use super::broker::{COLON, Credential};
use super::finding::{Collector, Findings};
use super::tree::Node;

/// The section `service_instances_api`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceInstancesApi {
    /// The address of the list itself, with the filters that it is to be asked with.
    pub url: Option<String>,
    /// Added to the system's CAs, PEM.
    pub root_ca_cert: Option<String>,
    /// Its certificate isn't looked at.
    pub disable_ssl_cert_verification: bool,
    /// Who we are there.
    pub authentication: Option<Credential>,
}

/// A list of instances that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstancesApiAccess<'a> {
    /// The address of the list itself, `http://` or `https://`, with its filters.
    pub url: &'a str,
    /// Added to the system's CAs, PEM.
    pub root_ca_cert: Option<&'a str>,
    /// Its certificate isn't looked at.
    pub disable_ssl_cert_verification: bool,
    /// Who we are there.
    pub credential: &'a Credential,
}

const URL: &str = "service_instances_api.url";
const BASIC: &str = "service_instances_api.authentication.basic";
const NO_URL: &str = "can't be empty: the rest of the section says how it is called";
const NO_USER: &str = "can't be empty: the list is asked for with basic authentication";
const NO_SCHEME: &str = "must begin with https:// or http://";
const USER_IN_URL: &str = "must not hold a user: that stands under authentication.basic";
const IN_CLEAR: &str =
    "begins with http://: whoever is on the way there can read the password, and change what is listed";

/// What is half there is wrong in every process: nobody would notice it before the list is needed.
pub(super) fn read(root: &Node, collector: &mut Collector) -> Option<ServiceInstancesApi> {
    let node = root.get("service_instances_api").filter(|node| node.says_something())?;
    let basic = node.section("authentication").section("basic");
    let (username, password) = (basic.text("username"), basic.secret("password"));
    if username.as_ref().is_some_and(|username| username.contains(':')) {
        collector.error(basic.path_of("username"), COLON);
    }
    let api = ServiceInstancesApi {
        url: node.text("url"),
        root_ca_cert: node.text("root_ca_cert"),
        disable_ssl_cert_verification: node.flag("disable_ssl_cert_verification").unwrap_or_default(),
        authentication: username
            .clone()
            .zip(password.clone())
            .map(|(username, password)| Credential { username, password }),
    };
    match &api.url {
        None => collector.error(URL, NO_URL),
        Some(url) if names_user(url) => collector.error(URL, USER_IN_URL),
        Some(url) if begins(url, "https://") => {}
        Some(url) if begins(url, "http://") => collector.warning(URL, IN_CLEAR),
        Some(_) => collector.error(URL, NO_SCHEME),
    }
    for (name, missing) in [("username", username.is_none()), ("password", password.is_none())] {
        if missing {
            collector.error(format!("{BASIC}.{name}"), NO_USER);
        }
    }
    Some(api)
}

/// What is needed to ask for the list. `None`: nobody but Cloud Controller has one.
pub(super) fn access(api: Option<&ServiceInstancesApi>) -> Result<Option<InstancesApiAccess<'_>>, Findings> {
    let Some(api) = api else { return Ok(None) };
    if let (Some(url), Some(credential)) = (&api.url, &api.authentication) {
        return Ok(Some(InstancesApiAccess {
            url,
            root_ca_cert: api.root_ca_cert.as_deref(),
            disable_ssl_cert_verification: api.disable_ssl_cert_verification,
            credential,
        }));
    }
    let mut collector = Collector::default();
    if api.url.is_none() {
        collector.error(URL, NO_URL);
    }
    if api.authentication.is_none() {
        collector.error(BASIC, NO_USER);
    }
    Err(Findings(collector.errors))
}

/// Whether something stands before the host.
fn names_user(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#'])
        .next()
        .is_some_and(|host| host.contains('@'))
}

/// Names of schemes are as good in capitals.
fn begins(url: &str, scheme: &str) -> bool {
    url.get(..scheme.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}
