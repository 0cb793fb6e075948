//! `GET /deployments`.

use reqwest::StatusCode;
use serde::Deserialize;

use super::Director;
use crate::{CallContext, Fault};

/// A row of the list of deployments.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DeploymentRow {
    /// The deployment's name.
    pub name: String,
    /// Whether a task, errands included, holds its lock.
    #[serde(default)]
    pub locked: bool,
    /// The teams that may change it.
    #[serde(default)]
    pub teams: Vec<String>,
}

impl Director {
    /// All deployments that we may see, without their configs, releases and stemcells.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn deployments(&self, call: &CallContext) -> Result<Vec<DeploymentRow>, Fault> {
        let query = [
            ("exclude_configs", "true"),
            ("exclude_releases", "true"),
            ("exclude_stemcells", "true"),
        ];
        let answer = self.get(&["deployments"], &query, call).await?;
        if answer.status == StatusCode::OK {
            answer.json()
        } else {
            Err(answer.fault())
        }
    }
}
