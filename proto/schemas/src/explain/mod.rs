//! Finds out what doesn't fit, once it is known that something doesn't. The verdict is the library's; its own errors are not used, as they
//! cost without bounds: each holds its whole path, and a copy of what it is about.

mod leaf;
mod verdict;
mod walk;

use std::collections::HashMap;
use std::rc::Rc;

use jsonschema::Validator;
use serde_json::Value;

use crate::graph::{Graph, Id, Rules};
use crate::{Draft, Invalid};

/// What one explanation may spend, in steps of about a microsecond.
const STEPS: u64 = 60_000;
/// The most errors that are counted.
const MAX_COUNTED: usize = 1000;
/// How many subschemas may be at work at once here.
const MAX_NESTED: usize = 600;

struct Explanation<'a> {
    graph: &'a Graph,
    draft: Draft,
    steps: u64,
    nested: usize,
    leaves: HashMap<Id, Option<Rc<Validator>>>,
    found: Vec<String>,
    more: usize,
}

/// Explains why a value doesn't fit.
pub(crate) fn explain(graph: &Graph, draft: Draft, value: &Value) -> Invalid {
    let mut explanation = Explanation {
        graph,
        draft,
        steps: STEPS,
        nested: 0,
        leaves: HashMap::new(),
        found: Vec::new(),
        more: 0,
    };
    let (_, _) = crate::fuel::metered(|| explanation.walk(0, value, walk::Path::Root));
    if explanation.found.is_empty() {
        let whole = "(root): does not conform to the schema".to_owned();
        return Invalid::new(vec![whole], 0);
    }
    Invalid::new(explanation.found, explanation.more)
}

impl Explanation<'_> {
    /// Takes steps from what may be spent.
    fn spend(&mut self, steps: u64) -> bool {
        self.steps = self.steps.saturating_sub(steps);
        self.steps > 0
    }

    /// Takes what going through the members costs.
    fn spend_members(&mut self, rules: &Rules, value: &Value) {
        if let Some(members) = value.as_object() {
            let patterns = members.len() * rules.patterns.len();
            self.spend(((rules.properties.len() + members.len() + patterns) / 4) as u64);
        }
    }

    /// Looks at a subschema, unless there is nothing left to spend.
    fn within<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.nested >= MAX_NESTED || !self.spend(1) {
            return None;
        }
        self.nested += 1;
        let seen = look(self);
        self.nested -= 1;
        Some(seen)
    }
}
