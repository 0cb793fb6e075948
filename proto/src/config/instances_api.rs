//! The section `service_instances_api`: who else than Cloud Controller can list instances. Nothing
//! uses it yet.
use super::broker::Credential;
use super::tree::Node;

/// The section `service_instances_api`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceInstancesApi {
    /// The address of the list itself.
    pub url: Option<String>,
    /// Added to the system's CAs, PEM.
    pub root_ca_cert: Option<String>,
    /// Its certificate isn't looked at.
    pub disable_ssl_cert_verification: bool,
    /// Who we are there.
    pub authentication: Option<Credential>,
}

pub(super) fn read(root: &Node) -> Option<ServiceInstancesApi> {
    let node = root.get("service_instances_api").filter(|node| node.says_something())?;
    let basic = node.section("authentication").section("basic");
    let pair = basic.text("username").zip(basic.secret("password"));
    Some(ServiceInstancesApi {
        url: node.text("url"),
        root_ca_cert: node.text("root_ca_cert"),
        disable_ssl_cert_verification: node.flag("disable_ssl_cert_verification").unwrap_or_default(),
        authentication: pair.map(|(username, password)| Credential { username, password }),
    })
}
