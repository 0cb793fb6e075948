//! Maintenance info: what tells the platform, and us, that an instance can be upgraded.
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The maintenance info of a plan: the offering's and its own, merged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MaintenanceInfo {
    /// A semantic version 2.0. Without one the platform can't offer an upgrade.
    pub version: Option<String>,
    /// What the upgrade means for the user.
    pub description: Option<String>,
    /// Facts that anybody may see.
    pub public: BTreeMap<String, String>,
    /// ODB's hash of facts that nobody may see; `None` when there are none.
    pub private: Option<String>,
}

/// How much of it the catalog shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MaintenanceShown {
    /// Version and description. Cloud Controller refuses a catalog with more, or without a version.
    #[default]
    Minimal,
    /// All of it, as ODB shows it.
    Full,
}

impl MaintenanceInfo {
    /// What the catalog shows; `None`: nothing.
    pub fn to_osbapi(&self, shown: MaintenanceShown) -> Option<Value> {
        let mut out = Map::new();
        let text = |text: &String| Value::String(text.clone());
        match shown {
            MaintenanceShown::Minimal => {
                self.version.as_ref()?;
            }
            MaintenanceShown::Full => {
                if !self.public.is_empty() {
                    let facts = self.public.iter().map(|(name, fact)| (name.clone(), text(fact)));
                    out.insert("public".into(), Value::Object(facts.collect()));
                }
                if let Some(private) = &self.private {
                    out.insert("private".into(), text(private));
                }
            }
        }
        for (name, value) in [("version", &self.version), ("description", &self.description)] {
            if let Some(value) = value {
                out.insert(name.into(), text(value));
            }
        }
        Some(Value::Object(out))
    }

    /// A hash of `public` and `private`, also without any: an instance whose deployment came of another one is out of date.
    /// 64 hexadecimal digits.
    pub fn digest(&self) -> String {
        let both = hash_of(&self.public) + self.private.as_deref().unwrap_or_default();
        hex(digest(&SHA256, both.as_bytes()).as_ref())
    }

    /// Whether there are any.
    pub fn has_facts(&self) -> bool {
        !self.public.is_empty() || self.private.is_some()
    }

    /// ODB's hash of private facts, so that nothing changes for instances that move over: the SHA-256, in hexadecimal, of
    /// the SHA-256 of each name and each fact, one after another in the order of the names. `None` without any.
    pub fn hash_private(facts: &BTreeMap<String, String>) -> Option<String> {
        (!facts.is_empty()).then(|| hash_of(facts))
    }
}

fn hash_of(facts: &BTreeMap<String, String>) -> String {
    let mut all = Vec::new();
    for text in facts.iter().flat_map(|(name, fact)| [name, fact]) {
        all.extend_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    }
    hex(digest(&SHA256, &all).as_ref())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn facts(of: &[(&str, &str)]) -> BTreeMap<String, String> {
        of.iter().map(|(name, fact)| ((*name).into(), (*fact).into())).collect()
    }

    #[test]
    fn private_facts_are_hashed_as_odb_does() {
        let hash = MaintenanceInfo::hash_private(&facts(&[("s", "t")]));
        assert_eq!(
            hash.as_deref(),
            Some("c74d21bccb972a0e3e2e4f6c02b4bca3fb283593a03fbe77cf5be96bac5afde1")
        );
        assert_eq!(MaintenanceInfo::hash_private(&facts(&[])), None);
        assert_ne!(hash, MaintenanceInfo::hash_private(&facts(&[("st", "")])));
    }

    #[test]
    fn what_is_shown() {
        let whole = MaintenanceInfo {
            version: Some("1.2.3".into()),
            description: Some("d".into()),
            public: facts(&[("b", "1"), ("a", "2")]),
            private: Some("h".into()),
        };
        let minimal = json!({"version": "1.2.3", "description": "d"});
        assert_eq!(whole.to_osbapi(MaintenanceShown::Minimal), Some(minimal));
        let full = json!({"public": {"a": "2", "b": "1"}, "private": "h", "version": "1.2.3", "description": "d"});
        assert_eq!(whole.to_osbapi(MaintenanceShown::Full), Some(full));
        let without = MaintenanceInfo { version: None, ..whole };
        assert_eq!(without.to_osbapi(MaintenanceShown::Minimal), None);
        let full = json!({"public": {"a": "2", "b": "1"}, "private": "h", "description": "d"});
        assert_eq!(without.to_osbapi(MaintenanceShown::Full), Some(full));
    }

    #[test]
    fn another_fact_is_another_digest() {
        let with = |public: &[(&str, &str)], private: Option<&str>| MaintenanceInfo {
            public: facts(public),
            private: private.map(str::to_owned),
            ..MaintenanceInfo::default()
        };
        let all = [
            with(&[], None),
            with(&[("a", "1")], None),
            with(&[("a", "2")], None),
            with(&[], Some("h")),
            with(&[("a", "1")], Some("h")),
        ]
        .map(|info| info.digest());
        for (index, digest) in all.iter().enumerate() {
            assert_eq!(digest.len(), 64);
            assert!(!all[..index].contains(digest), "{index}");
        }
        let renamed = MaintenanceInfo {
            version: Some("9.0.0".into()),
            ..with(&[("a", "1")], None)
        };
        assert_eq!(renamed.digest(), all[1], "the version counts by itself");
        assert!(renamed.has_facts() && !MaintenanceInfo::default().has_facts());
    }
}
