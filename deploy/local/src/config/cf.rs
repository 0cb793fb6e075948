//! Cloud Foundry in a configuration: its UAA, where the clients of instances are kept, and Cloud Controller, where the broker is registered.

use super::fill::{broker, pair};
use super::outside::{Client, Urls, client};
use super::yaml::Yaml;
use chandler_proto::secret::Secret;

/// The section.
pub(super) const SECTION: &str = "cf";
const URL: &str = "cf.url";
const DEFINITION: &str = "cf.uaa.client_definition";
/// Who types `cf` where nobody is given: the simulated UAA has this user.
const PERSON: &str = "admin";
/// The client that is made where none is given.
const MADE: &str = "chandler-cf";
/// As whom Cloud Controller reads service keys in CredHub.
const KEYS: &str = "cc_service_key_client";

/// Who calls the simulated Cloud Controller, and as whom it calls CredHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CloudController {
    /// Who registers the broker, by the configuration.
    pub(crate) registrar: Registrar,
    /// Who types `cf`.
    pub(crate) person: User,
    /// Who looks up the references in service keys.
    pub(crate) keys: Client,
}

/// Who registers the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Registrar {
    /// A client of the UAA.
    Client(Client),
    /// A user of it.
    User(User),
}

/// A user of the UAA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    /// The name.
    pub(crate) name: String,
    /// The password.
    pub(crate) password: Secret,
}

/// What of it is simulated.
pub(super) struct Simulated {
    /// Who keeps clients of instances at the UAA.
    pub(super) clients: Option<Client>,
    /// Cloud Controller.
    pub(super) cloud_controller: Option<CloudController>,
}

/// The keys of the UAA, which have older names in the properties.
struct UaaKeys {
    url: &'static str,
    client_id: &'static str,
    client_secret: &'static str,
    username: &'static str,
    password: &'static str,
}

const UAA: UaaKeys = UaaKeys {
    url: "cf.uaa.url",
    client_id: "cf.uaa.authentication.client_credentials.client_id",
    client_secret: "cf.uaa.authentication.client_credentials.client_secret",
    username: "cf.uaa.authentication.user_credentials.username",
    password: "cf.uaa.authentication.user_credentials.password",
};

/// They count only where there is no `cf.uaa`.
const OLD_UAA: UaaKeys = UaaKeys {
    url: "cf.authentication.url",
    client_id: "cf.authentication.client_credentials.client_id",
    client_secret: "cf.authentication.client_credentials.secret",
    username: "cf.authentication.user_credentials.username",
    password: "cf.authentication.user_credentials.password",
};

impl UaaKeys {
    fn of(tree: &Yaml, is_file: bool) -> &'static UaaKeys {
        let old = !is_file && tree.at("cf.authentication").is_some() && tree.at("cf.uaa").is_none();
        if old { &OLD_UAA } else { &UAA }
    }

    /// Half of it is the operator's mistake, and enough.
    fn names_a_client(&self, tree: &Yaml) -> bool {
        tree.at(self.client_id).is_some() || tree.at(self.client_secret).is_some()
    }

    fn names_a_user(&self, tree: &Yaml) -> bool {
        tree.at(self.username).is_some() || tree.at(self.password).is_some()
    }
}

/// Puts the simulators' addresses there: Cloud Controller's where the section, or a sample, leaves out both; the UAA's where it
/// is left out and somebody needs it.
pub(super) fn fill(
    tree: &mut Yaml,
    is_file: bool,
    sample: bool,
    urls: &Urls,
    real: &mut Option<&'static str>,
) -> Simulated {
    let keys = UaaKeys::of(tree, is_file);
    let says = |path: &str| tree.at(path).is_some_and(Yaml::says_something);
    let (section, defined) = (says(SECTION), says(DEFINITION));
    let (by_client, by_user) = (keys.names_a_client(tree), keys.names_a_user(tree));
    let (real_cc, real_uaa) = (says(URL), says(keys.url));
    if real_cc {
        *real = real.or(Some("a real Cloud Controller"));
    }
    if real_uaa {
        // Without a pattern nothing is made there. A simulated Cloud Controller would not take its tokens.
        *real = real.or(defined.then_some("a real UAA"));
        return Simulated {
            clients: None,
            cloud_controller: None,
        };
    }
    let controller = !real_cc && (section || sample);
    // A user can't keep clients: with a pattern that is a finding, without one nobody keeps any.
    let keeps = (defined || by_client) && !by_user;
    let us = (keeps || (controller && !by_user)).then(|| client(tree, keys.client_id, keys.client_secret, MADE));
    if keeps || controller {
        tree.put(keys.url, Yaml::text(&urls.uaa));
    }
    let cloud_controller = controller.then(|| {
        tree.put(URL, Yaml::text(&urls.cloud_controller));
        let registrar = match &us {
            Some(client) => Registrar::Client(client.clone()),
            None => {
                let (name, password) = pair(tree, keys.username, keys.password, PERSON);
                Registrar::User(User { name, password })
            }
        };
        CloudController::of(registrar)
    });
    Simulated {
        clients: us.filter(|_| keeps),
        cloud_controller,
    }
}

impl CloudController {
    fn of(registrar: Registrar) -> CloudController {
        let person = match &registrar {
            Registrar::User(user) => user.clone(),
            Registrar::Client(_) => User {
                name: PERSON.to_owned(),
                password: Secret::new(crate::programs::password()),
            },
        };
        let keys = Client {
            id: KEYS.to_owned(),
            secret: Secret::new(crate::programs::password()),
        };
        CloudController {
            registrar,
            person,
            keys,
        }
    }
}

/// Has the broker trust the simulators, PEM.
pub(super) fn trust(tree: &mut Yaml, pems: &str) {
    tree.put("cf.root_ca_cert", Yaml::text(pems));
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
