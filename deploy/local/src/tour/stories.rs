//! The stories of the tour.

use super::bindings::Bindings;
use super::compare::{self, Beside, Kind, Operation, Told};
use super::director;
use super::osb::{Catalog, Plan, Poll};
use super::platform::{Instance, Platform, Underway};
use super::watch::{Seen, watch};
use super::witness::Witness;
use crate::config::Bound;
use crate::say;
use crate::stack::Rollout;
use anyhow::{bail, ensure};
use chandler_proto::catalog::LifecycleErrands;
use chandler_proto::config::ClientDefinition;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// What the stories share.
pub(super) struct Tour<'a> {
    pub(super) platform: &'a Platform<'a>,
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
        let name = self.platform.named("first");
        let start = self.first.or(self.bound);
        let plan = start.map_or(&self.plan.id, |bound| &bound.plan);
        say::head(format_args!("An instance is created: {name}"));
        self.slowly().await?;
        let (it, underway) = self.platform.create(&name, plan, &json!({}), true).await?;
        let seen = self.watch("create", &underway).await?;
        ensure!(
            matches!(seen.end, Poll::Succeeded(_)),
            "it should have succeeded: {:?}",
            seen.end
        );
        let dashboard = self.platform.there(&it, plan).await?;
        self.platform.show(&it, self.catalog, plan).await?;
        self.client(&it.id, &dashboard).await?;
        let kind = Kind::Create;
        let beside = self.beside(kind, plan, Some(&dashboard));
        let mut told = vec![Operation { kind, beside, seen }];
        let (Some(start), Some(bound)) = (start, self.bound) else {
            told.extend(self.other_parameters(&it, plan).await?);
            told.extend(self.upkeep(&it, plan).await?);
            return self.deleted(&it, plan, told).await;
        };
        let mut bindings = Bindings::begin(self, start, &it).await?;
        bindings.a_key().await?;
        told.extend(self.other_parameters(&it, plan).await?);
        if self.first.is_some() {
            told.push(self.another_plan(&it, plan, &bound.plan).await?);
        }
        bindings.outlive(bound).await?;
        told.extend(self.upkeep(&it, &bound.plan).await?);
        bindings.outlive(bound).await?;
        bindings.come_and_go().await?;
        let told = self.deleted(&it, &bound.plan, told).await?;
        bindings.gone().await?;
        Ok(told)
    }

    /// A deployment that fails, as the user sees it; and that what is half built can be deleted.
    pub(super) async fn a_failure(&self) -> anyhow::Result<Told> {
        let name = self.platform.named("second");
        say::head(format_args!("An instance fails: {name}"));
        let parameters = json!({ "fail_at_stage": "Updating instance" });
        let (it, underway) = self.platform.create(&name, &self.plan.id, &parameters, true).await?;
        let seen = self.watch("create", &underway).await?;
        let Poll::Failed(text) = &seen.end else {
            bail!("it should have failed: {:?}", seen.end)
        };
        ensure!(!text.is_empty(), "the failure has no text");
        self.unfinished(&it, seen).await
    }

    /// Deleted while it is being created: the Director's task is cancelled.
    pub(super) async fn a_change_of_mind(&self) -> anyhow::Result<Told> {
        let name = self.platform.named("third");
        say::head(format_args!("An instance is deleted while it is being created: {name}"));
        // Slow enough that the change of mind is in time.
        let parameters = match self.example {
            true => json!({ "task_seconds": self.task_seconds.max(SLOW_SECONDS) }),
            false => json!({}),
        };
        let (it, underway) = self.platform.create(&name, &self.plan.id, &parameters, false).await?;
        director::wait_for_task(self.witness.director, &it.id, self.limit).await?;
        // The task runs, and the user has seen how far it is.
        let enough = |seen: &Seen| {
            let staged = seen.notes.iter().any(|text| compare::names_a_stage(Kind::Create, text));
            staged && seen.notes.len() > 1
        };
        let seen = watch("create", &underway, self.limit, enough).await?;
        ensure!(
            matches!(seen.end, Poll::InProgress(_)),
            "it was over too soon: {:?}",
            seen.end
        );
        self.unfinished(&it, seen).await
    }

    /// Deletes the instance whose operations went like `operations`: the end of each story.
    async fn deleted(&self, it: &Instance, plan: &str, mut operations: Vec<Operation>) -> anyhow::Result<Told> {
        let seen = self.delete(it, plan).await?;
        let kind = Kind::Delete;
        let beside = self.beside(kind, plan, None);
        operations.push(Operation { kind, beside, seen });
        Ok(Told {
            instance: it.id.clone(),
            operations,
        })
    }

    /// Deletes an instance that never was whole: no errand takes leave of it.
    async fn unfinished(&self, it: &Instance, seen: Seen) -> anyhow::Result<Told> {
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
        let seen = self.delete(it, &self.plan.id).await?;
        let kind = Kind::Delete;
        let operations = vec![made, Operation { kind, beside, seen }];
        Ok(Told {
            instance: it.id.clone(),
            operations,
        })
    }

    async fn delete(&self, it: &Instance, plan: &str) -> anyhow::Result<Seen> {
        let underway = self.platform.delete(it, plan).await?;
        let mut seen = self.watch("delete", &underway).await?;
        if let Poll::Failed(text) = &seen.end
            && self.platform.once_more(it, text).await?
        {
            let underway = self.platform.delete(it, plan).await?;
            seen = self.watch("delete", &underway).await?;
        }
        ensure!(
            seen.end == Poll::Gone,
            "it should be gone after the delete: {:?}",
            seen.end
        );
        self.platform.gone(it).await?;
        Ok(seen)
    }

    /// Polls to the end.
    pub(super) async fn watch(&self, title: &str, underway: &Underway<'_>) -> anyhow::Result<Seen> {
        watch(title, underway, self.limit, |_| false).await
    }

    /// The plans whose instances it makes, by their ids.
    pub(super) fn plans(&self) -> Vec<&str> {
        let bound = self.first.into_iter().chain(self.bound).map(|it| it.plan.as_str());
        bound.chain([self.plan.id.as_str()]).collect()
    }
}
