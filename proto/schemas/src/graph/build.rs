//! Makes the graph of a schema.

use std::collections::HashMap;

use referencing::Resolver;
use serde_json::{Map, Value};

use super::refer::{BASE, address, places, registry, resolve};
use super::{Graph, Id, Node, Rules};
use crate::Draft;
use crate::keywords::are_unique;
use crate::patterns::Pattern;

/// Keywords that hold no subschema and check something.
const LEAVES: [&str; 21] = [
    "type",
    "enum",
    "const",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxProperties",
    "minProperties",
    "required",
    "format",
    "dependentRequired",
    "contentEncoding",
    "contentMediaType",
];
/// Names below the root, each a new base for references, times references: what is compiled grows with the paths through them.
const MAX_NAMES_TIMES_REFERENCES: usize = 64;

struct Builder<'v> {
    draft: Draft,
    places: HashMap<usize, String>,
    numbers: HashMap<usize, Id>,
    queue: Vec<(Id, &'v Value, Resolver<'v>)>,
    nodes: Vec<Node>,
    /// `$dynamicAnchor`s and `$recursiveAnchor`s (as an empty name), and who refers to them.
    anchors: Vec<(String, Id)>,
    dynamic: Vec<(String, Id)>,
    names: usize,
    references: usize,
}

/// The graph of a schema that conforms to its metaschema.
///
/// # Errors
/// A reference that leads out of the document or nowhere, a part that is in another draft, a pattern that can't be compiled.
pub(crate) fn build(schema: &Value, draft: Draft) -> Result<Graph, String> {
    let registry = registry(schema, draft.library())?;
    let base = referencing::uri::from_str(BASE).map_err(|error| error.to_string())?;
    let mut builder = Builder {
        draft,
        places: places(schema),
        numbers: HashMap::new(),
        queue: Vec::new(),
        nodes: Vec::new(),
        anchors: Vec::new(),
        dynamic: Vec::new(),
        names: 0,
        references: 0,
    };
    builder.number(schema, &registry.resolver(base));
    while let Some((id, value, resolver)) = builder.queue.pop() {
        let rules = builder.rules(id, value, &resolver)?;
        builder.nodes[id].rules = rules;
    }
    builder.link_dynamic();
    if builder.names * builder.references > MAX_NAMES_TIMES_REFERENCES {
        let id = draft.id_keyword();
        return Err(format!(
            "too many references and subschemas with a name of their own ({id}): refer by JSON pointers from the root"
        ));
    }
    Ok(Graph { nodes: builder.nodes })
}

impl<'v> Builder<'v> {
    /// The number of a subschema, which is looked into later.
    fn number(&mut self, value: &'v Value, resolver: &Resolver<'v>) -> Id {
        let address = address(value);
        if let Some(id) = self.numbers.get(&address) {
            return *id;
        }
        let id = self.nodes.len();
        let at = self.places.get(&address).cloned().unwrap_or_default();
        let rules = Rules::default();
        self.nodes.push(Node { at, rules });
        self.numbers.insert(address, id);
        self.queue.push((id, value, resolver.clone()));
        id
    }

