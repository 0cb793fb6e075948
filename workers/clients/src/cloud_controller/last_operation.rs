//! What Cloud Controller did last with an instance or a binding.

use serde::{Deserialize, Deserializer};

/// What Cloud Controller did last with it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LastOperation {
    /// What.
    #[serde(rename = "type")]
    pub kind: OperationKind,
    /// Where it stands.
    pub state: OperationState,
    /// The broker's words for it; a text for users.
    #[serde(default, deserialize_with = "text_or_nothing")]
    pub description: String,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationKind {
    /// It is made.
    Create,
    /// It is changed.
    Update,
    /// It is deleted.
    Delete,
    /// Something that this client doesn't know.
    Other,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationState {
    /// The broker hasn't answered yet.
    Initial,
    /// The broker is at it.
    InProgress,
    /// It went well.
    Succeeded,
    /// It didn't.
    Failed,
    /// A state that this client doesn't know.
    Other,
}

impl OperationState {
    /// Whether something is still done; what isn't known may be.
    pub fn is_running(self) -> bool {
        match self {
            Self::Initial | Self::InProgress | Self::Other => true,
            Self::Succeeded | Self::Failed => false,
        }
    }
}

impl<'de> Deserialize<'de> for OperationKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| match text.as_str() {
            "create" => Self::Create,
            "update" => Self::Update,
            "delete" => Self::Delete,
            _ => Self::Other,
        })
    }
}

impl<'de> Deserialize<'de> for OperationState {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| match text.as_str() {
            "initial" => Self::Initial,
            "in progress" => Self::InProgress,
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            _ => Self::Other,
        })
    }
}

fn text_or_nothing<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Option::<String>::deserialize(from).map(Option::unwrap_or_default)
}
