//! Who may what, and what happens then.

use super::*;
use crate::credhub::permissions::Operations;

/// A vault with permissions on, where `who` has the operations on the path.
pub(in crate::credhub) fn guarded(grants: &[(&str, &str, &[Operation])]) -> Vault {
    let mut vault = Vault {
        acls: true,
        ..Vault::default()
    };
    for (path, who, operations) in grants {
        let operations = Operations::from_iter(operations.iter().copied());
        vault
            .permissions
            .add((*path).to_owned(), (*who).to_owned(), operations)
            .expect("a permission");
    }
    vault
}

pub(in crate::credhub) fn draft(name: &str, value: Value) -> Draft {
    Draft {
        name: name.to_owned(),
        kind: if value.is_object() { Kind::Json } else { Kind::Value },
        value,
        metadata: None,
        recipe: None,
    }
}

fn wish(mode: Mode, length: usize) -> Wish {
    let parameters = json!({"length": length});
    Wish {
        name: "/p".to_owned(),
        kind: Kind::Password,
        recipe: Recipe::parse(Kind::Password, Some(&parameters), None).expect("a recipe"),
        metadata: None,
        mode,
    }
}

fn names(found: &Value) -> Vec<&str> {
    let rows = found["credentials"].as_array().expect("rows");
    rows.iter().filter_map(|row| row["name"].as_str()).collect()
}

#[test]
fn without_a_permission_reads_are_404_and_writes_403() {
    let mut vault = guarded(&[("/c/*", "broker", &Operation::ALL), ("/c/x", "app", &[Operation::Read])]);
    vault
        .set("broker", draft("/c/x", json!({"a": 1})), 0.0)
        .expect("a write");
    vault.set("broker", draft("/c/y", json!("v")), 0.0).expect("a write");
    let id = vault.get("broker", "/c/x", 1).expect("a read")["data"][0]["id"].clone();
    let id = id.as_str().expect("an id").to_owned();
    assert!(vault.get("app", "c/x", 9).is_ok());
    assert!(vault.get_by_id("app", &id).is_ok());
    for (what, refused, refusal) in [
        ("read", vault.get("app", "/c/y", 1), Refusal::NoCredential),
        ("read by id", vault.get_by_id("other", &id), Refusal::NoCredential),
        (
            "write",
            vault.set("app", draft("/c/x", json!({})), 0.0),
            Refusal::NotWritable,
        ),
        (
            "write outside",
            vault.set("broker", draft("/d/x", json!({})), 0.0),
            Refusal::NotWritable,
        ),
        (
            "generate",
            vault.generate("app", wish(Mode::Overwrite, 9), 0.0),
            Refusal::NotWritable,
        ),
        (
            "regenerate",
            vault.regenerate("app", "/c/x", None, 0.0),
            Refusal::NotWritable,
        ),
        (
            "delete",
            vault.delete("app", "/c/x").map(|()| json!(null)),
            Refusal::NoCredential,
        ),
    ] {
        assert_eq!(refused, Err(refusal), "{what}");
    }
    assert_eq!(names(&vault.find_by_path("app", "/")), ["/c/x"]);
    assert_eq!(names(&vault.find_by_part("broker", "C/")), ["/c/y", "/c/x"]);
    assert_eq!(names(&vault.find_by_part("other", "")), Vec::<&str>::new());
    assert_eq!(vault.store.names(), ["/c/x", "/c/y"]);
}

#[test]
fn a_write_grants_its_actor_nothing() {
    let mut vault = guarded(&[("/c/*", "writer", &[Operation::Write])]);
    vault.set("writer", draft("/c/x", json!("v")), 0.0).expect("a write");
    assert_eq!(vault.get("writer", "/c/x", 1), Err(Refusal::NoCredential));
    assert_eq!(vault.permissions.all().len(), 1);
}

