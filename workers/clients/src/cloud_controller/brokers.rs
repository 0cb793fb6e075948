//! `GET /v3/service_brokers`.

use serde::Deserialize;

use super::CloudController;
use super::list::Resource;
use super::query::{Query, is_among};
use super::related::Perhaps;
use crate::{CallContext, Fault};

/// A registered service broker.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire")]
pub struct Broker {
    /// Its guid.
    pub guid: String,
    /// Its name; there is no second one of it.
    pub name: String,
    /// Where Cloud Controller calls it.
    pub url: String,
    /// The space that it is for alone; `None` when it is for all.
    pub space_guid: Option<String>,
}

/// Which brokers. No list is no filter, an empty one finds nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrokerFilter {
    /// Those of these names.
    pub names: Option<Vec<String>>,
    /// Those of these spaces alone.
    pub space_guids: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Wire {
    guid: String,
    name: String,
    url: String,
    #[serde(default)]
    relationships: Relationships,
}

#[derive(Deserialize, Default)]
struct Relationships {
    space: Option<Perhaps>,
}

impl From<Wire> for Broker {
    fn from(wire: Wire) -> Self {
        Self {
            guid: wire.guid,
            name: wire.name,
            url: wire.url,
            space_guid: Perhaps::guid(wire.relationships.space),
        }
    }
}

impl Resource for Broker {
    fn guid(&self) -> &str {
        &self.guid
    }
}

impl CloudController {
    /// The brokers that we may see.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn brokers(&self, filter: &BrokerFilter, call: &CallContext) -> Result<Vec<Broker>, Fault> {
        let query = Query::new()
            .among("names", filter.names.as_deref())
            .among("space_guids", filter.space_guids.as_deref());
        let mut found: Vec<Broker> = self.list(&["service_brokers"], query, call).await?;
        found.retain(|it| is_among(filter.names.as_deref(), &it.name));
        Ok(found)
    }

    /// The broker of this guid; `None` when there is none, or none for us.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn broker(&self, guid: &str, call: &CallContext) -> Result<Option<Broker>, Fault> {
        self.get(&["service_brokers", guid], call).await
    }
}
