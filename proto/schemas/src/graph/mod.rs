//! A schema as a graph of its subschemas, references resolved: what the cost is counted on, and what errors are looked for in.

mod build;
mod refer;

use serde_json::{Map, Value};

pub(crate) use build::build;
pub(crate) use refer::{BASE, Refuse};

use crate::patterns::Pattern;

/// A subschema's number.
pub(crate) type Id = usize;

/// A schema's subschemas; the first one is the schema itself.
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
}

/// A subschema.
#[derive(Debug)]
pub(crate) struct Node {
    /// Where it stands: a JSON pointer.
    pub(crate) at: String,
    pub(crate) rules: Rules,
}

/// What a subschema asks for, by what it is applied to.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// It is `false`.
    pub(crate) nothing: bool,
    /// Keywords that hold no subschema.
    pub(crate) leaf: Map<String, Value>,
    /// All that a reference may lead to.
    pub(crate) references: Vec<Id>,
    pub(crate) all_of: Vec<Id>,
    pub(crate) any_of: Vec<Id>,
    pub(crate) one_of: Vec<Id>,
    pub(crate) not: Option<Id>,
    pub(crate) condition: Option<Id>,
    pub(crate) then: Option<Id>,
    pub(crate) otherwise: Option<Id>,
    /// By the name of the member that must be there.
    pub(crate) dependent: Vec<(String, Id)>,
    pub(crate) properties: Vec<(String, Id)>,
    pub(crate) patterns: Vec<(Pattern, Id)>,
    pub(crate) additional: Option<Id>,
    pub(crate) names: Option<Id>,
    /// The items that have a schema each.
    pub(crate) tuple: Vec<Id>,
    /// The items after these.
    pub(crate) rest: Option<Id>,
    pub(crate) contains: Option<Id>,
    pub(crate) min_contains: u64,
    pub(crate) max_contains: Option<u64>,
    pub(crate) unevaluated_items: Option<Id>,
    pub(crate) unevaluated_properties: Option<Id>,
}

impl Rules {
    /// The subschemas that apply to the same value.
    pub(crate) fn in_place(&self) -> impl Iterator<Item = Id> {
        let lists = [&self.references, &self.all_of, &self.any_of, &self.one_of];
        let lists = lists.into_iter().flatten();
        let single = [self.not, self.condition, self.then, self.otherwise];
        let single = single.into_iter().flatten();
        lists
            .copied()
            .chain(single)
            .chain(self.dependent.iter().map(|(_, id)| *id))
    }
}
