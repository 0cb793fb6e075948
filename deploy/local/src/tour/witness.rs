//! The other side of bindings: what CredHub, the service and the Director hold.

use super::compare::deployment;
use anyhow::{Context as _, ensure};
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// Whom to ask.
#[derive(Debug, Clone, Copy)]
pub(super) struct Witness<'a> {
    /// The control API of the simulated Director.
    pub(super) director: &'a str,
    /// That of the simulated CredHub; none without secure bindings.
    pub(super) credhub: Option<&'a str>,
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

/// All that the outside holds of bindings.
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
}

#[derive(Deserialize)]
struct Named {
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

impl Witness<'_> {
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
        Ok(picture)
    }

    /// What there has to be for these bindings of an instance.
    pub(super) fn expected(&self, instance: &str, bindings: &[Binding]) -> Picture {
        let mut picture = Picture::default();
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

fn client() -> anyhow::Result<Client> {
    Ok(Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(texts: &[&str]) -> BTreeSet<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn what_is_expected_is_what_the_platform_was_told() {
        let dir = tempfile::tempdir().unwrap();
        let of = |users| Witness {
            director: "",
            credhub: None,
            users,
        };
        let binding = |credentials| Binding {
            id: "b".into(),
            reader: "mtls-app:1".into(),
            credentials,
        };
        let secure = [binding(json!({"credhub-ref": "/c/s/i/b/credentials"}))];
        let expected = Picture {
            credentials: set(&["/c/s/i/b/credentials"]),
            readers: set(&["mtls-app:1 may read /c/s/i/b/credentials"]),
            users: set(&["service-instance_i/b.json"]),
            links: set(&[]),
        };
        assert_eq!(of(Some(dir.path())).expected("i", &secure), expected);
        let plain = [binding(json!({"password": "p"}))];
        assert_eq!(of(None).expected("i", &plain), Picture::default());
        assert_eq!(users_in(&dir.path().join("none")).unwrap(), set(&[]));
        std::fs::create_dir_all(dir.path().join("service-instance_i")).unwrap();
        std::fs::write(dir.path().join("service-instance_i/b.json"), "{\"password\": 1}").unwrap();
        assert_eq!(users_in(dir.path()).unwrap(), expected.users);
        let user = of(Some(dir.path())).user("i", "b").unwrap();
        assert_eq!(user, Some(json!({"password": 1})));
        assert!(of(Some(dir.path())).user("i", "c").is_err());
    }

    #[test]
    fn every_difference_is_told() {
        let all = Picture {
            credentials: set(&["c"]),
            readers: set(&["r"]),
            users: set(&["u"]),
            links: set(&["l"]),
        };
        let nothing = Picture::default();
        assert_eq!(all.differences(&all), [""; 0]);
        let missing = [
            "CredHub: c is missing",
            "CredHub's permissions: r is missing",
            "the service's users: u is missing",
            "the Director's links: l is missing",
        ];
        assert_eq!(all.differences(&nothing), missing);
        assert_eq!(
            nothing.differences(&all),
            missing.map(|it| it.replace("missing", "too much"))
        );
    }
}