#[test]
fn permissions_outlive_the_credential() {
    let mut vault = guarded(&[("/c/*", "broker", &Operation::ALL), ("/c/x", "app", &[Operation::Read])]);
    vault.set("broker", draft("/c/x", json!("1")), 0.0).expect("a write");
    vault.delete("broker", "/c/x").expect("a deletion");
    assert_eq!(vault.delete("broker", "/c/x"), Err(Refusal::NoCredential));
    assert!(vault.permissions.find("/c/x", "app").is_some());
    let acts: Vec<_> = vault
        .ledger
        .shown()
        .into_iter()
        .map(|w| (w.act, w.name, w.actor))
        .collect();
    let broker = |act| (act, "/c/x".to_owned(), "broker".to_owned());
    assert_eq!(acts, [broker(Act::Set), broker(Act::Delete)]);
    vault.set("broker", draft("/c/x", json!("2")), 0.0).expect("a write");
    assert_eq!(vault.get("app", "/c/x", 9).expect("a read")["data"][0]["value"], "2");
}

#[test]
fn without_acls_everybody_may_everything() {
    let mut vault = Vault::default();
    vault.set("one", draft("/a", json!("v")), 0.0).expect("a write");
    assert!(vault.get("other", "/a", 1).is_ok());
    assert_eq!(vault.delete("third", "a"), Ok(()));
}

#[test]
fn an_unknown_or_odd_id_is_not_found() {
    let vault = Vault::default();
    for id in ["", "x", "00000000-0000-0000-0000-000000000000"] {
        assert_eq!(vault.get_by_id("a", id), Err(Refusal::NoCredential), "{id}");
    }
    assert_eq!(vault.get("a", "/a", 1), Err(Refusal::NoCredential));
}

#[test]
fn zero_versions_are_not_found() {
    let mut vault = Vault::default();
    vault.set("one", draft("/a", json!("v")), 0.0).expect("a write");
    assert_eq!(vault.get("one", "/a", 0), Err(Refusal::NoCredential));
}

#[test]
fn generating_again_goes_by_the_mode() {
    for (mode, length, versions) in [
        (Mode::Overwrite, 30, 2),
        (Mode::Keep, 30, 1),
        (Mode::Keep, 40, 1),
        (Mode::Converge, 30, 1),
        (Mode::Converge, 40, 2),
    ] {
        let mut vault = Vault::default();
        let first = vault.generate("a", wish(Mode::Keep, 30), 0.0).expect("a password");
        let second = vault.generate("a", wish(mode, length), 0.0).expect("a password");
        let count = vault.store.find("/p").map(Credential::count);
        assert_eq!(count, Some(versions), "{mode:?} {length}");
        assert_eq!(first == second, versions == 1, "{mode:?} {length}");
    }
}

#[test]
fn what_was_set_converges_to_something_generated_but_is_not_regenerated() {
    let mut vault = Vault::default();
    let set = Draft {
        kind: Kind::Password,
        ..draft("/p", json!("mine"))
    };
    vault.set("a", set, 0.0).expect("a write");
    let refused = vault.regenerate("a", "/p", None, 0.0);
    assert_eq!(refused, Err(Refusal::Static(Kind::Password)));
    vault.generate("a", wish(Mode::Converge, 8), 0.0).expect("a password");
    let anew = vault.regenerate("a", "p", None, 0.0).expect("a password");
    assert_eq!(anew["value"].as_str().map(str::len), Some(8));
    assert_eq!(vault.store.find("/p").map(Credential::count), Some(3));
}

#[test]
fn the_type_stays_when_generating_and_what_cannot_be_regenerated() {
    let mut vault = Vault::default();
    vault.set("a", draft("/p", json!("text")), 0.0).expect("a write");
    let other = vault.generate("a", wish(Mode::Overwrite, 30), 0.0);
    assert_eq!(other, Err(Refusal::OtherType));
    assert_eq!(vault.regenerate("a", "/p", None, 0.0), Err(Refusal::CannotGenerate));
    assert_eq!(vault.regenerate("a", "/q", None, 0.0), Err(Refusal::NoCredential));
}
