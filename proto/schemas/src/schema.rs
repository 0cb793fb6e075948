//! One schema: what it has to be, and checking with it.

use std::fmt;

use jsonschema::{ValidationOptions, Validator};
use serde_json::Value;

use crate::graph::{self, Graph};
use crate::{Draft, Invalid, cost, explain, fuel, keywords};

/// The longest schema, in characters of JSON (Cloud Controller's limit).
const MAX_CHARACTERS: usize = 65_536;
/// The deepest nesting of a schema or of parameters: what `serde_json` reads.
pub(crate) const MAX_DEPTH: usize = 128;

/// A schema that can be used.
pub(crate) struct Schema {
    document: Value,
    draft: Draft,
    graph: Graph,
    /// What each byte of the names of members costs at worst, for `patternProperties`: KiB of programs.
    names_cost: f64,
    validator: Validator,
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Schema").field(&self.document).finish()
    }
}

impl Schema {
    /// Reads a schema. The order of what is asked is Cloud Controller's.
    ///
    /// # Errors
    /// Why it can't be used: ODB's words where it has some.
    pub(crate) fn read(document: &Value) -> Result<Self, String> {
        let members = match document {
            Value::Object(members) if !members.is_empty() => members,
            Value::Null | Value::Object(_) => return Err("no JSON Schema provided".to_owned()),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err("schema does not conform to JSON Schema spec: (root): it is not an object".to_owned());
            }
        };
        if is_deeper_than(document, MAX_DEPTH) {
            return Err(format!("schema is nested more than {MAX_DEPTH} deep"));
        }
        let characters = document.to_string().chars().count();
        if characters > MAX_CHARACTERS {
            return Err(format!(
                "schema is larger than 64KB: {characters} characters of JSON, {MAX_CHARACTERS} are allowed"
            ));
        }
        let named = members.get("$schema").and_then(Value::as_str);
        let Some(draft) = named.and_then(Draft::named) else {
            return Err("only JSON Schema versions draft-04 and draft-06 are supported (and draft-07, 2019-09 and 2020-12, which Cloud Controller refuses): $schema has to name one".to_owned());
        };
        let mut schema = document.clone();
        schema["$schema"] = draft.uri().into();
        draft
            .conforms(&schema)
            .map_err(|why| format!("schema does not conform to JSON Schema spec: {}", short(&why)))?;
        let graph = graph::build(&schema, draft).map_err(|why| short(&why))?;
        let names_cost = cost::judge(&graph)?;
        let validator = Self::compile(&schema, draft)?;
        let document = document.clone();
        Ok(Self {
            document,
            draft,
            graph,
            names_cost,
            validator,
        })
    }

    fn compile(schema: &Value, draft: Draft) -> Result<Validator, String> {
        let compiled = Self::options(draft).build(schema);
        compiled.map_err(|error| format!("schema can't be used: {}", short(&error.to_string())))
    }

    /// How the library is to check: fetching nothing, with our keywords in the place of some of its own.
    pub(crate) fn options<'a>(draft: Draft) -> ValidationOptions<'a> {
        let patterns = jsonschema::PatternOptions::regex().size_limit(1 << 20);
        let options = jsonschema::options()
            .with_draft(draft.library())
            .with_base_uri(graph::BASE)
            .with_retriever(graph::Refuse)
            .with_pattern_options(patterns);
        keywords::ours(options)
    }

    /// A schema that is taken whatever it costs.
    #[cfg(test)]
    pub(crate) fn unjudged(schema: &Value, draft: Draft) -> Result<Self, String> {
        Ok(Self {
            document: schema.clone(),
            draft,
            graph: graph::build(schema, draft)?,
            names_cost: 0.0,
            validator: Self::compile(schema, draft)?,
        })
    }

    /// The verdict alone.
    #[cfg(test)]
    pub(crate) fn verdict(&self, parameters: &Value) -> bool {
        fuel::metered(|| self.validator.is_valid(parameters)).0
    }

    /// What a wrong value's explanation is, without asking whether it is wrong.
    #[cfg(test)]
    pub(crate) fn explanation(&self, parameters: &Value) -> Invalid {
        explain::explain(&self.graph, self.draft, parameters)
    }

    pub(crate) fn document(&self) -> &Value {
        &self.document
    }

    pub(crate) fn draft(&self) -> Draft {
        self.draft
    }

    /// Checks parameters.
    ///
    /// # Errors
    /// What doesn't fit.
    pub(crate) fn check(&self, parameters: &Value) -> Result<(), Invalid> {
        let wrong = |text: &str| Err(Invalid::new(vec![format!("(root): {text}")], 0));
        if is_deeper_than(parameters, MAX_DEPTH) {
            return wrong("nested too deeply");
        }
        let too_much = "is too much to compare with the patterns and the uniqueItems of the schema";
        // Matched by the library, which has no fuel.
        if self.names_cost > 0.0 && names(parameters) as f64 * self.names_cost > fuel::MAX_LINEAR as f64 {
            return wrong(too_much);
        }
        match fuel::metered(|| self.validator.is_valid(parameters)) {
            (true, true) => Ok(()),
            (_, false) => wrong(too_much),
            (false, true) => Err(explain::explain(&self.graph, self.draft, parameters)),
        }
    }
}

/// Whether a value is nested deeper than so many levels.
fn is_deeper_than(value: &Value, levels: usize) -> bool {
    let Some(left) = levels.checked_sub(1) else {
        return true;
    };
    match value {
        Value::Array(items) => items.iter().any(|item| is_deeper_than(item, left)),
        Value::Object(members) => members.values().any(|member| is_deeper_than(member, left)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// The bytes of all names of members, with something for each.
fn names(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(names).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| name.len() + 8 + names(member))
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// Texts about schemas may quote all of one.
fn short(text: &str) -> String {
    match text.char_indices().nth(500) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
