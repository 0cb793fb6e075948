//! Configs that a deployment brought along: listed by name and deleted.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use tokio::time::Instant;

use super::Director;
use crate::{CallContext, Fault};

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "type")]
    kind: String,
}

impl Director {
    /// The types of the configs with this name, each once.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn config_types(&self, name: &str, call: &CallContext) -> Result<Vec<String>, Fault> {
        let answer = self
            .get(&["configs"], &[("name", name), ("latest", "true")], call)
            .await?;
        if answer.status != StatusCode::OK {
            return Err(answer.fault());
        }
        let rows: Vec<Row> = answer.json()?;
        let mut kinds: Vec<String> = rows.into_iter().map(|row| row.kind).collect();
        kinds.sort();
        kinds.dedup();
        Ok(kinds)
    }

    /// Deletes the config of this type and name, once; one that isn't there is a success. `limit` is the time that is left for the
    /// whole call.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn delete_config(
        &self,
        kind: &str,
        name: &str,
        call: &CallContext,
        limit: Duration,
    ) -> Result<(), Fault> {
        let until = Instant::now() + limit;
        let request = self.request(Method::DELETE, &["configs"], &[("type", kind), ("name", name)], call)?;
        let answer = self.write(request, until).await?;
        match answer.status {
            // The Director answers 404 in plain text for a config that isn't there.
            StatusCode::NO_CONTENT | StatusCode::OK | StatusCode::NOT_FOUND => Ok(()),
            _ => Err(answer.fault()),
        }
    }
}
