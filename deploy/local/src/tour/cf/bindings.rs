//! `cf create-service-key`, `service-key`, `delete-service-key`, `bind-service` and `unbind-service`.

use super::{APP, Cf, Job, guid, type_in};
use crate::say;
use crate::tour::osb::{Poll, binding_path};
use crate::tour::platform::{Instance, Made, Purpose, Underway};
use crate::tour::watch::{PAUSE, watch};
use anyhow::{Context as _, ensure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

const PATH: &str = "/v3/service_credential_bindings";
/// The name of the one key.
const KEY: &str = "my-key";

impl Cf<'_> {
    pub(in crate::tour) async fn bind(&self, it: &Instance, purpose: Purpose) -> anyhow::Result<Made> {
        let own = match purpose {
            Purpose::Key => {
                type_in(format_args!("create-service-key {} {KEY} --wait", it.name));
                json!({ "type": "key", "name": KEY })
            }
            Purpose::App | Purpose::LastApp => {
                type_in(format_args!("bind-service {APP} {} --wait", it.name));
                json!({ "type": "app" })
            }
        };
        let mut body = own;
        let instance = guid(&self.instance(it).await?)?;
        body["relationships"] = json!({ "service_instance": { "data": { "guid": instance } } });
        if purpose != Purpose::Key {
            let app = self.found("/v3/apps", APP).await?.context("the app is gone")?;
            body["relationships"]["app"] = json!({ "data": { "guid": guid(&app)? } });
        }
        let job = self.job(Method::POST, PATH, Some(&body), None, "create").await?;
        let id = job.guid()?;
        let end = self.ends("bind", job).await?;
        ensure!(
            matches!(end, Poll::Succeeded(_)),
            "the bind should have succeeded: {end:?}"
        );
        let (status, told) = self.osb.get(&binding_path(&it.id, &id)).await?;
        ensure!(status == StatusCode::OK, "GET of the binding: {status} {told}");
        let credentials = told["credentials"].clone();
        let reader = match purpose {
            Purpose::Key => format!("uaa-client:{}", self.foundation.keys),
            Purpose::App | Purpose::LastApp => format!("mtls-app:{}", self.app),
        };
        let shown = match purpose {
            Purpose::Key => {
                type_in(format_args!("service-key {} {KEY}", it.name));
                let key = self.binding(it, purpose).await?;
                ensure!(key["guid"] == id.as_str(), "another key has its name: {key}");
                Some(self.details(&id).await?)
            }
            Purpose::App | Purpose::LastApp => {
                type_in(format_args!("curl {PATH}/{id}/details"));
                let has = self.details(&id).await?;
                ensure!(
                    has == credentials,
                    "Cloud Controller has {has}, the broker {credentials}"
                );
                None
            }
        };
        Ok(Made {
            id,
            purpose,
            reader,
            credentials,
            shown,
        })
    }

    /// Its user still sees the same.
    pub(in crate::tour) async fn still(&self, it: &Instance, made: &Made) -> anyhow::Result<()> {
        let Some(shown) = &made.shown else { return Ok(()) };
        type_in(format_args!("service-key {} {KEY}", it.name));
        let now = self.details(&made.id).await?;
        ensure!(now == *shown, "the user sees {now}, and saw {shown}");
        Ok(())
    }

    pub(in crate::tour) async fn unbind(&self, it: &Instance, made: &Made) -> anyhow::Result<()> {
        match made.purpose {
            Purpose::Key => type_in(format_args!("delete-service-key {} {KEY} -f --wait", it.name)),
            Purpose::App | Purpose::LastApp => type_in(format_args!("unbind-service {APP} {} --wait", it.name)),
        }
        let path = format!("{PATH}/{}", guid(&self.binding(it, made.purpose).await?)?);
        let job = self.job(Method::DELETE, &path, None, Some(&path), "delete").await?;
        let end = self.ends("unbind", job).await?;
        ensure!(end == Poll::Gone, "the binding should be gone: {end:?}");
        Ok(())
    }

    /// A deletion of an instance ended with this text: whether that is so only because the broker takes its time to unbind, and may here.
    /// Then all is unbound when this is over.
    pub(in crate::tour) async fn once_more(&self, it: &Instance, text: &str) -> anyhow::Result<bool> {
        if self.foundation.at_once || !is_unbinding(text) {
            return Ok(false);
        }
        say::line("  the broker takes its time to unbind; once that is over, the instance is deleted once more");
        let end = Instant::now() + self.limit;
        let of = ("service_instance_guids", it.id.as_str());
        loop {
            let there = self.api.list(PATH, &[of]).await?;
            let Some(binding) = there.first() else { return Ok(true) };
            let last = &binding["last_operation"];
            ensure!(
                last["state"] == "in progress" && Instant::now() < end,
                "a binding of {} isn't unbound: {last}",
                it.name
            );
            sleep(PAUSE).await;
        }
    }

    /// The key, or what the app has.
    async fn binding(&self, it: &Instance, purpose: Purpose) -> anyhow::Result<Value> {
        let instance = guid(&self.instance(it).await?)?;
        let of = ("service_instance_guids", instance.as_str());
        match purpose {
            Purpose::Key => self.api.one(PATH, &[of, ("type", "key"), ("names", KEY)]).await,
            Purpose::App | Purpose::LastApp => {
                let app = ("app_guids", self.app.as_str());
                self.api.one(PATH, &[of, ("type", "app"), app]).await
            }
        }
    }

    async fn details(&self, id: &str) -> anyhow::Result<Value> {
        let details = self.api.get(&format!("{PATH}/{id}/details"), &[]).await?;
        Ok(details["credentials"].clone())
    }

    async fn ends(&self, title: &str, job: Job<'_>) -> anyhow::Result<Poll> {
        Ok(watch(title, &Underway::Cf(job), self.limit, |_| false).await?.end)
    }
}

/// Whether Cloud Controller says that an unbind isn't over yet.
pub(super) fn is_unbinding(text: &str) -> bool {
    let of_binding = ["a service binding of", "the service binding between"]
        .iter()
        .any(|it| text.contains(it));
    of_binding && text.trim_end().ends_with(" is in progress.")
}
