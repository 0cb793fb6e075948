//! Every key of ODB is known, and the documents tell of every key.
use chandler_proto::config::keys::{Effect, Form, Key, Shape, keys};
use std::collections::BTreeSet;

/// `file` or `properties`, then a path: all that ODB's documents and templates name.
const ODB: &str = include_str!("odb-keys.txt");
const README: &str = include_str!("../../../deploy/config/README.md");

#[test]
fn every_key_of_odb_is_known() {
    let mut seen = 0;
    for line in ODB.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (form, path) = line.split_once(' ').expect("a form and a path");
        let forms: &[Form] = match form {
            "file" => &[Form::File],
            "properties" => &[Form::Properties],
            "both" => &[Form::File, Form::Properties],
            other => panic!("{other} is no form"),
        };
        for form in forms {
            assert!(
                keys().any(|key| key.path(*form) == Some(path)),
                "{form:?} {path} is not known"
            );
            seen += 1;
        }
    }
    assert!(seen > 200, "only {seen} keys were read");
}

#[test]
fn the_table_is_sound() {
    for form in [Form::File, Form::Properties] {
        let all: Vec<_> = keys().filter_map(|key| Some((key.path(form)?, key.shape))).collect();
        let names: BTreeSet<_> = all.iter().map(|(path, _)| *path).collect();
        assert_eq!(names.len(), all.len(), "a key is in the table twice");
        for (path, _) in &all {
            let Some((parent, _)) = path.rsplit_once('.') else {
                continue;
            };
            let (parent, shapes): (_, &[Shape]) = match (parent.strip_suffix("[]"), path.ends_with(".*")) {
                (Some(list), _) => (list, &[Shape::List]),
                (None, true) => (parent, &[Shape::Named]),
                (None, false) => (parent, &[Shape::Section, Shape::Open]),
            };
            assert!(
                all.iter()
                    .any(|(other, shape)| *other == parent && shapes.contains(shape)),
                "{path} hangs in the air"
            );
        }
    }
}

#[test]
fn the_readme_explains_every_key_of_ours() {
    let ours: Vec<_> = keys().filter(|key| key.file.starts_with("chandler")).collect();
    for key in &ours {
        if !matches!(key.shape, Shape::Section | Shape::Named | Shape::List) {
            assert!(
                README.contains(&format!("| `{}` |", key.file)),
                "{} is not explained",
                key.file
            );
        }
    }
    let rows = README
        .lines()
        .filter_map(|line| line.strip_prefix("| `chandler.")?.split_once('`').map(|(path, _)| path));
    for path in rows {
        assert!(
            ours.iter().any(|key| key.file == format!("chandler.{path}")),
            "chandler.{path} doesn't exist"
        );
    }
}

/// What the table tells of a key. A form that doesn't have it has an empty path.
#[derive(Debug)]
struct Told {
    file: String,
    property: String,
    /// `respected`, `differently` or `obsolete`.
    what: String,
    why: String,
}

/// The table of ODB's keys, a line for each key.
fn table(readme: &str) -> Vec<Told> {
    let (_, section) = readme
        .split_once("\n## Every key of the on-demand broker\n")
        .expect("the section");
    let rows = section.lines().filter(|line| line.starts_with("| "));
    rows.skip(1).flat_map(row).collect()
}

fn row(line: &str) -> Vec<Told> {
    let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
    let [files, properties, what, why] = cells.as_slice() else {
        panic!("{line}: not four cells")
    };
    let (files, properties) = match (paths(files), *properties) {
        (files, "same") => (files.clone(), files),
        (files, properties) => (files, paths(properties)),
    };
    let most = files.len().max(properties.len());
    let filled = |paths: Vec<String>| match paths.len() {
        0 => vec![String::new(); most],
        length => {
            assert_eq!(length, most, "{line}: a key has no counterpart");
            paths
        }
    };
    let both = filled(files).into_iter().zip(filled(properties));
    both.map(|(file, property)| Told {
        file,
        property,
        what: (*what).to_owned(),
        why: (*why).to_owned(),
    })
    .collect()
}

/// The keys of a cell; one that begins with a dot stands beside the first one.
fn paths(cell: &str) -> Vec<String> {
    if cell == "–" {
        return Vec::new();
    }
    let mut all: Vec<String> = Vec::new();
    for span in cell.split(", ") {
        let key = span.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        let key = key.unwrap_or_else(|| panic!("{span}: not a key"));
        all.push(match key.strip_prefix('.') {
            Some(name) => {
                let (parent, _) = all
                    .first()
                    .and_then(|first| first.rsplit_once('.'))
                    .expect("a first key");
                format!("{parent}.{name}")
            }
            None => key.to_owned(),
        });
    }
    all
}

/// Whether a row is wanted: not of ours, and more than a section of others.
fn has_a_row(key: &Key) -> bool {
    let ours = key.file.starts_with("chandler");
    !ours && !matches!(key.shape, Shape::Section | Shape::Named | Shape::List)
}