    fn rules(&mut self, id: Id, value: &'v Value, resolver: &Resolver<'v>) -> Result<Rules, String> {
        let Value::Object(schema) = value else {
            let nothing = value == false;
            return Ok(Rules {
                nothing,
                ..Rules::default()
            });
        };
        let at = self.nodes[id].at.clone();
        self.identity(id, schema, &at)?;
        self.options(schema, &at)?;
        let here = self.draft.library().create_resource_ref(value);
        let resolver = &resolver
            .in_subresource(here)
            .map_err(|error| format!("{at}: {error}"))?;
        let mut rules = Rules::default();
        // Nothing applies them by themselves, and they have to be sound, too.
        for definitions in ["definitions", "$defs"] {
            self.map(schema, definitions, resolver);
        }
        self.refer(id, schema, resolver, &at, &mut rules)?;
        if self.draft <= Draft::Draft7 && schema.contains_key("$ref") {
            return Ok(rules);
        }
        self.same_value(schema, resolver, &mut rules);
        self.members(schema, resolver, &at, &mut rules)?;
        self.items(schema, resolver, &mut rules);
        let leaf = |(name, value): (&String, &Value)| {
            let lists = || {
                let map = value.as_object()?;
                let lists = map.iter().filter(|(_, needs)| needs.is_array());
                Some(Value::Object(lists.map(|(n, v)| (n.clone(), v.clone())).collect()))
            };
            match name.as_str() {
                "dependencies" => lists().map(|lists| (name.clone(), lists)),
                other if LEAVES.contains(&other) => Some((name.clone(), value.clone())),
                _ => None,
            }
        };
        rules.leaf = schema.iter().filter_map(leaf).collect();
        Ok(rules)
    }

    /// What it is called.
    fn identity(&mut self, id: Id, schema: &Map<String, Value>, at: &str) -> Result<(), String> {
        if let Some(Value::String(other)) = schema.get("$schema").filter(|_| id != 0)
            && Draft::named(other) != Some(self.draft)
        {
            return Err(format!(
                "only the whole schema may say which version of JSON Schema it is in: {at}/$schema"
            ));
        }
        let name = schema.get(self.draft.id_keyword()).and_then(Value::as_str);
        self.names += usize::from(id != 0 && name.is_some_and(|name| !name.starts_with('#')));
        if let Some(Value::String(anchor)) = schema.get("$dynamicAnchor") {
            self.anchors.push((anchor.clone(), id));
        }
        if schema.get("$recursiveAnchor") == Some(&Value::Bool(true)) {
            self.anchors.push((String::new(), id));
        }
        Ok(())
    }

    /// The library is laxer here than the metaschemas of these drafts, which Cloud Controller asks.
    fn options(&self, schema: &Map<String, Value>, at: &str) -> Result<(), String> {
        match schema.get("enum").and_then(Value::as_array) {
            Some(options) if self.draft <= Draft::Draft6 && (options.is_empty() || !are_unique(options)) => {
                Err(format!(
                    "schema does not conform to JSON Schema spec: {at}/enum: it is empty, or something is in it twice"
                ))
            }
            _ => Ok(()),
        }
    }

    fn refer(
        &mut self,
        id: Id,
        schema: &'v Map<String, Value>,
        resolver: &Resolver<'v>,
        at: &str,
        rules: &mut Rules,
    ) -> Result<(), String> {
        let kinds = match self.draft {
            Draft::Draft4 | Draft::Draft6 | Draft::Draft7 => [Some("$ref"), None],
            Draft::Draft201909 => [Some("$ref"), Some("$recursiveRef")],
            Draft::Draft202012 => [Some("$ref"), Some("$dynamicRef")],
        };
        for kind in kinds.into_iter().flatten() {
            let Some(Value::String(reference)) = schema.get(kind) else {
                continue;
            };
            if kind == "$recursiveRef" && reference != "#" {
                return Err(format!("no external references are allowed: {at}/{kind}: {reference}"));
            }
            self.references += 1;
            let (target, resolver) = resolve(resolver, reference, &self.places, &format!("{at}/{kind}"))?;
            rules.references.push(self.number(target, &resolver));
            if kind != "$ref" {
                let anchor = reference.rsplit_once('#').map_or("", |(_, anchor)| anchor);
                self.dynamic.push((anchor.to_owned(), id));
            }
        }
        Ok(())
    }

    /// A dynamic reference may lead to any anchor of its name.
    fn link_dynamic(&mut self) {
        for (name, from) in &self.dynamic {
            let targets = self
                .anchors
                .iter()
                .filter(|(anchor, _)| anchor == name)
                .map(|(_, id)| *id);
            let known = &mut self.nodes[*from].rules.references;
            for target in targets {
                if !known.contains(&target) {
                    known.push(target);
                }
            }
        }
    }

