//! The story of an instance's changes: other parameters, and another plan.

use super::LEAST_SECONDS;
use super::compare::{Kind, Operation};
use super::director;
use super::osb::Poll;
use super::platform::{Change, Instance};
use super::stories::Tour;
use crate::say;
use anyhow::ensure;
use serde_json::json;

impl Tour<'_> {
    /// Only the example adapter is known to take parameters: what is deployed from now on takes less time.
    pub(super) async fn other_parameters(&self, it: &Instance, plan: &str) -> anyhow::Result<Option<Operation>> {
        if !self.example {
            return Ok(None);
        }
        say::head(format_args!("Its parameters are changed: {}", it.name));
        let parameters = json!({ "task_seconds": self.task_seconds.min(LEAST_SECONDS) });
        self.update(it, Change::Parameters(parameters), plan, plan)
            .await
            .map(Some)
    }

    /// The Director shows what it means.
    pub(super) async fn another_plan(&self, it: &Instance, old: &str, new: &str) -> anyhow::Result<Operation> {
        let names = (self.catalog.name(old), self.catalog.name(new));
        say::head(format_args!(
            "Its plan is changed from {} to {}: {}",
            names.0, names.1, it.name
        ));
        let before = director::vms(self.witness.director, &it.id).await?;
        let operation = self.update(it, Change::Plan(new.to_owned()), old, new).await?;
        let now = director::vms(self.witness.director, &it.id).await?;
        say::line(format_args!("  the Director: {before} VM(s) before, {now} now"));
        Ok(operation)
    }

    async fn update(&self, it: &Instance, change: Change, old: &str, new: &str) -> anyhow::Result<Operation> {
        let dashboard = self.platform.there(it, old).await?;
        let underway = self.platform.update(it, old, &change).await?;
        let seen = self.watch("update", &underway).await?;
        ensure!(
            matches!(seen.end, Poll::Succeeded(_)),
            "the update should have succeeded: {:?}",
            seen.end
        );
        let now = self.platform.there(it, new).await?;
        ensure!(now == dashboard, "the dashboard was {dashboard}, and is {now}");
        self.platform.show(it, self.catalog, new).await?;
        let kind = Kind::Update;
        let beside = self.beside(kind, new, None);
        Ok(Operation { kind, beside, seen })
    }
}
