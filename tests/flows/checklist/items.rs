//! What `checklist/items.md` asks for.
use std::collections::{BTreeMap, BTreeSet};

/// A call of this release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Endpoint {
    Catalog,
    Provision,
    Fetch,
    Deprovision,
    LastOperation,
    Update,
    Bind,
    FetchBinding,
    Unbind,
    BindingLastOperation,
}

/// Where an item has to be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Once, anywhere.
    General,
    /// At each endpoint.
    Each,
    /// Once, by this endpoint.
    At(Endpoint),
    /// Not in this release; what it waits for.
    Later(String),
    /// In another world; the test, below the workspace.
    Elsewhere(String),
}

#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) level: String,
    pub(crate) scope: Scope,
}

/// What checks have named after their assertions had passed.
#[derive(Debug, Default)]
pub(crate) struct Covered(BTreeMap<String, BTreeSet<Option<Endpoint>>>);

impl Endpoint {
    pub(crate) const ALL: [Endpoint; 10] = [
        Endpoint::Catalog,
        Endpoint::Provision,
        Endpoint::Fetch,
        Endpoint::Deprovision,
        Endpoint::LastOperation,
        Endpoint::Update,
        Endpoint::Bind,
        Endpoint::FetchBinding,
        Endpoint::Unbind,
        Endpoint::BindingLastOperation,
    ];
}

/// All items of the file, in its order.
pub(crate) fn items() -> Vec<Item> {
    let rows = include_str!("../../checklist/items.md")
        .lines()
        .filter(|line| line.starts_with("| "));
    let cells = rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect::<Vec<_>>());
    cells
        .filter(|cells| is_id(cells[0]))
        .map(|cells| Item::of(&cells))
        .collect()
}

fn is_id(cell: &str) -> bool {
    let Some((letters, number)) = cell.split_once('-') else {
        return false;
    };
    letters.len() == 3 && letters.bytes().all(|b| b.is_ascii_uppercase()) && number.parse::<u32>().is_ok()
}

impl Item {
    fn of(cells: &[&str]) -> Self {
        let [id, level, scope, _when, then] = cells else {
            panic!("five cells are needed: {cells:?}")
        };
        assert!(
            ["MUST", "SHOULD", "MAY", "CC", "HOUSE"].contains(level) && !then.is_empty(),
            "{cells:?}"
        );
        let scope = match (*scope, scope.split_once(": ")) {
            ("general", _) => Scope::General,
            ("each", _) => Scope::Each,
            ("catalog", _) => Scope::At(Endpoint::Catalog),
            ("provision", _) => Scope::At(Endpoint::Provision),
            ("fetch", _) => Scope::At(Endpoint::Fetch),
            ("deprovision", _) => Scope::At(Endpoint::Deprovision),
            ("last_operation", _) => Scope::At(Endpoint::LastOperation),
            ("update", _) => Scope::At(Endpoint::Update),
            ("bind", _) => Scope::At(Endpoint::Bind),
            ("fetch binding", _) => Scope::At(Endpoint::FetchBinding),
            ("unbind", _) => Scope::At(Endpoint::Unbind),
            ("binding last_operation", _) => Scope::At(Endpoint::BindingLastOperation),
            (_, Some(("later", what))) => Scope::Later(what.to_owned()),
            (_, Some(("elsewhere", test))) => Scope::Elsewhere(test.to_owned()),
            _ => panic!("{id}: no such scope: {scope}"),
        };
        Item {
            id: (*id).to_owned(),
            level: (*level).to_owned(),
            scope,
        }
    }
}

impl Covered {
    pub(crate) fn add(&mut self, at: Option<Endpoint>, ids: &[&str]) {
        for id in ids {
            self.0.entry((*id).to_owned()).or_default().insert(at);
        }
    }

    /// What another broker of the same release was asked counts, too.
    pub(crate) fn merge(&mut self, other: &Covered) {
        for (id, places) in &other.0 {
            self.0.entry(id.clone()).or_default().extend(places);
        }
    }

    /// What is missing, and what is named but not in the file.
    pub(crate) fn gaps(&self, items: &[Item]) -> Vec<String> {
        let none = BTreeSet::new();
        let mut gaps = Vec::new();
        for Item { id, level, scope } in items {
            let named = self.0.get(id).unwrap_or(&none);
            match scope {
                Scope::General | Scope::At(_) if named.is_empty() => {
                    gaps.push(format!("{id} ({level}): no check names it"))
                }
                Scope::Each => gaps.extend(
                    Endpoint::ALL
                        .iter()
                        .filter(|at| !named.contains(&Some(**at)))
                        .map(|at| format!("{id} ({level}): not checked at {at:?}")),
                ),
                Scope::Later(what) if !named.is_empty() => {
                    gaps.push(format!("{id}: is checked, but waits for {what} in items.md"))
                }
                Scope::General | Scope::At(_) | Scope::Later(_) | Scope::Elsewhere(_) => {}
            }
        }
        let unknown = self.0.keys().filter(|id| !items.iter().any(|item| item.id == **id));
        gaps.extend(unknown.map(|id| format!("{id}: a check names it, but items.md doesn't")));
        gaps
    }
}

#[test]
fn every_item_is_there_once_and_every_test_elsewhere_exists() {
    let items = items();
    let ids: BTreeSet<_> = items.iter().map(|item| &item.id).collect();
    assert_eq!(ids.len(), items.len());
    assert!(items.iter().filter(|item| item.level == "MUST").count() > 100);
    for at in Endpoint::ALL {
        assert!(items.iter().any(|item| item.scope == Scope::At(at)), "{at:?}");
    }
    for item in items {
        if let Scope::Elsewhere(test) = item.scope {
            let path = format!("{}/../{test}", env!("CARGO_MANIFEST_DIR"));
            assert!(std::path::Path::new(&path).is_file(), "{}: there is no {test}", item.id);
        }
    }
}

#[test]
fn gaps_are_found() {
    let item = |id: &str, scope| Item {
        id: id.to_owned(),
        level: "MUST".to_owned(),
        scope,
    };
    let items = [
        item("AAA-1", Scope::General),
        item("AAA-2", Scope::Each),
        item("AAA-3", Scope::At(Endpoint::Fetch)),
        item("AAA-4", Scope::Later("schemas".to_owned())),
        item("AAA-5", Scope::Elsewhere("here.rs".to_owned())),
    ];
    assert_eq!(Covered::default().gaps(&items).len(), 1 + Endpoint::ALL.len() + 1);
    let mut covered = Covered::default();
    let mut elsewhere = Covered::default();
    covered.add(None, &["AAA-1"]);
    elsewhere.add(None, &["AAA-3"]);
    covered.merge(&elsewhere);
    for at in Endpoint::ALL {
        covered.add(Some(at), &["AAA-2"]);
    }
    assert_eq!(covered.gaps(&items), Vec::<String>::new());
    covered.add(None, &["AAA-4", "AAA-9"]);
    assert_eq!(covered.gaps(&items).len(), 2);
}
