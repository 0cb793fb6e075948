//! Cloud Controller, where the broker is registered.
use super::{lacking, listed, no_token};
use crate::checks::{Verdict, version};
use chandler_clients::{Fault, FaultKind};

/// What `cf` version 8 asks for; offerings, plans, instances and bindings are served by the API v3 since then.
const MINIMUM: (u64, u64, u64) = (3, 99, 0);
const ADMIN: &str = "cloud_controller.admin";
/// What to do when no call comes through: the token for it comes from another server.
pub const UNREACHED: &str = "see that Cloud Controller and its UAA run, that cf.url and cf.uaa.url lead to them from here, and that \
                             cf.root_ca_cert is the authority of their certificates";
/// So much of a version that is none is shown.
const LONGEST: usize = 80;

/// Whether its API v3, of this version, is new enough; otherwise what is wrong.
pub fn cloud_controller_version(told: &str) -> Option<String> {
    let told: String = told.chars().take(LONGEST).collect();
    match version::cloud_controller(&told) {
        Some(version) if version >= MINIMUM => None,
        Some(_) => Some(format!(
            "CF API error: ODB requires minimum Cloud Foundry API version '3.99.0', got '{told}'. Upgrade Cloud Foundry."
        )),
        None => Some(format!(
            "CF API error: Cloud Foundry API version couldn't be parsed. Expected a semver, got: {told}. Is a Cloud Controller at cf.url?"
        )),
    }
}

/// Whether our token, which it takes, may register a broker.
pub fn cloud_controller(told: &str, scopes: Option<&[String]>) -> Verdict {
    let Some(scopes) = scopes else {
        return Verdict::Fine(format!("API {told} takes us; what we may isn't told"));
    };
    if scopes.iter().any(|scope| scope == ADMIN) {
        return Verdict::Fine(format!("API {told} takes us, with {ADMIN}"));
    }
    let lacking = lacking(Some(scopes), &["cloud_controller.read", "cloud_controller.write"]);
    if lacking.is_empty() {
        return Verdict::Fine(format!(
            "API {told} takes us, with cloud_controller.read and cloud_controller.write: enough for a broker of one space whose developer we \
             are; a broker for everybody is registered with {ADMIN}"
        ));
    }
    Verdict::Wrong(format!(
        "who calls Cloud Controller by cf.uaa.authentication lacks {}: its token has {}. Give it {ADMIN} at the UAA; for a broker of one space \
         cloud_controller.read and cloud_controller.write are enough",
        lacking.join(" and "),
        listed(scopes)
    ))
}

/// Why it doesn't say which API it has, and what to do.
pub fn no_cloud_controller(fault: &Fault) -> String {
    let todo = match fault.kind {
        FaultKind::NotSent | FaultKind::Unknown => {
            "see that it runs, that cf.url leads to it from here, and that cf.root_ca_cert is the authority of its certificate"
        }
        FaultKind::Refused { .. } | FaultKind::Garbled | FaultKind::Unauthorized | FaultKind::MissingScope => {
            "see that cf.url is the address that `cf api` is given"
        }
    };
    format!("CF API error: {fault}. ODB requires minimum Cloud Foundry API version: 3.99.0. What to do: {todo}")
}

/// Why we aren't taken, and what to do. `uaa_url`: whose tokens it says that it takes.
pub fn not_taken(fault: &Fault, uaa_url: Option<&str>) -> String {
    if is_of_uaa(fault) {
        return no_token(fault);
    }
    let todo = match fault.kind {
        FaultKind::Unauthorized => match uaa_url {
            Some(url) => format!("let cf.uaa.url be the UAA whose tokens it takes: it names {url}"),
            None => "let cf.uaa.url be the UAA whose tokens it takes".to_owned(),
        },
        FaultKind::MissingScope | FaultKind::Refused { status: 403, .. } => {
            format!("give who calls it by cf.uaa.authentication {ADMIN} at the UAA")
        }
        FaultKind::NotSent | FaultKind::Unknown => UNREACHED.to_owned(),
        FaultKind::Refused { .. } | FaultKind::Garbled => {
            "see that it is well, and that cf.url is the address that `cf api` is given".to_owned()
        }
    };
    format!("CF API error: {fault}. What to do: {todo}")
}

/// Whether it is the UAA that refused a token. One that isn't reached is a fault of the call for which there was no token.
pub fn is_of_uaa(fault: &Fault) -> bool {
    fault.call.ends_with(" of the UAA")
}
