//! The platform that is Cloud Controller, asked by the calls that the command `cf` makes, in its order; each is shown as what a user
//! would type.

mod api;
mod bindings;
mod instances;
mod job;
mod left;
mod market;

pub(super) use job::Job;

use super::Foundation;
use super::osb::Osb;
use crate::say;
use anyhow::{Context as _, ensure};
use api::Api;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// A user who is logged in and has targeted a space.
#[derive(Debug)]
pub(super) struct Cf<'a> {
    api: Api,
    /// The broker itself, as a witness.
    pub(super) osb: &'a Osb,
    foundation: &'a Foundation<'a>,
    /// What one operation may take.
    limit: Duration,
    organization: String,
    /// The guid of the space.
    pub(super) space: String,
    /// The guid of an app that is there to be bound.
    app: String,
}

/// The name of that app.
const APP: &str = "demo-app";

impl<'a> Cf<'a> {
    /// Logs in, and makes an app.
    pub(super) async fn begin(osb: &'a Osb, foundation: &'a Foundation<'a>, limit: Duration) -> anyhow::Result<Cf<'a>> {
        say::head("Somebody logs in to Cloud Foundry");
        let api = Api::login(&foundation.api, &foundation.ca_pems, &foundation.person, limit).await?;
        let (organization, space) = (foundation.organization, foundation.space);
        type_in(format_args!("target -o {organization} -s {space}"));
        let named = api.one("/v3/organizations", &[("names", organization)]).await?;
        let organization = guid(&named)?;
        let query = [("names", space), ("organization_guids", organization.as_str())];
        let space = guid(&api.one("/v3/spaces", &query).await?)?;
        type_in(format_args!("create-app {APP}"));
        let body = json!({ "name": APP, "relationships": { "space": { "data": { "guid": space } } } });
        let app = guid(&api.made("/v3/apps", &body).await?)?;
        Ok(Cf {
            api,
            osb,
            foundation,
            limit,
            organization,
            space,
            app,
        })
    }

    /// How often it polls the broker, seconds.
    pub(super) fn polling_seconds(&self) -> f64 {
        self.foundation.polling_seconds
    }

    /// A resource of the targeted space by its name, or none.
    async fn found(&self, path: &str, name: &str) -> anyhow::Result<Option<Value>> {
        let query = [("names", name), ("space_guids", self.space.as_str())];
        let found = self.api.list(path, &query).await?;
        ensure!(found.len() <= 1, "{path} has {name} {} times", found.len());
        Ok(found.into_iter().next())
    }

    /// A change that needs the broker: its job.
    async fn job(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        row: Option<&str>,
        kind: &'static str,
    ) -> anyhow::Result<Job<'_>> {
        let url = self.api.accepted(method, path, body).await?;
        Job::followed(&self.api, url, row, kind).await
    }
}

/// Shows what a user would type.
fn type_in(command: impl std::fmt::Display) {
    say::step(format_args!("cf {command}"));
}

fn guid(resource: &Value) -> anyhow::Result<String> {
    let guid = resource["guid"].as_str();
    Ok(guid.with_context(|| format!("no guid: {resource}"))?.to_owned())
}

/// The guid of what a resource belongs to.
fn related<'a>(resource: &'a Value, to: &str) -> anyhow::Result<&'a str> {
    let guid = resource["relationships"][to]["data"]["guid"].as_str();
    guid.with_context(|| format!("it belongs to no {to}: {resource}"))
}

/// What there is of a member that is a text.
fn text<'a>(resource: &'a Value, member: &str) -> &'a str {
    resource[member].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests;
