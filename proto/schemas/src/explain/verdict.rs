//! Whether a value fits a subschema, as far as that can be told here: in doubt it does, so that no error is told that isn't one.

use serde_json::Value;

use super::Explanation;
use crate::graph::{Id, Rules};

impl Explanation<'_> {
    /// Whether a value fits; in doubt it does.
    pub(super) fn holds(&mut self, id: Id, value: &Value) -> bool {
        self.within(|it| it.look(id, value)).unwrap_or(true)
    }

    fn look(&mut self, id: Id, value: &Value) -> bool {
        let graph = self.graph;
        let rules = &graph.nodes[id].rules;
        self.spend_members(rules, value);
        !rules.nothing
            && self.leaf_holds(id, value)
            && rules.references.iter().take(1).all(|to| self.holds(*to, value))
            && rules.all_of.iter().all(|to| self.holds(*to, value))
            && self.any_of(rules, value)
            && self.one_of(rules, value)
            && self.not(rules, value)
            && self.branch(rules, value).is_none_or(|to| self.holds(to, value))
            && dependent(rules, value).into_iter().all(|to| self.holds(to, value))
            && self.contains(rules, value)
            && members(rules, value)
                .into_iter()
                .all(|(to, _, member)| self.holds(to, member))
            && items(rules, value).all(|(to, _, item)| self.holds(to, item))
            && self.wrong_name(rules, value).is_none()
    }

    pub(super) fn any_of(&mut self, rules: &Rules, value: &Value) -> bool {
        rules.any_of.is_empty() || rules.any_of.iter().any(|to| self.holds(*to, value))
    }

    /// In doubt more than one fits only if it is so.
    pub(super) fn one_of(&mut self, rules: &Rules, value: &Value) -> bool {
        let fitting = rules.one_of.iter().filter(|to| self.holds(**to, value)).count();
        rules.one_of.is_empty() || fitting == 1 || self.steps == 0
    }

    pub(super) fn not(&mut self, rules: &Rules, value: &Value) -> bool {
        rules.not.is_none_or(|to| !self.holds(to, value) || self.in_doubt(to))
    }

    /// `then` or `else`, whichever applies.
    pub(super) fn branch(&mut self, rules: &Rules, value: &Value) -> Option<Id> {
        let condition = rules.condition?;
        let holds = self.holds(condition, value);
        if self.in_doubt(condition) {
            return None;
        }
        if holds { rules.then } else { rules.otherwise }
    }

    pub(super) fn contains(&mut self, rules: &Rules, value: &Value) -> bool {
        let (Some(to), Value::Array(items)) = (rules.contains, value) else {
            return true;
        };
        let fitting = items.iter().filter(|item| self.holds(to, item)).count() as u64;
        let fits = fitting >= rules.min_contains && rules.max_contains.is_none_or(|max| fitting <= max);
        fits || self.in_doubt(to)
    }

    /// The first name of a member that doesn't fit.
    pub(super) fn wrong_name<'v>(&mut self, rules: &Rules, value: &'v Value) -> Option<&'v str> {
        let (to, members) = (rules.names?, value.as_object()?);
        let mut names = members.keys();
        names
            .find(|name| !self.holds(to, &Value::from(name.as_str())))
            .map(String::as_str)
    }

    /// Whether "it fits" may only mean that it could not be told: there is nothing left to spend, or the library knows more keywords than
    /// are looked at here.
    fn in_doubt(&self, id: Id) -> bool {
        let rules = &self.graph.nodes[id].rules;
        self.steps == 0
            || rules.unevaluated_items.is_some()
            || rules.unevaluated_properties.is_some()
            || rules.references.len() > 1
    }
}

/// The subschemas for members that are there.
pub(super) fn dependent(rules: &Rules, value: &Value) -> Vec<Id> {
    let there = |name: &str| value.get(name).is_some();
    let dependent = rules.dependent.iter().filter(|(name, _)| there(name));
    dependent.map(|(_, to)| *to).collect()
}

/// Each member with each subschema that applies to it.
pub(super) fn members<'v>(rules: &Rules, value: &'v Value) -> Vec<(Id, &'v str, &'v Value)> {
    let mut applied = Vec::new();
    let Value::Object(members) = value else {
        return applied;
    };
    if rules.properties.is_empty() && rules.patterns.is_empty() && rules.additional.is_none() {
        return applied;
    }
    let named: std::collections::HashMap<&str, Id> =
        rules.properties.iter().map(|(name, to)| (name.as_str(), *to)).collect();
    for (name, member) in members {
        let before = applied.len();
        applied.extend(named.get(name.as_str()).map(|to| (*to, name.as_str(), member)));
        let matching = rules.patterns.iter().filter(|(pattern, _)| pattern.is_match(name));
        applied.extend(matching.map(|(_, to)| (*to, name.as_str(), member)));
        if applied.len() == before {
            applied.extend(rules.additional.map(|to| (to, name.as_str(), member)));
        }
    }
    applied
}

/// Each item with the subschema that applies to it.
pub(super) fn items<'v>(rules: &Rules, value: &'v Value) -> impl Iterator<Item = (Id, usize, &'v Value)> {
    let items = value.as_array().into_iter().flatten().enumerate();
    items.filter_map(move |(index, item)| {
        let to = rules.tuple.get(index).copied().or(rules.rest)?;
        Some((to, index, item))
    })
}
