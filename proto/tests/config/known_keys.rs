//! Every key of ODB is known, and the documents tell of every key.
use chandler_proto::config::keys::{Effect, Form, Shape, keys};
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

#[test]
fn the_readme_tells_what_takes_no_effect_yet() {
    for key in keys() {
        let path = key.path(Form::File).or(key.path(Form::Properties)).expect("one");
        let row = match key.effect {
            Effect::Takes => continue,
            Effect::Warns(_, text) => format!("| `{path}` | warning | {text} |"),
            Effect::Refused(_, text) => format!("| `{path}` | refused | {text} |"),
        };
        assert!(README.contains(&row), "deploy/config/README.md lacks the row\n{row}");
    }
    let told = README
        .lines()
        .filter(|line| line.contains(" | warning | ") || line.contains(" | refused | "))
        .count();
    let with_effect = keys().filter(|key| key.effect != Effect::Takes).count();
    assert_eq!(told, with_effect, "a row too many");
}
