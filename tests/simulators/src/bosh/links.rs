//! Link providers, consumers and links. The type of a link comes from the catalog, else it is its name.

use serde_json::{Value, json};

use super::manifest::Manifest;
use crate::common::clock::utc;

/// What a release job of a deployment offers.
#[derive(Debug, Clone)]
pub(super) struct Provider {
    pub(super) id: u64,
    pub(super) deployment: String,
    pub(super) group: String,
    job: String,
    /// The name in the release.
    original: String,
    /// The name that the manifest gives it.
    pub(super) name: String,
    kind: String,
    pub(super) shared: bool,
    pub(super) networks: Vec<String>,
}

/// Who uses it: a release job, or somebody outside.
#[derive(Debug, Clone)]
struct Consumer {
    id: u64,
    deployment: String,
    name: String,
    original: String,
    kind: String,
    owner: Owner,
}

#[derive(Debug, Clone, PartialEq)]
enum Owner {
    Job { job: String, group: String },
    External(String),
}

/// A link between the two.
#[derive(Debug, Clone)]
pub(super) struct Link {
    id: u64,
    name: String,
    consumer: u64,
    pub(super) provider: u64,
    pub(super) network: Option<String>,
    created: f64,
    external: bool,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Links {
    providers: Vec<Provider>,
    consumers: Vec<Consumer>,
    links: Vec<Link>,
    /// Ids of the next provider, consumer and link.
    pub(super) next: [u64; 3],
}

impl Default for Links {
    fn default() -> Self {
        Self {
            providers: Vec::new(),
            consumers: Vec::new(),
            links: Vec::new(),
            next: [1; 3],
        }
    }
}

impl Links {
    fn id(&mut self, of: usize) -> u64 {
        self.next[of] += 1;
        self.next[of] - 1
    }

    /// Brings providers and internal links of a deployment in line with its manifest; known ones keep their ids.
    pub(super) fn deployed(&mut self, m: &Manifest, now: f64, kind: impl Fn(&str) -> String) {
        let old: Vec<_> = self.providers.extract_if(.., |p| p.deployment == m.name).collect();
        for group in &m.groups {
            for job in &group.jobs {
                for (original, given) in job.provides.as_object().into_iter().flatten() {
                    let known = old
                        .iter()
                        .find(|p| p.group == group.name && p.job == job.name && p.original == *original);
                    let id = known.map_or_else(|| self.id(0), |p| p.id);
                    self.providers.push(Provider {
                        id,
                        deployment: m.name.clone(),
                        group: group.name.clone(),
                        job: job.name.clone(),
                        original: original.clone(),
                        name: given["as"].as_str().unwrap_or(original).to_owned(),
                        kind: kind(original),
                        shared: given["shared"] == true,
                        networks: group.networks.clone(),
                    });
                }
            }
        }
        for group in &m.groups {
            for job in &group.jobs {
                for (name, wanted) in job.consumes.as_object().into_iter().flatten() {
                    let from = wanted["from"].as_str().unwrap_or(name);
                    let found = self.providers.iter().find(|p| p.name == from).cloned();
                    if let Some(provider) = found {
                        let owner = Owner::Job {
                            job: job.name.clone(),
                            group: group.name.clone(),
                        };
                        self.connect(&provider, name, &m.name, owner, None, now);
                    }
                }
            }
        }
        let providers = &self.providers;
        self.links
            .retain(|link| providers.iter().any(|p| p.id == link.provider));
    }

    /// Forgets everything of a deployment.
    pub(super) fn forget(&mut self, deployment: &str) {
        self.providers.retain(|p| p.deployment != deployment);
        self.consumers.retain(|c| c.deployment != deployment);
        let (providers, consumers) = (&self.providers, &self.consumers);
        self.links.retain(|link| {
            providers.iter().any(|p| p.id == link.provider) && consumers.iter().any(|c| c.id == link.consumer)
        });
    }

    /// An external link, the same for the same name and provider.
    pub(super) fn external(&mut self, provider: &Provider, name: &str, network: Option<&str>, now: f64) -> Value {
        let owner = Owner::External(name.to_owned());
        let deployment = provider.deployment.clone();
        let original = provider.original.clone();
        let link = self.connect(provider, &original, &deployment, owner, network, now);
        shown(&link)
    }

