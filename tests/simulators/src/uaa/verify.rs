//! How a resource server looks at a token: the Director and CredHub of the same process, or of another one.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::claims::Claims;
use super::keys;
use super::state::Shared;

/// Checks tokens of one UAA, without asking it.
#[derive(Clone)]
pub struct Verifier {
    url: Arc<str>,
    /// The UAA, when it lives in the same process: it knows which keys are published and which tokens were ended by order.
    state: Option<Shared>,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Why a token is no good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// It is no JWT of a UAA.
    #[error("not a token")]
    Malformed,
    /// The signature isn't that of a published key.
    #[error("wrong signature")]
    Signature,
    /// Another UAA made it.
    #[error("another issuer")]
    Issuer,
    /// It is over.
    #[error("expired")]
    Expired,
    /// It is a refresh token.
    #[error("a refresh token")]
    Refresh,
}

impl Verifier {
    /// For the tokens of a simulated UAA of another process, which is known by its address only. All simulators have
    /// the same keys. Tokens that were ended by order, and keys that were withdrawn, are good here.
    pub fn offline(url: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').into(),
            state: None,
        }
    }

    pub(super) fn of(url: &str, state: Shared) -> Self {
        Self {
            state: Some(state),
            ..Self::offline(url)
        }
    }

    /// The UAA's address, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What tokens have as `iss`.
    pub fn issuer(&self) -> String {
        format!("{}/oauth/token", self.url)
    }

    /// The claims of a good access token. `now` is the looker's clock in Unix seconds; who allows for a difference of
    /// clocks takes it off.
    ///
    /// # Errors
    /// Signature, issuer, refresh token, expiry are looked at in this order.
    pub fn verify(&self, token: &str, now: f64) -> Result<Claims, BadToken> {
        let claims = self.read(token, now)?;
        match claims.jti.ends_with("-r") {
            true => Err(BadToken::Refresh),
            false => Ok(claims),
        }
    }

    /// As [`Self::verify`], of a refresh token.
    pub(super) fn refresh(&self, token: &str, now: f64) -> Result<Claims, BadToken> {
        let claims = self.read(token, now)?;
        match claims.jti.ends_with("-r") {
            true => Ok(claims),
            false => Err(BadToken::Refresh),
        }
    }

    fn read(&self, token: &str, now: f64) -> Result<Claims, BadToken> {
        let (signed, signature) = token.rsplit_once('.').ok_or(BadToken::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(BadToken::Malformed)?;
        let header: Value = part(header)?;
        if header["alg"] != "RS256" {
            return Err(BadToken::Malformed);
        }
        let number = header["kid"]
            .as_str()
            .and_then(keys::number)
            .ok_or(BadToken::Signature)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| BadToken::Malformed)?;
        let published = self.state.as_ref().is_none_or(|s| s.lock().keys.contains(&number));
        if !published || !keys::is_signed(number, signed, &signature) {
            return Err(BadToken::Signature);
        }
        let claims: Claims = part(claims)?;
        if claims.iss != self.issuer() {
            return Err(BadToken::Issuer);
        }
        let ended = self.state.as_ref().is_some_and(|s| s.lock().is_ended(&claims.jti));
        if ended || claims.exp <= crate::common::clock::seconds(now) {
            return Err(BadToken::Expired);
        }
        Ok(claims)
    }
}

fn part<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, BadToken> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadToken::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| BadToken::Malformed)
}
