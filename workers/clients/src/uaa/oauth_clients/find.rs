//! `GET /oauth/clients?filter=`.

use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::answer::fault;
use super::{OauthClient, OauthClients};
use crate::fault::{Fault, FaultKind};
use crate::http::CallContext;

#[derive(Deserialize)]
struct Page {
    resources: Vec<OauthClient>,
    #[serde(rename = "totalResults")]
    total: usize,
}

impl OauthClients {
    /// Reads a client; `None` when there is none.
    ///
    /// It is looked for by a filter, as ODB does: an empty list can only come from the UAA, and a 404 from anything on the way to it.
    ///
    /// # Errors
    /// A [`Fault`]; also for an id that can't stand in a filter.
    pub async fn get(&self, client_id: &str, call: &CallContext) -> Result<Option<OauthClient>, Fault> {
        let filter = format!("client_id eq \"{client_id}\"");
        // The filter doesn't tell capitals apart, so there may be others.
        let query = [("filter", filter.as_str()), ("startIndex", "1"), ("count", "100")];
        let request = self.request(Method::GET, &[], &query, call)?;
        let odd = |c: char| c.is_control() || matches!(c, '"' | '\\');
        if client_id.is_empty() || client_id.contains(odd) {
            return Err(request.fault(FaultKind::NotSent, "the client id can't stand in a filter"));
        }
        let answer = self.read(request).await?;
        if answer.status != StatusCode::OK {
            return Err(fault(&answer, None));
        }
        let page: Page = answer.json()?;
        let seen = page.resources.len();
        match page.resources.into_iter().find(|client| client.client_id == client_id) {
            None if seen < page.total => Err(answer.garbled(format!("{seen} of {} clients", page.total))),
            found => Ok(found),
        }
    }
}
