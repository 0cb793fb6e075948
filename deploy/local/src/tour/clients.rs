//! The client that each instance has at the platform's UAA, where the configuration has a pattern for it.

use super::compare::{Beside, Kind, deployment};
use super::stories::Tour;
use super::witness::{get, post};
use crate::say;
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long the UAA takes for a change that somebody looks at, seconds: so much longer than between two polls of the broker,
const CLIENT_SECONDS: f64 = 1.2;
/// and no longer than a worker waits for it.
const CLIENT_MOST: f64 = 20.0;
/// The same for an errand, of which the workers hear once a second.
const ERRAND_SECONDS: f64 = 2.2;

impl Tour<'_> {
    /// What an operation on an instance of this plan does besides its deployment. `dashboard` is known of one that is new.
    pub(super) fn beside(&self, kind: Kind, plan: &str, dashboard: Option<&str>) -> Beside {
        let errands = self.errands.get(plan).map(|errands| match kind {
            Kind::Create | Kind::Update | Kind::Upgrade | Kind::Recreate => &errands.post_deploy,
            Kind::Delete => &errands.pre_delete,
        });
        let errands: Vec<String> = errands
            .into_iter()
            .flatten()
            .map(|errand| errand.name.clone())
            .collect();
        let mut notes: Vec<String> = errands.iter().map(|name| format!("running errand {name}")).collect();
        let client = self.definition.is_some();
        match (kind, dashboard) {
            (Kind::Create, Some(dashboard)) if client => {
                let redirected = (dashboard != "none").then(|| "updating UAA client".to_owned());
                notes.splice(0..0, ["creating UAA client".to_owned()].into_iter().chain(redirected));
            }
            (Kind::Delete, _) if client => notes.push("removing UAA client".to_owned()),
            (Kind::Create | Kind::Update | Kind::Upgrade | Kind::Recreate | Kind::Delete, _) => {}
        }
        Beside { errands, client, notes }
    }

    /// What is over in no time here takes long enough for the next instance that its notes can be read.
    pub(super) async fn slowly(&self) -> anyhow::Result<()> {
        let mut slow = Vec::new();
        let polling = self.platform.polling_seconds();
        if let Some(uaa) = self.witness.uaa {
            let seconds = (polling + CLIENT_SECONDS).min(CLIENT_MOST);
            let milliseconds = u64::try_from(Duration::from_secs_f64(seconds).as_millis())?;
            // Its id is the platform's choice.
            let own = "/oauth/clients/*$";
            for (method, path) in [("POST", "/oauth/clients$"), ("PUT", own), ("DELETE", own)] {
                let late = json!({ "do": "delay_response", "ms": milliseconds });
                let fault = json!({ "method": method, "path": path, "count": 1, "call": late });
                post(uaa, "faults", &fault).await?;
            }
            slow.push(format!("each change of its client at the UAA takes {seconds:.1} s"));
        }
        if self.errands.values().any(|errands| !errands.is_empty()) {
            let seconds = polling + ERRAND_SECONDS;
            let take = json!({ "do": "take", "seconds": seconds });
            let fault = json!({ "kind": "errand", "deployment": deployment("*"), "task": take });
            post(self.witness.director, "faults", &fault).await?;
            slow.push(format!("each errand {seconds:.1} s"));
        }
        if !slow.is_empty() {
            say::step(format_args!("so that the notes can be read, {}", slow.join(", ")));
        }
        Ok(())
    }

    /// Compares the instance's client, if it has to have one, with the pattern, and shows it.
    pub(super) async fn client(&self, id: &str, dashboard: &str) -> anyhow::Result<()> {
        let Some(client) = self.right_client(id, dashboard).await? else {
            return Ok(());
        };
        say::line("  its client at the UAA");
        let joined = |list: &Value| texts(list).collect::<Vec<_>>().join(", ");
        for (what, shown) in [
            ("name", client["name"].as_str().unwrap_or("none").to_owned()),
            ("scopes", joined(&client["scope"])),
            ("redirected to", joined(&client["redirect_uri"])),
        ] {
            say::line(format_args!("    {what:<14} {shown}"));
        }
        Ok(())
    }

    /// The instance's client, as it has to be; none if instances have none.
    pub(super) async fn right_client(&self, id: &str, dashboard: &str) -> anyhow::Result<Option<Value>> {
        let Some((uaa, definition)) = self.witness.uaa.zip(self.definition) else {
            return Ok(None);
        };
        let clients: Vec<Value> = get(uaa, "clients").await?;
        let found = clients.iter().find(|it| it["client_id"] == id);
        let client = found.with_context(|| format!("the UAA has no client {id}"))?;
        let in_its_space = |texts: &[String]| -> BTreeSet<String> {
            let space = self.platform.space();
            texts.iter().map(|text| text.replace("ODB_SPACE_GUID", space)).collect()
        };
        let grants = definition.authorized_grant_types.iter().cloned().collect();
        for (key, wanted) in [
            ("scope", in_its_space(&definition.scopes)),
            ("authorities", in_its_space(&definition.authorities)),
            ("authorized_grant_types", grants),
        ] {
            let found: BTreeSet<String> = texts(&client[key]).map(str::to_owned).collect();
            // The UAA knows no client without any of them.
            let none = wanted.is_empty() && found.iter().all(|text| text == "uaa.none");
            ensure!(
                none || found == wanted,
                "{key} of the client {id}: {found:?}, not {wanted:?}"
            );
        }
        let redirects: Vec<&str> = texts(&client["redirect_uri"]).collect();
        ensure!(
            dashboard == "none" || redirects == [dashboard],
            "the client {id} is redirected to {redirects:?}, not to {dashboard}"
        );
        if let Some(name) = &definition.name {
            ensure!(client["name"] == name.as_str(), "the name of the client {id}: {client}");
        }
        Ok(Some(client.clone()))
    }
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}
