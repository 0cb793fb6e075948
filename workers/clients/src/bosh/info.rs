//! `GET /info`: who the Director is, and who we are there.

use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::Director;
use crate::http::Answer;
use crate::{CallContext, Fault};

/// What a Director says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Its name.
    pub name: String,
    /// Its identity.
    pub uuid: String,
    /// Its version as it writes it, `280.1.0 (00000000)`.
    pub version: String,
    /// Who we are there; nothing when our credentials are wrong, or our token is not accepted: `/info` never refuses anybody.
    pub user: Option<String>,
    /// `basic` or `uaa`.
    pub authentication: String,
    /// The address of its UAA, when it has one.
    pub uaa_url: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    name: String,
    #[serde(default)]
    uuid: String,
    version: String,
    user: Option<String>,
    user_authentication: Option<Authentication>,
}

#[derive(Deserialize)]
struct Authentication {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    options: Options,
}

#[derive(Deserialize, Default)]
struct Options {
    url: Option<String>,
}

/// The address of the UAA in an answer of `/info`.
///
/// # Errors
/// A [`Fault`]: the Director has none.
pub(super) fn uaa_url(answer: &Answer) -> Result<String, Fault> {
    let wire: Wire = answer.json()?;
    let known = wire.user_authentication;
    let url = known
        .filter(|known| known.kind == "uaa")
        .and_then(|known| known.options.url);
    url.ok_or_else(|| answer.garbled("the Director names no UAA; it knows its users itself"))
}

/// Who we are at a Director, with credentials that were tried just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// As in [`Info`], for our credentials.
    pub info: Info,
    /// What our token may; `None` when the Director knows its users itself, or the UAA says nothing about it.
    pub scopes: Option<Vec<String>>,
}

impl Director {
    /// Asks who the Director is. It answers also when its database is dead.
    ///
    /// # Errors
    /// A [`Fault`]; credentials that the Director doesn't accept are none, see [`Info::user`]. Those that its UAA refuses are
    /// [`FaultKind::Unauthorized`](crate::FaultKind::Unauthorized).
    pub async fn info(&self, call: &CallContext) -> Result<Info, Fault> {
        read(&self.get(&["info"], &[], call).await?)
    }

    /// Asks who the Director is, without credentials: [`Info::user`] is nothing.
    ///
    /// # Errors
    /// A [`Fault`], never one of credentials.
    pub async fn introduction(&self, call: &CallContext) -> Result<Info, Fault> {
        read(
            &self
                .read_openly(self.request(Method::GET, &["info"], &[], call)?)
                .await?,
        )
    }

    /// Asks who we are there. With a UAA it is asked for a new token, so that credentials which were changed there are noticed.
    ///
    /// # Errors
    /// As for [`Director::info`].
    pub async fn standing(&self, call: &CallContext) -> Result<Standing, Fault> {
        let (answer, scopes) = self.read_anew(self.request(Method::GET, &["info"], &[], call)?).await?;
        let info = read(&answer)?;
        Ok(Standing { info, scopes })
    }
}

fn read(answer: &Answer) -> Result<Info, Fault> {
    if answer.status != StatusCode::OK {
        return Err(answer.fault());
    }
    let wire: Wire = answer.json()?;
    let (authentication, uaa_url) = wire
        .user_authentication
        .map_or_else(Default::default, |a| (a.kind, a.options.url));
    let Wire {
        name,
        uuid,
        version,
        user,
        ..
    } = wire;
    Ok(Info {
        name,
        uuid,
        version,
        user,
        authentication,
        uaa_url,
    })
}
