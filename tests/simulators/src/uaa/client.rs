//! A client of the UAA.

use serde_json::{Map, Value, json};

/// Who may ask for tokens. The lists are as UAA's own; the secret is never shown.
#[derive(Clone, Default, PartialEq)]
pub struct Client {
    /// Its name.
    pub client_id: String,
    /// Its secret; a second one while secrets are changed. A public client's is empty.
    pub secrets: Vec<String>,
    /// `client_credentials`, `password`, `refresh_token`, `authorization_code`, `implicit`, …
    pub grant_types: Vec<String>,
    /// What users may get through it.
    pub scope: Vec<String>,
    /// What it gets for itself.
    pub authorities: Vec<String>,
    /// Where browsers are sent back to.
    pub redirect_uri: Vec<String>,
    /// Scopes that users aren't asked about; `true` for all.
    pub autoapprove: Vec<String>,
    /// Seconds that its access tokens are good for; none = the UAA's.
    pub access_token_validity: Option<i64>,
    /// Seconds that its refresh tokens are good for; none = the UAA's.
    pub refresh_token_validity: Option<i64>,
    /// Milliseconds since 1970.
    pub last_modified: i64,
    /// Everything else that was sent, such as `name` and `allowpublic`.
    pub more: Map<String, Value>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("client_id", &self.client_id)
            .field("grant_types", &self.grant_types)
            .field("scope", &self.scope)
            .field("authorities", &self.authorities)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client that gets tokens for itself (`client_credentials`).
    pub fn new(client_id: &str, secret: &str, authorities: &[&str]) -> Self {
        Self {
            client_id: client_id.to_owned(),
            secrets: vec![secret.to_owned()],
            grant_types: texts(&["client_credentials"]),
            scope: texts(&["uaa.none"]),
            authorities: texts(authorities),
            ..Self::default()
        }
    }

    /// A client through which users get tokens by password; with an empty secret it is a public one.
    pub fn for_users(client_id: &str, secret: &str, scope: &[&str]) -> Self {
        Self {
            grant_types: texts(&["password", "refresh_token"]),
            scope: texts(scope),
            authorities: texts(&["uaa.none"]),
            ..Self::new(client_id, secret, &[])
        }
    }

    /// The clients that every UAA has.
    pub(super) fn built_in() -> [Self; 3] {
        let cf = [
            "cloud_controller.read",
            "cloud_controller.write",
            "cloud_controller.admin",
            "openid",
            "password.write",
            "scim.me",
            "scim.read",
            "scim.write",
            "uaa.user",
        ];
        let mut cf = Self::for_users("cf", "", &cf);
        cf.grant_types.push("implicit".to_owned());
        [
            cf,
            Self::for_users("bosh_cli", "", &["bosh.*"]),
            Self::for_users("credhub_cli", "", &["credhub.read", "credhub.write"]),
        ]
    }

    pub(super) fn may(&self, grant_type: &str) -> bool {
        self.grant_types.iter().any(|g| g == grant_type)
    }

    /// As the API shows it.
    pub(super) fn shown(&self) -> Value {
        let mut shown = json!({
            "scope": self.scope, "client_id": self.client_id, "resource_ids": ["none"],
            "authorized_grant_types": self.grant_types, "redirect_uri": self.redirect_uri,
            "autoapprove": self.autoapprove, "authorities": self.authorities,
            "lastModified": self.last_modified, "required_user_groups": [],
        });
        if let Value::Object(map) = &mut shown {
            for (key, value) in [
                ("access_token_validity", self.access_token_validity),
                ("refresh_token_validity", self.refresh_token_validity),
            ] {
                if let Some(value) = value {
                    map.insert(key.to_owned(), value.into());
                }
            }
            map.extend(self.more.clone());
        }
        shown
    }
}

pub(super) fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|&text| text.to_owned()).collect()
}
