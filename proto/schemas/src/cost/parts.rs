//! What is done with the parts of a value, for each byte of them.

use std::collections::HashMap;

/// By part: members, items, names. Each member and each item is one part, so it is the dearest of them that counts, not their sum.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Parts {
    /// Members of these names.
    named: HashMap<usize, f64>,
    /// All other members.
    others: f64,
    /// The first items.
    tuple: Vec<f64>,
    /// The items after these.
    rest: f64,
    /// Names of members.
    names: f64,
}

impl Parts {
    pub(super) fn named(&mut self, name: usize, cost: f64) {
        *self.named.entry(name).or_insert(0.0) += cost;
    }

    /// Members without a name of their own here: `patterns` for those that match, or else `additional`; and `every` for all.
    pub(super) fn members(&mut self, patterns: f64, additional: f64, every: f64) {
        self.others = patterns.max(additional) + every;
        for cost in self.named.values_mut() {
            *cost += every;
        }
    }

    pub(super) fn items(&mut self, tuple: Vec<f64>, rest: f64, every: f64) {
        self.tuple = tuple.into_iter().map(|cost| cost + every).collect();
        self.rest = rest + every;
    }

    pub(super) fn names(&mut self, cost: f64) {
        self.names = cost;
    }

    /// Both on the same value.
    pub(super) fn add(&mut self, other: &Self) {
        for cost in other
            .named
            .keys()
            .filter(|name| !self.named.contains_key(name))
            .copied()
            .collect::<Vec<_>>()
        {
            self.named.insert(cost, self.others);
        }
        for (name, cost) in &mut self.named {
            *cost += other.named.get(name).unwrap_or(&other.others);
        }
        self.others += other.others;
        if self.tuple.len() < other.tuple.len() {
            self.tuple.resize(other.tuple.len(), self.rest);
        }
        for (index, cost) in self.tuple.iter_mut().enumerate() {
            *cost += other.tuple.get(index).unwrap_or(&other.rest);
        }
        self.rest += other.rest;
        self.names += other.names;
    }

    /// The dearest part.
    pub(super) fn dearest(&self) -> f64 {
        let single = [self.others, self.rest, self.names];
        let all = single
            .into_iter()
            .chain(self.named.values().copied())
            .chain(self.tuple.iter().copied());
        all.fold(0.0, f64::max)
    }

    /// How much there is to count.
    pub(super) fn len(&self) -> usize {
        1 + self.named.len() + self.tuple.len()
    }
}
