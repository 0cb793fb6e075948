//! `/v3/service_credential_bindings`.

use std::time::Duration;

use reqwest::Method;
use serde::{Deserialize, Deserializer};
use tokio::time::Instant;

use super::list::Resource;
use super::query::{Query, is_among};
use super::related::{One, Perhaps};
use super::{CloudController, Deletion, LastOperation};
use crate::{CallContext, Fault};

/// A binding as the platform has it, without its credentials.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire")]
pub struct Binding {
    /// Its guid; a broker knows it by the same.
    pub guid: String,
    /// Its name; those to apps need not have one.
    pub name: Option<String>,
    /// For what it was made.
    pub kind: BindingKind,
    /// The guid of its instance.
    pub instance_guid: String,
    /// The guid of its app, when it is for one.
    pub app_guid: Option<String>,
    /// What was done with it last.
    pub last_operation: Option<LastOperation>,
}

/// For what a binding was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BindingKind {
    /// For an app.
    App,
    /// For whoever reads it: a service key.
    Key,
    /// Something that this client doesn't know.
    Other,
}

/// Which bindings. No list is no filter, an empty one finds nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BindingFilter {
    /// Those of these instances.
    pub instance_guids: Option<Vec<String>>,
    /// Those of these names.
    pub names: Option<Vec<String>>,
    /// Those for this; [`BindingKind::Other`] is no filter.
    pub kind: Option<BindingKind>,
}

#[derive(Deserialize)]
struct Wire {
    guid: String,
    name: Option<String>,
    r#type: BindingKind,
    last_operation: Option<LastOperation>,
    relationships: Relationships,
}

#[derive(Deserialize)]
struct Relationships {
    service_instance: One,
    app: Option<Perhaps>,
}

impl BindingKind {
    /// Cloud Controller's word for it, when there is one.
    fn word(self) -> Option<&'static str> {
        match self {
            Self::App => Some("app"),
            Self::Key => Some("key"),
            Self::Other => None,
        }
    }
}

impl<'de> Deserialize<'de> for BindingKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| match text.as_str() {
            "app" => Self::App,
            "key" => Self::Key,
            _ => Self::Other,
        })
    }
}

impl From<Wire> for Binding {
    fn from(wire: Wire) -> Self {
        Self {
            guid: wire.guid,
            name: wire.name,
            kind: wire.r#type,
            instance_guid: wire.relationships.service_instance.guid(),
            app_guid: Perhaps::guid(wire.relationships.app),
            last_operation: wire.last_operation,
        }
    }
}

impl Resource for Binding {
    fn guid(&self) -> &str {
        &self.guid
    }
}

impl CloudController {
    /// The bindings that we may see.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn bindings(&self, filter: &BindingFilter, call: &CallContext) -> Result<Vec<Binding>, Fault> {
        let names = filter.names.as_deref();
        let query = Query::new()
            .is("type", filter.kind.and_then(BindingKind::word))
            .among("service_instance_guids", filter.instance_guids.as_deref())
            .among("names", names);
        let mut found: Vec<Binding> = self.list(&["service_credential_bindings"], query, call).await?;
        found.retain(|it| is_among(names, it.name.as_deref().unwrap_or_default()));
        Ok(found)
    }

    /// The binding of this guid; `None` when there is none, or none for us.
    ///
    /// # Errors
    /// A [`Fault`].
    pub async fn binding(&self, guid: &str, call: &CallContext) -> Result<Option<Binding>, Fault> {
        self.get(&["service_credential_bindings", guid], call).await
    }

    /// Deletes a binding, once, through its broker. `limit` is the time that is left for the whole call.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether it may be under way.
    pub async fn delete_binding(&self, guid: &str, call: &CallContext, limit: Duration) -> Result<Deletion, Fault> {
        let until = Instant::now() + limit;
        let request = self.request(Method::DELETE, &["service_credential_bindings", guid], &[], call)?;
        Deletion::of(&self.write(request, until).await?)
    }
}
