//! What the platform may ask for, and the string by which it asks how far it is.
use crate::ids::JobId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// An operation on a service instance or on a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Create a service instance.
    Provision,
    /// Remove it, from whatever state it is in.
    Deprovision,
    /// Change its parameters or its plan.
    Update,
    /// Bring it to the offered maintenance info, nothing else.
    Upgrade,
    /// Have every VM of its deployment made anew; nothing else changes.
    Recreate,
    /// Create a binding of an instance.
    Bind,
    /// Remove it, from whatever state it is in.
    Unbind,
}

impl Operation {
    /// The first letter of an operation string.
    pub fn letter(self) -> char {
        match self {
            Operation::Provision => 'p',
            Operation::Deprovision => 'd',
            Operation::Update => 'u',
            Operation::Upgrade => 'g',
            Operation::Recreate => 'r',
            Operation::Bind => 'b',
            Operation::Unbind => 'n',
        }
    }
    fn of(letter: &str) -> Option<Self> {
        match letter {
            "p" => Some(Operation::Provision),
            "d" => Some(Operation::Deprovision),
            "u" => Some(Operation::Update),
            "g" => Some(Operation::Upgrade),
            "r" => Some(Operation::Recreate),
            "b" => Some(Operation::Bind),
            "n" => Some(Operation::Unbind),
            _ => None,
        }
    }
    /// Whether it takes the thing away: its end is a 410.
    pub fn deletes(self) -> bool {
        match self {
            Operation::Provision | Operation::Update | Operation::Upgrade | Operation::Recreate | Operation::Bind => {
                false
            }
            Operation::Deprovision | Operation::Unbind => true,
        }
    }
    /// Whether its thing is a binding.
    pub fn of_binding(self) -> bool {
        match self {
            Operation::Provision
            | Operation::Deprovision
            | Operation::Update
            | Operation::Upgrade
            | Operation::Recreate => false,
            Operation::Bind | Operation::Unbind => true,
        }
    }
    /// Whether it changes an instance that is there: if it fails, what was in force stays in force.
    pub fn changes(self) -> bool {
        match self {
            Operation::Update | Operation::Upgrade | Operation::Recreate => true,
            Operation::Provision | Operation::Deprovision | Operation::Bind | Operation::Unbind => false,
        }
    }
    /// ODB's word for it in texts for people.
    pub fn word(self, force: bool) -> &'static str {
        match (self, force) {
            (Operation::Provision, _) => "create",
            (Operation::Deprovision, false) => "delete",
            (Operation::Deprovision, true) => "force-delete",
            (Operation::Update, _) => "update",
            (Operation::Upgrade, _) => "upgrade",
            (Operation::Recreate, _) => "recreate",
            (Operation::Bind, _) => "bind",
            (Operation::Unbind, _) => "unbind",
        }
    }
    /// ODB's noun for it: "Instance provisioning in progress".
    pub fn noun(self, force: bool) -> &'static str {
        match (self, force) {
            (Operation::Provision, _) => "Instance provisioning",
            (Operation::Deprovision, false) => "Instance deletion",
            (Operation::Deprovision, true) => "Instance forced deletion",
            (Operation::Update, _) => "Instance update",
            (Operation::Upgrade, _) => "Instance upgrade",
            (Operation::Recreate, _) => "Instance recreate",
            (Operation::Bind, _) => "Binding creation",
            (Operation::Unbind, _) => "Binding deletion",
        }
    }
}

/// The `operation` member of an answer: `<kind letter>.<job>.<revision of its accept>`.
///
/// All characters are unreserved in URLs. A gateway whose view is older than the revision asks the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationString {
    /// What was asked for.
    pub operation: Operation,
    /// The job that carries it out.
    pub job: JobId,
    /// The bus's revision of the record when the job was accepted.
    pub accepted: u64,
}

impl fmt::Display for OperationString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.operation.letter(), self.job, self.accepted)
    }
}

/// Not one of our operation strings (an older broker's JSON, say).
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an operation string of this broker")]
pub struct Foreign;

impl FromStr for OperationString {
    type Err = Foreign;
    fn from_str(text: &str) -> Result<Self, Foreign> {
        let mut parts = text.split('.');
        let (Some(letter), Some(job), Some(accepted), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Foreign);
        };
        Ok(OperationString {
            operation: Operation::of(letter).ok_or(Foreign)?,
            job: JobId(uuid::Uuid::try_parse(job).map_err(|_| Foreign)?),
            accepted: accepted.parse().map_err(|_| Foreign)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operation_strings_survive_the_round_trip_and_others_are_foreign() {
        let ours = OperationString {
            operation: Operation::Deprovision,
            job: JobId(uuid::Uuid::from_u128(7)),
            accepted: 42,
        };
        for operation in [
            Operation::Provision,
            Operation::Deprovision,
            Operation::Update,
            Operation::Upgrade,
            Operation::Recreate,
            Operation::Bind,
            Operation::Unbind,
        ] {
            let ours = OperationString { operation, ..ours };
            assert_eq!(ours.to_string().parse(), Ok(ours));
        }
        for foreign in [
            "",
            "p",
            "p.x.1",
            "z.00000000-0000-0000-0000-000000000007.1",
            r#"{"BoshTaskID":1}"#,
            "p.00000000-0000-0000-0000-000000000007.1.2",
        ] {
            assert_eq!(foreign.parse::<OperationString>(), Err(Foreign), "{foreign}");
        }
    }
}
