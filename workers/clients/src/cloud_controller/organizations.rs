//! `GET /v3/organizations`.

use serde::Deserialize;

use super::CloudController;
use super::list::Resource;
use super::query::{Query, is_among};
use crate::{CallContext, Fault};

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Organization {
    /// Its guid.
    pub guid: String,
    /// Its name; there is no second one of it.
    pub name: String,
}

impl Resource for Organization {
    fn guid(&self) -> &str {
        &self.guid
    }
}

impl CloudController {
    /// The organizations of these names that we may see.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn organizations(&self, names: &[String], call: &CallContext) -> Result<Vec<Organization>, Fault> {
        let query = Query::new().among("names", Some(names));
        let mut found: Vec<Organization> = self.list(&["organizations"], query, call).await?;
        found.retain(|it| is_among(Some(names), &it.name));
        Ok(found)
    }
}
