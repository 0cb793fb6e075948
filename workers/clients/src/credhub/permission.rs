//! A permission: who may do what with the names at a path.

use serde::{Deserialize, Serialize};

/// A permission to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewPermission {
    /// A name, or `/a/b/*` for all names below `/a/b`.
    pub path: String,
    /// `mtls-app:<app guid>`, `uaa-client:<client id>` or `uaa-user:<user id>`.
    pub actor: String,
    /// What the actor may do.
    pub operations: Vec<Operation>,
}

/// A permission that is there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Permission {
    /// Its id.
    pub uuid: String,
    /// Its path, exactly as it was added.
    pub path: String,
    /// Whose it is.
    pub actor: String,
    /// What the actor may do.
    pub operations: Vec<Operation>,
}

/// What an actor may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Read values.
    Read,
    /// Store and generate values.
    Write,
    /// Delete credentials.
    Delete,
    /// Read permissions.
    ReadAcl,
    /// Change permissions.
    WriteAcl,
}

impl Permission {
    /// Whether it allows the same, in whatever order.
    pub(super) fn allows_the_same_as(&self, wanted: &NewPermission) -> bool {
        let sorted = |operations: &[Operation]| {
            let mut operations = operations.to_vec();
            operations.sort();
            operations.dedup();
            operations
        };
        sorted(&self.operations) == sorted(&wanted.operations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_operations_does_not_count() {
        let there: Permission = serde_json::from_str(
            r#"{"uuid":"u","path":"/a","actor":"b","operations":["write_acl","read","read_acl","delete"]}"#,
        )
        .unwrap();
        let mut wanted = NewPermission {
            path: "/a".into(),
            actor: "b".into(),
            operations: vec![
                Operation::Read,
                Operation::ReadAcl,
                Operation::Delete,
                Operation::WriteAcl,
            ],
        };
        assert!(there.allows_the_same_as(&wanted));
        wanted.operations.pop();
        assert!(!there.allows_the_same_as(&wanted));
    }
}
