//! From text to tree: anchors and merge keys are resolved, plain scalars keep their source text.

use super::yaml::Yaml;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};
use std::fmt;

/// A node as the parser gives it.
struct Raw {
    value: Value,
    defined: Location,
}

enum Value {
    Null,
    Text(String),
    /// Its source tells what it is.
    Plain,
    List(Vec<Raw>),
    Map(Vec<(String, Raw)>),
}

/// Reads a document. The error has line and column, but no line: it may hold secrets.
pub(super) fn read(text: &str) -> Result<Yaml, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut options = serde_saphyr::Options::default();
    options.with_snippet = false;
    let raw: Result<Raw, _> = serde_saphyr::from_str_with_options(text, options);
    raw.map(|raw| placed(raw, text)).map_err(|error| error.render())
}

fn placed(raw: Raw, source: &str) -> Yaml {
    match raw.value {
        Value::Null => Yaml::Null,
        Value::Text(text) => Yaml::Text(text),
        Value::Plain => Yaml::Plain(written(raw.defined, source).to_owned()),
        Value::List(elements) => Yaml::List(elements.into_iter().map(|raw| placed(raw, source)).collect()),
        Value::Map(members) => Yaml::Map(
            members
                .into_iter()
                .map(|(key, raw)| (key, placed(raw, source)))
                .collect(),
        ),
    }
}

fn written(at: Location, source: &str) -> &str {
    let span = at.span();
    let range = span.byte_offset().zip(span.byte_len()).and_then(|(start, len)| {
        let start = usize::try_from(start).ok()?;
        source.get(start..start.checked_add(usize::try_from(len).ok()?)?)
    });
    range.unwrap_or_default().trim()
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(from)?;
        Ok(Raw {
            value: spanned.value,
            defined: spanned.defined,
        })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Seen)
    }
}

struct Seen;

impl<'de> Visitor<'de> for Seen {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Plain)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = from.next_element()? {
            elements.push(element);
        }
        Ok(Value::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = from.next_entry::<String, Raw>()? {
            members.push(member);
        }
        Ok(Value::Map(members))
    }
}
