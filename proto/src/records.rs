//! One record per thing: what is in force, the job that changes it, and what remains when it is gone.
//!
//! | file | what |
//! |---|---|
//! | `binding` | what a record of a binding has besides |
//! | `change` | how workers change a record |
//! | `client` | what a record says of the instance's UAA client |
mod binding;
mod change;
mod client;

pub use binding::{BindingInForce, BindingWanted, bindings_path, secrets_path};

use crate::{
    catalog::{BindingDns, LifecycleErrands, Offering, Plan},
    failure::Failure,
    ids::{BindingId, InstanceId, JobId, Millis},
    job::{Job, Later, State},
    operation::Operation,
    seal::Sealed,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// The schema number that this release writes. Readers ignore members that they don't know.
pub const SCHEMA: u32 = 1;
/// For so long a PUT on a `Gone` record is refused: longer than any request lives in a gateway.
pub const NO_PUT_AFTER_GONE: Duration = Duration::from_secs(120);
/// How long a `Gone` record is kept.
pub const KEEP_GONE: Duration = Duration::from_secs(8 * 24 * 3600);
/// How long one is kept that a DELETE for an unknown id made.
pub const KEEP_STRAY: Duration = Duration::from_secs(3600);

/// So many plans of failed updates are remembered.
pub const MOST_MAYBE: usize = 2;

/// The record of a service instance, or of a binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// See [`SCHEMA`].
    pub schema: u32,
    /// Whose record it is.
    pub instance: InstanceId,
    /// For the record of a binding: which one of the instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<BindingId>,
    /// Where the record stands.
    pub phase: Phase,
    /// What counts now; only a job that succeeds changes it.
    #[serde(default)]
    pub in_force: Option<InForce>,
    /// The present or last job.
    pub job: Job,
    /// The outcome of the job before.
    #[serde(default)]
    pub before: Option<Past>,
    /// When the record was first written.
    pub created_at: Millis,
    /// Members of a later release, kept when this one writes the record.
    #[serde(flatten)]
    pub later: Later,
}

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Written, not decided: a quota is being counted.
    Pending,
    /// It counts.
    Admitted,
    /// The thing is no more. The record stays for a while, so that nothing late brings it back.
    Gone {
        /// Since when.
        at: Millis,
        /// When the last look is due; `None` when it is over or none is needed.
        #[serde(default)]
        look_at: Option<Millis>,
        /// Made by a DELETE for an unknown id.
        #[serde(default)]
        stray: bool,
    },
}

/// A copy of what a thing needs of its plan, so that it can be served when the plan has left the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanCopy {
    /// The offering's id.
    pub service_id: String,
    /// The offering's name, for texts.
    pub service_name: String,
    /// The plan's id.
    pub plan_id: String,
    /// The plan's name, for texts.
    pub plan_name: String,
    /// The addresses that each binding gets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub binding_with_dns: Vec<BindingDns>,
    /// What the Director runs after a deployment and before its deletion.
    #[serde(default, skip_serializing_if = "LifecycleErrands::is_empty")]
    pub lifecycle_errands: LifecycleErrands,
    /// What an instance of it takes of resources that may be limited, by the operator's names of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub costs: BTreeMap<String, u64>,
    /// Members of a later release.
    #[serde(flatten)]
    pub later: Later,
}

impl PlanCopy {
    /// Copies what is needed.
    pub fn of(offering: &Offering, plan: &Plan) -> Self {
        PlanCopy {
            service_id: offering.id.clone(),
            service_name: offering.name.clone(),
            plan_id: plan.id.clone(),
            plan_name: plan.name.clone(),
            binding_with_dns: plan.binding_with_dns.clone(),
            lifecycle_errands: plan.lifecycle_errands.clone(),
            costs: plan.quotas.costs(),
            later: Later::new(),
        }
    }
}

/// What a job will put in force if it succeeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The plan.
    pub plan: PlanCopy,
    /// Keyed fingerprint of service, plan and parameters.
    pub fingerprint: String,
    /// The `maintenance_info.version` in the request or, without one, in the catalog.
    #[serde(default)]
    pub maintenance_version: Option<String>,
    /// [`crate::catalog::MaintenanceInfo::digest`] of what the catalog had of the plan. Without one the record is of a release
    /// that didn't know it: the version counts alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance_digest: Option<String>,
    /// The platform's `context`, sealed.
    #[serde(default)]
    pub context: Option<Sealed>,
    /// For a binding: what the job will make of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<BindingWanted>,
    /// Members of a later release.
    #[serde(flatten)]
    pub later: Later,
}

