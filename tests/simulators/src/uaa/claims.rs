//! What a token says.

use serde::Deserialize;

/// The claims of a token that resource servers look at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// The token's id; a refresh token's ends in `-r`.
    pub jti: String,
    /// Who asked for it.
    pub client_id: String,
    /// The user's id, for a user's token.
    #[serde(default)]
    pub user_id: Option<String>,
    /// The user's name, for a user's token.
    #[serde(default)]
    pub user_name: Option<String>,
    /// `client_credentials`, `password` or `refresh_token`.
    pub grant_type: String,
    /// What it allows.
    pub scope: Vec<String>,
    /// Whom it is for: the client, and each scope cut at its last dot.
    pub aud: Vec<String>,
    /// Who made it.
    pub iss: String,
    /// When it was made, Unix seconds by the UAA's clock.
    pub iat: i64,
    /// Until when it is good, Unix seconds by the UAA's clock.
    pub exp: i64,
    /// Changes when the client's secret changes.
    #[serde(default)]
    pub(super) rev_sig: String,
}

impl Claims {
    /// True when the token allows it.
    pub fn has(&self, scope: &str) -> bool {
        self.scope.iter().any(|s| s == scope)
    }

    /// The user's name, or the client's when there is no user.
    pub fn name(&self) -> &str {
        self.user_name.as_deref().unwrap_or(&self.client_id)
    }
}

/// A client's id and the beginnings of its scopes, each once: whom a token is for.
pub(super) fn audience(client_id: &str, scopes: &[String]) -> Vec<String> {
    let mut all = vec![client_id.to_owned()];
    for scope in scopes.iter().filter(|s| *s != "uaa.none") {
        let resource = scope.rsplit_once('.').map_or(scope.as_str(), |(resource, _)| resource);
        if !all.iter().any(|known| known == resource) {
            all.push(resource.to_owned());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::audience;

    #[test]
    fn a_scope_is_cut_at_its_last_dot() {
        let scopes = ["bosh.admin", "bosh.teams.a.admin", "bosh.read", "openid", "uaa.none"].map(str::to_owned);
        assert_eq!(audience("me", &scopes), ["me", "bosh", "bosh.teams.a", "openid"]);
    }
}
