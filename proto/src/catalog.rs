//! What is offered: service offerings and their plans, as the configuration has them, and what the
//! platform and the adapter are shown of them.
mod access;
mod adapter;
mod binding_dns;
mod errands;
mod maintenance;
mod osbapi;
mod quotas;

pub use access::Access;
pub use binding_dns::BindingDns;
pub use errands::{Errand, ErrandInstance, LifecycleErrands};
pub use maintenance::{MaintenanceInfo, MaintenanceShown};
pub use osbapi::Showing;
pub use quotas::{Quotas, ResourceQuota};

use crate::config::{Deadlines, ServiceAdapter, ServiceDeployment};
use crate::secret::Secret;
use serde::Serialize;
use serde_json::{Map, Value};

/// Everything that is offered.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalog {
    /// The service offerings; ids and names are unique, and so are the ids of all plans.
    pub offerings: Vec<Offering>,
}

/// A service offering.
#[derive(Debug, Clone, PartialEq)]
pub struct Offering {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Whether its instances can be bound, unless the plan says otherwise.
    pub bindable: bool,
    /// Whether an instance may change its plan, unless the plan says otherwise.
    pub plan_updatable: bool,
    /// Tags.
    pub tags: Vec<String>,
    /// Permissions that the platform has to give.
    pub requires: Vec<String>,
    /// As the platform gets it; `shareable` is always there.
    pub metadata: Map<String, Value>,
    /// The client that the platform sets up for the dashboard.
    pub dashboard_client: Option<DashboardClient>,
    /// How much there may be of all plans together.
    pub global_quotas: Quotas,
    /// The plans, at least one.
    pub plans: Vec<Plan>,
    /// The service author's executable for it.
    pub adapter: ServiceAdapter,
    /// What that is told to deploy.
    pub deployment: ServiceDeployment,
    /// The key of the configuration where its catalog stands, e.g. `chandler.offerings[0].service_catalog`.
    pub key: String,
}

/// A plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Whether it costs nothing; the platform takes an absent value as true.
    pub free: Option<bool>,
    /// Overrides the offering.
    pub bindable: Option<bool>,
    /// Overrides the offering.
    pub plan_updatable: Option<bool>,
    /// As the platform gets it.
    pub metadata: Map<String, Value>,
    /// For the adapter; the offering's global properties are merged in.
    pub properties: Map<String, Value>,
    /// For the adapter.
    pub instance_groups: Vec<InstanceGroup>,
    /// For the adapter.
    pub update: Option<Update>,
    /// The offering's and the plan's, merged.
    pub maintenance_info: Option<MaintenanceInfo>,
    /// The addresses that each binding gets by BOSH DNS.
    pub binding_with_dns: Vec<BindingDns>,
    /// How many instances of it there may be, and what each costs.
    pub quotas: Quotas,
    /// What the Director runs after a deployment and before its deletion.
    pub lifecycle_errands: LifecycleErrands,
    /// How long operations on its instances may take.
    pub deadlines: Deadlines,
    /// Who sees it in the marketplace, once `chandler register` has told Cloud Controller.
    pub access: Access,
}

/// A group of alike VMs of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InstanceGroup {
    /// Its name.
    pub name: String,
    /// The VM type of the Director's cloud config.
    pub vm_type: String,
    /// VM extensions of the Director's cloud config.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vm_extensions: Vec<String>,
    /// The disk type of the Director's cloud config.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub persistent_disk_type: Option<String>,
    /// How many VMs.
    pub instances: u64,
    /// Networks of the Director's cloud config.
    pub networks: Vec<String>,
    /// Availability zones of the Director's cloud config.
    pub azs: Vec<String>,
    /// `service` or `errand`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<String>,
    /// Earlier names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub migrated_from: Vec<MigratedFrom>,
}

/// An earlier name of an instance group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MigratedFrom {
    /// The name.
    pub name: String,
}

/// How the Director updates the VMs of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Update {
    /// How many VMs go first.
    pub canaries: u64,
    /// How many VMs at once.
    pub max_in_flight: MaxInFlight,
    /// Milliseconds, or a range of them.
    pub canary_watch_time: String,
    /// Milliseconds, or a range of them.
    pub update_watch_time: String,
    /// Whether instance groups go one after another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<bool>,
    /// `serial` or `parallel`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_deploy_az_update_strategy: Option<String>,
}

/// How many VMs at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum MaxInFlight {
    /// A number.
    Count(u64),
    /// A part, e.g. `50%`.
    Percent(String),
}

/// The client that the platform sets up for the dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DashboardClient {
    /// Its id.
    pub id: String,
    /// Its secret, which the platform is shown.
    pub secret: Secret,
    /// Where it may send users back to.
    pub redirect_uri: String,
}

impl Catalog {
    /// The service offering with this id.
    pub fn service(&self, service_id: &str) -> Option<&Offering> {
        self.offerings.iter().find(|offering| offering.id == service_id)
    }

    /// The plan with this id in the offering with that id.
    pub fn plan(&self, service_id: &str, plan_id: &str) -> Option<&Plan> {
        self.service(service_id)?.plan(plan_id)
    }
}

impl Offering {
    /// The plan with this id.
    pub fn plan(&self, plan_id: &str) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.id == plan_id)
    }

    /// Whether instances of `plan` may change their plan.
    pub fn is_updatable(&self, plan: &Plan) -> bool {
        plan.plan_updatable.unwrap_or(self.plan_updatable)
    }

    /// Whether instances of `plan` can be bound.
    pub fn is_bindable(&self, plan: &Plan) -> bool {
        plan.bindable.unwrap_or(self.bindable)
    }
}
