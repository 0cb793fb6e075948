//! `GET /v3/spaces`.

use serde::Deserialize;

use super::CloudController;
use super::list::Resource;
use super::query::{Query, is_among};
use super::related::One;
use crate::{CallContext, Fault};

/// A space.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire")]
pub struct Space {
    /// Its guid.
    pub guid: String,
    /// Its name; there is no second one of it in its organization.
    pub name: String,
    /// The guid of its organization.
    pub organization_guid: String,
}

#[derive(Deserialize)]
struct Wire {
    guid: String,
    name: String,
    relationships: Relationships,
}

#[derive(Deserialize)]
struct Relationships {
    organization: One,
}

impl From<Wire> for Space {
    fn from(wire: Wire) -> Self {
        Self {
            guid: wire.guid,
            name: wire.name,
            organization_guid: wire.relationships.organization.guid(),
        }
    }
}

impl Resource for Space {
    fn guid(&self) -> &str {
        &self.guid
    }
}

impl CloudController {
    /// The spaces of these names in this organization that we may see.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn spaces(
        &self,
        names: &[String],
        organization_guid: &str,
        call: &CallContext,
    ) -> Result<Vec<Space>, Fault> {
        let organization = [organization_guid.to_owned()];
        let query = Query::new()
            .among("names", Some(names))
            .among("organization_guids", Some(&organization));
        let mut found: Vec<Space> = self.list(&["spaces"], query, call).await?;
        found.retain(|it| is_among(Some(names), &it.name));
        Ok(found)
    }
}
