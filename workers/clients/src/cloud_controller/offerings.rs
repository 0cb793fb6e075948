//! `/v3/service_offerings`.

use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use tokio::time::Instant;

use super::list::Resource;
use super::query::{Query, is_among};
use super::related::One;
use super::{CloudController, Deletion};
use crate::{CallContext, Fault};

/// A service offering.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire")]
pub struct Offering {
    /// Its guid.
    pub guid: String,
    /// Its name; another broker may have one of the same name.
    pub name: String,
    /// Whether it is in its broker's catalog.
    pub available: bool,
    /// Its id in its broker's catalog.
    pub catalog_id: String,
    /// The guid of its broker.
    pub broker_guid: String,
}

/// Which offerings. No list is no filter, an empty one finds nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfferingFilter {
    /// Those of these names.
    pub names: Option<Vec<String>>,
    /// Those of these brokers.
    pub broker_guids: Option<Vec<String>>,
    /// Those that have these ids in their catalogs.
    pub catalog_ids: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Wire {
    guid: String,
    name: String,
    available: bool,
    broker_catalog: Catalog,
    relationships: Relationships,
}

#[derive(Deserialize)]
struct Catalog {
    id: String,
}

#[derive(Deserialize)]
struct Relationships {
    service_broker: One,
}

impl From<Wire> for Offering {
    fn from(wire: Wire) -> Self {
        Self {
            guid: wire.guid,
            name: wire.name,
            available: wire.available,
            catalog_id: wire.broker_catalog.id,
            broker_guid: wire.relationships.service_broker.guid(),
        }
    }
}

impl Resource for Offering {
    fn guid(&self) -> &str {
        &self.guid
    }
}

impl CloudController {
    /// The offerings that we may see.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn offerings(&self, filter: &OfferingFilter, call: &CallContext) -> Result<Vec<Offering>, Fault> {
        let (names, ids) = (filter.names.as_deref(), filter.catalog_ids.as_deref());
        let query = Query::new()
            .among("names", names)
            .among("service_broker_guids", filter.broker_guids.as_deref())
            .among("broker_catalog_ids", ids);
        let mut found: Vec<Offering> = self.list(&["service_offerings"], query, call).await?;
        found.retain(|it| is_among(names, &it.name) && is_among(ids, &it.catalog_id));
        Ok(found)
    }

    /// Removes an offering, its plans, instances and bindings from Cloud Controller, once; its broker isn't told. `limit` is the time that is
    /// left for the whole call.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether it may be gone.
    pub async fn purge_offering(&self, guid: &str, call: &CallContext, limit: Duration) -> Result<Deletion, Fault> {
        let until = Instant::now() + limit;
        let path = ["service_offerings", guid];
        let request = self.request(Method::DELETE, &path, &[("purge", "true")], call)?;
        Deletion::of(&self.write(request, until).await?)
    }
}
