//! The stories of the tour.

use super::bindings::Bindings;
use super::compare::{self, Beside, Kind, Operation, Told};
use super::director;
use super::platform::{Catalog, Plan, Platform, Poll, instance_path};
use super::watch::{Seen, watch};
use super::witness::Witness;
use crate::config::Bound;
use crate::say;
use crate::stack::Rollout;
use anyhow::{bail, ensure};
use chandler_proto::catalog::LifecycleErrands;
use chandler_proto::config::ClientDefinition;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// What the stories share.
pub(super) struct Tour<'a> {
    pub(super) platform: &'a Platform,
    pub(super) catalog: &'a Catalog,
    /// For what is about instances only.
    pub(super) plan: &'a Plan,
    /// What the bound instance has at first, if its plan is changed.
    pub(super) first: Option<&'a Bound>,
    /// For what is about bindings, if there is a plan that can be bound.
    pub(super) bound: Option<&'a Bound>,
    pub(super) limit: Duration,
    /// After which pattern each instance has a client at the UAA, if it has one.
    pub(super) definition: Option<&'a ClientDefinition>,
    /// The errands of each plan, by its id.
    pub(super) errands: &'a BTreeMap<String, LifecycleErrands>,
    /// What could be rolled out next, if there is anything.
    pub(super) next: Option<&'a Rollout<'a>>,
    pub(super) witness: &'a Witness<'a>,
    pub(super) example: bool,
    pub(super) task_seconds: f64,
}

/// A deployment that can be cancelled in time.
const SLOW_SECONDS: f64 = 6.0;

impl Tour<'_> {
    /// Made, bound, changed, upgraded, bound and unbound, deleted.
    pub(super) async fn a_whole_life(&self) -> anyhow::Result<Told> {
        let id = instance();
        let start = self.first.or(self.bound);
        let plan = start.map_or(&self.plan.id, |bound| &bound.plan);
        say::head(format_args!("An instance is created: {id}"));
        self.slowly(&id).await?;
        let operation = self.provision(&id, plan, &json!({})).await?;
        let seen = self.watch("create", &instance_path(&id), &operation).await?;
        ensure!(
            matches!(seen.end, Poll::Succeeded(_)),
            "it should have succeeded: {:?}",
            seen.end
        );
        let dashboard = self.there(&id, plan).await?;
        self.show(plan, &dashboard);
        self.client(&id, &dashboard).await?;
        let kind = Kind::Create;
        let beside = self.beside(kind, plan, Some(&dashboard));
        let mut told = vec![Operation { kind, beside, seen }];
        let (Some(start), Some(bound)) = (start, self.bound) else {
            told.extend(self.other_parameters(&id, plan).await?);
            told.extend(self.upkeep(&id, plan).await?);
            return self.deleted(id, plan, told).await;
        };
        let mut bindings = Bindings::begin(self, start, &id).await?;
        let key = bindings.a_key().await?;
        told.extend(self.other_parameters(&id, plan).await?);
        if self.first.is_some() {
            told.push(self.another_plan(&id, plan, &bound.plan).await?);
        }
        bindings.outlive(bound).await?;
        told.extend(self.upkeep(&id, &bound.plan).await?);
        bindings.outlive(bound).await?;
        bindings.come_and_go(key).await?;
        let told = self.deleted(id.clone(), &bound.plan, told).await?;
        bindings.gone().await?;
        Ok(told)
    }

    /// A deployment that fails, as the user sees it; and that what is half built can be deleted.
    pub(super) async fn a_failure(&self) -> anyhow::Result<Told> {
        let id = instance();
        say::head(format_args!("An instance fails: {id}"));
        let operation = self
            .provision(&id, &self.plan.id, &json!({ "fail_at_stage": "Updating instance" }))
            .await?;
        let seen = self.watch("create", &instance_path(&id), &operation).await?;
        let Poll::Failed(text) = &seen.end else {
            bail!("it should have failed: {:?}", seen.end)
        };
        ensure!(!text.is_empty(), "the failure has no text");
        self.unfinished(id, seen).await
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
        let operation = self.provision(&id, &self.plan.id, &parameters).await?;
        director::wait_for_task(self.witness.director, &id, self.limit).await?;
        // The task runs, and the user has seen how far it is.
        let enough = |seen: &Seen| {
            let staged = seen.notes.iter().any(|text| compare::names_a_stage(Kind::Create, text));
            staged && seen.notes.len() > 1
        };
        let seen = watch(
            self.platform,
            "create",
            &instance_path(&id),
            &operation,
            self.limit,
            enough,
        )
        .await?;
        ensure!(
            matches!(seen.end, Poll::InProgress(_)),
            "it was over too soon: {:?}",
            seen.end
        );
        self.unfinished(id, seen).await
    }

    async fn provision(&self, id: &str, plan: &str, parameters: &Value) -> anyhow::Result<String> {
        say::step(format_args!("PUT /v2/service_instances/{id}  {parameters}"));
        self.platform
            .provision(id, &self.catalog.service_id, plan, parameters)
            .await
    }

    /// Deletes the instance whose operations went like `operations`: the end of each story.
    async fn deleted(&self, id: String, plan: &str, mut operations: Vec<Operation>) -> anyhow::Result<Told> {
        let seen = self.delete(&id, plan).await?;
        let kind = Kind::Delete;
        let beside = self.beside(kind, plan, None);
        operations.push(Operation { kind, beside, seen });
        Ok(Told {
            instance: id,
            operations,
        })
    }

    /// Deletes an instance that never was whole: no errand takes leave of it.
    async fn unfinished(&self, id: String, seen: Seen) -> anyhow::Result<Told> {
        let beside = Beside {
            client: self.definition.is_some(),
            ..Beside::default()
        };
        let (kind, made) = (Kind::Create, beside.clone());
        let made = Operation {
            kind,
            beside: made,
            seen,
        };
        let seen = self.delete(&id, &self.plan.id).await?;
        let kind = Kind::Delete;
        let operations = vec![made, Operation { kind, beside, seen }];
        Ok(Told {
            instance: id,
            operations,
        })
    }

    async fn delete(&self, id: &str, plan: &str) -> anyhow::Result<Seen> {
        say::step(format_args!("DELETE /v2/service_instances/{id}"));
        let operation = self.platform.deprovision(id, &self.catalog.service_id, plan).await?;
        let seen = self.watch("delete", &instance_path(id), &operation).await?;
        ensure!(
            seen.end == Poll::Gone,
            "the delete should have ended with 410: {:?}",
            seen.end
        );
        let (status, body) = self.platform.get(&instance_path(id)).await?;
        ensure!(status == StatusCode::NOT_FOUND, "GET after the delete: {status} {body}");
        Ok(seen)
    }

    /// Polls to the end.
    pub(super) async fn watch(&self, title: &str, path: &str, operation: &str) -> anyhow::Result<Seen> {
        watch(self.platform, title, path, operation, self.limit, |_| false).await
    }
}

fn instance() -> String {
    uuid::Uuid::new_v4().to_string()
}
