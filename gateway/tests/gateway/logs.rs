//! What the documents say of our log lines is in the code.
use std::{fs, path::Path};

const README: &str = include_str!("../../../deploy/config/README.md");
const HEAD: &str = "| if you grep ODB's log for | look for |";

/// The text of all sources below a directory, tests left out.
fn sources(below: &Path, text: &mut String) {
    for entry in fs::read_dir(below).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if !matches!(name.to_str(), Some("tests" | "target" | "testing")) {
                sources(&path, text);
            }
        } else if path.extension().is_some_and(|it| it == "rs") && name != "tests.rs" {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_message_of_the_table_is_logged_by_somebody() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut text = String::new();
    for room in ["gateway", "workers", "proto"] {
        sources(&root.join(room), &mut text);
    }
    let table = README.split_once(HEAD).unwrap().1.split("\n\n").next().unwrap();
    let mut number = 0;
    for row in table.lines().skip(2) {
        let (theirs, ours) = row.trim_matches(['|', ' ']).split_once(" | ").unwrap();
        let quoted = ours.split("`\"").skip(1).map(|rest| rest.split_once("\"`").unwrap().0);
        for message in quoted {
            number += 1;
            // A message that ends in the middle goes on with a value.
            let whole = text.contains(&format!("\"{message}\""));
            let begins = message.ends_with(' ') && text.contains(&format!("\"{message}"));
            assert!(whole || begins, "{theirs}: nobody says {message:?}");
        }
    }
    assert!(number > 15, "only {number} messages were read");
}
