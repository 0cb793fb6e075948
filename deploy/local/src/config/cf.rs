//! Cloud Foundry's UAA in a configuration: where the clients of instances are kept.

use super::fill::broker;
use super::outside::{Client, client};
use super::yaml::Yaml;

/// The section; all of it that is used lies under `uaa`.
pub(super) const SECTION: &str = "cf";
const URL: &str = "cf.uaa.url";
const DEFINITION: &str = "cf.uaa.client_definition";
const CLIENT: &str = "cf.uaa.authentication.client_credentials";
const USER: &str = "cf.uaa.authentication.user_credentials";

/// Puts the simulator's address there when clients are kept and there is no address: who keeps them.
pub(super) fn fill(tree: &mut Yaml, url: &str, real: &mut Option<&'static str>) -> Option<Client> {
    let says = |path: &str| tree.at(path).is_some_and(Yaml::says_something);
    let (defined, keeps) = (says(DEFINITION), says(CLIENT));
    if says(URL) {
        // Without a pattern nothing is made there, and a tour does no harm.
        *real = real.or(defined.then_some("a real UAA"));
        return None;
    }
    // A user can't keep clients: with a pattern that is a finding, without one nobody calls the UAA.
    if !(defined || keeps) || says(USER) {
        return None;
    }
    tree.put(URL, Yaml::text(url));
    Some(client(
        tree,
        &format!("{CLIENT}.client_id"),
        &format!("{CLIENT}.client_secret"),
    ))
}

/// Has the broker trust the simulator.
pub(super) fn trust(tree: &mut Yaml, pem: &str) {
    tree.put("cf.root_ca_cert", Yaml::text(pem));
}

/// Leaves the pattern alone: who accepts a job has to know whether instances get clients, and calls no UAA.
pub(super) fn leave_the_pattern(tree: &mut Yaml, is_file: bool) {
    let pattern = tree.at(DEFINITION).filter(|it| it.says_something()).cloned();
    tree.remove(SECTION);
    if let Some(pattern) = pattern {
        tree.put(DEFINITION, pattern);
        // ODB's checks want whoever has the section to call Cloud Foundry.
        let unchecked = broker(is_file, "disable_cf_startup_checks");
        tree.put(&unchecked, Yaml::Plain("true".to_owned()));
    }
}
