//! Who asks for a token.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use zeroize::Zeroizing;

use super::form::encode;
use crate::Secret;

/// The public client through which users log in; its secret is empty.
const USERS_CLIENT: &str = "cf";

/// Who asks for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// A client of the UAA, with its own authorities.
    ClientCredentials {
        /// Its id; no colon.
        client_id: String,
        /// Its secret.
        client_secret: Secret,
    },
    /// A user, through the client `cf`.
    Password {
        /// The user's name.
        username: String,
        /// The user's password.
        password: Secret,
    },
}

impl Grant {
    /// The client's `Authorization`.
    ///
    /// # Errors
    /// A text for the operator.
    pub(super) fn authorization(&self) -> Result<HeaderValue, String> {
        let (id, secret) = match self {
            Self::ClientCredentials {
                client_id,
                client_secret,
            } => (client_id.as_str(), client_secret.expose()),
            Self::Password { .. } => (USERS_CLIENT, ""),
        };
        if id.is_empty() || id.contains(':') {
            return Err("the UAA client's id must not be empty or hold a colon".to_owned());
        }
        let pair = Zeroizing::new(format!("{id}:{secret}"));
        let text = Zeroizing::new(format!(
            "Basic {}",
            Zeroizing::new(STANDARD.encode(pair.as_bytes())).as_str()
        ));
        let mut value =
            HeaderValue::from_str(&text).map_err(|_| "the UAA client's credentials can't be sent".to_owned())?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// The body of the request. Refresh tokens are neither asked for nor used.
    pub(super) fn form(&self) -> Zeroizing<String> {
        match self {
            Self::ClientCredentials { .. } => encode(&[("grant_type", "client_credentials")]),
            Self::Password { username, password } => encode(&[
                ("grant_type", "password"),
                ("username", username),
                ("password", password.expose()),
            ]),
        }
    }

    /// The secret in it, to mask it where the UAA repeats it.
    pub(super) fn secret(&self) -> &str {
        match self {
            Self::ClientCredentials { client_secret, .. } => client_secret.expose(),
            Self::Password { password, .. } => password.expose(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_comes_through_the_public_client() {
        let grant = Grant::Password {
            username: "me@example.com".into(),
            password: "p&w".into(),
        };
        assert_eq!(grant.authorization().unwrap(), "Basic Y2Y6");
        assert_eq!(
            grant.form().as_str(),
            "grant_type=password&username=me%40example.com&password=p%26w"
        );
        assert!(!format!("{grant:?}").contains("p&w"));
    }

    #[test]
    fn an_id_with_a_colon_would_be_another_one() {
        for id in ["", "a:b"] {
            let grant = Grant::ClientCredentials {
                client_id: id.into(),
                client_secret: "hidden".into(),
            };
            assert!(!grant.authorization().unwrap_err().contains("hidden"));
        }
    }
}
