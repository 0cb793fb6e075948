//! The state and the faults, for tests in the same process.

use std::ops::Deref;
use std::sync::Arc;

use serde_json::Value;

use super::generate::{Mode, Recipe};
use super::journal::Write;
use super::kind::Kind;
use super::name;
use super::permissions::{Operation, Operations, Permission};
use super::refusal::Refusal;
use super::routes::Desk;
use super::store::{Credential, Draft};
use super::vault::Wish;
use crate::common::Controls;
use crate::common::site::Front;

/// A handle on a running simulator; clones see the same state. Faults, outage, latency, clock and the journal of calls
/// are those of [`Controls`]. Nothing here asks for permissions.
#[derive(Clone)]
pub struct CredHubWorld {
    front: Arc<Front<Desk>>,
}

/// A wrong argument of a test, in CredHub's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAccepted(String);

impl From<Refusal> for NotAccepted {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.text())
    }
}

impl std::fmt::Debug for CredHubWorld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredHubWorld").finish_non_exhaustive()
    }
}

impl Deref for CredHubWorld {
    type Target = Controls;

    fn deref(&self) -> &Controls {
        &self.front.controls
    }
}

impl CredHubWorld {
    pub(super) fn new(front: Arc<Front<Desk>>) -> Self {
        Self { front }
    }

    /// The names of all credentials, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        self.front.site.vault().store.names()
    }

    /// The newest value of a credential: a text for `value` and `password`, else an object.
    pub fn get(&self, name: &str) -> Option<Value> {
        let vault = self.front.site.vault();
        vault
            .store
            .find(name)
            .and_then(Credential::newest)
            .map(|v| v.value.clone())
    }

    /// The type of a credential, such as `json`.
    pub fn kind(&self, name: &str) -> Option<&'static str> {
        self.front.site.vault().store.find(name).map(|row| row.kind.name())
    }

    /// How many versions of a credential there are; 0 when there is none.
    pub fn versions(&self, name: &str) -> usize {
        self.front.site.vault().store.find(name).map_or(0, Credential::count)
    }

    /// All permissions, oldest first: path, actor, operations.
    pub fn permissions(&self) -> Vec<(String, String, Vec<String>)> {
        let row = |row: &Permission| (row.path.clone(), row.actor.clone(), row.names());
        self.front.site.vault().permissions.all().iter().map(row).collect()
    }

    /// Whether an actor (`mtls-app:…`, `uaa-client:…`) may do that (`read`, `write`, `delete`, `read_acl`, `write_acl`)
    /// on a path. Without ACLs everybody may everything that there is.
    pub fn may(&self, actor: &str, path: &str, operation: &str) -> bool {
        let vault = self.front.site.vault();
        Operation::parse(operation).is_some_and(|operation| vault.may(actor, path, operation))
    }

    /// What an actor gets for a `VCAP_SERVICES` document: so an application (`mtls-app:…`) sees its bindings.
    ///
    /// # Errors
    /// A reference to what isn't there, isn't of type `json`, or isn't readable for the actor.
    pub fn interpolate_as(&self, actor: &str, services: &Value) -> Result<Value, NotAccepted> {
        let vault = self.front.site.vault();
        Ok(vault.interpolate(actor, services.clone())?)
    }

    /// Writes a version, of type `json` for an object and `value` for a text.
    ///
    /// # Errors
    /// A name or a value that CredHub doesn't take, or a credential of another type.
    pub fn set(&self, name: &str, value: &Value) -> Result<(), NotAccepted> {
        let kind = match value {
            Value::Object(_) => Kind::Json,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Kind::Value,
        };
        let draft = Draft {
            name: name::check_name(name)?,
            kind,
            value: kind.accept(Some(value))?,
            metadata: None,
            recipe: None,
        };
        let now = self.now();
        self.front.site.vault().store.write(draft, now)?;
        Ok(())
    }

    /// The id of the newest version of a credential.
    pub fn newest_id(&self, name: &str) -> Option<String> {
        let vault = self.front.site.vault();
        let newest = vault.store.find(name).and_then(Credential::newest);
        newest.map(|version| version.id.to_string())
    }

    /// Makes a credential of this type for a Director, unless it is there. Types that can't be made here stay away.
    pub(crate) fn make(&self, name: &str, kind: &str) {
        let parsed = (name::check_name(name), Kind::parse(kind));
        let (Ok(name), Some(kind)) = parsed else { return };
        let Ok(recipe) = Recipe::parse(kind, None, None) else {
            return;
        };
        let wish = Wish {
            name,
            kind,
            recipe,
            metadata: None,
            mode: Mode::Keep,
        };
        let now = self.now();
        // A refusal leaves nothing there, and then the deploy says so.
        let _ = self
            .front
            .site
            .vault()
            .generate("uaa-client:director_to_credhub", wish, now);
    }

    /// Deletes a credential; false when there is none.
    pub fn delete(&self, name: &str) -> bool {
        self.front.site.vault().store.remove(name).is_some()
    }

    /// Deletes all credentials; permissions stay.
    pub fn delete_all(&self) {
        self.front.site.vault().store.clear();
    }

    /// Gives an actor operations on a path (`/c/*`), instead of those that it has there; without operations, takes the
    /// permission away.
    ///
    /// # Errors
    /// A path or an operation that CredHub doesn't take.
    pub fn grant(&self, path: &str, actor: &str, operations: &[&str]) -> Result<(), NotAccepted> {
        let path = name::check_path(path)?;
        let parsed = operations
            .iter()
            .map(|o| Operation::parse(o).ok_or(Refusal::UnknownOperation));
        let operations = parsed.collect::<Result<Operations, _>>()?;
        let mut vault = self.front.site.vault();
        if let Some(id) = vault.permissions.find(&path, actor).map(|row| row.id) {
            vault.permissions.remove(id)?;
        }
        if !operations.is_empty() {
            vault.permissions.add(path, actor.to_owned(), operations)?;
        }
        Ok(())
    }

    /// Whether writes are refused with 503.
    pub fn set_read_only(&self, read_only: bool) {
        self.front.site.vault().read_only = read_only;
    }

    /// Whether permissions count.
    pub fn set_acls(&self, acls: bool) {
        self.front.site.vault().acls = acls;
    }

    /// The changes that took effect by calls, in their order.
    pub fn writes(&self) -> Vec<Write> {
        self.front.site.vault().ledger.shown()
    }

    /// Forgets the changes so far; the state stays.
    pub fn clear_writes(&self) {
        self.front.site.vault().ledger.clear();
    }
}
