//! Credentials as an actor may see and change them. Here is who may what; nothing here knows HTTP or a clock.

use serde_json::{Value, json};
use uuid::Uuid;

use super::generate::{Mode, Recipe};
use super::journal::{Act, Ledger};
use super::kind::Kind;
use super::name;
use super::permissions::{Operation, Permissions};
use super::refusal::Refusal;
use super::store::{Credential, Draft, Store};

/// Everything that a CredHub remembers.
#[derive(Debug, Default)]
pub(super) struct Vault {
    /// Whether permissions are looked at; if not, everybody may everything.
    pub(super) acls: bool,
    /// Whether writes are refused.
    pub(super) read_only: bool,
    pub(super) store: Store,
    pub(super) permissions: Permissions,
    pub(super) ledger: Ledger,
}

/// A wish for a credential that CredHub makes itself.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    /// In its stored form.
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) recipe: Recipe,
    pub(super) metadata: Option<Value>,
    pub(super) mode: Mode,
}

impl Vault {
    /// Whether the actor may do that on a path.
    pub(super) fn may(&self, actor: &str, path: &str, operation: Operation) -> bool {
        !self.acls || self.permissions.allow(actor, path, operation)
    }

    fn check_write(&self, actor: &str, name: &str) -> Result<(), Refusal> {
        match self.may(actor, name, Operation::Write) {
            true => Ok(()),
            false => Err(Refusal::NotWritable),
        }
    }

    /// A credential that the actor may read.
    pub(super) fn readable(&self, actor: &str, name: &str) -> Result<&Credential, Refusal> {
        if !self.may(actor, name, Operation::Read) {
            return Err(Refusal::NoCredential);
        }
        self.store.find(name).ok_or(Refusal::NoCredential)
    }

    /// Writes a new version.
    pub(super) fn set(&mut self, actor: &str, draft: Draft, now: f64) -> Result<Value, Refusal> {
        self.check_write(actor, &draft.name)?;
        self.write(actor, Act::Set, draft, now)
    }

    fn write(&mut self, actor: &str, act: Act, draft: Draft, now: f64) -> Result<Value, Refusal> {
        let written = self.store.write(draft, now)?;
        self.ledger.note(act, &written.name, actor);
        newest(written)
    }

    /// Makes a value, or leaves the one that is there, as the mode says.
    pub(super) fn generate(&mut self, actor: &str, wish: Wish, now: f64) -> Result<Value, Refusal> {
        self.check_write(actor, &wish.name)?;
        if let Some(there) = self.store.find(&wish.name) {
            if there.kind != wish.kind {
                return Err(Refusal::OtherType);
            }
            let recipe = there.newest().and_then(|version| version.recipe.as_ref());
            let keep = match wish.mode {
                Mode::Overwrite => false,
                Mode::Keep => true,
                Mode::Converge => recipe == Some(&wish.recipe),
            };
            if keep {
                return newest(there);
            }
        }
        let draft = Draft {
            value: wish.recipe.make(wish.kind)?,
            name: wish.name,
            kind: wish.kind,
            metadata: wish.metadata,
            recipe: Some(wish.recipe),
        };
        self.write(actor, Act::Generate, draft, now)
    }

    /// Makes a generated credential anew, from the recipe that it had.
    pub(super) fn regenerate(
        &mut self,
        actor: &str,
        name: &str,
        metadata: Option<Value>,
        now: f64,
    ) -> Result<Value, Refusal> {
        self.check_write(actor, name)?;
        let there = self.store.find(name).ok_or(Refusal::NoCredential)?;
        let recipe = there.newest().and_then(|version| version.recipe.clone());
        let recipe = recipe.ok_or(match there.kind {
            Kind::Password | Kind::User => Refusal::Static(there.kind),
            Kind::Value | Kind::Json => Refusal::CannotGenerate,
            Kind::Certificate | Kind::Rsa | Kind::Ssh => Refusal::NotSimulated(there.kind),
        })?;
        let draft = Draft {
            name: there.name.clone(),
            kind: there.kind,
            value: recipe.make(there.kind)?,
            metadata,
            recipe: Some(recipe),
        };
        self.write(actor, Act::Generate, draft, now)
    }

    /// Versions by name, newest first, at most `limit`.
    pub(super) fn get(&self, actor: &str, name: &str, limit: usize) -> Result<Value, Refusal> {
        let there = self.readable(actor, name)?;
        let versions: Vec<_> = there.newest_first(limit).map(|version| there.show(version)).collect();
        match versions.is_empty() {
            true => Err(Refusal::NoCredential),
            false => Ok(json!({"data": versions})),
        }
    }

    /// One version by its id.
    pub(super) fn get_by_id(&self, actor: &str, id: &str) -> Result<Value, Refusal> {
        let id = Uuid::parse_str(id).map_err(|_| Refusal::NoCredential)?;
        let (there, version) = self.store.by_id(id).ok_or(Refusal::NoCredential)?;
        match self.may(actor, &there.name, Operation::Read) {
            true => Ok(there.show(version)),
            false => Err(Refusal::NoCredential),
        }
    }

    /// Names below a path, the newest write first, as far as the actor may read them.
    pub(super) fn find_by_path(&self, actor: &str, path: &str) -> Value {
        self.list(actor, |name| name::is_below(name, path))
    }

    /// Names that have a text in them.
    pub(super) fn find_by_part(&self, actor: &str, part: &str) -> Value {
        let part = part.to_lowercase();
        self.list(actor, |name| name.to_lowercase().contains(&part))
    }

    fn list(&self, actor: &str, wanted: impl Fn(&str) -> bool) -> Value {
        let rows = self
            .store
            .list(|name| wanted(name) && self.may(actor, name, Operation::Read));
        json!({"credentials": rows})
    }

    /// Removes all versions. Permissions on the path stay.
    pub(super) fn delete(&mut self, actor: &str, name: &str) -> Result<(), Refusal> {
        if !self.may(actor, name, Operation::Delete) {
            return Err(Refusal::NoCredential);
        }
        let gone = self.store.remove(name).ok_or(Refusal::NoCredential)?;
        self.ledger.note(Act::Delete, &gone, actor);
        Ok(())
    }
}

fn newest(credential: &Credential) -> Result<Value, Refusal> {
    let version = credential.newest().ok_or(Refusal::NoCredential)?;
    Ok(credential.show(version))
}

#[cfg(test)]
pub(super) mod tests;
