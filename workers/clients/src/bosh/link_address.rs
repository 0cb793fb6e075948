//! `GET /link_address`.

use reqwest::StatusCode;
use serde::Deserialize;

use super::Director;
use super::links::NO_LINK;
use crate::{CallContext, Fault};

#[derive(Deserialize)]
struct Said {
    address: String,
}

impl Director {
    /// The address by BOSH DNS behind a link; `None` when the Director says that there is no such link. `azs` narrows it to
    /// instances in these zones, `status` to those that are `default`, `healthy`, `unhealthy` or `all`.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn link_address(
        &self,
        link_id: &str,
        azs: &[String],
        status: Option<&str>,
        call: &CallContext,
    ) -> Result<Option<String>, Fault> {
        let mut query = vec![("link_id", link_id)];
        query.extend(azs.iter().map(|az| ("azs[]", az.as_str())));
        query.extend(status.map(|status| ("status", status)));
        let answer = self.get(&["link_address"], &query, call).await?;
        if answer.status == StatusCode::OK {
            return answer.json().map(|said: Said| Some(said.address));
        }
        let fault = answer.fault();
        if fault.code() == Some(NO_LINK) {
            Ok(None)
        } else {
            Err(fault)
        }
    }
}
