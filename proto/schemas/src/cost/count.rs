//! The counting: components of the graph, the last ones first, each with what it costs once and for each byte.

use super::parts::Parts;
use super::states::{At, State, States};
use super::{BODY, MAX_UNITS};
use crate::graph::Graph;
use crate::schema::MAX_DEPTH;

/// The most steps of the counting itself.
const MAX_STEPS: usize = 4_000_000;
/// The fewest bytes of a value without its parts, with what separates it from the next one.
const SMALLEST: f64 = 2.0;

/// What a check costs.
pub(super) struct Counted {
    /// Whatever the value.
    pub(super) once: f64,
    /// For each byte of it.
    pub(super) per_byte: f64,
    /// Subschemas at work at once.
    pub(super) nested: usize,
}

/// What is known of a state.
#[derive(Clone, Default)]
struct Known {
    /// What is paid once, when the rest is paid by the byte.
    once: f64,
    /// For each byte, beside `once`.
    per_byte: f64,
    /// For each byte when all is paid so, for values that there may be many of: each has a byte or two of its own to pay `once` with.
    all_by_byte: f64,
    nested: usize,
    /// Sums over all that applies in place, itself included.
    own_byte: f64,
    parts: Parts,
    /// The same when all is paid by the byte.
    fixed: f64,
    all_parts: Parts,
}

struct Count<'a> {
    /// What a reference that leads back costs.
    watching: f64,
    graph: &'a Graph,
    states: &'a States,
    component: Vec<usize>,
    known: Vec<Known>,
    steps: usize,
}

/// Counts the first state.
///
/// # Errors
/// A check that never ends, or grows with each level of nesting beyond all limits.
pub(super) fn count(graph: &Graph, states: &States, watching: f64) -> Result<Counted, String> {
    let components = components(states);
    let mut component = vec![0; states.all.len()];
    for (number, members) in components.iter().enumerate() {
        for at in members {
            component[*at] = number;
        }
    }
    let known = vec![Known::default(); states.all.len()];
    let mut count = Count {
        watching,
        graph,
        states,
        component,
        known,
        steps: 0,
    };
    for members in &components {
        count.component(members)?;
    }
    let Known {
        once, per_byte, nested, ..
    } = count.known[0];
    Ok(Counted { once, per_byte, nested })
}

impl Count<'_> {
    fn component(&mut self, members: &[At]) -> Result<(), String> {
        let number = self.component[members[0]];
        let ordered = self.in_place_order(members, number)?;
        let is_recursive = members
            .iter()
            .any(|at| self.states.next(*at).any(|to| self.component[to] == number));
        for at in &ordered {
            self.once(*at, number);
        }
        let levels = if is_recursive { MAX_DEPTH } else { 1 };
        for _ in 0..levels {
            let before: Vec<f64> = members.iter().map(|at| self.known[*at].all_by_byte).collect();
            let mut after = Vec::with_capacity(ordered.len());
            for at in &ordered {
                after.push((*at, self.per_byte(*at, number)?));
            }
            for (at, (per_byte, all_by_byte)) in after {
                self.known[at].per_byte = per_byte;
                self.known[at].all_by_byte = all_by_byte;
            }
            let grown = |(at, before): (&At, f64)| self.known[*at].all_by_byte > before;
            if !members.iter().zip(before).any(grown) {
                break;
            }
            let grows = |at: &&At| is_recursive && self.known[**at].all_by_byte * BODY > 1e3 * MAX_UNITS;
            if let Some(at) = members.iter().find(grows) {
                return Err(format!(
                    "checking could take too long: with each level of nesting more of the schema is applied to the same part, at {}",
                    self.place(*at)
                ));
            }
        }
        self.nested(&ordered, number, is_recursive);
        Ok(())
    }

    /// The members of a component, those that others apply in place first.
    fn in_place_order(&self, members: &[At], number: usize) -> Result<Vec<At>, String> {
        let within = |at: At| self.component[at] == number;
        // 1: being visited, 2: done.
        let mut marks = std::collections::HashMap::new();
        let mut ordered = Vec::with_capacity(members.len());
        for start in members {
            let mut stack = vec![(*start, 0)];
            while let Some((at, next)) = stack.pop() {
                if next == 0 {
                    if marks.get(&at) == Some(&2) {
                        continue;
                    }
                    marks.insert(at, 1);
                }
                match self.states.all[at].in_place.get(next) {
                    None => {
                        marks.insert(at, 2);
                        ordered.push(at);
                    }
                    Some(to) => {
                        stack.push((at, next + 1));
                        match marks.get(to) {
                            Some(&1) if within(*to) => {
                                return Err(format!(
                                    "checking would never end: the subschema at {} applies itself to the same value",
                                    self.place(*to)
                                ));
                            }
                            Some(_) => {}
                            None if within(*to) => stack.push((*to, 0)),
                            None => {}
                        }
                    }
                }
            }
        }
        Ok(ordered)
    }

    /// What doesn't depend on the depth. A part that can be there once only, and doesn't lead back, is counted here.
    fn once(&mut self, at: At, number: usize) {
        let state = &self.states.all[at];
        // A cycle is watched for by looking through the way that led here.
        let leads_back = state.in_place.iter().any(|to| self.component[*to] == number);
        let fixed = state.fixed + if leads_back { self.watching } else { 0.0 };
        let mut known = Known {
            once: fixed,
            fixed,
            own_byte: state.own_byte,
            ..Known::default()
        };
        for to in &state.in_place {
            let there = &self.known[*to];
            known.once += there.once;
            known.fixed += there.fixed;
            known.own_byte += there.own_byte;
        }
        let single = state.named.iter().map(|(_, to)| *to).chain(state.tuple.iter().copied());
        known.once += single
            .filter(|to| self.component[*to] != number)
            .map(|to| self.known[to].once)
            .sum::<f64>();
        self.known[at] = known;
    }

    /// One level more.
    fn per_byte(&mut self, at: At, number: usize) -> Result<(f64, f64), String> {
        let states = self.states;
        let state = &states.all[at];
        let single = |to: At| {
            let there = &self.known[to];
            if self.component[to] == number {
                there.all_by_byte
            } else {
                there.per_byte
            }
        };
        let many = |to: At| self.known[to].all_by_byte;
        let (mut parts, mut all_parts) = (state.costs(single, many), state.costs(many, many));
        self.steps += 2 * parts.len();
        for to in &state.in_place {
            parts.add(&self.known[*to].parts);
            all_parts.add(&self.known[*to].all_parts);
            self.steps += 2 * parts.len();
        }
        if self.steps > MAX_STEPS {
            return Err("schema is too complex to tell how long checking could take".to_owned());
        }
        let known = &mut self.known[at];
        let per_byte = known.own_byte.max(parts.dearest());
        let all_by_byte = (known.own_byte + known.fixed / SMALLEST).max(all_parts.dearest());
        known.parts = parts;
        known.all_parts = all_parts;
        Ok((per_byte, all_by_byte))
    }

    fn nested(&mut self, ordered: &[At], number: usize, is_recursive: bool) {
        // The longest way through the component at one level, and the deepest exit.
        let (mut exit, mut level) = (0, 0);
        let mut lengths = std::collections::HashMap::new();
        for at in ordered {
            let inside = self.states.all[*at]
                .in_place
                .iter()
                .filter_map(|to| lengths.get(to))
                .max();
            let length: usize = 1 + inside.copied().unwrap_or(0);
            lengths.insert(*at, length);
            level = level.max(length);
            let outside = self.states.next(*at).filter(|to| self.component[*to] != number);
            exit = exit.max(outside.map(|to| self.known[to].nested).max().unwrap_or(0));
        }
        let inside = if is_recursive { level * MAX_DEPTH } else { level };
        for at in ordered {
            self.known[*at].nested = inside.saturating_add(exit);
        }
    }

    fn place(&self, at: At) -> &str {
        let at = &self.graph.nodes[at % self.graph.nodes.len()].at;
        if at.is_empty() { "(root)" } else { at }
    }
}

