//! Configs that a deployment brings along: written, listed by name and deleted.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::Director;
use crate::{CallContext, Fault};

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "type")]
    kind: String,
}

/// A config. `Debug` shows no content: it may hold secrets.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Config {
    /// Its type: `cloud`, `runtime`, `cpi` or any other.
    #[serde(rename = "type")]
    pub kind: String,
    /// YAML; of type `runtime` it is not the text that was written, but means the same.
    pub content: String,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Director {
    /// The configs with this name, of each type the latest.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn configs(&self, name: &str, call: &CallContext) -> Result<Vec<Config>, Fault> {
        let query = [("name", name), ("latest", "true")];
        let answer = self.get(&["configs"], &query, call).await?;
        if answer.status == StatusCode::OK {
            answer.json()
        } else {
            Err(answer.fault())
        }
    }

    /// Writes a config, once; the same content again changes nothing. `limit` is the time that is left for the whole call.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether it may be written.
    pub async fn update_config(
        &self,
        kind: &str,
        name: &str,
        content: &str,
        call: &CallContext,
        limit: Duration,
    ) -> Result<(), Fault> {
        let until = Instant::now() + limit;
        let body = json!({"type": kind, "name": name, "content": content});
        let request = self
            .request(Method::POST, &["configs"], &[], call)?
            .header("content-type", "application/json")?
            .body(Bytes::from(body.to_string()));
        let answer = self.write(request, until).await?;
        match answer.status {
            StatusCode::CREATED | StatusCode::OK => Ok(()),
            _ => Err(answer.fault()),
        }
    }

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
