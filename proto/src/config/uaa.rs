//! Who we are at a UAA.
use super::tree::Node;
use crate::secret::Secret;

/// A client of a UAA, for the grant `client_credentials`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UaaClient {
    /// Its id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
}

impl UaaClient {
    /// Both members of `node`, or nothing.
    pub(super) fn of(node: &Node) -> Option<Self> {
        let (client_id, client_secret) = node.text("client_id").zip(node.secret("client_secret"))?;
        Some(UaaClient {
            client_id,
            client_secret,
        })
    }

    /// The names of the members that `node` lacks.
    pub(super) fn lacks(node: &Node) -> impl Iterator<Item = &'static str> {
        ["client_id", "client_secret"]
            .into_iter()
            .filter(|name| node.text(name).is_none())
    }
}
