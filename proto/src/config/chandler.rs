//! The section `chandler`: everything that ODB doesn't have. All of it may be left out.
use super::broker::{COLON, Credential};
use super::bus::{self, Bus};
use super::finding::Collector;
use super::tree::Node;
use crate::catalog::MaintenanceShown;
use crate::secret::Secret;
use base64::Engine as _;

/// The section `chandler`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChandlerSection {
    /// The bus.
    pub bus: Bus,
    /// The keys for what may be secret; [`super::Config::require_seal`] is for those who can't do without.
    pub seal: Option<Seal>,
    /// Further credentials that the gateway takes.
    pub credentials: Vec<Credential>,
    /// How long operations may take, unless the plan says otherwise (see [`crate::catalog::Plan`]).
    pub deadlines: Deadlines,
    /// How much is in flight.
    pub lanes: Lanes,
    /// How workers work.
    pub workers: Workers,
    /// How long after a deletion the last look is taken, seconds. Default 600.
    pub last_look_seconds: u64,
    /// What the catalog shows of `maintenance_info`.
    pub maintenance_info: MaintenanceShown,
    /// The broker starts although instances have plans that the configuration hasn't.
    pub allow_missing_plans: bool,
    /// The catalog says that the platform may tell of a changed context (a renamed organization, say) by an update of its own.
    pub allow_context_updates: bool,
    /// Limits of the gateway.
    pub gateway: Gateway,
}

/// `chandler.seal`: the keys for what may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The first seals, all open. At least one.
    pub keys: Vec<SealKey>,
    /// Base64 of 32 bytes; the key of the fingerprints, which doesn't rotate.
    pub fingerprint_key: Secret,
}

/// One key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealKey {
    /// Its id, written next to what it sealed.
    pub id: String,
    /// Base64 of 32 bytes.
    pub key: Secret,
}

/// How long operations may take, seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// An operation on an instance. Default 43200 (12 h).
    pub instance_seconds: u64,
    /// Each errand in it. Default 3600.
    pub errand_seconds: u64,
    /// An operation on a binding. Default 600.
    pub binding_seconds: u64,
}

/// `chandler.lanes`: jobs in flight per worker kind, in the whole cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lanes {
    /// What users asked for. Default 200.
    pub user: u32,
    /// What campaigns asked for. Default 20.
    pub batch: u32,
}

/// `chandler.workers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workers {
    /// Turns at once in one process. Default 64.
    pub concurrency: usize,
    /// How often the Director's running tasks are listed, seconds. Default 10.
    pub poll_seconds: u64,
    /// How often the event log of a task is read for its note, seconds. Default 30.
    pub note_seconds: u64,
    /// How long one call of the adapter may take before it is killed, seconds. Default 300.
    pub adapter_seconds: u64,
}

/// `chandler.gateway`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    /// The longest life of a request, seconds. Default 60, which is also the most.
    pub request_timeout_seconds: u64,
    /// How long the gateway tries to write an accept, seconds. Default 20.
    pub accept_timeout_seconds: u64,
    /// How long a bind or unbind that the platform wants to be synchronous waits for its end, seconds. Default 50,
    /// and never longer than a request lives.
    pub bind_wait_seconds: u64,
    /// How long the answer to a bind or unbind that may be asynchronous waits for its end before it is 202, seconds. 0:
    /// not at all. Default 10, and never longer than a request lives.
    pub binding_grace_seconds: u64,
    /// The largest body, bytes. Default 262144.
    pub body_limit_bytes: u64,
    /// Whose client certificates let a platform in, beside passwords. Needs HTTPS.
    pub clients: Option<ClientCertificates>,
}

/// `chandler.gateway.client_ca_cert` and `client_cert_names`: client certificates as a second way to authenticate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificates {
    /// The CA or CAs that sign them, PEM.
    pub ca_cert: String,
    /// One of these DNS names has to be among those of the certificate (subject alternative names). Empty: every
    /// certificate of the CA is good.
    pub names: Vec<String>,
}

pub(super) fn read(root: &Node, collector: &mut Collector) -> ChandlerSection {
    let node = root.section("chandler");
    let (lanes, workers) = (node.section("lanes"), node.section("workers"));
    let small = |node: &Node, name, default| node.int(name).and_then(|n| u32::try_from(n).ok()).unwrap_or(default);
    ChandlerSection {
        bus: bus::read(&node.section("bus"), collector),
        seal: seal(&node, collector),
        credentials: node
            .sections("credentials")
            .into_iter()
            .filter_map(|n| credential(n, collector))
            .collect(),
        deadlines: Deadlines {
            instance_seconds: 43_200,
            errand_seconds: 3_600,
            binding_seconds: 600,
        }
        .overridden(&node.section("deadlines")),
        lanes: Lanes {
            user: small(&lanes, "user", 200),
            batch: small(&lanes, "batch", 20),
        },
        workers: Workers {
            concurrency: workers
                .int("concurrency")
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or(64),
            poll_seconds: workers.int("poll_seconds").unwrap_or(10),
            note_seconds: workers.int("note_seconds").unwrap_or(30),
            adapter_seconds: workers.int("adapter_seconds").unwrap_or(300),
        },
        last_look_seconds: node.int("last_look_seconds").unwrap_or(600),
        maintenance_info: maintenance_info(&node.section("catalog"), collector),
        allow_missing_plans: node.flag("allow_missing_plans").unwrap_or(false),
        allow_context_updates: node.flag("allow_context_updates").unwrap_or(false),
        gateway: gateway(&node.section("gateway"), collector),
    }
}