/// What is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    /// See [`Wanted`].
    pub plan: PlanCopy,
    /// See [`Wanted`].
    pub fingerprint: String,
    /// See [`Wanted`].
    #[serde(default)]
    pub maintenance_version: Option<String>,
    /// See [`Wanted`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance_digest: Option<String>,
    /// See [`Wanted`]; kept for upgrades.
    #[serde(default)]
    pub context: Option<Sealed>,
    /// The instance's dashboard.
    #[serde(default)]
    pub dashboard_url: Option<String>,
    /// Labels that the adapter gave.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Plans that updates which failed may have left the deployment with; empty once a change has succeeded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub maybe: Vec<PlanCopy>,
    /// It has, or may have, a UAA client of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uaa_client: bool,
    /// That client was made by a change that failed: its secret went with the job, and the deployment may not know it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uaa_client_unsettled: bool,
    /// For a binding: what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<BindingInForce>,
    /// Members of a later release.
    #[serde(flatten)]
    pub later: Later,
}

/// How an earlier job ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// Its id.
    pub job: JobId,
    /// What it was.
    pub operation: Operation,
    /// Its end.
    pub state: State,
}

impl Past {
    /// How `job` counts once another takes its place: one that was still running has failed.
    pub fn of(job: &Job, replaced_at: Millis) -> Self {
        let state = match &job.state {
            State::Running => State::Failed {
                at: replaced_at,
                failure: {
                    let why = match job.operation.of_binding() {
                        false => "cancelled by a deprovision",
                        true => "cancelled by an unbind",
                    };
                    let for_user = format!("The operation was {why}. (operation-id: {})", job.id);
                    Failure::new(for_user, why)
                },
            },
            ended @ (State::Succeeded { .. } | State::Failed { .. }) => ended.clone(),
        };
        Past {
            job: job.id,
            operation: job.operation,
            state,
        }
    }
}

/// A record that can't be read.
#[derive(Debug, thiserror::Error)]
#[error("the record can't be read: {0}")]
pub struct Unreadable(#[from] serde_json::Error);

impl Record {
    /// Parses what the bus holds.
    ///
    /// # Errors
    /// [`Unreadable`] for anything that no release ever wrote.
    pub fn parse(bytes: &[u8]) -> Result<Self, Unreadable> {
        Ok(serde_json::from_slice(bytes)?)
    }
    /// What the bus is to hold.
    pub fn bytes(&self) -> Vec<u8> {
        // Only maps with keys that aren't texts can fail, and there are none.
        serde_json::to_vec(self).unwrap_or_default()
    }
    /// The record's key on the bus.
    pub fn key(&self) -> String {
        match &self.binding {
            None => crate::layout::instance_key(self.instance.as_str()),
            Some(binding) => crate::layout::binding_key(self.instance.as_str(), binding.as_str()),
        }
        .to_string()
    }
    /// Whether the thing is no more.
    pub fn gone(&self) -> bool {
        match self.phase {
            Phase::Gone { .. } => true,
            Phase::Pending | Phase::Admitted => false,
        }
    }
    /// When the last look is due, if one is.
    pub fn look_at(&self) -> Option<Millis> {
        match self.phase {
            Phase::Gone { look_at, .. } => look_at,
            Phase::Pending | Phase::Admitted => None,
        }
    }
    /// Whether a quota is still being counted for the record or its job. No worker touches it until that is over.
    pub fn is_undecided(&self) -> bool {
        match self.phase {
            Phase::Pending => true,
            Phase::Admitted | Phase::Gone { .. } => self.job.undecided.is_some(),
        }
    }
    /// Whether a worker has something to do, now or (for a last look) when it is due.
    pub fn unfinished(&self) -> bool {
        match self.phase {
            Phase::Pending => false,
            Phase::Admitted => !self.job.finished() && self.job.undecided.is_none(),
            Phase::Gone { look_at, .. } => look_at.is_some() || !self.job.finished(),
        }
    }
    /// Whether the thing has ever been there: its provision, or its bind, once succeeded.
    pub fn ever_succeeded(&self) -> bool {
        self.in_force.is_some()
    }
    /// The plan that the thing has or is to have.
    pub fn plan(&self) -> Option<&PlanCopy> {
        self.in_force
            .as_ref()
            .map(|f| &f.plan)
            .or(self.job.wanted.as_ref().map(|w| &w.plan))
    }
    /// For a binding: whether its credentials are, or may be, in CredHub.
    pub fn secure(&self) -> bool {
        let made = self.in_force.as_ref().and_then(|f| f.binding.as_ref()).map(|b| &b.made);
        let wanted = self.job.wanted.as_ref().and_then(|w| w.binding.as_ref());
        made.is_some_and(|made| made.secure) || wanted.is_some_and(|wanted| wanted.secure)
    }
    /// What a repeated PUT is compared with.
    pub fn fingerprint(&self) -> Option<&str> {
        let wanted = self.job.wanted.as_ref().map(|w| w.fingerprint.as_str());
        self.in_force.as_ref().map(|f| f.fingerprint.as_str()).or(wanted)
    }

    /// Whether `later` is this record, in which a gateway has noted no more than who was told of the job.
    pub fn is_but_touched(&self, later: &Record) -> bool {
        let mut as_before = later.clone();
        as_before.job.synchronous = self.job.synchronous;
        as_before.job.accepted_revision = self.job.accepted_revision;
        as_before == *self
    }
}
