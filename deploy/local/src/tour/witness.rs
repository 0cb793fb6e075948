//! The other side of bindings: what CredHub, the service and the Director hold.

use super::Place;
use super::compare::deployment;
use super::platform::Made;
use anyhow::{Context as _, ensure};
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// Whom to ask.
#[derive(Debug)]
pub(super) struct Witness<'a> {
    /// The control API of the simulated Director.
    pub(super) director: &'a str,
    /// That of the simulated CredHub; none without secure bindings.
    pub(super) credhub: Option<&'a str>,
    /// That of BOSH's; none without secure manifests.
    pub(super) bosh_credhub: Option<&'a str>,
    /// That of the simulated UAA; none if instances have no clients there.
    pub(super) uaa: Option<&'a str>,
    /// Its clients of before, who are none of instances.
    pub(super) own_clients: BTreeSet<String>,
    /// What the Director has of configs without any instance.
    pub(super) own_configs: BTreeSet<String>,
    /// Where the example adapter keeps the users of its service; none for another adapter.
    pub(super) users: Option<&'a Path>,
}

/// A binding that there is, as the platform knows it.
#[derive(Debug, Clone)]
pub(super) struct Binding {
    pub(super) id: String,
    /// Who may read its credentials: `mtls-app:GUID` or `uaa-client:ID`.
    pub(super) reader: String,
    /// What the platform was told.
    pub(super) credentials: Value,
}

/// All that the outside holds of an instance and its bindings, but for deployments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Picture {
    /// Names in CredHub.
    pub(super) credentials: BTreeSet<String>,
    /// Permissions there, without the broker's own.
    pub(super) readers: BTreeSet<String>,
    /// Users of the service.
    pub(super) users: BTreeSet<String>,
    /// Links at the Director, by the names of their consumers.
    pub(super) links: BTreeSet<String>,
    /// Clients of instances at the UAA.
    pub(super) clients: BTreeSet<String>,
}

/// What has a name.
#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Deserialize)]
struct UaaClient {
    client_id: String,
}

#[derive(Deserialize)]
struct BoshConfig {
    #[serde(rename = "type")]
    kind: String,
    name: String,
}

#[derive(Deserialize)]
struct Permission {
    path: String,
    actor: String,
    operations: Vec<String>,
}

#[derive(Deserialize)]
struct Calls {
    counts: Vec<Count>,
}

#[derive(Deserialize)]
struct Count {
    call: String,
    count: u64,
}

impl Binding {
    /// As it was made.
    pub(super) fn of(made: &Made) -> Binding {
        Binding {
            id: made.id.clone(),
            reader: made.reader.clone(),
            credentials: made.credentials.clone(),
        }
    }
}