fn maintenance_info(node: &Node, collector: &mut Collector) -> MaintenanceShown {
    match node.text("maintenance_info").as_deref() {
        None | Some("minimal") => MaintenanceShown::Minimal,
        Some("full") => MaintenanceShown::Full,
        Some(_) => {
            collector.error(node.path_of("maintenance_info"), "must be minimal or full");
            MaintenanceShown::Minimal
        }
    }
}

fn gateway(node: &Node, collector: &mut Collector) -> Gateway {
    let request = node.int("request_timeout_seconds").unwrap_or(60);
    let gateway = Gateway {
        request_timeout_seconds: request,
        accept_timeout_seconds: node.int("accept_timeout_seconds").unwrap_or(20),
        bind_wait_seconds: node.int("bind_wait_seconds").unwrap_or(request.min(50)),
        binding_grace_seconds: node.int("binding_grace_seconds").unwrap_or(request.min(10)),
        body_limit_bytes: node.int("body_limit_bytes").unwrap_or(262_144),
        clients: clients(node, collector),
    };
    for (name, seconds) in [
        ("accept_timeout_seconds", gateway.accept_timeout_seconds),
        ("bind_wait_seconds", gateway.bind_wait_seconds),
        ("binding_grace_seconds", gateway.binding_grace_seconds),
    ] {
        if seconds > request {
            let text = format!("must not be longer than request_timeout_seconds ({request})");
            collector.error(node.path_of(name), text);
        }
    }
    gateway
}

fn clients(node: &Node, collector: &mut Collector) -> Option<ClientCertificates> {
    let (ca_cert, names) = (node.text("client_ca_cert"), node.texts("client_cert_names"));
    if let Some(list) = node.get("client_cert_names").filter(|list| list.is_given()) {
        if ca_cert.is_none() {
            let text = "has no effect without client_ca_cert: nobody is asked for a certificate";
            collector.error(&list.path, text);
        } else if names.is_empty() || names.len() < list.elements().len() {
            // What names nobody by mistake must not let in everybody.
            let text = "must hold names, none of them empty; without it every certificate of client_ca_cert is good";
            collector.error(&list.path, text);
        }
    }
    ca_cert.map(|ca_cert| ClientCertificates { ca_cert, names })
}

impl Deadlines {
    /// These, with what `node` says instead.
    pub(super) fn overridden(self, node: &Node) -> Self {
        Deadlines {
            instance_seconds: node.int("instance_seconds").unwrap_or(self.instance_seconds),
            errand_seconds: node.int("errand_seconds").unwrap_or(self.errand_seconds),
            binding_seconds: node.int("binding_seconds").unwrap_or(self.binding_seconds),
        }
    }
}

fn seal(chandler: &Node, collector: &mut Collector) -> Option<Seal> {
    let node = chandler.get("seal").filter(|node| !node.is_blank())?;
    let mut keys: Vec<SealKey> = Vec::new();
    for entry in node.sections("keys") {
        let id = entry.text("id").unwrap_or_default();
        if id.is_empty() || id.len() > 64 || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
            collector.error(entry.path_of("id"), "must be 1 to 64 letters, digits, `-`, `_` or `.`");
        } else if keys.iter().any(|key| key.id == id) {
            collector.error(entry.path_of("id"), "is used twice");
        }
        keys.push(SealKey {
            id,
            key: key(entry, "key", collector),
        });
    }
    if keys.is_empty() {
        collector.error(node.path_of("keys"), "must hold at least one key");
    }
    let fingerprint_key = key(node, "fingerprint_key", collector);
    (!collector.is_touched(&node.path)).then_some(Seal { keys, fingerprint_key })
}

/// Base64 of 32 bytes.
fn key(node: &Node, name: &str, collector: &mut Collector) -> Secret {
    let secret = node.secret(name).unwrap_or_default();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(secret.expose())
        .map(zeroize::Zeroizing::new);
    if !bytes.is_ok_and(|bytes| bytes.len() == 32) {
        collector.error(node.path_of(name), "must be the base64 of 32 bytes");
    }
    secret
}

fn credential(node: &Node, collector: &mut Collector) -> Option<Credential> {
    for name in ["username", "password"] {
        if node.text(name).is_none() {
            collector.error(node.path_of(name), "can't be empty");
        }
    }
    let username = node.text("username")?;
    if username.contains(':') {
        collector.error(node.path_of("username"), COLON);
    }
    Some(Credential {
        username,
        password: node.secret("password")?,
    })
}
