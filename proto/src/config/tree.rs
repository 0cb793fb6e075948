//! The file as a tree whose nodes know where they were written. A node that a template moves
//! elsewhere keeps its path, so findings always name the key that the operator sees.
use super::finding::Collector;
use super::scalar::{Kind, Scalar};
use serde_json::Number;
use serde_json::Value as Json;

/// A value of the file with its place.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) path: String,
    pub(super) value: Value,
}

/// What stands there. No `Debug`: it holds secrets in the clear.
#[derive(Clone)]
pub(super) enum Value {
    Null,
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    pub(super) fn map(path: impl Into<String>) -> Self {
        Node {
            path: path.into(),
            value: Value::Map(Vec::new()),
        }
    }

    /// The path of a member, whether it is there or not.
    pub(super) fn path_of(&self, name: &str) -> String {
        join(&self.path, name)
    }

    /// The member called `name`; a `null` counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.members()
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, node)| node)
            .filter(|node| node.is_given())
    }

    /// The members, none when this isn't a map.
    pub(super) fn members(&self) -> &[(String, Node)] {
        match &self.value {
            Value::Map(members) => members,
            Value::Null | Value::Scalar(_) | Value::List(_) => &[],
        }
    }

    /// The elements, none when this isn't a list.
    pub(super) fn elements(&self) -> &[Node] {
        match &self.value {
            Value::List(elements) => elements,
            Value::Null | Value::Scalar(_) | Value::Map(_) => &[],
        }
    }

    /// Takes a member out, and with it its place.
    pub(super) fn take(&mut self, name: &str) -> Option<Node> {
        let Value::Map(members) = &mut self.value else {
            return None;
        };
        let index = members.iter().position(|(key, _)| key == name)?;
        Some(members.remove(index).1).filter(Node::is_given)
    }

    /// Puts a member in, in the place of one of the same name.
    pub(super) fn put(&mut self, name: &str, node: Node) {
        if let Value::Map(members) = &mut self.value {
            members.retain(|(key, _)| key != name);
            members.push((name.to_owned(), node));
        }
    }

    /// Changes the member called `name`.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        let Value::Map(members) = &mut self.value else {
            return None;
        };
        members
            .iter_mut()
            .find(|(key, node)| key == name && node.is_given())
            .map(|(_, node)| node)
    }

    /// The member called `name`, made as an empty map when it isn't given. `None`: this is no map.
    pub(super) fn member_or_map(&mut self, name: &str) -> Option<&mut Node> {
        if self.get(name).is_none() {
            self.put(name, Node::map(self.path_of(name)));
        }
        self.get_mut(name)
    }

    pub(super) fn elements_mut(&mut self) -> Option<&mut Vec<Node>> {
        match &mut self.value {
            Value::List(elements) => Some(elements),
            Value::Null | Value::Scalar(_) | Value::Map(_) => None,
        }
    }

    /// Whether it is something else than `null`.
    pub(super) fn is_given(&self) -> bool {
        !matches!(self.value, Value::Null)
    }

    /// Whether it says nothing: `null`, an empty text, list or map.
    pub(super) fn is_blank(&self) -> bool {
        match &self.value {
            Value::Null => true,
            Value::Scalar(scalar) => scalar.text.is_empty(),
            Value::List(elements) => elements.is_empty(),
            Value::Map(members) => members.is_empty(),
        }
    }

    /// Whether there is something in it, however deep: neither `null` nor false, nor an empty text,
    /// nor a list or map of only such.
    pub(super) fn says_something(&self) -> bool {
        match &self.value {
            Value::Null => false,
            Value::Scalar(scalar) => !scalar.text.is_empty() && scalar.kind != Kind::Bool(false),
            Value::List(elements) => elements.iter().any(Node::is_given),
            Value::Map(members) => members.iter().any(|(_, member)| member.says_something()),
        }
    }

    pub(super) fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    pub(super) fn is_true(&self) -> bool {
        self.scalar().is_some_and(|scalar| scalar.kind == Kind::Bool(true))
    }

    /// What it is, for people.
    pub(super) fn kind_name(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Scalar(scalar) => scalar.kind.name(),
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// The value as JSON, for what is handed on unread (plan properties, metadata). Keys are texts
    /// as written. A number that JSON can't carry exactly is an error, not a silent rounding.
    pub(super) fn to_json(&self, collector: &mut Collector) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Scalar(scalar) => match scalar.kind {
                Kind::Text => Json::String(scalar.text.clone()),
                Kind::Bool(value) => Json::Bool(value),
                Kind::Int(value) => number(
                    i64::try_from(value)
                        .map(Number::from)
                        .ok()
                        .or_else(|| u64::try_from(value).map(Number::from).ok()),
                    self,
                    collector,
                ),
                Kind::Float(value) => number(Number::from_f64(value), self, collector),
            },
            Value::List(elements) => Json::Array(elements.iter().map(|node| node.to_json(collector)).collect()),
            Value::Map(members) => Json::Object(
                members
                    .iter()
                    .map(|(key, node)| (key.clone(), node.to_json(collector)))
                    .collect(),
            ),
        }
    }
}

fn number(number: Option<Number>, node: &Node, collector: &mut Collector) -> Json {
    number.map_or_else(
        || {
            collector.error(
                &node.path,
                "is a number that JSON can't carry; quote it to hand it on as a text",
            );
            Json::Null
        },
        Json::Number,
    )
}

/// `a` and `b` as `a.b`.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
