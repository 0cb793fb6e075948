//! A file for each role: what it needs of the configuration, and its user of the bus.

use super::cf;
use super::fill::{Filled, broker};
use super::outside::{CredHubKeys, bosh_credhub_section, credhub_keys};
use super::yaml::Yaml;
use chandler_proto::step::Worker;

/// In the place of a secret that a role isn't told, where the form wants one.
const WITHHELD: &str = "withheld";
/// The keys by which what is secret is sealed on the bus.
const SEAL: &str = "chandler.seal";
/// Where the bus's servers are monitored: workers look there.
const MONITORS: &str = "chandler.bus.monitor_urls";

impl Filled {
    /// The CAs of the simulated Director and of its UAA, PEM.
    pub(crate) fn trust_director(&mut self, pems: &str) {
        self.tree.put("bosh.root_ca_cert", Yaml::text(pems));
    }

    /// The CAs of the simulated CredHub and of its UAA, PEM.
    pub(crate) fn trust_credhub(&mut self, pem: &str, uaa_pem: &str) {
        let keys = credhub_keys(self.is_file);
        self.tree.put(keys.ca, Yaml::text(pem));
        self.tree.put(keys.uaa_ca, Yaml::text(uaa_pem));
    }

    /// The CAs of BOSH's simulated CredHub and of its UAA, PEM.
    pub(crate) fn trust_bosh_credhub(&mut self, pems: &str) {
        let section = bosh_credhub_section(self.is_file);
        self.tree.put(&format!("{section}.root_ca_cert"), Yaml::text(pems));
    }

    /// The CAs of the simulated Cloud Controller, if there is one, and of the platform's simulated UAA as its own and as the
    /// one where clients of instances are kept, PEM.
    pub(crate) fn trust_cf(&mut self, pems: &str) {
        cf::trust(&mut self.tree, pems);
    }

    /// Everything, as no role gets it: to be checked.
    pub(crate) fn whole(&self) -> String {
        format!("{}\n", self.with_user("nobody", WITHHELD))
    }

    /// The file of the gateway. It calls neither Director nor CredHub nor UAA: it only knows that secure bindings are on, and
    /// after which pattern instances get clients.
    pub(crate) fn for_gateway(&self, password: &str) -> String {
        let mut tree = self.with_user("gateway", password);
        tree.remove(MONITORS);
        tree.remove("bosh");
        cf::leave_the_pattern(&mut tree, self.is_file);
        tree.remove(bosh_credhub_section(self.is_file));
        let CredHubKeys {
            sections,
            url,
            client_id,
            client_secret,
            ..
        } = credhub_keys(self.is_file);
        let at = tree.at(url).cloned();
        let is_on = at.is_some() && (self.is_file || tree.is_true("secure_binding_credentials.enabled"));
        sections.iter().for_each(|section| tree.remove(section));
        if let Some(at) = at.filter(|_| is_on) {
            tree.put(url, at);
            if !self.is_file {
                // The job's template wants a client as soon as the switch is on.
                tree.put("secure_binding_credentials.enabled", Yaml::Plain("true".to_owned()));
                tree.put(client_id, Yaml::text(WITHHELD));
                tree.put(client_secret, Yaml::text(WITHHELD));
            }
        }
        format!("{tree}\n")
    }

    /// The file of a worker: the platform doesn't call it, and it calls no more than it has to.
    pub(crate) fn for_worker(&self, worker: Worker, password: &str) -> String {
        let mut tree = self.for_caller(worker.name(), password);
        match worker {
            Worker::Provisioning => {}
            Worker::Binding => tree.remove(cf::SECTION),
            Worker::Errands => {
                self.cut_credhubs(&mut tree);
                tree.remove(cf::SECTION);
                tree.remove(SEAL);
            }
            Worker::UaaClients => {
                self.cut_credhubs(&mut tree);
                tree.remove("bosh");
            }
        }
        format!("{tree}\n")
    }

    /// The file of the operator's commands: of what is outside they call the Director only.
    pub(crate) fn for_operator(&self, password: &str) -> String {
        let mut tree = self.for_caller("operator", password);
        tree.remove(MONITORS);
        self.cut_credhubs(&mut tree);
        tree.remove(cf::SECTION);
        format!("{tree}\n")
    }

    /// The file of whoever registers the broker: Cloud Controller, the platform's user and what is offered. Nothing else is called, not
    /// even the bus.
    pub(crate) fn for_registrar(&self) -> String {
        let mut tree = self.tree.clone();
        self.cut_credhubs(&mut tree);
        for other in ["bosh", "chandler.bus", "chandler.gateway", SEAL] {
            tree.remove(other);
        }
        tree.remove(&broker(self.is_file, "tls"));
        format!("{tree}\n")
    }

    fn cut_credhubs(&self, tree: &mut Yaml) {
        tree.remove(bosh_credhub_section(self.is_file));
        let sections = credhub_keys(self.is_file).sections;
        sections.iter().for_each(|section| tree.remove(section));
    }

    fn for_caller(&self, user: &str, password: &str) -> Yaml {
        let mut tree = self.with_user(user, password);
        tree.remove(&broker(self.is_file, "username"));
        tree.remove(&broker(self.is_file, "password"));
        tree.remove(&broker(self.is_file, "tls"));
        tree.remove("chandler.credentials");
        tree
    }

    fn with_user(&self, user: &str, password: &str) -> Yaml {
        let mut tree = self.tree.clone();
        tree.put("chandler.bus.user", Yaml::text(user));
        tree.put("chandler.bus.password", Yaml::text(password));
        tree
    }
}
