//! Reading typed values out of a checked tree. A value of the wrong shape was reported by the check
//! and reads as absent here, so that reading can go on and find the rest.
use super::scalar::Kind;
use super::tree::Node;
use crate::secret::Secret;

impl Node {
    /// A text that isn't empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name)?
            .scalar()
            .map(|s| s.text.clone())
            .filter(|text| !text.is_empty())
    }

    /// A secret that isn't empty.
    pub(super) fn secret(&self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    /// A boolean, if given.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)?.scalar()?.kind {
            Kind::Bool(value) => Some(value),
            Kind::Text | Kind::Int(_) | Kind::Float(_) => None,
        }
    }

    /// A whole number, if given.
    pub(super) fn int(&self, name: &str) -> Option<u64> {
        match self.get(name)?.scalar()?.kind {
            Kind::Int(value) => u64::try_from(value).ok(),
            Kind::Text | Kind::Bool(_) | Kind::Float(_) => None,
        }
    }

    /// The texts of a list, empty ones left out.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let elements = self.get(name).map(Node::elements).unwrap_or_default();
        elements
            .iter()
            .filter_map(|e| e.scalar())
            .map(|s| s.text.clone())
            .filter(|t| !t.is_empty())
            .collect()
    }

    /// The sections of a list, `null`s left out.
    pub(super) fn sections(&self, name: &str) -> Vec<&Node> {
        let elements = self.get(name).map(Node::elements).unwrap_or_default();
        elements.iter().filter(|e| e.is_given()).collect()
    }

    /// A section, or an empty one in its place.
    pub(super) fn section(&self, name: &str) -> Node {
        self.get(name).cloned().unwrap_or_else(|| Node::map(self.path_of(name)))
    }
}
