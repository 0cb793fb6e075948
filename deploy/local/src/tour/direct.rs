//! The platform that this program is when it speaks OSBAPI by itself.

mod bindings;

use super::osb::{Catalog, Osb, instance_path, managed_path};
use super::platform::{Change, Instance, Underway};
use crate::say;
use anyhow::{Context as _, ensure};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

/// Who calls the broker, and for which service.
#[derive(Debug)]
pub(super) struct Direct<'a> {
    pub(super) osb: &'a Osb,
    pub(super) service: &'a str,
    /// What one operation may take.
    pub(super) limit: Duration,
}

impl<'a> Direct<'a> {
    pub(super) fn offers(&self, catalog: &Catalog) {
        for plan in &catalog.plans {
            let service = &catalog.service_name;
            say::line(format_args!("  {service} · {} · {}", plan.name, plan.description));
        }
    }

    pub(super) async fn create(
        &self,
        id: &str,
        plan: &str,
        parameters: &Value,
    ) -> anyhow::Result<(Instance, Underway<'a>)> {
        let path = instance_path(id);
        say::step(format_args!("PUT {path}  {parameters}"));
        let operation = self.osb.provision(id, self.service, plan, parameters).await?;
        let it = Instance {
            id: id.to_owned(),
            name: id.to_owned(),
        };
        Ok((it, self.underway(path, operation)))
    }

    pub(super) async fn update(&self, it: &Instance, plan: &str, change: &Change) -> anyhow::Result<Underway<'a>> {
        let change = match change {
            Change::Parameters(parameters) => json!({ "parameters": parameters }),
            Change::Plan(plan) => json!({ "plan_id": plan }),
        };
        let path = instance_path(&it.id);
        say::step(format_args!("PATCH {path}  {change}"));
        let operation = self.osb.update(&it.id, self.service, plan, &change).await?;
        Ok(self.underway(path, operation))
    }

    /// By the management API: a platform would send a `PATCH` with nothing but other maintenance info.
    pub(super) async fn upgrade(&self, it: &Instance, plan: &str) -> anyhow::Result<Underway<'a>> {
        managed(self.osb, it, "upgrade", plan).await
    }

    pub(super) async fn delete(&self, it: &Instance, plan: &str) -> anyhow::Result<Underway<'a>> {
        let path = instance_path(&it.id);
        say::step(format_args!("DELETE {path}"));
        let operation = self.osb.deprovision(&it.id, self.service, plan).await?;
        Ok(self.underway(path, operation))
    }

    pub(super) async fn show(&self, it: &Instance, catalog: &Catalog, plan: &str) -> anyhow::Result<()> {
        let (_, body) = self.osb.get(&instance_path(&it.id)).await?;
        let (name, dashboard) = (catalog.name(plan), body["dashboard_url"].as_str().unwrap_or("none"));
        say::line(format_args!("  it is there: plan {name}, dashboard {dashboard}"));
        Ok(())
    }

    fn underway(&self, path: String, operation: String) -> Underway<'a> {
        Underway::Osb {
            osb: self.osb,
            path,
            operation,
        }
    }
}

/// An operator's change of an instance with this plan, by the management API.
pub(super) async fn managed<'a>(osb: &'a Osb, it: &Instance, what: &str, plan: &str) -> anyhow::Result<Underway<'a>> {
    let path = managed_path(&it.id, what);
    say::step(format_args!("PATCH {path}"));
    let (status, body) = osb.manage(&path, plan).await?;
    ensure!(status == StatusCode::ACCEPTED, "202 was expected, not {status} {body}");
    let operation = body["operation"].as_str().context("the answer has no operation")?;
    Ok(Underway::Osb {
        osb,
        path: instance_path(&it.id),
        operation: operation.to_owned(),
    })
}
