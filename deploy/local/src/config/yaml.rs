//! A YAML document as a tree that can be changed and written again.
//!
//! A plain scalar keeps its source text: `version: 1.200` must stay 1.200, which no number would.
//! What is written is JSON but for those, and so YAML that any reader takes.

use std::fmt;

/// A node.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Yaml {
    /// Nothing.
    Null,
    /// A text.
    Text(String),
    /// A number or a truth, as written.
    Plain(String),
    /// A list.
    List(Vec<Yaml>),
    /// A map, in order.
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    /// A text.
    pub(super) fn text(text: impl Into<String>) -> Yaml {
        Yaml::Text(text.into())
    }

    /// What lies at a dotted path, if it is anything.
    pub(super) fn at(&self, path: &str) -> Option<&Yaml> {
        let found = path.split('.').try_fold(self, |node, name| match node {
            Yaml::Map(members) => members.iter().find(|(key, _)| key == name).map(|(_, node)| node),
            Yaml::Null | Yaml::Text(_) | Yaml::Plain(_) | Yaml::List(_) => None,
        })?;
        found.is_given().then_some(found)
    }

    /// The same, to be changed.
    pub(super) fn at_mut(&mut self, path: &str) -> Option<&mut Yaml> {
        let found = path.split('.').try_fold(self, |node, name| match node {
            Yaml::Map(members) => members.iter_mut().find(|(key, _)| key == name).map(|(_, node)| node),
            Yaml::Null | Yaml::Text(_) | Yaml::Plain(_) | Yaml::List(_) => None,
        })?;
        found.is_given().then_some(found)
    }

    /// The text at a dotted path.
    pub(super) fn text_at(&self, path: &str) -> Option<&str> {
        match self.at(path)? {
            Yaml::Text(text) | Yaml::Plain(text) => Some(text),
            Yaml::Null | Yaml::List(_) | Yaml::Map(_) => None,
        }
    }

    /// Whether YAML 1.1 takes what lies at a dotted path for true.
    pub(super) fn is_true(&self, path: &str) -> bool {
        let Some(Yaml::Plain(text)) = self.at(path) else {
            return false;
        };
        matches!(text.to_ascii_lowercase().as_str(), "y" | "yes" | "true" | "on")
    }

    /// Whether there is a value anywhere in it.
    pub(super) fn says_something(&self) -> bool {
        match self {
            Yaml::Null | Yaml::Text(_) | Yaml::Plain(_) => self.is_given(),
            Yaml::List(elements) => elements.iter().any(Yaml::says_something),
            Yaml::Map(members) => members.iter().any(|(_, node)| node.says_something()),
        }
    }

    /// Puts a node at a dotted path; what is in its way goes.
    pub(super) fn put(&mut self, path: &str, value: Yaml) {
        let (name, rest) = path
            .split_once('.')
            .map_or((path, None), |(name, rest)| (name, Some(rest)));
        if !matches!(self, Yaml::Map(_)) {
            *self = Yaml::Map(Vec::new());
        }
        let Yaml::Map(members) = self else { return };
        let at = members.iter().position(|(key, _)| key == name).unwrap_or_else(|| {
            members.push((name.to_owned(), Yaml::Null));
            members.len() - 1
        });
        match rest {
            None => members[at].1 = value,
            Some(rest) => members[at].1.put(rest, value),
        }
    }

    /// Takes away what lies at a dotted path.
    pub(super) fn remove(&mut self, path: &str) {
        let Yaml::Map(members) = self else { return };
        match path.split_once('.') {
            None => members.retain(|(key, _)| key != path),
            Some((name, rest)) => {
                members
                    .iter_mut()
                    .filter(|(key, _)| key == name)
                    .for_each(|(_, node)| node.remove(rest));
            }
        }
    }

    fn is_given(&self) -> bool {
        match self {
            Yaml::Null => false,
            Yaml::Text(text) | Yaml::Plain(text) => !text.is_empty(),
            Yaml::List(elements) => !elements.is_empty(),
            Yaml::Map(members) => !members.is_empty(),
        }
    }
}

impl fmt::Display for Yaml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Yaml::Null => f.write_str("null"),
            Yaml::Text(text) => write!(f, "{}", quoted(text)),
            Yaml::Plain(text) => f.write_str(text),
            Yaml::List(elements) => {
                f.write_str("[")?;
                for (at, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Yaml::Map(members) => {
                f.write_str("{")?;
                for (at, (key, node)) in members.iter().enumerate() {
                    write!(f, "{}{}: {node}", if at == 0 { "" } else { ", " }, quoted(key))?;
                }
                f.write_str("}")
            }
        }
    }
}

fn quoted(text: &str) -> serde_json::Value {
    serde_json::Value::String(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::read::read;

    #[test]
    fn numbers_stay_as_written_and_texts_are_quoted() {
        let text = "a: &a {v: 1.200, w: '1.200', on: yes, n: null}\nb:\n- <<: *a\n  v: 0x10\n- |\n  two\n  lines\n";
        let read = read(text).unwrap();
        assert_eq!(
            read.to_string(),
            r#"{"a": {"v": 1.200, "w": "1.200", "on": yes, "n": null}, "b": [{"v": 0x10, "w": "1.200", "on": yes, "n": null}, "two\nlines\n"]}"#
        );
        assert_eq!(super::super::read::read(&read.to_string()).unwrap(), read);
    }

    #[test]
    fn paths_are_made_replaced_and_removed() {
        let mut tree = read("a: {b: 1}\nc: text\n").unwrap();
        tree.put("a.d.e", Yaml::text("x"));
        tree.put("c.f", Yaml::Plain("2".into()));
        tree.remove("a.b");
        tree.remove("nothing.here");
        assert_eq!(tree.to_string(), r#"{"a": {"d": {"e": "x"}}, "c": {"f": 2}}"#);
        assert_eq!(tree.text_at("a.d.e"), Some("x"));
        assert_eq!(tree.text_at("a.d"), None);
        assert_eq!(tree.at("a.x.y"), None);
        let tree = read("a: {b: '', c: [null], d: {}}\ne: {f: [no]}\ng: On\nh: 'on'\n").unwrap();
        assert!(!tree.at("a").unwrap().says_something() && tree.at("e").unwrap().says_something());
        assert!(tree.is_true("g") && !tree.is_true("h") && !tree.is_true("e.f") && !tree.is_true("i"));
    }
}
