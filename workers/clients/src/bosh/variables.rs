//! `GET /deployments/:name/variables`.

use reqwest::StatusCode;
use serde::Deserialize;

use super::Director;
use super::deployment::if_there;
use crate::{CallContext, Fault};

/// A variable of a deployment: which version of a CredHub credential it uses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Variable {
    /// The id of that version in CredHub.
    pub id: String,
    /// The credential's whole name.
    pub name: String,
}

impl Director {
    /// The variables of a deployment; `None` when the Director says that there is no such deployment.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn variables(&self, deployment: &str, call: &CallContext) -> Result<Option<Vec<Variable>>, Fault> {
        let answer = self.get(&["deployments", deployment, "variables"], &[], call).await?;
        if_there(&answer, StatusCode::OK)
    }
}
