//! Permissions as an actor may see and change them.

use serde_json::Value;
use uuid::Uuid;

use super::journal::Act;
use super::name;
use super::permissions::{Operation, Operations, Permission};
use super::refusal::Refusal;
use super::vault::Vault;

/// A permission as it is sent, checked.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    /// In its stored form.
    pub(super) path: String,
    pub(super) actor: String,
    pub(super) operations: Operations,
}

impl Vault {
    /// Adds a permission that isn't there.
    pub(super) fn grant(&mut self, actor: &str, grant: Grant) -> Result<Value, Refusal> {
        if !self.may(actor, &grant.path, Operation::WriteAcl) {
            return Err(Refusal::NoCredential);
        }
        self.check_other(actor, &grant.actor)?;
        let added = self.permissions.add(grant.path, grant.actor, grant.operations)?;
        self.ledger.note(Act::Grant, &added.path, actor);
        Ok(added.show())
    }

    /// The permission of an actor on exactly that path.
    pub(super) fn grant_of(&self, actor: &str, path: &str, of: &str) -> Result<Value, Refusal> {
        let path = name::canonical(path);
        if !self.may(actor, &path, Operation::ReadAcl) {
            return Err(Refusal::PermissionHidden);
        }
        let found = self.permissions.find(&path, of).ok_or(Refusal::PermissionHidden)?;
        Ok(found.show())
    }

    pub(super) fn grant_by_id(&self, actor: &str, id: &str) -> Result<Value, Refusal> {
        let found = parse(id)
            .and_then(|id| self.permissions.by_id(id))
            .ok_or(Refusal::PermissionHidden)?;
        match self.may(actor, &found.path, Operation::ReadAcl) {
            true => Ok(found.show()),
            false => Err(Refusal::PermissionHidden),
        }
    }

    /// Replaces the operations of the permission with that id, which must be the one that is meant.
    pub(super) fn replace_grant(&mut self, actor: &str, id: &str, grant: Grant) -> Result<Value, Refusal> {
        let there = self.changeable(actor, id)?;
        if there.path != grant.path || there.actor != grant.actor {
            return Err(Refusal::OtherPermission);
        }
        let id = there.id;
        self.change(actor, id, grant.operations)
    }

    /// Replaces the operations.
    pub(super) fn change_grant(&mut self, actor: &str, id: &str, operations: Operations) -> Result<Value, Refusal> {
        let id = self.changeable(actor, id)?.id;
        self.change(actor, id, operations)
    }

    fn change(&mut self, actor: &str, id: Uuid, operations: Operations) -> Result<Value, Refusal> {
        let changed = self.permissions.change(id, operations)?;
        self.ledger.note(Act::ChangeGrant, &changed.path, actor);
        Ok(changed.show())
    }

    /// Takes the permission away; the answer is what it was.
    pub(super) fn revoke(&mut self, actor: &str, id: &str) -> Result<Value, Refusal> {
        let id = self.changeable(actor, id)?.id;
        Ok(self.remove(actor, id)?.show())
    }

    fn remove(&mut self, actor: &str, id: Uuid) -> Result<Permission, Refusal> {
        let removed = self.permissions.remove(id)?;
        self.ledger.note(Act::Revoke, &removed.path, actor);
        Ok(removed)
    }

    /// The permissions on a credential's own path.
    pub(super) fn grants_on(&self, actor: &str, credential: &str) -> Result<Vec<&Permission>, Refusal> {
        if !self.may(actor, credential, Operation::ReadAcl) {
            return Err(Refusal::NoCredential);
        }
        let name = &self.store.find(credential).ok_or(Refusal::NoCredential)?.name;
        Ok(self.permissions.all().iter().filter(|row| row.path == *name).collect())
    }

    /// Takes away what an actor may on a credential's own path.
    pub(super) fn revoke_on(&mut self, actor: &str, credential: &str, of: &str) -> Result<(), Refusal> {
        let path = name::canonical(credential);
        if !self.may(actor, &path, Operation::WriteAcl) {
            return Err(Refusal::NoCredential);
        }
        self.check_other(actor, of)?;
        let id = self.permissions.find(&path, of).ok_or(Refusal::NoCredential)?.id;
        self.remove(actor, id).map(|_| ())
    }

    fn changeable(&self, actor: &str, id: &str) -> Result<&Permission, Refusal> {
        let there = parse(id)
            .and_then(|id| self.permissions.by_id(id))
            .filter(|there| self.may(actor, &there.path, Operation::WriteAcl))
            .ok_or(Refusal::NoPermission)?;
        self.check_other(actor, &there.actor)?;
        Ok(there)
    }

    /// Nobody changes what they may themselves.
    fn check_other(&self, actor: &str, of: &str) -> Result<(), Refusal> {
        match self.acls && actor == of {
            true => Err(Refusal::OwnPermission),
            false => Ok(()),
        }
    }
}