impl<'a> Witness<'a> {
    /// Looks at what there is before anything is made.
    pub(super) async fn of(place: &'a Place<'_>) -> anyhow::Result<Witness<'a>> {
        let mut witness = Witness {
            director: &place.director,
            credhub: place.credhub.as_deref(),
            bosh_credhub: place.bosh_credhub.as_deref(),
            uaa: place.clients.as_ref().map(|(uaa, _)| uaa.as_str()),
            own_clients: BTreeSet::new(),
            own_configs: BTreeSet::new(),
            users: place.users.as_deref(),
        };
        witness.own_clients = witness.clients().await?;
        witness.own_configs = witness.configs().await?;
        Ok(witness)
    }

    /// The ids of clients at the UAA that weren't there before.
    async fn clients(&self) -> anyhow::Result<BTreeSet<String>> {
        let Some(uaa) = self.uaa else {
            return Ok(BTreeSet::new());
        };
        let clients: Vec<UaaClient> = get(uaa, "clients").await?;
        let ids = clients.into_iter().map(|it| it.client_id);
        Ok(ids.filter(|id| !self.own_clients.contains(id)).collect())
    }

    /// The Director's configs that weren't there before, by type and name.
    pub(super) async fn configs(&self) -> anyhow::Result<BTreeSet<String>> {
        let configs: Vec<BoshConfig> = get(self.director, "configs").await?;
        let names = configs.into_iter().map(|it| format!("{}/{}", it.kind, it.name));
        Ok(names.filter(|name| !self.own_configs.contains(name)).collect())
    }

    /// What there is now.
    pub(super) async fn picture(&self) -> anyhow::Result<Picture> {
        let mut picture = Picture::default();
        if let Some(credhub) = self.credhub {
            let names: Vec<Named> = get(credhub, "credentials").await?;
            picture.credentials.extend(names.into_iter().map(|it| it.name));
            let permissions: Vec<Permission> = get(credhub, "permissions").await?;
            // The operator's grant is for everything.
            let readers = permissions.iter().filter(|it| it.path != "/c/*");
            picture
                .readers
                .extend(readers.map(|it| may(&it.actor, &it.operations.join(" and "), &it.path)));
        }
        if let Some(users) = self.users {
            picture.users = users_in(users).with_context(|| users.display().to_string())?;
        }
        let links: BTreeMap<String, Vec<String>> = get(self.director, "links").await?;
        picture.links.extend(links.into_values().flatten());
        picture.clients = self.clients().await?;
        Ok(picture)
    }

    /// What there has to be for these bindings of an instance, and for itself as long as it lives.
    pub(super) fn expected(&self, instance: &str, lives: bool, bindings: &[Binding]) -> Picture {
        let mut picture = Picture::default();
        if lives && self.uaa.is_some() {
            picture.clients.insert(instance.to_owned());
        }
        for Binding {
            id,
            reader,
            credentials,
        } in bindings
        {
            if let Some(name) = reference(credentials) {
                picture.credentials.insert(name.to_owned());
                picture.readers.insert(may(reader, "read", name));
            }
            if self.users.is_some() {
                picture.users.insert(format!("{}/{id}.json", deployment(instance)));
            }
        }
        picture
    }

    /// What the actor gets for these credentials from CredHub; none when it may not.
    pub(super) async fn seen_by(&self, actor: &str, credentials: &Value) -> anyhow::Result<Option<Value>> {
        let Some(credhub) = self.credhub else {
            return Ok(Some(credentials.clone()));
        };
        let ask = json!({ "actor": actor, "services": { "tour": [{ "credentials": credentials }] } });
        let url = format!("{credhub}/control/interpolate");
        let answer = client()?.post(url).json(&ask).send().await.context("CredHub")?;
        let status = answer.status();
        let seen: Value = answer.json().await.context("CredHub")?;
        match status {
            StatusCode::NOT_FOUND => Ok(None),
            _ => {
                ensure!(status == StatusCode::OK, "CredHub, asked for {actor}: {status} {seen}");
                Ok(Some(seen["tour"][0]["credentials"].clone()))
            }
        }
    }

    /// The service's user for a binding.
    pub(super) fn user(&self, instance: &str, binding: &str) -> anyhow::Result<Option<Value>> {
        let Some(users) = self.users else { return Ok(None) };
        let file = users.join(deployment(instance)).join(format!("{binding}.json"));
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Ok(Some(serde_json::from_str(&text)?))
    }

    /// How many links the Director was asked to make, and to delete.
    pub(super) async fn link_calls(&self) -> anyhow::Result<(u64, u64)> {
        let Calls { counts } = get(self.director, "calls").await?;
        let of = |call: &str| counts.iter().filter(|it| it.call == call).map(|it| it.count).sum();
        Ok((of("POST /links"), of("DELETE /links/{}")))
    }
}

impl Picture {
    /// All that is missing and all that is too much; nothing if all is well.
    pub(super) fn differences(&self, found: &Picture) -> Vec<String> {
        let pairs = [
            ("CredHub", &self.credentials, &found.credentials),
            ("CredHub's permissions", &self.readers, &found.readers),
            ("the service's users", &self.users, &found.users),
            ("the Director's links", &self.links, &found.links),
            ("the UAA's clients", &self.clients, &found.clients),
        ];
        let of = |(place, expected, found): (&str, &BTreeSet<String>, &BTreeSet<String>)| {
            let missing = expected.difference(found).map(|it| format!("{place}: {it} is missing"));
            let extra = found
                .difference(expected)
                .map(|it| format!("{place}: {it} is too much"));
            missing.chain(extra).collect::<Vec<_>>()
        };
        pairs.into_iter().flat_map(of).collect()
    }
}

/// The name in a `credhub-ref`.
pub(super) fn reference(credentials: &Value) -> Option<&str> {
    credentials["credhub-ref"].as_str()
}

fn may(actor: &str, what: &str, path: &str) -> String {
    format!("{actor} may {what} {path}")
}

/// All files, a directory for each deployment.
fn users_in(dir: &Path) -> std::io::Result<BTreeSet<String>> {
    let mut users = BTreeSet::new();
    if !dir.exists() {
        return Ok(users);
    }
    for deployment in std::fs::read_dir(dir)? {
        let deployment = deployment?;
        for user in std::fs::read_dir(deployment.path())? {
            let (of, name) = (deployment.file_name(), user?.file_name());
            users.insert(format!("{}/{}", of.display(), name.display()));
        }
    }
    Ok(users)
}

/// What a control API tells.
pub(super) async fn get<T: DeserializeOwned>(control: &str, what: &str) -> anyhow::Result<T> {
    let answer = client()?.get(format!("{control}/control/{what}")).send().await;
    let told = answer.with_context(|| format!("a simulator's {what}"))?.json().await;
    told.with_context(|| format!("a simulator's {what}"))
}

/// Tells a control API something.
pub(super) async fn post(control: &str, what: &str, body: &Value) -> anyhow::Result<()> {
    let answer = client()?
        .post(format!("{control}/control/{what}"))
        .json(body)
        .send()
        .await;
    let answer = answer.with_context(|| format!("a simulator's {what}"))?;
    let status = answer.status();
    ensure!(
        status.is_success(),
        "a simulator's {what}: {status} {}",
        answer.text().await?
    );
    Ok(())
}

fn client() -> anyhow::Result<Client> {
    Ok(Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?)
}

#[cfg(test)]
mod tests;
