//! The UAA client of an instance, as a job carries it.
use super::Later;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a job knows of the client of its instance. Only what a job of ours has, or may have, put at the UAA is ever
/// removed from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnClient {
    /// An earlier job has, or may have, made one.
    Had,
    /// This job has, or may have: the checkpoint before the request says so. Or it took the place of one that has.
    Made,
    /// This job has removed it, or has learnt that what is there isn't ours.
    Gone,
}

/// A UAA client without its secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientCopy {
    /// Its id: that of the instance.
    pub client_id: String,
    /// The name that users see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What users may get through it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Whom its tokens are for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource_ids: Vec<String>,
    /// What it gets for itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorities: Vec<String>,
    /// How it gets tokens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorized_grant_types: Vec<String>,
    /// Where browsers are sent back to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_uri: Vec<String>,
    /// Whether it needs no secret.
    #[serde(default)]
    pub allow_public: bool,
    /// Members of a later release.
    #[serde(flatten)]
    pub later: Later,
}

impl ClientCopy {
    /// The value `uaa_client` of an adapter call: all texts, lists joined by commas. `secret` is empty when nobody knows it
    /// any more. With a secret in it, it is one.
    pub fn adapter_json(&self, secret: &str) -> Value {
        json!({
            "client_id": self.client_id,
            "client_secret": secret,
            "name": self.name.as_deref().unwrap_or_default(),
            "scopes": self.scopes.join(","),
            "resource_ids": self.resource_ids.join(","),
            "authorities": self.authorities.join(","),
            "authorized_grant_types": self.authorized_grant_types.join(","),
            "redirect_uri": self.redirect_uri.join(","),
            "allowpublic": self.allow_public.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adapters_get_texts_only() {
        let client = ClientCopy {
            client_id: "i".into(),
            scopes: vec!["openid".into(), "cloud_controller.read".into()],
            allow_public: true,
            ..ClientCopy::default()
        };
        let wanted = json!({"client_id": "i", "client_secret": "-", "name": "", "scopes": "openid,cloud_controller.read",
            "resource_ids": "", "authorities": "", "authorized_grant_types": "", "redirect_uri": "", "allowpublic": "true"});
        assert_eq!(client.adapter_json("-"), wanted);
    }
}