fn parse(id: &str) -> Option<Uuid> {
    Uuid::parse_str(id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credhub::vault::tests::{draft, guarded};
    use serde_json::json;

    fn grant(path: &str, actor: &str) -> Grant {
        Grant {
            path: path.to_owned(),
            actor: actor.to_owned(),
            operations: Operations::from([Operation::Read]),
        }
    }

    fn id_of(shown: &Value) -> String {
        shown["uuid"].as_str().expect("an id").to_owned()
    }

    #[test]
    fn who_may_change_permissions() {
        let mut vault = guarded(&[
            ("/c/*", "broker", &Operation::ALL),
            ("/c/*", "reader", &[Operation::Read, Operation::ReadAcl]),
        ]);
        let shown = vault.grant("broker", grant("/c/x", "app")).expect("a permission");
        let id = id_of(&shown);
        assert_eq!(
            shown,
            json!({"path": "/c/x", "operations": ["read"], "actor": "app", "uuid": id})
        );
        let write = || Operations::from([Operation::Write]);
        for (what, refused, refusal) in [
            (
                "twice",
                vault.grant("broker", grant("/c/x", "app")),
                Refusal::PermissionExists,
            ),
            (
                "elsewhere",
                vault.grant("broker", grant("/d/x", "app")),
                Refusal::NoCredential,
            ),
            (
                "without write_acl",
                vault.grant("reader", grant("/c/x", "b")),
                Refusal::NoCredential,
            ),
            (
                "to oneself",
                vault.grant("broker", grant("/c/x", "broker")),
                Refusal::OwnPermission,
            ),
            (
                "seen by a stranger",
                vault.grant_of("app", "/c/x", "app"),
                Refusal::PermissionHidden,
            ),
            (
                "not there",
                vault.grant_of("reader", "/c/x", "b"),
                Refusal::PermissionHidden,
            ),
            ("by id", vault.grant_by_id("app", &id), Refusal::PermissionHidden),
            ("odd id", vault.grant_by_id("reader", "x"), Refusal::PermissionHidden),
            (
                "put",
                vault.replace_grant("reader", &id, grant("/c/x", "app")),
                Refusal::NoPermission,
            ),
            (
                "other path",
                vault.replace_grant("broker", &id, grant("/c/y", "app")),
                Refusal::OtherPermission,
            ),
            (
                "other actor",
                vault.replace_grant("broker", &id, grant("/c/x", "b")),
                Refusal::OtherPermission,
            ),
            (
                "patch",
                vault.change_grant("reader", &id, write()),
                Refusal::NoPermission,
            ),
            ("delete", vault.revoke("reader", &id), Refusal::NoPermission),
            ("odd id to delete", vault.revoke("broker", "x"), Refusal::NoPermission),
        ] {
            assert_eq!(refused, Err(refusal), "{what}");
        }
        assert_eq!(vault.grant_of("reader", "c/x", "app"), Ok(shown.clone()));
        assert_eq!(vault.grant_by_id("reader", &id), Ok(shown));
        assert_eq!(
            vault
                .change_grant("broker", &id, write())
                .map(|p| p["operations"].clone()),
            Ok(json!(["write"]))
        );
        let put = vault.replace_grant("broker", &id, grant("/c/x", "app"));
        assert_eq!(put.map(|p| p["operations"].clone()), Ok(json!(["read"])));
        assert_eq!(vault.revoke("broker", &id).map(|p| id_of(&p)), Ok(id.clone()));
        assert_eq!(vault.revoke("broker", &id), Err(Refusal::NoPermission));
    }

    #[test]
    fn nobody_changes_their_own_permissions() {
        let mut vault = guarded(&[("/c/*", "broker", &Operation::ALL)]);
        let own = vault.permissions.all()[0].id.to_string();
        let read = || Operations::from([Operation::Read]);
        assert_eq!(vault.revoke("broker", &own), Err(Refusal::OwnPermission));
        assert_eq!(vault.change_grant("broker", &own, read()), Err(Refusal::OwnPermission));
        let put = vault.replace_grant("broker", &own, grant("/c/*", "broker"));
        assert_eq!(put, Err(Refusal::OwnPermission));
        vault.acls = false;
        assert!(vault.change_grant("broker", &own, read()).is_ok());
    }

    #[test]
    fn permissions_of_a_credential() {
        let mut vault = guarded(&[("/c/*", "broker", &Operation::ALL)]);
        assert_eq!(vault.grants_on("broker", "/c/x"), Err(Refusal::NoCredential));
        vault.set("broker", draft("/c/x", json!("v")), 0.0).expect("a write");
        vault.grant("broker", grant("/c/x", "app")).expect("a permission");
        let seen = vault.grants_on("broker", "c/x").expect("a list");
        assert_eq!(seen.iter().map(|p| p.actor.as_str()).collect::<Vec<_>>(), ["app"]);
        assert_eq!(vault.grants_on("app", "/c/x"), Err(Refusal::NoCredential));
        assert_eq!(vault.revoke_on("app", "/c/x", "app"), Err(Refusal::NoCredential));
        assert_eq!(vault.revoke_on("broker", "/c/x", "app"), Ok(()));
        assert_eq!(vault.revoke_on("broker", "/c/x", "app"), Err(Refusal::NoCredential));
        let own = vault.revoke_on("broker", "/c/*", "broker");
        assert_eq!(own, Err(Refusal::OwnPermission));
    }
}
