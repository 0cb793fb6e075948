//! From text to tree, as Directors read it: YAML 1.1 words and octal numbers, the last of equal keys, anchors, merge keys.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Location, Spanned};

/// A node with what it means.
pub(super) enum Node {
    Null,
    /// Quoted, or a plain text.
    Text(String),
    /// A plain scalar that is more than a text, and how it is written.
    Plain {
        value: Value,
        source: String,
    },
    List(Vec<Self>),
    Map(BTreeMap<String, Self>),
}

/// A node as the parser gives it.
struct Raw {
    value: RawValue,
    defined: Location,
}

enum RawValue {
    Null,
    Text(String),
    Plain(Value),
    List(Vec<Raw>),
    Map(Vec<(String, Raw)>),
}

/// Reads one document. The error says where it is wrong and quotes nothing.
pub(super) fn read(text: &str) -> Result<Node, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { enforce_alias_anchor_ratio: false },
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        legacy_octal_numbers: true,
        with_snippet: false,
    };
    let raw: Option<Raw> = serde_saphyr::from_str_with_options(text, options).map_err(|e| match e.location() {
        Some(at) => format!("not YAML (line {}, column {})", at.line(), at.column()),
        None => "not YAML".to_owned(),
    })?;
    Ok(raw.map_or(Node::Null, |raw| placed(raw, text)))
}

fn placed(raw: Raw, text: &str) -> Node {
    match raw.value {
        RawValue::Null => Node::Null,
        RawValue::Text(text) => Node::Text(text),
        RawValue::Plain(value) => {
            let source = written(raw.defined, text).to_owned();
            // Two of these may round to one: a whole number that is too large is told by how it is written.
            let rounded = value.is_null() || value.is_f64() && source.bytes().all(|byte| byte.is_ascii_digit());
            let value = if rounded { Value::from(source.as_str()) } else { value };
            Node::Plain { value, source }
        }
        RawValue::List(elements) => Node::List(elements.into_iter().map(|raw| placed(raw, text)).collect()),
        RawValue::Map(members) => Node::Map(members.into_iter().map(|(key, raw)| (key, placed(raw, text))).collect()),
    }
}

fn written(at: Location, text: &str) -> &str {
    let span = at.span();
    let range = span.byte_offset().zip(span.byte_len()).and_then(|(start, len)| {
        let start = usize::try_from(start).ok()?;
        text.get(start..start.checked_add(usize::try_from(len).ok()?)?)
    });
    range.unwrap_or_default().trim()
}

impl Node {
    /// All of it.
    pub(super) fn whole(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::from(text.as_str()),
            Self::Plain { value, .. } => value.clone(),
            Self::List(elements) => Value::Array(elements.iter().map(Self::whole).collect()),
            Self::Map(members) => {
                Value::Object(members.iter().map(|(key, node)| (key.clone(), node.whole())).collect())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<RawValue>::deserialize(from)?;
        Ok(Self {
            value: spanned.value,
            defined: spanned.defined,
        })
    }
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Seen)
    }
}

struct Seen;

impl<'de> Visitor<'de> for Seen {
    type Value = RawValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<RawValue, E> {
        Ok(RawValue::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<RawValue, E> {
        Ok(RawValue::Plain(Value::from(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<RawValue, E> {
        Ok(RawValue::Plain(Value::from(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<RawValue, E> {
        Ok(RawValue::Plain(Value::from(value)))
    }

    /// What JSON has no number for becomes null, and is told by how it is written.
    fn visit_f64<E>(self, value: f64) -> Result<RawValue, E> {
        Ok(RawValue::Plain(Value::from(value)))
    }

    fn visit_str<E>(self, text: &str) -> Result<RawValue, E> {
        Ok(RawValue::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<RawValue, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = from.next_element()? {
            elements.push(element);
        }
        Ok(RawValue::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<RawValue, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = from.next_entry::<String, Raw>()? {
            members.push(member);
        }
        Ok(RawValue::Map(members))
    }
}
