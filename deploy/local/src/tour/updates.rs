//! The story of an instance's changes: other parameters, and another plan.

use super::LEAST_SECONDS;
use super::compare::{Kind, Operation};
use super::director;
use super::platform::{Poll, instance_path};
use super::stories::Tour;
use crate::say;
use anyhow::ensure;
use reqwest::StatusCode;
use serde_json::{Value, json};

impl Tour<'_> {
    /// Only the example adapter is known to take parameters: what is deployed from now on takes less time.
    pub(super) async fn other_parameters(&self, id: &str, plan: &str) -> anyhow::Result<Option<Operation>> {
        if !self.example {
            return Ok(None);
        }
        say::head(format_args!("Its parameters are changed: {id}"));
        let parameters = json!({ "task_seconds": self.task_seconds.min(LEAST_SECONDS) });
        let change = json!({ "parameters": parameters });
        self.update(id, change, plan, plan).await.map(Some)
    }

    /// The Director shows what it means.
    pub(super) async fn another_plan(&self, id: &str, old: &str, new: &str) -> anyhow::Result<Operation> {
        let names = (self.catalog.name(old), self.catalog.name(new));
        say::head(format_args!(
            "Its plan is changed from {} to {}: {id}",
            names.0, names.1
        ));
        let before = director::vms(self.witness.director, id).await?;
        let operation = self.update(id, json!({ "plan_id": new }), old, new).await?;
        let now = director::vms(self.witness.director, id).await?;
        say::line(format_args!("  the Director: {before} VM(s) before, {now} now"));
        Ok(operation)
    }

    /// `change` and what every PATCH has.
    async fn update(&self, id: &str, change: Value, old: &str, new: &str) -> anyhow::Result<Operation> {
        let path = instance_path(id);
        let dashboard = self.there(id, old).await?;
        say::step(format_args!("PATCH {path}  {change}"));
        let operation = self.platform.update(id, &self.catalog.service_id, old, &change).await?;
        let seen = self.watch("update", &path, &operation).await?;
        ensure!(
            matches!(seen.end, Poll::Succeeded(_)),
            "the update should have succeeded: {:?}",
            seen.end
        );
        let now = self.there(id, new).await?;
        ensure!(now == dashboard, "the dashboard was {dashboard}, and is {now}");
        self.show(new, &now);
        let kind = Kind::Update;
        let beside = self.beside(kind, new, None);
        Ok(Operation { kind, beside, seen })
    }

    /// The instance is there and has this plan: its dashboard.
    pub(super) async fn there(&self, id: &str, plan: &str) -> anyhow::Result<String> {
        let (status, body) = self.platform.get(&instance_path(id)).await?;
        ensure!(status == StatusCode::OK, "GET of the instance: {status} {body}");
        ensure!(
            body["plan_id"] == plan,
            "the plan should be {plan}, says GET of the instance: {body}"
        );
        Ok(body["dashboard_url"].as_str().unwrap_or("none").to_owned())
    }

    /// What GET says of the instance.
    pub(super) fn show(&self, plan: &str, dashboard: &str) {
        let name = self.catalog.name(plan);
        say::line(format_args!("  it is there: plan {name}, dashboard {dashboard}"));
    }
}
