//! The section `broker`: the gateway as the platform sees it.
use super::finding::{Collector, Findings};
use super::tree::Node;
use crate::secret::Secret;

/// Who may call the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// User name of the basic authentication.
    pub username: String,
    /// Its password.
    pub password: Secret,
}

/// A PEM text, or the path of a file that holds one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pem {
    /// A path; the caller reads the file.
    File(String),
    /// The text itself.
    Text(Secret),
}

/// How the gateway serves HTTPS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The certificate and what it needs above it.
    pub certificate: Pem,
    /// Its key.
    pub private_key: Pem,
}

/// The section `broker`, with the defaults of ODB's release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Where the gateway listens, on all interfaces. Default 8080.
    pub port: u16,
    /// The first credential; [`super::Config::credentials`] gives all. Absent in a file for processes
    /// that the platform doesn't call.
    pub credential: Option<Credential>,
    /// The adapter's BOSH configs are not wanted.
    pub disable_bosh_configs: bool,
    /// Print a banner, a line on stdout, when everything is checked.
    pub startup_banner: bool,
    /// How long open requests may take after a signal, seconds. Default 60.
    pub shutdown_timeout_in_seconds: u64,
    /// Cloud Foundry is not there, or not to be asked.
    pub disable_cf_startup_checks: bool,
    /// Users see the operator's error texts.
    pub expose_operational_errors: bool,
    /// Certificates of Cloud Foundry aren't looked at. Nothing calls it yet.
    pub disable_ssl_cert_verification: bool,
    /// The catalog shows schemas of the adapter, and parameters have to fit them.
    pub enable_plan_schemas: bool,
    /// Adapters get their input as JSON on stdin (default), else as arguments.
    pub use_stdin: bool,
    /// Secrets of manifests are kept in BOSH's CredHub.
    pub enable_secure_manifests: bool,
    /// Lines on stdout count instances.
    pub enable_telemetry: bool,
    /// A binding may ask for a backup agent.
    pub support_backup_agent_binding: bool,
    /// An update doesn't look for pending changes first.
    pub skip_check_for_pending_changes: bool,
    /// HTTPS; plain HTTP without.
    pub tls: Option<Tls>,
}

pub(super) fn read(root: &Node, collector: &mut Collector) -> Broker {
    let node = root.section("broker");
    let flag = |name| node.flag(name).unwrap_or(false);
    if node.int("port") == Some(0) {
        collector.error(node.path_of("port"), "broker.port can't be empty");
    }
    let (use_stdin, enable_secure_manifests) =
        (node.flag("use_stdin").unwrap_or(true), flag("enable_secure_manifests"));
    if enable_secure_manifests && !use_stdin {
        let text = "enable_secure_manifests requires use_stdin to be enabled";
        collector.error(node.path_of("enable_secure_manifests"), text);
    }
    Broker {
        port: node
            .int("port")
            .and_then(|port| u16::try_from(port).ok())
            .unwrap_or(8080),
        credential: credential(&node, collector),
        disable_bosh_configs: flag("disable_bosh_configs"),
        startup_banner: flag("startup_banner"),
        shutdown_timeout_in_seconds: node.int("shutdown_timeout_in_seconds").unwrap_or(60),
        disable_cf_startup_checks: flag("disable_cf_startup_checks"),
        expose_operational_errors: flag("expose_operational_errors"),
        disable_ssl_cert_verification: flag("disable_ssl_cert_verification"),
        enable_plan_schemas: flag("enable_plan_schemas"),
        use_stdin,
        enable_secure_manifests,
        enable_telemetry: flag("enable_telemetry"),
        support_backup_agent_binding: flag("support_backup_agent_binding"),
        skip_check_for_pending_changes: flag("skip_check_for_pending_changes"),
        tls: tls(&node, collector),
    }
}

/// Both or none: half a credential is a mistake in every process.
fn credential(node: &Node, collector: &mut Collector) -> Option<Credential> {
    let (username, password) = (node.text("username"), node.secret("password"));
    let half = match (&username, &password) {
        (Some(_), None) => Some(("password", PASSWORD_EMPTY)),
        (None, Some(_)) => Some(("username", USERNAME_EMPTY)),
        (Some(_), Some(_)) | (None, None) => None,
    };
    if let Some((name, text)) = half {
        collector.error(node.path_of(name), text);
        collector.settle(node.path_of("username"));
        collector.settle(node.path_of("password"));
    }
    if username.as_ref().is_some_and(|username| username.contains(':')) {
        collector.error(node.path_of("username"), COLON);
    }
    let (username, password) = username.zip(password)?;
    Some(Credential { username, password })
}

/// Why a user name is no good.
pub(super) const COLON: &str = "must not contain a colon: basic authentication has no place for it";
const USERNAME_EMPTY: &str = "broker.username can't be empty";
const PASSWORD_EMPTY: &str = "broker.password can't be empty";

/// What a gateway is told when nobody could call it.
pub(super) fn no_credentials() -> Findings {
    let mut collector = Collector::default();
    collector.error("broker.username", USERNAME_EMPTY);
    collector.error("broker.password", PASSWORD_EMPTY);
    Findings(collector.errors)
}

/// ODB serves plain HTTP when only one half is there; we refuse, in both forms, as its template does.
/// The file has the two as paths, the properties have them as texts.
fn tls(node: &Node, collector: &mut Collector) -> Option<Tls> {
    let tls = node.section("tls");
    let half = |file: &str, text: &str| {
        tls.text(file)
            .map(Pem::File)
            .or_else(|| tls.secret(text).map(Pem::Text))
    };
    let halves = (half("cert_file", "certificate"), half("key_file", "private_key"));
    let missing = match &halves {
        (Some(_), Some(_)) | (None, None) => None,
        (Some(Pem::File(_)), None) => Some("key_file"),
        (Some(Pem::Text(_)), None) => Some("private_key"),
        (None, Some(Pem::File(_))) => Some("cert_file"),
        (None, Some(Pem::Text(_))) => Some("certificate"),
    };
    if let Some(name) = missing {
        let path = tls.path_of(name);
        collector.error(&path, format!("Invalid TLS config - missing {path}"));
    }
    let (certificate, private_key) = halves.0.zip(halves.1)?;
    Some(Tls {
        certificate,
        private_key,
    })
}
