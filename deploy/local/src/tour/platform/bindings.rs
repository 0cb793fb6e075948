//! Bindings, by whichever platform.

use super::{Instance, Platform};
use crate::tour::osb::binding_path;
use anyhow::ensure;
use reqwest::StatusCode;
use serde_json::Value;

/// Whose binding it is. Each is made in another way, where there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tour) enum Purpose {
    /// A service key.
    Key,
    /// An app's.
    App,
    /// An app's that goes with its instance.
    LastApp,
}

/// A binding that was made.
#[derive(Debug, Clone)]
pub(in crate::tour) struct Made {
    /// The broker's id for it.
    pub(in crate::tour) id: String,
    pub(in crate::tour) purpose: Purpose,
    /// Who may read its credentials: `mtls-app:GUID` or `uaa-client:ID`.
    pub(in crate::tour) reader: String,
    /// What the platform has of the broker.
    pub(in crate::tour) credentials: Value,
    /// What the platform shows to a user who asks for the credentials, if it looks them up.
    pub(in crate::tour) shown: Option<Value>,
}

impl Platform<'_> {
    /// Binds an instance with this plan; the binding is whole when this is over.
    pub(in crate::tour) async fn bind(&self, it: &Instance, plan: &str, purpose: Purpose) -> anyhow::Result<Made> {
        match self {
            Platform::Direct(direct) => direct.bind(it, plan, purpose).await,
            Platform::Cf(cf) => cf.bind(it, purpose).await,
        }
    }

    /// What the broker told of it when it was made is still so, and what its user was shown, too.
    pub(in crate::tour) async fn still(&self, it: &Instance, made: &Made) -> anyhow::Result<()> {
        let (status, body) = self.osb().get(&binding_path(&it.id, &made.id)).await?;
        ensure!(
            status == StatusCode::OK && body["credentials"] == made.credentials,
            "GET of a binding after an update: {status} {body}"
        );
        match self {
            Platform::Direct(_) => Ok(()),
            Platform::Cf(cf) => cf.still(it, made).await,
        }
    }

    /// Takes a binding away; nobody knows of it any more when this is over.
    pub(in crate::tour) async fn unbind(&self, it: &Instance, plan: &str, made: &Made) -> anyhow::Result<()> {
        match self {
            Platform::Direct(direct) => direct.unbind(it, plan, made).await?,
            Platform::Cf(cf) => cf.unbind(it, made).await?,
        }
        let (status, body) = self.osb().get(&binding_path(&it.id, &made.id)).await?;
        ensure!(status == StatusCode::NOT_FOUND, "GET after the unbind: {status} {body}");
        Ok(())
    }
}
