//! A client as the UAA shows it, and as it is put there.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize};

/// A client of the UAA. Its secret is no part of it: the UAA never shows one. What is empty isn't sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OauthClient {
    /// Its id.
    pub client_id: String,
    /// The name that users see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What users may get through it; the UAA makes an empty list `uaa.none`.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "list")]
    pub scope: Vec<String>,
    /// What it gets for itself; the UAA makes an empty list `uaa.none`.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "list")]
    pub authorities: Vec<String>,
    /// How it gets tokens: `client_credentials`, `authorization_code`, `implicit` and so on.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "list")]
    pub authorized_grant_types: Vec<String>,
    /// Whom its tokens are for. The UAA keeps `none`, whatever is sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "list")]
    pub resource_ids: Vec<String>,
    /// Where browsers are sent back to.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "list")]
    pub redirect_uri: Vec<String>,
    /// Whether it needs no secret.
    #[serde(default, skip_serializing_if = "std::ops::Not::not", deserialize_with = "flag")]
    pub allowpublic: bool,
}

impl OauthClient {
    /// Whether an update with `wanted` would change nothing: what is empty there stays as it is, the order of lists doesn't count, the
    /// UAA adds `refresh_token` by itself and keeps no `resource_ids`. It parts items at commas and drops some blanks around them, so
    /// neither counts.
    pub fn has(&self, wanted: &Self) -> bool {
        let same = |here: &[String], wanted: &[String]| {
            let wanted = set(wanted);
            wanted.is_empty() || set(here) == wanted
        };
        let (grants, asked) = (set(&self.authorized_grant_types), set(&wanted.authorized_grant_types));
        let mut more = grants.difference(&asked);
        let granted = asked.is_empty() || asked.is_subset(&grants) && more.all(|grant| *grant == "refresh_token");
        self.client_id == wanted.client_id
            && (wanted.name.is_none() || self.name == wanted.name)
            && same(&self.scope, &wanted.scope)
            && same(&self.authorities, &wanted.authorities)
            && same(&self.redirect_uri, &wanted.redirect_uri)
            && granted
            && (!wanted.allowpublic || self.allowpublic)
    }
}

/// A list as the UAA reads it.
fn set(all: &[String]) -> BTreeSet<&str> {
    let items = all.iter().flat_map(|item| item.split(','));
    items.map(str::trim).filter(|item| !item.is_empty()).collect()
}

fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Option::<Vec<String>>::deserialize(from).map(Option::unwrap_or_default)
}

/// The UAA keeps what it doesn't know itself as it was sent: a text, too.
fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(value == true || value == "true")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(all: &[&str]) -> Vec<String> {
        all.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn reads_what_uaas_show_and_sends_what_is_said() {
        let shown = r#"{"client_id":"6b1f","scope":["openid"],"resource_ids":["none"],"authorized_grant_types":["implicit"],
            "redirect_uri":null,"autoapprove":[],"authorities":["uaa.none"],"name":"n","lastModified":1795294796000,
            "required_user_groups":[],"allowpublic":"true"}"#;
        let client: OauthClient = serde_json::from_str(shown).unwrap();
        assert!(client.allowpublic && client.redirect_uri.is_empty());
        assert_eq!(client.name.as_deref(), Some("n"));
        let bare = OauthClient {
            client_id: "6b1f".into(),
            ..Default::default()
        };
        assert_eq!(serde_json::to_string(&bare).unwrap(), r#"{"client_id":"6b1f"}"#);
    }

    #[test]
    fn knows_what_an_update_would_change() {
        let there = OauthClient {
            client_id: "6b1f".into(),
            name: Some("n".into()),
            scope: list(&["a", "b"]),
            authorities: list(&["uaa.none"]),
            authorized_grant_types: list(&["authorization_code", "refresh_token"]),
            resource_ids: list(&["none"]),
            redirect_uri: list(&["https://d"]),
            allowpublic: false,
        };
        type Change = fn(&mut OauthClient);
        let nothing: [Change; 7] = [
            |_| {},
            |c| c.name = None,
            |c| c.scope = list(&["b", "a"]),
            |c| c.scope.clear(),
            |c| c.authorized_grant_types = list(&["authorization_code"]),
            |c| c.resource_ids = list(&["mine"]),
            |c| c.redirect_uri.clear(),
        ];
        for (n, change) in nothing.into_iter().enumerate() {
            let mut wanted = there.clone();
            change(&mut wanted);
            assert!(there.has(&wanted), "{n}");
        }
        let something: [Change; 8] = [
            |c| c.client_id = "other".into(),
            |c| c.name = Some("m".into()),
            |c| c.scope = list(&["a"]),
            |c| c.authorities = list(&["x"]),
            |c| c.authorized_grant_types = list(&["implicit"]),
            |c| c.authorized_grant_types.push("password".into()),
            |c| c.redirect_uri = list(&["https://e"]),
            |c| c.allowpublic = true,
        ];
        for (n, change) in something.into_iter().enumerate() {
            let mut wanted = there.clone();
            change(&mut wanted);
            assert!(!there.has(&wanted), "{n}");
        }
        let mut parted = there.clone();
        parted.scope = list(&["a, b"]);
        parted.authorities = list(&[" uaa.none "]);
        parted.authorized_grant_types = list(&["refresh_token,\tauthorization_code"]);
        parted.redirect_uri = list(&["", " https://d,"]);
        assert!(there.has(&parted) && parted.has(&there), "blanks and commas");
        parted.redirect_uri = list(&["https://d,https://e"]);
        assert!(!there.has(&parted) && !parted.has(&there), "two are not one");
        let mut without = there.clone();
        without.authorized_grant_types.pop();
        assert!(!without.has(&there), "a refresh token that was asked for");
    }
}
