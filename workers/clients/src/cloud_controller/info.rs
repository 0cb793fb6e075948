//! `GET /`: which API it has.

use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::CloudController;
use super::answer::fault;
use crate::{CallContext, Fault};

/// What a Cloud Controller says about itself to everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// The version of its API v3, `3.228.0`.
    pub version: String,
    /// The address of the UAA whose tokens it takes, when it says so.
    pub uaa_url: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    links: Links,
}

#[derive(Deserialize)]
struct Links {
    cloud_controller_v3: Option<Api>,
    uaa: Option<Link>,
}

#[derive(Deserialize)]
struct Api {
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    version: Option<String>,
}

#[derive(Deserialize)]
struct Link {
    href: Option<String>,
}

impl CloudController {
    /// Asks which API it has; without a token.
    ///
    /// # Errors
    /// A [`Fault`]; [`FaultKind::Garbled`](crate::FaultKind::Garbled) when what answers has no API v3.
    pub async fn info(&self, call: &CallContext) -> Result<Info, Fault> {
        let request = self.server.request_to(Method::GET, self.server.base.clone(), call)?;
        let answer = self.server.read_openly(request).await?;
        if answer.status != StatusCode::OK {
            return Err(fault(&answer, None));
        }
        let Wire { links } = answer.json()?;
        let version = links
            .cloud_controller_v3
            .and_then(|api| api.meta)
            .and_then(|meta| meta.version)
            .filter(|version| !version.is_empty());
        let version = version.ok_or_else(|| {
            answer.garbled("it names no version of the API v3 (links.cloud_controller_v3.meta.version)")
        })?;
        Ok(Info {
            version,
            uaa_url: links.uaa.and_then(|link| link.href),
        })
    }
}
