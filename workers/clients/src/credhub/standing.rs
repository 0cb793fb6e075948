//! `GET /version`, and `GET /info` of servers that have no such route.

use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::CredHub;
use super::answer::fault;
use crate::{CallContext, Fault};

/// What a CredHub says when our credentials are tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its version, `2.12.95`; `None` when it doesn't tell.
    pub version: Option<String>,
    /// What our token may; `None` when the UAA says nothing about it.
    pub scopes: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

#[derive(Deserialize)]
struct Info {
    app: Option<App>,
}

#[derive(Deserialize)]
struct App {
    version: Option<String>,
}

impl CredHub {
    /// Asks for the version, with a new token, so that credentials which were changed at the UAA are noticed.
    ///
    /// # Errors
    /// A [`Fault`]: credentials that aren't accepted, a scope that is missing, or no answer.
    pub async fn standing(&self, call: &CallContext) -> Result<Standing, Fault> {
        let request = self.request(Method::GET, &["version"], &[], call)?;
        let (answer, token) = self.read_anew(request).await?;
        let version = match answer.status {
            StatusCode::OK => Some(answer.json::<Version>()?.version),
            // The credentials were looked at before the route. Older servers tell it to everybody.
            StatusCode::NOT_FOUND => self.told_openly(call).await?,
            _ => return Err(fault(&answer)),
        };
        let scopes = token.scopes().map(<[String]>::to_vec);
        Ok(Standing { version, scopes })
    }

    async fn told_openly(&self, call: &CallContext) -> Result<Option<String>, Fault> {
        let answer = self
            .read_openly(self.request(Method::GET, &["info"], &[], call)?)
            .await?;
        match answer.status {
            StatusCode::OK => Ok(answer.json::<Info>()?.app.and_then(|app| app.version)),
            _ => Err(fault(&answer)),
        }
    }
}
