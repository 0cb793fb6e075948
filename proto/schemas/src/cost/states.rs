//! What the library does with a subschema on a value, as a graph: which subschemas it applies to the value itself, which to which part of it,
//! and what it does besides.

use std::collections::HashMap;

use serde_json::Value;

use crate::graph::{Graph, Id, Rules};

/// A state's number.
pub(super) type At = usize;

/// All states. State `id` is the check of a subschema. With `unevaluated…` there is a second one for each, in which the library
/// finds out what the subschema has looked at: for that it checks what is applied in place once more.
pub(super) struct States {
    pub(super) all: Vec<State>,
}

/// One state.
#[derive(Default)]
pub(super) struct State {
    /// Applied to the same value, as often as it stands here.
    pub(super) in_place: Vec<At>,
    /// To the member of this name.
    pub(super) named: Vec<(usize, At)>,
    /// To members whose names match; which of `named` do so is among them already.
    pub(super) patterns: Vec<At>,
    /// To all members besides.
    pub(super) additional: Option<At>,
    /// To any member, whatever else is applied.
    pub(super) every_member: Vec<At>,
    /// To names.
    pub(super) names: Option<At>,
    /// To the item of this index.
    pub(super) tuple: Vec<At>,
    /// To the items after these.
    pub(super) rest: Option<At>,
    /// To any item, whatever else is applied.
    pub(super) every_item: Vec<At>,
    /// What it costs for each value.
    pub(super) fixed: f64,
    /// What it costs for each byte of the value that is not in one of its parts.
    pub(super) own_byte: f64,
}

impl States {
    pub(super) fn of(graph: &Graph) -> Self {
        let count = graph.nodes.len();
        let mut names = HashMap::new();
        for (name, _) in graph.nodes.iter().flat_map(|node| &node.rules.properties) {
            let next = names.len();
            names.entry(name.as_str()).or_insert(next);
        }
        let marks = graph.nodes.iter().any(|node| is_marking(&node.rules));
        let mark = |id: Id| marks.then_some(count + id);
        let checks = graph.nodes.iter().map(|node| check(&node.rules, &names));
        let mut all: Vec<State> = checks.collect();
        if marks {
            for (id, node) in graph.nodes.iter().enumerate() {
                if is_marking(&node.rules) {
                    all[id].in_place.extend(mark(id));
                }
            }
            all.extend(graph.nodes.iter().map(|node| marking(&node.rules, count)));
        }
        Self { all }
    }

    /// The same with no other cost than that of patterns for names: KiB of programs for each byte of a name.
    pub(super) fn of_patterns(graph: &Graph) -> Self {
        let mut states = Self::of(graph);
        let count = graph.nodes.len();
        for (at, state) in states.all.iter_mut().enumerate() {
            let sizes = graph.nodes[at % count].rules.patterns.iter();
            state.own_byte = sizes.map(|(pattern, _)| 2.0 * pattern.size() as f64).sum();
            state.fixed = 0.0;
        }
        states
    }

    /// All that a state leads to.
    pub(super) fn next(&self, at: At) -> impl Iterator<Item = At> {
        let state = &self.all[at];
        let in_place = state.in_place.iter().copied();
        in_place.chain(state.parts())
    }
}

impl State {
    /// All that is applied to parts of the value.
    pub(super) fn parts(&self) -> impl Iterator<Item = At> {
        let named = self.named.iter().map(|(_, at)| *at);
        let lists = [&self.patterns, &self.every_member, &self.tuple, &self.every_item];
        let single = [self.additional, self.names, self.rest];
        named
            .chain(lists.into_iter().flatten().copied())
            .chain(single.into_iter().flatten())
    }
}

fn is_marking(rules: &Rules) -> bool {
    rules.unevaluated_items.is_some() || rules.unevaluated_properties.is_some()
}

fn check(rules: &Rules, names: &HashMap<&str, usize>) -> State {
    let mut state = State {
        in_place: rules.in_place().collect(),
        patterns: rules.patterns.iter().map(|(_, id)| *id).collect(),
        additional: rules.additional,
        every_member: rules.unevaluated_properties.into_iter().collect(),
        names: rules.names,
        tuple: rules.tuple.clone(),
        rest: rules.rest,
        every_item: rules.contains.into_iter().chain(rules.unevaluated_items).collect(),
        fixed: 1.0,
        ..State::default()
    };
    for (name, id) in &rules.properties {
        let number = names[name.as_str()];
        state.named.push((number, *id));
        let matching = rules
            .patterns
            .iter()
            .filter(|(pattern, _)| pattern.is_match_of_schema(name));
        state.named.extend(matching.map(|(_, id)| (number, *id)));
    }
    for (keyword, value) in &rules.leaf {
        state.fixed += 1.0 + leaf(keyword, value);
        match keyword.as_str() {
            "format" | "maxLength" | "minLength" | "contentEncoding" | "contentMediaType" | "pattern" => {
                state.own_byte += 0.5
            }
            _ => {}
        }
    }
    state.fixed += 0.3 * count(&rules.properties) + count(&rules.dependent);
    state.own_byte += per_name(rules);
    state
}

fn marking(rules: &Rules, checks: usize) -> State {
    let in_place = rules.in_place().flat_map(|id| [id, checks + id]).collect();
    let every_item = rules.contains.into_iter().chain(rules.unevaluated_items);
    State {
        in_place,
        every_member: rules.unevaluated_properties.into_iter().collect(),
        every_item: every_item.collect(),
        fixed: 2.0 + count(&rules.dependent),
        own_byte: 1.0 + per_name(rules),
        ..State::default()
    }
}

/// Matching the names of members.
fn per_name(rules: &Rules) -> f64 {
    let sizes = rules.patterns.iter().map(|(pattern, _)| pattern.size());
    // Twice: `additionalProperties` may look, too. This is what ordinary ones take; the worst ones are counted by `of_patterns`.
    let patterns: f64 = sizes.map(|size| 2.0 * (1.0 + size as f64 / 4.0)).sum();
    let members = rules.additional.is_some() || rules.names.is_some() || !rules.properties.is_empty();
    patterns + if members { 0.5 } else { 0.0 }
}

fn count<T>(list: &[T]) -> f64 {
    list.len() as f64
}

/// What is compared with the value, besides its kind.
fn leaf(keyword: &str, value: &Value) -> f64 {
    match keyword {
        "enum" | "const" => size(value),
        "required" | "dependencies" | "dependentRequired" => size(value),
        _ => 0.0,
    }
}

/// How much of a value there is to look at.
fn size(value: &Value) -> f64 {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0.5,
        Value::String(text) => 0.5 + text.len() as f64 / 64.0,
        Value::Array(items) => 0.5 + items.iter().map(size).sum::<f64>(),
        Value::Object(members) => {
            let names = members.keys().map(|name| name.len() as f64 / 64.0).sum::<f64>();
            0.5 + names + members.values().map(size).sum::<f64>()
        }
    }
}