impl State {
    /// What is done with the parts: `single` for those that can be there once only.
    fn costs(&self, single: impl Fn(At) -> f64, many: impl Fn(At) -> f64) -> Parts {
        let sum = |list: &[At]| list.iter().map(|to| many(*to)).sum::<f64>();
        let mut parts = Parts::default();
        for (name, to) in &self.named {
            parts.named(*name, single(*to));
        }
        let additional = self.additional.map_or(0.0, &many);
        parts.members(sum(&self.patterns), additional, sum(&self.every_member));
        let tuple = self.tuple.iter().map(|to| single(*to)).collect();
        parts.items(tuple, self.rest.map_or(0.0, &many), sum(&self.every_item));
        parts.names(self.names.map_or(0.0, &many));
        parts
    }
}

/// The strongly connected components, each before those that lead to it (Tarjan's way, without recursion).
fn components(states: &States) -> Vec<Vec<At>> {
    const NONE: usize = usize::MAX;
    let count = states.all.len();
    let (mut index, mut low, mut on_stack) = (vec![NONE; count], vec![0; count], vec![false; count]);
    let (mut next_index, mut stack, mut components) = (0, Vec::new(), Vec::new());
    for start in 0..count {
        if index[start] != NONE {
            continue;
        }
        let mut work = vec![(start, states.next(start).collect::<Vec<_>>())];
        index[start] = next_index;
        low[start] = next_index;
        next_index += 1;
        stack.push(start);
        on_stack[start] = true;
        while let Some((at, rest)) = work.last_mut() {
            let at = *at;
            if let Some(to) = rest.pop() {
                if index[to] == NONE {
                    index[to] = next_index;
                    low[to] = next_index;
                    next_index += 1;
                    stack.push(to);
                    on_stack[to] = true;
                    work.push((to, states.next(to).collect()));
                } else if on_stack[to] {
                    low[at] = low[at].min(index[to]);
                }
                continue;
            }
            work.pop();
            if let Some((parent, _)) = work.last() {
                low[*parent] = low[*parent].min(low[at]);
            }
            if low[at] == index[at] {
                let mut members = Vec::new();
                while let Some(member) = stack.pop() {
                    on_stack[member] = false;
                    members.push(member);
                    if member == at {
                        break;
                    }
                }
                components.push(members);
            }
        }
    }
    components
}
