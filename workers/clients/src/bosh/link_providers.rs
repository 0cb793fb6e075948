//! `GET /link_providers`.

use reqwest::StatusCode;
use serde::Deserialize;

use super::Director;
use super::deployment::if_there;
use crate::{CallContext, Fault};

/// Something in a deployment that links can be made to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LinkProvider {
    /// Its id.
    pub id: String,
    /// Its name in the manifest.
    pub name: String,
    /// Whether others than its own deployment may link to it.
    #[serde(default)]
    pub shared: bool,
    #[serde(default)]
    owner_object: Owner,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Owner {
    #[serde(default)]
    info: Option<Info>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Info {
    #[serde(default)]
    instance_group: Option<String>,
}

impl LinkProvider {
    /// The instance group that it belongs to; a provider of another kind than a release job has none.
    pub fn instance_group(&self) -> Option<&str> {
        self.owner_object.info.as_ref()?.instance_group.as_deref()
    }
}

impl Director {
    /// The link providers of a deployment; `None` when the Director says that there is no such deployment.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn link_providers(
        &self,
        deployment: &str,
        call: &CallContext,
    ) -> Result<Option<Vec<LinkProvider>>, Fault> {
        let answer = self
            .get(&["link_providers"], &[("deployment", deployment)], call)
            .await?;
        if_there(&answer, StatusCode::OK)
    }
}
