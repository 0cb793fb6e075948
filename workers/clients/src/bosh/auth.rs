//! Who we are at the Director.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::HeaderValue;

use super::DirectorSettings;
use super::director::WHOM;
use super::info::uaa_url;
use crate::Secret;
use crate::http::{Http, Trust};
use crate::uaa::{Advertised, Grant, Site, Tokens};

/// Credentials for a Director.
#[derive(Clone)]
pub enum Auth {
    /// A user that the Director knows itself.
    Basic {
        /// The user.
        username: String,
        /// Its password.
        password: String,
    },
    /// A client of the UAA that the Director names in its `/info`.
    Uaa {
        /// The client's id.
        client_id: String,
        /// Its secret.
        client_secret: Secret,
    },
}

/// What each call carries.
pub(super) enum Credentials {
    /// Always the same header.
    Fixed(HeaderValue),
    /// A token.
    Tokens(Tokens),
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Basic { username, .. } => f
                .debug_struct("Basic")
                .field("username", username)
                .field("password", &"***")
                .finish(),
            Self::Uaa {
                client_id,
                client_secret,
            } => f
                .debug_struct("Uaa")
                .field("client_id", client_id)
                .field("client_secret", client_secret)
                .finish(),
        }
    }
}

impl Credentials {
    /// # Errors
    /// A text for the operator, when they can't be used.
    pub(super) fn of(settings: &DirectorSettings, base: &Url, http: &Http) -> Result<Self, String> {
        match &settings.auth {
            Auth::Basic { username, password } => basic(username, password).map(Self::Fixed),
            Auth::Uaa {
                client_id,
                client_secret,
            } => {
                let info = base
                    .join("info")
                    .map_err(|e| format!("the Director's url can't be used: {e}"))?;
                let uaa = Advertised::new(
                    (http.clone(), info, WHOM),
                    uaa_url,
                    settings.ca_pem.clone().map_or(Trust::System, Trust::Only),
                    settings.timeout,
                    settings.user_agent.clone(),
                )?;
                let grant = Grant::ClientCredentials {
                    client_id: client_id.clone(),
                    client_secret: client_secret.clone(),
                };
                Tokens::of(Site::Advertised(uaa), grant).map(Self::Tokens)
            }
        }
    }
}

fn basic(username: &str, password: &str) -> Result<HeaderValue, String> {
    if username.contains(':') {
        return Err("the Director's user name must not contain a colon".to_owned());
    }
    let pair = STANDARD.encode(format!("{username}:{password}"));
    let mut value = HeaderValue::from_str(&format!("Basic {pair}"))
        .map_err(|_| "the Director's credentials can't be sent".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}
