//! Credentials and their versions, without any question of who may see them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::generate::Recipe;
use super::kind::Kind;
use super::name;
use super::refusal::Refusal;
use crate::common::clock::rfc3339;

/// All credentials.
#[derive(Debug, Default)]
pub(super) struct Store {
    /// By name in small letters.
    rows: BTreeMap<String, Credential>,
    /// Counts versions: several may be made within a second.
    serial: u64,
}

/// One credential; it has at least one version.
#[derive(Debug)]
pub(super) struct Credential {
    /// As it was first written.
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Oldest first.
    versions: Vec<Version>,
}

/// What one write left.
#[derive(Clone)]
pub(super) struct Version {
    pub(super) id: Uuid,
    /// Unix seconds.
    at: f64,
    serial: u64,
    pub(super) value: Value,
    metadata: Option<Value>,
    /// How it was generated, if it was.
    pub(super) recipe: Option<Recipe>,
}

/// What is to be written.
#[derive(Clone)]
pub(super) struct Draft {
    /// In its stored form.
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) value: Value,
    pub(super) metadata: Option<Value>,
    pub(super) recipe: Option<Recipe>,
}

impl std::fmt::Debug for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Version").field("id", &self.id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Credential {
    pub(super) fn newest(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// Newest first, at most `limit`.
    pub(super) fn newest_first(&self, limit: usize) -> impl Iterator<Item = &Version> {
        self.versions.iter().rev().take(limit)
    }

    pub(super) fn count(&self) -> usize {
        self.versions.len()
    }

    /// A version as callers see it.
    pub(super) fn show(&self, version: &Version) -> Value {
        json!({
            "type": self.kind.name(),
            "version_created_at": rfc3339(version.at),
            "id": version.id,
            "name": self.name,
            "metadata": version.metadata,
            "value": version.value,
        })
    }

    fn row(&self) -> Option<(u64, Value)> {
        let newest = self.newest()?;
        let row = json!({"version_created_at": rfc3339(newest.at), "name": self.name});
        Some((newest.serial, row))
    }
}

impl Store {
    pub(super) fn find(&self, name: &str) -> Option<&Credential> {
        self.rows.get(&name::canonical(name).to_lowercase())
    }

    /// The credential and its version with that id.
    pub(super) fn by_id(&self, id: Uuid) -> Option<(&Credential, &Version)> {
        self.rows
            .values()
            .find_map(|row| row.versions.iter().find(|v| v.id == id).map(|v| (row, v)))
    }

    /// Adds a version, of a new credential or of one that has the same type.
    pub(super) fn write(&mut self, draft: Draft, now: f64) -> Result<&Credential, Refusal> {
        self.serial += 1;
        let version = Version {
            id: Uuid::new_v4(),
            at: now,
            serial: self.serial,
            value: draft.value,
            metadata: draft.metadata,
            recipe: draft.recipe,
        };
        let row = self
            .rows
            .entry(draft.name.to_lowercase())
            .or_insert_with(|| Credential {
                name: draft.name,
                kind: draft.kind,
                versions: Vec::new(),
            });
        if row.kind != draft.kind {
            return Err(Refusal::OtherType);
        }
        row.versions.push(version);
        Ok(row)
    }

    /// Removes all versions; the answer is the name as it was written, none when there was nothing.
    pub(super) fn remove(&mut self, name: &str) -> Option<String> {
        let row = self.rows.remove(&name::canonical(name).to_lowercase());
        row.map(|row| row.name)
    }

    /// Rows of a list, the newest write first.
    pub(super) fn list(&self, wanted: impl Fn(&str) -> bool) -> Vec<Value> {
        let mut rows: Vec<_> = self
            .rows
            .values()
            .filter(|row| wanted(&row.name))
            .filter_map(Credential::row)
            .collect();
        rows.sort_by_key(|(serial, _)| std::cmp::Reverse(*serial));
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// In alphabetical order.
    pub(super) fn names(&self) -> Vec<String> {
        self.rows.values().map(|row| row.name.clone()).collect()
    }

    /// All versions of all credentials.
    pub(super) fn count(&self) -> usize {
        self.rows.values().map(Credential::count).sum()
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
    }
}

/// Metadata as it is stored: an object or nothing.
pub(super) fn accept_metadata(sent: Option<&Value>) -> Result<Option<Value>, Refusal> {
    match sent {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) => match metadata_length(map) {
            ..=7000 => Ok(Some(Value::Object(map.clone()))),
            _ => Err(Refusal::MetadataTooLong),
        },
        Some(_) => Err(Refusal::BadRequest),
    }
}