    fn connect(
        &mut self,
        provider: &Provider,
        original: &str,
        deployment: &str,
        owner: Owner,
        network: Option<&str>,
        now: f64,
    ) -> Link {
        let external = matches!(owner, Owner::External(_));
        let name = if external { &provider.name } else { original };
        let same = |c: &&Consumer| c.deployment == deployment && c.owner == owner && c.name == *name;
        let consumer = match self.consumers.iter().find(same).map(|c| c.id) {
            Some(id) => id,
            None => {
                let id = self.id(1);
                self.consumers.push(Consumer {
                    id,
                    deployment: deployment.to_owned(),
                    name: name.to_owned(),
                    original: original.to_owned(),
                    kind: provider.kind.clone(),
                    owner,
                });
                id
            }
        };
        let known = self
            .links
            .iter()
            .find(|l| l.consumer == consumer && l.provider == provider.id && l.network.as_deref() == network);
        if let Some(link) = known {
            return link.clone();
        }
        let link = Link {
            id: self.id(2),
            name: original.to_owned(),
            consumer,
            provider: provider.id,
            network: network.map(str::to_owned),
            created: now,
            external,
        };
        self.links.push(link.clone());
        link
    }

    pub(super) fn provider(&self, id: &str) -> Option<&Provider> {
        let id: u64 = id.parse().ok()?;
        self.providers.iter().find(|p| p.id == id)
    }

    /// A link with its provider.
    pub(super) fn link(&self, id: &str) -> Option<(&Link, &Provider)> {
        let id: u64 = id.parse().ok()?;
        let link = self.links.iter().find(|l| l.id == id)?;
        Some((link, self.providers.iter().find(|p| p.id == link.provider)?))
    }

    /// Removes an external link: none when there is no such link, false when it is an internal one.
    pub(super) fn remove(&mut self, id: &str) -> Option<bool> {
        let id: u64 = id.parse().ok()?;
        let at = self.links.iter().position(|l| l.id == id)?;
        if !self.links[at].external {
            return Some(false);
        }
        let link = self.links.remove(at);
        if !self.links.iter().any(|l| l.consumer == link.consumer) {
            self.consumers.retain(|c| c.id != link.consumer);
        }
        Some(true)
    }

    /// The names of the external consumers that have a link, one for each link.
    pub(super) fn external_of(&self, deployment: &str) -> Vec<String> {
        let name = |link: &Link| {
            let consumer = self.consumers.iter().find(|c| c.id == link.consumer)?;
            match &consumer.owner {
                Owner::External(name) if consumer.deployment == deployment => Some(name.clone()),
                Owner::External(_) | Owner::Job { .. } => None,
            }
        };
        self.links.iter().filter_map(name).collect()
    }

    pub(super) fn providers_of(&self, deployment: &str) -> Value {
        let own = self.providers.iter().filter(|p| p.deployment == deployment);
        own.map(|p| {
            json!({
                "id": p.id.to_string(), "name": p.name, "shared": p.shared, "deployment": p.deployment,
                "link_provider_definition": {"type": p.kind, "name": p.original},
                "owner_object": {"type": "job", "name": p.job, "info": {"instance_group": p.group}},
            })
        })
        .collect()
    }

    pub(super) fn consumers_of(&self, deployment: &str) -> Value {
        let own = self.consumers.iter().filter(|c| c.deployment == deployment);
        own.map(|c| {
            let (optional, owner) = match &c.owner {
                Owner::Job { job, group } => (
                    true,
                    json!({"type": "job", "name": job, "info": {"instance_group": group}}),
                ),
                Owner::External(name) => (false, json!({"type": "external", "name": name})),
            };
            json!({
                "id": c.id.to_string(), "name": c.name, "optional": optional, "deployment": c.deployment,
                "owner_object": owner, "link_consumer_definition": {"name": c.original, "type": c.kind},
            })
        })
        .collect()
    }

    pub(super) fn links_of(&self, deployment: &str) -> Value {
        let own = |link: &&Link| {
            self.consumers
                .iter()
                .any(|c| c.id == link.consumer && c.deployment == deployment)
        };
        self.links.iter().filter(own).map(shown).collect()
    }
}

fn shown(link: &Link) -> Value {
    json!({
        "id": link.id.to_string(), "name": link.name, "link_consumer_id": link.consumer.to_string(),
        "link_provider_id": link.provider.to_string(), "created_at": utc(link.created),
    })
}
