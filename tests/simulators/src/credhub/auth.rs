//! Who asks: a bearer token of the UAA that this CredHub trusts.

use http::StatusCode;
use serde_json::json;

use crate::common::answer::Answer;
use crate::common::request::Request;
use crate::uaa::{BadToken, Claims, Verifier};

/// Seconds by which the UAA's clock may be behind.
const GRACE: f64 = 60.0;
/// A token must have both.
const SCOPES: [&str; 2] = ["credhub.read", "credhub.write"];

/// Why somebody isn't let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denied {
    /// No bearer token at all.
    NoToken,
    /// Not a token of the UAA.
    Bad(&'static str),
    /// It was one. Of all codes only this one makes CredHub's library fetch a new token.
    Expired,
    /// It lacks a scope.
    NoScope,
}

impl Denied {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::NoToken | Self::Bad(_) | Self::Expired => StatusCode::UNAUTHORIZED,
            Self::NoScope => StatusCode::FORBIDDEN,
        }
    }

    /// The body, if there is one.
    pub(super) fn body(self) -> Option<String> {
        let (error, description) = match self {
            Self::NoToken => (
                "access_denied",
                "Full authentication is required to access this resource",
            ),
            Self::Bad(description) => ("invalid_token", description),
            Self::Expired => ("access_token_expired", "Access token expired"),
            Self::NoScope => return None,
        };
        Some(json!({"error": error, "error_description": description}).to_string())
    }

    pub(super) fn answer(self) -> Answer {
        let answer = match self.body() {
            Some(body) => Answer::of(self.status(), "application/json;charset=UTF-8", body),
            None => Answer::empty(self.status()),
        };
        match self {
            Self::NoToken => answer.with("www-authenticate", "Bearer"),
            Self::Bad(_) | Self::Expired | Self::NoScope => answer,
        }
    }
}

impl From<BadToken> for Denied {
    fn from(bad: BadToken) -> Self {
        match bad {
            BadToken::Malformed | BadToken::Refresh => Self::Bad(
                "The request token is malformed. Please validate that your request token was issued by the UAA server authorized by CredHub.",
            ),
            BadToken::Signature => Self::Bad(
                "The request token signature could not be verified. Please validate that your request token was issued by the UAA server authorized by CredHub.",
            ),
            BadToken::Issuer => Self::Bad(
                "The request token identity zone does not match the UAA server authorized by CredHub. Please validate that your request token was issued by the UAA server authorized by CredHub and retry your request.",
            ),
            BadToken::Expired => Self::Expired,
        }
    }
}

/// The actor of a request, such as `uaa-client:broker`. `now` is CredHub's clock.
pub(super) fn actor(uaa: &Verifier, request: &Request, now: f64) -> Result<String, Denied> {
    let token = request.bearer().ok_or(Denied::NoToken)?;
    let claims = uaa.verify(token, now - GRACE)?;
    match SCOPES.iter().all(|scope| claims.has(scope)) {
        true => Ok(name(&claims)),
        false => Err(Denied::NoScope),
    }
}

fn name(claims: &Claims) -> String {
    match &claims.user_id {
        Some(user) => format!("uaa-user:{user}"),
        None => format!("uaa-client:{}", claims.client_id),
    }
}
