//! Who may do what where. A permission belongs to a path, not to a credential: it is there before the first
//! write and after the deletion.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use super::name;
use super::refusal::Refusal;

/// What may be done; in the order in which CredHub lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    /// See values.
    Read,
    /// Set and generate.
    Write,
    /// Delete.
    Delete,
    /// See permissions.
    ReadAcl,
    /// Change permissions of others.
    WriteAcl,
}

impl Operation {
    pub(super) const ALL: [Self; 5] = [Self::Read, Self::Write, Self::Delete, Self::ReadAcl, Self::WriteAcl];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::ReadAcl => "read_acl",
            Self::WriteAcl => "write_acl",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }
}

/// A set of operations.
pub(super) type Operations = BTreeSet<Operation>;

/// From a body's list; it must have one at least.
pub(super) fn accept_operations(sent: Option<&Value>) -> Result<Operations, Refusal> {
    let names = match sent {
        None | Some(Value::Null) => return Err(Refusal::MissingOperations),
        Some(Value::Array(names)) => names,
        Some(_) => return Err(Refusal::BadRequest),
    };
    let parsed = names.iter().map(|name| {
        name.as_str()
            .and_then(Operation::parse)
            .ok_or(Refusal::UnknownOperation)
    });
    let operations = parsed.collect::<Result<Operations, _>>()?;
    match operations.is_empty() {
        true => Err(Refusal::MissingOperations),
        false => Ok(operations),
    }
}

/// What one actor may do on one path and (when it ends in `/*`) below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Permission {
    pub(super) id: Uuid,
    pub(super) path: String,
    pub(super) actor: String,
    pub(super) operations: Operations,
}

impl Permission {
    pub(super) fn names(&self) -> Vec<String> {
        self.operations.iter().map(|o| o.name().to_owned()).collect()
    }

    /// As API version 2 shows it.
    pub(super) fn show(&self) -> Value {
        json!({"path": self.path, "operations": self.names(), "actor": self.actor, "uuid": self.id})
    }
}

/// All permissions, oldest first; at most one for an actor and a path.
#[derive(Debug, Default)]
pub(super) struct Permissions {
    rows: Vec<Permission>,
}

impl Permissions {
    pub(super) fn all(&self) -> &[Permission] {
        &self.rows
    }

    pub(super) fn find(&self, path: &str, actor: &str) -> Option<&Permission> {
        self.rows.iter().find(|row| row.path == path && row.actor == actor)
    }

    pub(super) fn by_id(&self, id: Uuid) -> Option<&Permission> {
        self.rows.iter().find(|row| row.id == id)
    }

    /// True when the actor has the operation on the path or on a wildcard above it.
    pub(super) fn allow(&self, actor: &str, path: &str, operation: Operation) -> bool {
        name::covering(&name::canonical(path))
            .filter_map(|path| self.find(&path, actor))
            .any(|row| row.operations.contains(&operation))
    }

    /// Adds a permission that isn't there yet.
    pub(super) fn add(&mut self, path: String, actor: String, operations: Operations) -> Result<&Permission, Refusal> {
        if self.find(&path, &actor).is_some() {
            return Err(Refusal::PermissionExists);
        }
        let id = Uuid::new_v4();
        self.rows.push(Permission {
            id,
            path,
            actor,
            operations,
        });
        self.by_id(id).ok_or(Refusal::NoPermission)
    }

    /// Replaces the operations.
    pub(super) fn change(&mut self, id: Uuid, operations: Operations) -> Result<&Permission, Refusal> {
        let row = self
            .rows
            .iter_mut()
            .find(|row| row.id == id)
            .ok_or(Refusal::NoPermission)?;
        row.operations = operations;
        Ok(row)
    }

    pub(super) fn remove(&mut self, id: Uuid) -> Result<Permission, Refusal> {
        let at = self
            .rows
            .iter()
            .position(|row| row.id == id)
            .ok_or(Refusal::NoPermission)?;
        Ok(self.rows.remove(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(path: &str, operations: &[Operation]) -> Permissions {
        let mut permissions = Permissions::default();
        let set = operations.iter().copied().collect();
        permissions
            .add(path.to_owned(), "app".to_owned(), set)
            .expect("a permission");
        permissions
    }

    #[test]
    fn wildcards_cover_what_is_below() {
        for (granted_on, asked, allowed) in [
            ("/c/x", "/c/x", true),
            ("/c/x", "c/x", true),
            ("/c/x", "/c/x/y", false),
            ("/c/*", "/c/x", true),
            ("/c/*", "/c/x/y/z", true),
            ("/c/*", "/c/*", true),
            ("/c/*", "/c/x/*", true),
            ("/c/*", "/c", false),
            ("/c/*", "/cx/y", false),
            ("/c/x/*", "/c/*", false),
            ("/*", "/c/x", true),
            ("/C/*", "/c/x", false),
        ] {
            let permissions = granted(granted_on, &[Operation::Read]);
            let seen = permissions.allow("app", asked, Operation::Read);
            assert_eq!(seen, allowed, "{granted_on} {asked}");
            assert!(!permissions.allow("app", asked, Operation::Write));
            assert!(!permissions.allow("other", asked, Operation::Read));
        }
    }

    #[test]
    fn operations_add_up_over_the_paths() {
        let mut permissions = granted("/c/*", &[Operation::Read]);
        let write = Operations::from([Operation::Write]);
        permissions
            .add("/c/x".to_owned(), "app".to_owned(), write)
            .expect("another path");
        for operation in [Operation::Read, Operation::Write] {
            assert!(permissions.allow("app", "/c/x", operation), "{operation:?}");
        }
        assert!(!permissions.allow("app", "/c/y", Operation::Write));
    }

    #[test]
    fn one_permission_for_an_actor_and_a_path() {
        let mut permissions = granted("/c/*", &[Operation::Read]);
        let write = || Operations::from([Operation::Write]);
        let again = permissions.add("/c/*".to_owned(), "app".to_owned(), write());
        assert_eq!(again, Err(Refusal::PermissionExists));
        assert!(!permissions.allow("app", "/c/x", Operation::Write));
        let id = permissions.all()[0].id;
        assert_eq!(
            permissions.change(id, write()).map(Permission::names),
            Ok(vec!["write".to_owned()])
        );
        assert!(!permissions.allow("app", "/c/x", Operation::Read));
        assert_eq!(permissions.remove(id).map(|row| row.id), Ok(id));
        assert_eq!(permissions.remove(id), Err(Refusal::NoPermission));
        assert_eq!(permissions.change(id, write()), Err(Refusal::NoPermission));
    }

    #[test]
    fn operations_as_they_are_sent() {
        let all = json!(["write_acl", "read", "write", "read", "read_acl", "delete"]);
        let parsed = accept_operations(Some(&all)).expect("all five");
        assert_eq!(parsed.into_iter().collect::<Vec<_>>(), Operation::ALL);
        for (sent, refusal) in [
            (json!(null), Refusal::MissingOperations),
            (json!([]), Refusal::MissingOperations),
            (json!(["own"]), Refusal::UnknownOperation),
            (json!([1]), Refusal::UnknownOperation),
            (json!("read"), Refusal::BadRequest),
        ] {
            assert_eq!(accept_operations(Some(&sent)), Err(refusal), "{sent}");
        }
    }
}
