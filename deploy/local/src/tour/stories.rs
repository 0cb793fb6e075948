//! The three stories of the tour.

use super::compare::{self, Kind, Operation, Told};
use super::director;
use super::platform::{Catalog, Plan, Platform, Poll};
use super::watch::{Seen, watch};
use crate::say;
use anyhow::{bail, ensure};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

/// What the stories share.
pub(super) struct Tour<'a> {
    pub(super) platform: &'a Platform,
    pub(super) catalog: &'a Catalog,
    pub(super) plan: &'a Plan,
    pub(super) limit: Duration,
    pub(super) control: &'a str,
    pub(super) example: bool,
    pub(super) task_seconds: f64,
}

/// A deployment that can be cancelled in time.
const SLOW_SECONDS: f64 = 6.0;

impl Tour<'_> {
    /// Made, used, deleted.
    pub(super) async fn a_whole_life(&self) -> anyhow::Result<Told> {
        let id = instance();
        say::head(format_args!("An instance is created: {id}"));
        let operation = self.provision(&id, &json!({})).await?;
        let seen = self.watch("create", &id, &operation).await?;
        ensure!(
            matches!(seen.end, Poll::Succeeded(_)),
            "it should have succeeded: {:?}",
            seen.end
        );
        let (status, body) = self.platform.instance(&id).await?;
        ensure!(status == StatusCode::OK, "GET of the instance: {status} {body}");
        ensure!(body["plan_id"] == self.plan.id.as_str(), "GET of the instance: {body}");
        let dashboard = body["dashboard_url"].as_str().unwrap_or("none");
        say::line(format_args!(
            "  it is there: plan {}, dashboard {dashboard}",
            self.plan.name
        ));
        self.deleted(id, seen).await
    }

    /// A deployment that fails, as the user sees it; and that what is half built can be deleted.
    pub(super) async fn a_failure(&self) -> anyhow::Result<Told> {
        let id = instance();
        say::head(format_args!("An instance fails: {id}"));
        let operation = self
            .provision(&id, &json!({ "fail_at_stage": "Updating instance" }))
            .await?;
        let seen = self.watch("create", &id, &operation).await?;
        let Poll::Failed(text) = &seen.end else {
            bail!("it should have failed: {:?}", seen.end)
        };
        ensure!(!text.is_empty(), "the failure has no text");
        self.deleted(id, seen).await
    }

    /// Deleted while it is being created: the Director's task is cancelled.
    pub(super) async fn a_change_of_mind(&self) -> anyhow::Result<Told> {
        let id = instance();
        say::head(format_args!("An instance is deleted while it is being created: {id}"));
        // Slow enough that the change of mind is in time.
        let parameters = match self.example {
            true => json!({ "task_seconds": self.task_seconds.max(SLOW_SECONDS) }),
            false => json!({}),
        };
        let operation = self.provision(&id, &parameters).await?;
        director::wait_for_task(self.control, &id, self.limit).await?;
        // The task runs, and the user has seen how far it is.
        let enough = |seen: &Seen| {
            let staged = seen.notes.iter().any(|text| compare::names_a_stage(Kind::Create, text));
            staged && seen.notes.len() > 1
        };
        let seen = watch(self.platform, "create", &id, &operation, self.limit, enough).await?;
        ensure!(
            matches!(seen.end, Poll::InProgress(_)),
            "it was over too soon: {:?}",
            seen.end
        );
        self.deleted(id, seen).await
    }

    async fn provision(&self, id: &str, parameters: &Value) -> anyhow::Result<String> {
        say::step(format_args!("PUT /v2/service_instances/{id}  {parameters}"));
        self.platform
            .provision(id, &self.catalog.service_id, &self.plan.id, parameters)
            .await
    }

    /// Deletes the instance whose creation went like `created`: the end of each story.
    async fn deleted(&self, id: String, created: Seen) -> anyhow::Result<Told> {
        let deleted = self.delete(&id).await?;
        Ok(Told {
            instance: id,
            operations: vec![
                Operation {
                    kind: Kind::Create,
                    seen: created,
                },
                Operation {
                    kind: Kind::Delete,
                    seen: deleted,
                },
            ],
        })
    }

    async fn delete(&self, id: &str) -> anyhow::Result<Seen> {
        say::step(format_args!("DELETE /v2/service_instances/{id}"));
        let operation = self
            .platform
            .deprovision(id, &self.catalog.service_id, &self.plan.id)
            .await?;
        let seen = self.watch("delete", id, &operation).await?;
        ensure!(
            seen.end == Poll::Gone,
            "the delete should have ended with 410: {:?}",
            seen.end
        );
        let (status, body) = self.platform.instance(id).await?;
        ensure!(status == StatusCode::NOT_FOUND, "GET after the delete: {status} {body}");
        Ok(seen)
    }

    async fn watch(&self, title: &str, id: &str, operation: &str) -> anyhow::Result<Seen> {
        watch(self.platform, title, id, operation, self.limit, |_| false).await
    }
}

fn instance() -> String {
    uuid::Uuid::new_v4().to_string()
}