fn metadata_length(map: &Map<String, Value>) -> usize {
    Value::Object(map.clone()).to_string().chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(name: &str, kind: Kind, value: Value) -> Draft {
        Draft {
            name: name.to_owned(),
            kind,
            value,
            metadata: None,
            recipe: None,
        }
    }

    fn write(store: &mut Store, name: &str, value: &str) -> Result<Uuid, Refusal> {
        let written = store.write(draft(name, Kind::Value, json!(value)), 1_795_291_200.5)?;
        Ok(written.newest().expect("a version").id)
    }

    #[test]
    fn every_write_is_a_version_with_an_id_of_its_own() {
        let mut store = Store::default();
        let ids = [write(&mut store, "/a", "1"), write(&mut store, "/a", "1")];
        assert_ne!(ids[0], ids[1]);
        let row = store.find("a").expect("the name without a slash is found");
        let seen: Vec<_> = row.newest_first(9).map(|v| Ok(v.id)).collect();
        assert_eq!(seen, [ids[1].clone(), ids[0].clone()]);
        assert_eq!(row.newest_first(1).count(), 1);
        let first = ids[0].clone().expect("an id");
        let (row, version) = store.by_id(first).expect("an old version is found by its id");
        assert_eq!(
            row.show(version),
            json!({
                "type": "value", "version_created_at": "2026-11-21T20:00:00Z", "id": first,
                "name": "/a", "metadata": null, "value": "1",
            })
        );
        assert_eq!(store.by_id(Uuid::nil()).map(|(row, _)| row.name.clone()), None);
    }

    #[test]
    fn names_keep_their_case_and_are_found_in_any() {
        let mut store = Store::default();
        write(&mut store, "/C/Ab", "1").expect("a version");
        write(&mut store, "/c/aB", "2").expect("a version");
        assert_eq!(store.names(), ["/C/Ab"]);
        assert_eq!(store.find("/c/ab").map(Credential::count), Some(2));
        assert_eq!(store.remove("C/AB").as_deref(), Some("/C/Ab"));
        assert_eq!(store.remove("C/AB"), None);
    }

    #[test]
    fn the_type_stays() {
        let mut store = Store::default();
        write(&mut store, "/a", "1").expect("a version");
        let other = store.write(draft("/a", Kind::Json, json!({})), 0.0);
        assert_eq!(other.map(Credential::count), Err(Refusal::OtherType));
        assert_eq!(store.find("/a").map(Credential::count), Some(1));
        assert!(store.remove("/a").is_some());
        let other = store.write(draft("/a", Kind::Json, json!({})), 0.0);
        assert_eq!(other.map(Credential::count), Ok(1));
    }

    #[test]
    fn lists_have_the_newest_write_first() {
        let mut store = Store::default();
        for name in ["/a", "/b", "/c", "/a"] {
            write(&mut store, name, "1").expect("a version");
        }
        let names: Vec<_> = store.list(|n| n != "/b").iter().map(|r| r["name"].clone()).collect();
        assert_eq!(names, [json!("/a"), json!("/c")]);
        assert_eq!(store.count(), 4);
    }

    #[test]
    fn metadata_is_a_small_object() {
        let long = json!({"a": "x".repeat(7000)});
        for (sent, kept) in [
            (None, Ok(None)),
            (Some(json!(null)), Ok(None)),
            (Some(json!({"a": 1})), Ok(Some(json!({"a": 1})))),
            (Some(json!("x")), Err(Refusal::BadRequest)),
            (Some(long), Err(Refusal::MetadataTooLong)),
        ] {
            assert_eq!(accept_metadata(sent.as_ref()), kept, "{sent:?}");
        }
    }
}