    fn same_value(&mut self, schema: &'v Map<String, Value>, resolver: &Resolver<'v>, rules: &mut Rules) {
        rules.all_of = self.list(schema, "allOf", resolver);
        rules.any_of = self.list(schema, "anyOf", resolver);
        rules.one_of = self.list(schema, "oneOf", resolver);
        rules.not = self.one(schema, "not", resolver);
        if self.draft >= Draft::Draft7 {
            rules.condition = self.one(schema, "if", resolver);
            let branch = |it: &mut Self, name| it.one(schema, name, resolver).filter(|_| schema.contains_key("if"));
            rules.then = branch(self, "then");
            rules.otherwise = branch(self, "else");
        }
        rules.dependent = self.map(schema, "dependencies", resolver);
        if self.draft >= Draft::Draft201909 {
            rules.dependent.extend(self.map(schema, "dependentSchemas", resolver));
        }
    }

    fn members(
        &mut self,
        schema: &'v Map<String, Value>,
        resolver: &Resolver<'v>,
        at: &str,
        rules: &mut Rules,
    ) -> Result<(), String> {
        rules.properties = self.map(schema, "properties", resolver);
        for (pattern, id) in self.map(schema, "patternProperties", resolver) {
            let pattern = Pattern::linear(&pattern).map_err(|why| format!("{at}: {why}"))?;
            rules.patterns.push((pattern, id));
        }
        rules.additional = self.one(schema, "additionalProperties", resolver);
        if self.draft >= Draft::Draft6 {
            rules.names = self.one(schema, "propertyNames", resolver);
        }
        if self.draft >= Draft::Draft201909 {
            rules.unevaluated_properties = self.one(schema, "unevaluatedProperties", resolver);
        }
        if let Some(Value::String(pattern)) = schema.get("pattern") {
            Pattern::compile(pattern).map_err(|why| format!("{at}: {why}"))?;
        }
        Ok(())
    }

    fn items(&mut self, schema: &'v Map<String, Value>, resolver: &Resolver<'v>, rules: &mut Rules) {
        if self.draft == Draft::Draft202012 {
            rules.tuple = self.list(schema, "prefixItems", resolver);
        }
        if matches!(schema.get("items"), Some(Value::Array(_))) {
            rules.tuple = self.list(schema, "items", resolver);
            rules.rest = self.one(schema, "additionalItems", resolver);
        } else {
            rules.rest = self.one(schema, "items", resolver);
        }
        rules.min_contains = 1;
        if self.draft >= Draft::Draft6 {
            rules.contains = self.one(schema, "contains", resolver);
        }
        if self.draft >= Draft::Draft201909 {
            let number = |name| schema.get(name).and_then(Value::as_u64);
            rules.min_contains = number("minContains").unwrap_or(1);
            rules.max_contains = number("maxContains");
            rules.unevaluated_items = self.one(schema, "unevaluatedItems", resolver);
        }
    }

    fn one(&mut self, schema: &'v Map<String, Value>, name: &str, resolver: &Resolver<'v>) -> Option<Id> {
        let value = schema.get(name).filter(|value| is_schema(value))?;
        Some(self.number(value, resolver))
    }

    fn list(&mut self, schema: &'v Map<String, Value>, name: &str, resolver: &Resolver<'v>) -> Vec<Id> {
        let items = schema.get(name).and_then(Value::as_array).into_iter().flatten();
        items.map(|item| self.number(item, resolver)).collect()
    }

    fn map(&mut self, schema: &'v Map<String, Value>, name: &str, resolver: &Resolver<'v>) -> Vec<(String, Id)> {
        let members = schema.get(name).and_then(Value::as_object).into_iter().flatten();
        let schemas = members.filter(|(_, value)| is_schema(value));
        schemas
            .map(|(name, value)| (name.clone(), self.number(value, resolver)))
            .collect()
    }
}

fn is_schema(value: &Value) -> bool {
    value.is_object() || value.is_boolean()
}
