//! The errors of a UAA, in its words.

use http::StatusCode;
use serde_json::json;

use crate::common::answer::Answer;

/// An error before it becomes an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: String,
    /// `scope` of the body: what would have been enough.
    scope: Option<&'static str>,
    challenge: Option<&'static str>,
    /// Without a body, as a client that isn't there.
    empty: bool,
}

impl Refusal {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            error,
            description: description.into(),
            scope: None,
            challenge: None,
            empty: false,
        }
    }

    /// 400.
    pub(super) fn bad(error: &'static str, description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, description)
    }

    /// Wrong secret, unknown client, or wrong password of a user. `word` is `invalid_client` or `unauthorized`.
    pub(super) fn credentials(word: &'static str) -> Self {
        Self {
            challenge: Some(
                "Basic realm=\"UAA/client\", error=\"unauthorized\", error_description=\"Bad credentials\"",
            ),
            ..Self::new(StatusCode::UNAUTHORIZED, word, "Bad credentials")
        }
    }

    /// No client, or no token.
    pub(super) fn nobody(challenge: &'static str) -> Self {
        let text = "Full authentication is required to access this resource";
        Self {
            challenge: Some(challenge),
            ..Self::new(StatusCode::UNAUTHORIZED, "unauthorized", text)
        }
    }

    /// 401 of a client that is who it says but may not.
    pub(super) fn client(description: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", description)
    }

    /// A bearer that is expired, revoked or none at all.
    pub(super) fn token(description: impl Into<String>) -> Self {
        Self {
            challenge: Some("Bearer realm=\"oauth\", error=\"invalid_token\""),
            ..Self::new(StatusCode::UNAUTHORIZED, "invalid_token", description)
        }
    }

    /// The same when it was asked about: 400, and no challenge.
    pub(super) fn asked(self) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            challenge: None,
            ..self
        }
    }

    /// A bearer without the scope.
    pub(super) fn scope(enough: &'static str) -> Self {
        let text = "Insufficient scope for this resource";
        Self {
            scope: Some(enough),
            ..Self::new(StatusCode::FORBIDDEN, "insufficient_scope", text)
        }
    }

    pub(super) fn exists(client_id: &str) -> Self {
        let text = format!("Client already exists: {client_id}");
        Self::new(StatusCode::CONFLICT, "invalid_client", text)
    }

    pub(super) fn description(&self) -> &str {
        &self.description
    }

    /// 404 without a body.
    pub(super) fn absent() -> Self {
        Self {
            empty: true,
            ..Self::new(StatusCode::NOT_FOUND, "", "")
        }
    }

    pub(super) fn method(method: &str) -> Self {
        let text = format!("Request method '{method}' is not supported");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", text)
    }

    pub(super) fn no_route() -> Self {
        let text = "There was an error. The request cannot be fulfilled.";
        Self::new(StatusCode::NOT_FOUND, "not_found", text)
    }

    pub(super) fn broken(error: &anyhow::Error) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", error.to_string())
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        if refusal.empty {
            return Self::empty(refusal.status);
        }
        let mut body = json!({"error": refusal.error, "error_description": refusal.description});
        if let Some(scope) = refusal.scope {
            body["scope"] = scope.into();
        }
        let answer = Self::json(refusal.status, &body).with("cache-control", "no-store");
        match refusal.challenge {
            Some(challenge) => answer.with("www-authenticate", challenge),
            None => answer,
        }
    }
}
