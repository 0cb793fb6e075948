//! `GET /v3/service_instances`.

use serde::{Deserialize, Deserializer};

use super::list::Resource;
use super::plans::MaintenanceInfo;
use super::query::{Query, is_among};
use super::related::{One, Perhaps};
use super::{CloudController, LastOperation};
use crate::{CallContext, Fault};

/// A service instance as the platform has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire")]
pub struct Instance {
    /// Its guid; a broker knows it by the same.
    pub guid: String,
    /// Its name, which its users gave it and may change.
    pub name: String,
    /// Whose it is.
    pub kind: InstanceKind,
    /// The guid of its plan; `None` for one that no broker made.
    pub plan_guid: Option<String>,
    /// The guid of its space.
    pub space_guid: String,
    /// What was done with it last.
    pub last_operation: Option<LastOperation>,
    /// The version of the maintenance info that it has; `None` when it has none.
    pub maintenance_version: Option<String>,
    /// Whether its plan has another version.
    pub upgrade_available: bool,
    /// Where its dashboard is.
    pub dashboard_url: Option<String>,
}

/// Who made a service instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InstanceKind {
    /// A broker.
    Managed,
    /// A user.
    UserProvided,
    /// Somebody whom this client doesn't know.
    Other,
}

/// Which instances. No list is no filter, an empty one finds nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstanceFilter {
    /// Those of these names.
    pub names: Option<Vec<String>>,
    /// Those of these plans.
    pub plan_guids: Option<Vec<String>>,
    /// Those in these spaces.
    pub space_guids: Option<Vec<String>>,
    /// Those in these organizations.
    pub organization_guids: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Wire {
    guid: String,
    name: String,
    r#type: InstanceKind,
    last_operation: Option<LastOperation>,
    maintenance_info: Option<MaintenanceInfo>,
    #[serde(default)]
    upgrade_available: bool,
    dashboard_url: Option<String>,
    relationships: Relationships,
}

#[derive(Deserialize)]
struct Relationships {
    space: One,
    service_plan: Option<Perhaps>,
}

impl<'de> Deserialize<'de> for InstanceKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| match text.as_str() {
            "managed" => Self::Managed,
            "user-provided" => Self::UserProvided,
            _ => Self::Other,
        })
    }
}

impl From<Wire> for Instance {
    fn from(wire: Wire) -> Self {
        Self {
            guid: wire.guid,
            name: wire.name,
            kind: wire.r#type,
            plan_guid: Perhaps::guid(wire.relationships.service_plan),
            space_guid: wire.relationships.space.guid(),
            last_operation: wire.last_operation,
            maintenance_version: MaintenanceInfo::version(wire.maintenance_info),
            upgrade_available: wire.upgrade_available,
            dashboard_url: wire.dashboard_url.filter(|url| !url.is_empty()),
        }
    }
}

impl Resource for Instance {
    fn guid(&self) -> &str {
        &self.guid
    }
}

impl CloudController {
    /// The instances that we may see.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn instances(&self, filter: &InstanceFilter, call: &CallContext) -> Result<Vec<Instance>, Fault> {
        let query = Query::new()
            .among("names", filter.names.as_deref())
            .among("service_plan_guids", filter.plan_guids.as_deref())
            .among("space_guids", filter.space_guids.as_deref())
            .among("organization_guids", filter.organization_guids.as_deref());
        let mut found: Vec<Instance> = self.list(&["service_instances"], query, call).await?;
        found.retain(|it| is_among(filter.names.as_deref(), &it.name));
        Ok(found)
    }

    /// The instance of this guid; `None` when there is none, or none for us.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn instance(&self, guid: &str, call: &CallContext) -> Result<Option<Instance>, Fault> {
        self.get(&["service_instances", guid], call).await
    }
}
