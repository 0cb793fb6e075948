//! `/links`: external links, which give an address by BOSH DNS.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::Director;
use super::deployment::if_there;
use crate::{CallContext, Fault};

/// The Director's code for a link that isn't there.
pub(super) const NO_LINK: u64 = 810_000;
/// The type of a consumer that is outside of BOSH.
const EXTERNAL: &str = "external";

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: String,
    /// The id of its provider.
    pub provider_id: String,
    /// The name of its external consumer, as [`Director::create_link`] got it; nothing for links between release jobs.
    pub consumer: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    link_provider_id: String,
    link_consumer_id: String,
}

#[derive(Deserialize)]
struct Consumer {
    id: String,
    #[serde(default)]
    owner_object: Option<Owner>,
}

#[derive(Deserialize)]
struct Owner {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    name: String,
}

impl Director {
    /// Links an external consumer to a shared provider, once. The same consumer and provider give the same link again. `limit` is the
    /// time that is left for the whole call.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether there may be a link.
    pub async fn create_link(
        &self,
        provider_id: &str,
        consumer_name: &str,
        call: &CallContext,
        limit: Duration,
    ) -> Result<Link, Fault> {
        let until = Instant::now() + limit;
        let body = json!({
            "link_provider_id": provider_id,
            "link_consumer": {"owner_object": {"name": consumer_name, "type": EXTERNAL}},
        });
        let request = self
            .request(Method::POST, &["links"], &[], call)?
            .header("content-type", "application/json")?
            .body(Bytes::from(body.to_string()));
        let answer = self.write(request, until).await?;
        match answer.status {
            StatusCode::OK | StatusCode::CREATED => answer.json().map(|row: Row| Link {
                id: row.id,
                provider_id: row.link_provider_id,
                consumer: Some(consumer_name.to_owned()),
            }),
            _ => Err(answer.fault()),
        }
    }

    /// Deletes an external link, once; one that the Director doesn't know is a success. `limit` is the time that is left for the
    /// whole call.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn delete_link(&self, id: &str, call: &CallContext, limit: Duration) -> Result<(), Fault> {
        let until = Instant::now() + limit;
        let request = self.request(Method::DELETE, &["links", id], &[], call)?;
        let answer = self.write(request, until).await?;
        match answer.status {
            StatusCode::NO_CONTENT | StatusCode::OK => Ok(()),
            _ => match answer.fault() {
                fault if fault.code() == Some(NO_LINK) => Ok(()),
                fault => Err(fault),
            },
        }
    }

    /// The links to and within a deployment; `None` when the Director says that there is no such deployment. The names of consumers
    /// are in a list of their own, so this is two reads, the links first: whoever is still linked is in the second.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn links(&self, deployment: &str, call: &CallContext) -> Result<Option<Vec<Link>>, Fault> {
        let query = [("deployment", deployment)];
        let answer = self.get(&["links"], &query, call).await?;
        let Some(rows) = if_there::<Vec<Row>>(&answer, StatusCode::OK)? else {
            return Ok(None);
        };
        let answer = self.get(&["link_consumers"], &query, call).await?;
        let Some(consumers) = if_there::<Vec<Consumer>>(&answer, StatusCode::OK)? else {
            return Ok(None);
        };
        let names: BTreeMap<String, String> = consumers
            .into_iter()
            .filter_map(|consumer| {
                let owner = consumer.owner_object.filter(|owner| owner.kind == EXTERNAL)?;
                Some((consumer.id, owner.name))
            })
            .collect();
        let links = rows.into_iter().map(|row| Link {
            consumer: names.get(&row.link_consumer_id).cloned(),
            id: row.id,
            provider_id: row.link_provider_id,
        });
        Ok(Some(links.collect()))
    }
}
