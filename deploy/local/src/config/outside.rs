//! The servers that a configuration leaves to their simulators: each section whose address is absent.

use super::cf::{self, CloudController, Registrar};
use super::fill::{broker, pair};
use super::yaml::Yaml;
use chandler_proto::secret::Secret;

/// Where the simulators will be.
#[derive(Debug, Clone)]
pub(crate) struct Urls {
    /// The Director.
    pub(crate) director: String,
    /// The platform's CredHub.
    pub(crate) credhub: String,
    /// BOSH's CredHub.
    pub(crate) bosh_credhub: String,
    /// The platform's UAA.
    pub(crate) uaa: String,
    /// Cloud Controller.
    pub(crate) cloud_controller: String,
}

/// What is to be simulated, and who may call it.
#[derive(Debug, Clone)]
pub(crate) struct Simulated {
    /// The Director.
    pub(crate) director: Option<DirectorUser>,
    /// The platform's CredHub, with a UAA; where credentials of bindings are.
    pub(crate) credhub: Option<Client>,
    /// BOSH's CredHub; where secrets of manifests are.
    pub(crate) bosh_credhub: Option<Client>,
    /// The platform's UAA, where clients of instances are kept: who keeps them.
    pub(crate) clients: Option<Client>,
    /// Cloud Controller, where the broker is registered: who calls it.
    pub(crate) cloud_controller: Option<CloudController>,
    /// Something that a tour would change is not simulated.
    pub(crate) real: Option<&'static str>,
}

/// How the Director knows us.
#[derive(Debug, Clone)]
pub(crate) enum DirectorUser {
    /// A user of its own.
    Basic(String, Secret),
    /// A client of BOSH's UAA.
    Uaa(Client),
}

/// A client of a UAA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Client {
    /// Its id.
    pub(crate) id: String,
    /// Its secret.
    pub(crate) secret: Secret,
}

impl Simulated {
    /// The clients of the platform's UAA, each with its authorities.
    pub(crate) fn platform_clients(&self) -> Vec<Known<'_>> {
        let credhub = self.credhub.as_ref().map(|client| (client, CREDHUB));
        let clients = self.clients.as_ref().map(|client| (client, CLIENTS));
        let controller = self.cloud_controller.as_ref();
        let registrar = controller.and_then(|it| match &it.registrar {
            Registrar::Client(client) => Some((client, ADMIN)),
            Registrar::User(_) => None,
        });
        // CredHub lets nobody read who hasn't both.
        let keys = controller.map(|it| (&it.keys, CREDHUB));
        merged(credhub.into_iter().chain(clients).chain(registrar).chain(keys))
    }

    /// The clients of BOSH's UAA.
    pub(crate) fn bosh_clients(&self) -> Vec<Known<'_>> {
        let director = match &self.director {
            Some(DirectorUser::Uaa(client)) => Some((client, DIRECTOR)),
            Some(DirectorUser::Basic(..)) | None => None,
        };
        let credhub = self.bosh_credhub.as_ref().map(|client| (client, CREDHUB));
        merged(director.into_iter().chain(credhub))
    }
}

/// A client of a UAA and its authorities.
pub(crate) type Known<'a> = (&'a Client, Vec<&'static str>);

/// Who is named twice is one client, with the authorities of both.
fn merged<'a>(clients: impl Iterator<Item = (&'a Client, &'static [&'static str])>) -> Vec<Known<'a>> {
    let mut known: Vec<Known<'a>> = Vec::new();
    for (client, authorities) in clients {
        match known.iter_mut().find(|(it, _)| it.id == client.id) {
            Some((_, all)) => all.extend(authorities),
            None => known.push((client, authorities.to_vec())),
        }
    }
    known
}

const DIRECTOR: &[&str] = &["bosh.admin"];
const CREDHUB: &[&str] = &["credhub.read", "credhub.write"];
const CLIENTS: &[&str] = &["clients.read", "clients.write"];
/// What a client, or a user, needs who registers a broker.
pub(crate) const ADMIN: &[&str] = &["cloud_controller.admin"];

/// The keys of the platform's CredHub, which are elsewhere in each form.
pub(super) struct CredHubKeys {
    /// The sections that it consists of.
    pub(super) sections: &'static [&'static str],
    pub(super) url: &'static str,
    pub(super) ca: &'static str,
    pub(super) client_id: &'static str,
    pub(super) client_secret: &'static str,
    pub(super) uaa_ca: &'static str,
}

