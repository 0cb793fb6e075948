//! References, resolved as the library does it, and never outside of the document.

use std::collections::HashMap;
use std::error::Error as StdError;

use referencing::{Error, Registry, Resolver, Retrieve, Uri};
use serde_json::Value;

/// What a schema without a name is called.
pub(crate) const BASE: &str = "json-schema:///";

/// Fetches nothing.
pub(crate) struct Refuse;

impl Retrieve for Refuse {
    fn retrieve(&self, _: &Uri<String>) -> Result<Value, Box<dyn StdError + Send + Sync>> {
        Err("nothing is fetched".into())
    }
}

/// Where each part of a document is, by its address: whether something is in the document, and its JSON pointer.
pub(super) fn places(document: &Value) -> HashMap<usize, String> {
    let mut places = HashMap::new();
    let mut queue = vec![(document, String::new())];
    while let Some((value, at)) = queue.pop() {
        match value {
            Value::Object(members) => {
                let escape = |name: &str| name.replace('~', "~0").replace('/', "~1");
                queue.extend(
                    members
                        .iter()
                        .map(|(name, part)| (part, format!("{at}/{}", escape(name)))),
                );
            }
            Value::Array(items) => queue.extend(items.iter().zip(0..).map(|(part, i)| (part, format!("{at}/{i}")))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        places.insert(address(value), at);
    }
    places
}

pub(super) fn address(value: &Value) -> usize {
    std::ptr::from_ref(value) as usize
}

/// The document with all of its names, which can't be completed from anywhere else.
pub(super) fn registry(document: &Value, draft: referencing::Draft) -> Result<Registry<'_>, String> {
    let registry = Registry::new().retriever(Refuse).draft(draft).add(BASE, document);
    registry.and_then(|it| it.prepare()).map_err(|error| said("", &error))
}

/// Where a reference of a subschema leads.
pub(super) fn resolve<'v>(
    resolver: &Resolver<'v>,
    reference: &str,
    places: &HashMap<usize, String>,
    at: &str,
) -> Result<(&'v Value, Resolver<'v>), String> {
    let resolved = resolver.lookup(reference).map_err(|error| said(at, &error))?;
    let (target, resolver, _) = resolved.into_inner();
    // The library knows the metaschemas by heart.
    if !places.contains_key(&address(target)) {
        return Err(external(at, reference));
    }
    Ok((target, resolver))
}

fn external(at: &str, what: &str) -> String {
    let at = if at.is_empty() { "(root)" } else { at };
    format!("no external references are allowed: {at}: {what}")
}

fn said(at: &str, error: &Error) -> String {
    match error {
        Error::Unretrievable { uri, .. } => external(at, uri),
        Error::PointerToNowhere { .. }
        | Error::InvalidPercentEncoding { .. }
        | Error::InvalidArrayIndex { .. }
        | Error::NoSuchAnchor { .. }
        | Error::InvalidAnchor { .. }
        | Error::InvalidUri(_)
        | Error::UnknownSpecification { .. }
        | Error::CircularMetaschema { .. } => {
            let at = if at.is_empty() { "(root)" } else { at };
            format!("a reference leads nowhere: {at}: {error}")
        }
    }
}
