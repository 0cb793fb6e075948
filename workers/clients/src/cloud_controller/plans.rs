//! `GET /v3/service_plans`.

use serde::Deserialize;

use super::list::Resource;
use super::query::{Query, is_among};
use super::related::One;
use super::{CloudController, VisibilityKind};
use crate::{CallContext, Fault};

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire")]
pub struct Plan {
    /// Its guid.
    pub guid: String,
    /// Its name.
    pub name: String,
    /// Whether it is in its broker's catalog.
    pub available: bool,
    /// Its id in its broker's catalog.
    pub catalog_id: String,
    /// The guid of its offering.
    pub offering_guid: String,
    /// Who sees it; for organizations [`CloudController::visibility`] says which.
    pub visibility: VisibilityKind,
    /// The version of its maintenance info; `None` when it has none.
    pub maintenance_version: Option<String>,
}

/// Which plans. No list is no filter, an empty one finds nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanFilter {
    /// Those of these names.
    pub names: Option<Vec<String>>,
    /// Those that have these ids in their catalogs.
    pub catalog_ids: Option<Vec<String>>,
    /// Those of these offerings.
    pub offering_guids: Option<Vec<String>>,
    /// Those of these brokers.
    pub broker_guids: Option<Vec<String>>,
    /// Those of these service instances.
    pub instance_guids: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Wire {
    guid: String,
    name: String,
    available: bool,
    visibility_type: VisibilityKind,
    maintenance_info: Option<MaintenanceInfo>,
    broker_catalog: Catalog,
    relationships: Relationships,
}

/// Maintenance info; an empty object stands for none.
#[derive(Deserialize)]
pub(super) struct MaintenanceInfo {
    version: Option<String>,
}

#[derive(Deserialize)]
struct Catalog {
    id: String,
}

#[derive(Deserialize)]
struct Relationships {
    service_offering: One,
}

impl MaintenanceInfo {
    pub(super) fn version(info: Option<Self>) -> Option<String> {
        info.and_then(|info| info.version)
    }
}

impl From<Wire> for Plan {
    fn from(wire: Wire) -> Self {
        Self {
            guid: wire.guid,
            name: wire.name,
            available: wire.available,
            catalog_id: wire.broker_catalog.id,
            offering_guid: wire.relationships.service_offering.guid(),
            visibility: wire.visibility_type,
            maintenance_version: MaintenanceInfo::version(wire.maintenance_info),
        }
    }
}

impl Resource for Plan {
    fn guid(&self) -> &str {
        &self.guid
    }
}

impl CloudController {
    /// The plans that we may see.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn plans(&self, filter: &PlanFilter, call: &CallContext) -> Result<Vec<Plan>, Fault> {
        let (names, ids) = (filter.names.as_deref(), filter.catalog_ids.as_deref());
        let query = Query::new()
            .among("names", names)
            .among("broker_catalog_ids", ids)
            .among("service_offering_guids", filter.offering_guids.as_deref())
            .among("service_broker_guids", filter.broker_guids.as_deref())
            .among("service_instance_guids", filter.instance_guids.as_deref());
        let mut found: Vec<Plan> = self.list(&["service_plans"], query, call).await?;
        found.retain(|it| is_among(names, &it.name) && is_among(ids, &it.catalog_id));
        Ok(found)
    }
}
