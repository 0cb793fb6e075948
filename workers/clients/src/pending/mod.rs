//! Whether a deployment would change if its manifest were generated anew: the check before an update. Pure.
//!
//! Both manifests are reduced to the structure that ODB knows, and what is left is compared. An operator's change of
//! releases, stemcells or plan properties shows here, and blocks an update until the instance was upgraded.

mod shape;
mod yaml;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use yaml::Node;

/// What would change. It names parts and shows no values: manifests may hold secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PendingChanges {
    /// The top-level keys whose content differs, such as `releases`; empty when nothing would change.
    pub parts: Vec<&'static str>,
}

/// Which of the two manifests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manifest {
    /// The one that is deployed.
    Deployed,
    /// The one that the adapter generated just now.
    Generated,
}

/// A manifest can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Which one.
    pub manifest: Manifest,
    /// What is wrong, with line and column where they are known; it quotes nothing.
    pub why: String,
}

impl PendingChanges {
    /// Whether there are any.
    pub fn any(&self) -> bool {
        !self.parts.is_empty()
    }
}

/// Compares two manifests as they are, before references to secrets are replaced.
///
/// What doesn't count: the blocks `update` (at the top and in instance groups), whatever the structure doesn't know, the order of
/// keys, and how a text or a number is written (`1.10` and `'1.10'` are one version). What counts: the order of lists, in properties a
/// number against the same number as a text, and an empty list or map against a missing one.
///
/// # Errors
/// [`Unreadable`]: it is not one YAML document, or not a map. An empty document is a manifest without anything.
pub fn pending_changes(deployed: &str, generated: &str) -> Result<PendingChanges, Unreadable> {
    let read = |text, manifest| top(text).map_err(|why| Unreadable { manifest, why });
    let deployed = read(deployed, Manifest::Deployed)?;
    let generated = read(generated, Manifest::Generated)?;
    let differs = |part: &&'static str| deployed.get(part) != generated.get(part);
    let parts = shape::MANIFEST.iter().map(|(name, _)| *name).filter(differs).collect();
    Ok(PendingChanges { parts })
}

/// What counts of a manifest, by top-level key.
fn top(text: &str) -> Result<BTreeMap<&'static str, Value>, String> {
    let members = match yaml::read(text)? {
        Node::Map(members) => members,
        Node::Null => BTreeMap::new(),
        Node::Text(_) | Node::Plain { .. } | Node::List(_) => return Err("not a map".to_owned()),
    };
    Ok(shape::fields(&members, shape::MANIFEST))
}

impl fmt::Display for PendingChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts.join(", "))
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let which = match self.manifest {
            Manifest::Deployed => "deployed",
            Manifest::Generated => "generated",
        };
        write!(f, "the {which} manifest can't be read: {}", self.why)
    }
}

impl std::error::Error for Unreadable {}

#[cfg(test)]
mod tests;