pub(super) fn credhub_keys(is_file: bool) -> CredHubKeys {
    match is_file {
        true => CredHubKeys {
            sections: &["credhub"],
            url: "credhub.api_url",
            ca: "credhub.ca_cert",
            client_id: "credhub.client_id",
            client_secret: "credhub.client_secret",
            uaa_ca: "credhub.internal_uaa_ca_cert",
        },
        false => CredHubKeys {
            sections: &["secure_binding_credentials", "links.credhub"],
            url: "links.credhub.credhub.internal_url",
            ca: "links.credhub.credhub.ca_certificate",
            client_id: "secure_binding_credentials.authentication.uaa.client_id",
            client_secret: "secure_binding_credentials.authentication.uaa.client_secret",
            uaa_ca: "secure_binding_credentials.authentication.uaa.ca_cert",
        },
    }
}

/// The section of BOSH's CredHub.
pub(super) fn bosh_credhub_section(is_file: bool) -> &'static str {
    if is_file { "bosh_credhub" } else { "bosh_credhub_api" }
}

/// Puts the simulators' addresses and what is missing of our credentials there.
pub(super) fn fill(tree: &mut Yaml, is_file: bool, sample: bool, urls: &Urls, remarks: &mut Vec<String>) -> Simulated {
    let mut real = None;
    let director = match tree.at("bosh.url") {
        Some(_) => {
            real = Some("a real Director");
            None
        }
        None => Some(director(tree, is_file, &urls.director)),
    };
    let keys = credhub_keys(is_file);
    let left_out = keys.sections.iter().all(|section| tree.at(section).is_none());
    if sample && left_out && !is_file {
        tree.put("secure_binding_credentials.enabled", Yaml::Plain("true".to_owned()));
    }
    // A sample that leaves it out has no platform: nothing would keep credentials.
    let is_on = (sample && left_out) || is_on(tree, is_file);
    let credhub = match tree.at(keys.url) {
        Some(_) if is_on => {
            real = real.or(Some("a real CredHub"));
            None
        }
        None if is_on => {
            tree.put(keys.url, Yaml::text(&urls.credhub));
            tree.remove("links.credhub.credhub.port");
            Some(client(tree, keys.client_id, keys.client_secret, "chandler"))
        }
        Some(_) | None => None,
    };
    let bosh_credhub = bosh_credhub(tree, is_file, urls, &mut real, remarks);
    let cf = cf::fill(tree, is_file, sample, urls, &mut real);
    Simulated {
        director,
        credhub,
        bosh_credhub,
        clients: cf.clients,
        cloud_controller: cf.cloud_controller,
        real,
    }
}

/// Whether secure bindings are on: any value of the section in the file, a switch in the properties.
fn is_on(tree: &Yaml, is_file: bool) -> bool {
    match is_file {
        true => tree.at("credhub").is_some_and(Yaml::says_something),
        false => tree.is_true("secure_binding_credentials.enabled"),
    }
}

fn director(tree: &mut Yaml, is_file: bool, url: &str) -> DirectorUser {
    tree.put("bosh.url", Yaml::text(url));
    let uaa = "bosh.authentication.uaa";
    if tree.at(uaa).is_some() {
        let at = if is_file {
            format!("{uaa}.client_credentials")
        } else {
            uaa.to_owned()
        };
        let (id, secret) = (format!("{at}.client_id"), format!("{at}.client_secret"));
        return DirectorUser::Uaa(client(tree, &id, &secret, "chandler-director"));
    }
    let basic = "bosh.authentication.basic";
    let (user, password) = (format!("{basic}.username"), format!("{basic}.password"));
    let (user, password) = pair(tree, &user, &password, "director");
    DirectorUser::Basic(user, password)
}

fn bosh_credhub(
    tree: &mut Yaml,
    is_file: bool,
    urls: &Urls,
    real: &mut Option<&'static str>,
    remarks: &mut Vec<String>,
) -> Option<Client> {
    if !tree.is_true(&broker(is_file, "enable_secure_manifests")) {
        return None;
    }
    let section = bosh_credhub_section(is_file);
    if tree.at(&format!("{section}.url")).is_some() {
        *real = real.or(Some("a real BOSH CredHub"));
        return None;
    }
    if *real == Some("a real Director") {
        remarks.push("BOSH's CredHub is simulated, so the Director can't see the secrets of manifests".to_owned());
    }
    tree.put(&format!("{section}.url"), Yaml::text(&urls.bosh_credhub));
    let at = format!("{section}.authentication.uaa.client_credentials");
    let (id, secret) = (format!("{at}.client_id"), format!("{at}.client_secret"));
    Some(client(tree, &id, &secret, "chandler"))
}

/// The client that is given. One is made when there is nothing of it, with this name, which has to be one of its own at its UAA; half
/// of one is the operator's mistake, and stays.
pub(super) fn client(tree: &mut Yaml, id: &str, secret: &str, name: &str) -> Client {
    if tree.at(id).is_none() && tree.at(secret).is_none() {
        let (id, secret) = pair(tree, id, secret, name);
        return Client { id, secret };
    }
    let text = |path: &str| tree.text_at(path).unwrap_or_default().to_owned();
    Client {
        id: text(id),
        secret: Secret::new(text(secret)),
    }
}
