//! The making of tokens.

use serde_json::{Value, json};
use uuid::Uuid;

use super::claims::audience;
use super::client::Client;
use super::keys;
use super::options::User;
use super::state::{State, Token};
use crate::common::clock::seconds;

/// Tokens that are over are forgotten after this many seconds.
const REMEMBERED: i64 = 3600;

/// What was granted.
pub(super) struct Grant {
    pub(super) client: Client,
    pub(super) user: Option<User>,
    pub(super) grant_type: &'static str,
    pub(super) scope: Vec<String>,
    /// With a refresh token.
    pub(super) refresh: bool,
}

impl State {
    /// The answer of `POST /oauth/token`, with new tokens. `now` is the UAA's own clock.
    pub(super) fn issue(&mut self, grant: &Grant, now: f64) -> anyhow::Result<Value> {
        let client = &grant.client;
        let life = client.access_token_validity.unwrap_or(self.options.token_seconds);
        let jti = Uuid::new_v4().simple().to_string();
        let access = self.token(grant, &jti, life, now)?;
        let mut answer = json!({
            "access_token": access, "token_type": "bearer",
            "expires_in": self.expires_in.unwrap_or_else(|| (life - 1).max(0)),
            "scope": grant.scope.join(" "), "jti": jti,
        });
        if grant.refresh {
            let life = client.refresh_token_validity.unwrap_or(self.options.refresh_seconds);
            let jti = format!("{}-r", Uuid::new_v4().simple());
            answer["refresh_token"] = self.token(grant, &jti, life, now)?.into();
        }
        *self.issued.entry(client.client_id.clone()).or_default() += 1;
        Ok(answer)
    }

    fn token(&mut self, grant: &Grant, jti: &str, life: i64, now: f64) -> anyhow::Result<String> {
        let (id, iat) = (grant.client.client_id.as_str(), seconds(now));
        let exp = iat + life;
        let mut claims = json!({
            "jti": jti, "sub": grant.user.as_ref().map_or(id, |user| &user.id),
            "client_id": id, "cid": id, "azp": id, "grant_type": grant.grant_type,
            "rev_sig": self.rev_sig(id), "iat": iat, "exp": exp,
            "iss": format!("{}/oauth/token", self.url), "zid": "uaa",
            "aud": audience(id, &grant.scope), "scope": grant.scope,
        });
        match &grant.user {
            None => claims["authorities"] = json!(grant.scope),
            Some(user) => {
                claims["user_id"] = json!(user.id);
                claims["user_name"] = json!(user.name);
                claims["email"] = json!(user.name);
                claims["origin"] = json!("uaa");
                claims["auth_time"] = json!(iat);
            }
        }
        self.tokens.retain(|_, token| token.exp > iat - REMEMBERED);
        self.tokens.insert(
            jti.to_owned(),
            Token {
                client_id: id.to_owned(),
                exp,
                revoked: false,
                ended: false,
            },
        );
        keys::sign(self.key(), &format!("{}/token_keys", self.url), &claims)
    }
}
