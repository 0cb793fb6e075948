//! `POST /api/v1/data`.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::Serialize;
use tokio::time::Instant;

use super::answer::fault;
use super::{CredHub, Credential};
use crate::fault::FaultKind;
use crate::{CallContext, Fault};

/// What CredHub makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Generate {
    /// A password.
    Password {
        /// Its characters; CredHub's default is 30.
        length: Option<u32>,
    },
    /// A user name and a password.
    User {
        /// The name; without one it is made, too.
        username: Option<String>,
    },
}

#[derive(Serialize)]
struct Wire<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    mode: &'static str,
    parameters: Parameters,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<User<'a>>,
}

#[derive(Serialize, Default)]
struct Parameters {
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u32>,
}

/// Older servers look for the name here only, newer ones here, too.
#[derive(Serialize)]
struct User<'a> {
    username: &'a str,
}

impl CredHub {
    /// Has a value made under this name, once. One that is there stays and is what is returned, so a repetition changes nothing.
    /// `limit` is the time that is left for the whole call.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether it may be there. Without permission for the name it is refused with 403.
    pub async fn generate(
        &self,
        name: &str,
        what: &Generate,
        call: &CallContext,
        limit: Duration,
    ) -> Result<Credential, Fault> {
        let until = Instant::now() + limit;
        let request = self.request(Method::POST, &["api", "v1", "data"], &[], call)?;
        if name.is_empty() {
            return Err(request.fault(FaultKind::NotSent, "the name is empty"));
        }
        let (kind, length, username) = match what {
            Generate::Password { length } => ("password", *length, None),
            Generate::User { username } => ("user", None, username.as_deref()),
        };
        let wire = Wire {
            name,
            kind,
            mode: "no-overwrite",
            parameters: Parameters { length },
            value: username.map(|username| User { username }),
        };
        let answer = self.write(request.json(&wire)?, until).await?;
        match answer.status {
            StatusCode::OK | StatusCode::CREATED => Credential::of(&answer),
            _ => Err(fault(&answer)),
        }
    }
}