/// What is between the table and the keys: a line for each difference.
fn differences(table: &[Told]) -> Vec<String> {
    let pair = |file: &str, property: &str| format!("{file} | {property}");
    let told: Vec<_> = table.iter().map(|it| pair(&it.file, &it.property)).collect();
    let known: Vec<_> = keys()
        .filter(|key| has_a_row(key))
        .map(|key| pair(key.file, key.property))
        .collect();
    let lacking = known.iter().filter(|key| !told.contains(key));
    let unknown = told.iter().filter(|row| !known.contains(row));
    let twice = told.iter().enumerate().filter(|(at, row)| told[..*at].contains(row));
    lacking
        .map(|it| format!("the README lacks {it}"))
        .chain(unknown.map(|it| format!("no such key: {it}")))
        .chain(twice.map(|(_, it)| format!("told twice: {it}")))
        .collect()
}

#[test]
fn the_readme_tells_what_becomes_of_every_key_of_odb() {
    let table = table(README);
    assert_eq!(differences(&table), [""; 0]);
    for Told {
        file,
        property,
        what,
        why,
    } in &table
    {
        let known = ["respected", "differently", "obsolete"].contains(&what.as_str());
        assert!(known, "{file} {property}: {what:?} is no answer");
        assert!(what == "respected" || !why.is_empty(), "{file} {property}: why?");
    }
    for note in README.split("[").skip(1).filter_map(|rest| rest.split_once("](#")) {
        let (number, _) = note;
        assert!(
            README.contains(&format!("<a id=\"{number}\"></a>**{number}, ")),
            "note {number} is missing"
        );
    }
}

/// Each form by itself: what ODB has is in the table, or is a section of what is in it.
#[test]
fn the_readme_has_every_key_that_odb_names() {
    let table = table(README);
    for line in ODB.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (form, path) = line.split_once(' ').expect("a form and a path");
        let has = |of: fn(&Told) -> &str| {
            table.iter().map(of).any(|told| {
                let rest = told.strip_prefix(path);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            })
        };
        let (file, properties) = (has(|it| &it.file), has(|it| &it.property));
        let told = match form {
            "file" => file,
            "properties" => properties,
            _ => file && properties,
        };
        assert!(told, "{line} is not in the README");
    }
}

#[test]
fn a_row_too_few_and_a_row_too_many_are_seen() {
    let without = |text: &str| {
        let less = README.replacen(text, "", 1);
        assert_ne!(less, README, "{text}");
        differences(&table(&less))
    };
    let lacking = without(", `.vm_type`");
    let key = "service_catalog.plans[].instance_groups[].vm_type";
    assert_eq!(lacking, [format!("the README lacks {key} | {key}")]);
    let more = README.replacen("| `broker.port` |", "| `broker.prot` |", 1);
    let found = differences(&table(&more));
    assert_eq!(
        found,
        ["the README lacks broker.port | port", "no such key: broker.prot | port"]
    );
    let other = README.replacen("| `bosh_credhub_api.url` |", "| same |", 1);
    let found = differences(&table(&other));
    assert_eq!(
        found,
        [
            "the README lacks bosh_credhub.url | bosh_credhub_api.url",
            "no such key: bosh_credhub.url | bosh_credhub.url"
        ]
    );
    let row = "| `cf.root_ca_cert` | same | respected | |\n";
    let twice = README.replacen(row, &row.repeat(2), 1);
    assert_eq!(
        differences(&table(&twice)),
        ["told twice: cf.root_ca_cert | cf.root_ca_cert"]
    );
}

/// The words of a key, or of a section around it.
fn effect(told: &Told) -> Effect {
    let (form, path) = match told.file.as_str() {
        "" => (Form::Properties, told.property.as_str()),
        file => (Form::File, file),
    };
    let around = keys().filter(|key| {
        key.path(form)
            .is_some_and(|at| at == path || path.strip_prefix(at).is_some_and(|rest| rest.starts_with('.')))
    });
    let mut effects = around.map(|key| key.effect).filter(|effect| *effect != Effect::Takes);
    effects.next().unwrap_or(Effect::Takes)
}

#[test]
fn the_readme_tells_what_takes_no_effect() {
    let table = table(README);
    let mut seen = 0;
    for told in &table {
        let (word, text) = match effect(told) {
            Effect::Takes => {
                let silent = !told.why.starts_with("warning:") && !told.why.starts_with("refused:");
                assert!(silent, "{told:?}: it takes effect");
                continue;
            }
            Effect::Warns(_, text) => ("warning", text),
            Effect::Refused(_, text) => ("refused", text),
        };
        seen += 1;
        let begins = told.why.strip_prefix(&format!("{word}: {text}"));
        let whole = begins.is_some_and(|rest| rest.is_empty() || rest.starts_with("; "));
        assert!(whole, "{told:?}\nshould begin with {word}: {text}");
    }
    assert!(seen >= 8, "only {seen} keys were compared");
}
