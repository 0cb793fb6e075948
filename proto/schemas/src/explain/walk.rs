//! Goes through a value and its schema, and tells each error where it is.

use std::fmt::{self, Write as _};

use serde_json::Value;

use super::verdict::{dependent, items, members};
use super::{Explanation, MAX_COUNTED};
use crate::graph::{Id, Rules};
use crate::invalid::MAX_ERRORS;

/// What telling an error costs, in steps.
const TELLING: u64 = 50;
/// The most characters of a path.
const MAX_PATH: usize = 250;

/// Where a part of the parameters is.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

/// A text that ends when it is long enough.
struct Bounded(String, usize);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            self.1 = self.1.checked_sub(1).ok_or(fmt::Error)?;
            self.0.push(c);
        }
        Ok(())
    }
}

impl Path<'_> {
    fn text(&self) -> String {
        let mut text = Bounded(String::new(), MAX_PATH);
        match self.write(&mut text) {
            Ok(()) if text.0.is_empty() => "(root)".to_owned(),
            Ok(()) => text.0,
            Err(fmt::Error) => text.0 + "…",
        }
    }

    fn write(&self, to: &mut Bounded) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Item(of, index) => {
                of.write(to)?;
                write!(to, "/{index}")
            }
            Self::Member(of, name) => {
                of.write(to)?;
                to.write_char('/')?;
                name.chars().try_for_each(|c| match c {
                    '~' => to.write_str("~0"),
                    '/' => to.write_str("~1"),
                    other => to.write_char(other),
                })
            }
        }
    }
}

impl Explanation<'_> {
    /// Tells what is wrong with a value by a subschema that it has to fit.
    pub(super) fn walk(&mut self, id: Id, value: &Value, path: Path<'_>) {
        self.within(|it| it.tell(id, value, path));
    }

    fn tell(&mut self, id: Id, value: &Value, path: Path<'_>) {
        let graph = self.graph;
        let rules = &graph.nodes[id].rules;
        self.spend_members(rules, value);
        if rules.nothing {
            self.wrong(path, "is not allowed");
            return;
        }
        for error in self.leaf_errors(id, value) {
            self.wrong(path, &error);
        }
        self.same_value(rules, value, path);
        for (to, name, member) in members(rules, value) {
            let to_nothing = graph.nodes[to].rules.nothing;
            if to_nothing && rules.additional == Some(to) {
                let error = format!(
                    "additional properties are not allowed ({} was unexpected)",
                    quoted(name)
                );
                self.wrong(path, &error);
            } else {
                self.walk(to, member, Path::Member(&path, name));
            }
        }
        for (to, index, item) in items(rules, value) {
            self.walk(to, item, Path::Item(&path, index));
        }
        if let Some(name) = self.wrong_name(rules, value) {
            self.wrong(path, &format!("the name {} does not match propertyNames", quoted(name)));
        }
    }

    fn same_value(&mut self, rules: &Rules, value: &Value, path: Path<'_>) {
        // What a dynamic reference leads to is known while checking only.
        if let [to] = rules.references.as_slice() {
            self.walk(*to, value, path);
        }
        for to in &rules.all_of {
            self.walk(*to, value, path);
        }
        for to in dependent(rules, value) {
            self.walk(to, value, path);
        }
        if let Some(to) = self.branch(rules, value) {
            self.walk(to, value, path);
        }
        if !self.any_of(rules, value) {
            self.wrong(path, "does not match any of the schemas of anyOf");
        }
        if !self.one_of(rules, value) {
            self.wrong(path, "does not match exactly one of the schemas of oneOf");
        }
        if !self.not(rules, value) {
            self.wrong(path, "matches the schema of not, which it must not");
        }
        if !self.contains(rules, value) {
            self.wrong(
                path,
                "does not contain as many items that match the schema of contains as it should",
            );
        }
    }

    fn wrong(&mut self, path: Path<'_>, error: &str) {
        if self.found.len() < MAX_ERRORS {
            self.spend(TELLING);
            let error = format!("{}: {error}", path.text());
            if !self.found.contains(&error) {
                self.found.push(error);
            }
            return;
        }
        self.more += 1;
        if self.more >= MAX_COUNTED {
            self.steps = 0;
        }
    }
}

/// The beginning of a name.
fn quoted(name: &str) -> String {
    let mut text = Bounded(String::new(), MAX_PATH);
    let _ = text.write_str(name);
    format!("{:?}", text.0)
}
