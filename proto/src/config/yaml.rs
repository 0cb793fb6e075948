//! From text to tree. Anchors and merge keys are resolved here; a key given twice is a finding.
use super::finding::{Collector, Finding, Findings};
use super::scalar::Scalar;
use super::tree::{Node, Value, join};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Location, Spanned};
use std::fmt;

/// A node as the parser gives it, still without its path.
struct Raw {
    value: RawValue,
    defined: Location,
}

enum RawValue {
    Null,
    /// Quoted, or a plain text.
    Text(String),
    /// Plain and more than a text; what it means is told by its source.
    Plain,
    List(Vec<Raw>),
    Map(Vec<(String, Raw)>),
}

/// Reads a document. The error is that of the YAML reader, with line and column but without the
/// lines themselves, which may hold secrets.
pub(super) fn read(text: &str, collector: &mut Collector) -> Result<Node, Findings> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut options = serde_saphyr::Options::default();
    options.with_snippet = false;
    options.emit_comments = false;
    options.duplicate_keys = DuplicateKeyPolicy::PassThrough;
    options.non_finite_float_policy = NonFiniteFloatPolicy::PassThrough;
    let raw: Raw = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let text = match error.without_snippet() {
            serde_saphyr::Error::MultipleDocuments { location, .. } => format!(
                "the file holds more than one YAML document: the second begins at line {}; give each a file of its own",
                location.line()
            ),
            _ => format!("the file is not YAML: {}", error.render()),
        };
        Findings(vec![Finding::new("", text)])
    })?;
    Ok(place(raw, String::new(), text, collector))
}

fn place(raw: Raw, path: String, source: &str, collector: &mut Collector) -> Node {
    if raw.defined.line() > 0 {
        collector.lines.insert(path.clone(), raw.defined.line());
    }
    let value = match raw.value {
        RawValue::Null => Value::Null,
        RawValue::Text(text) => Value::Scalar(Scalar::quoted(text)),
        RawValue::Plain => Value::Scalar(Scalar::plain(written(raw.defined, source))),
        RawValue::List(elements) => Value::List(
            elements
                .into_iter()
                .enumerate()
                .map(|(index, raw)| place(raw, format!("{path}[{index}]"), source, collector))
                .collect(),
        ),
        RawValue::Map(members) => {
            let mut placed: Vec<(String, Node)> = Vec::with_capacity(members.len());
            for (key, raw) in members {
                let node = place(raw, join(&path, &key), source, collector);
                if placed.iter().any(|(other, _)| *other == key) {
                    collector.error(&node.path, "is given twice");
                } else {
                    placed.push((key, node));
                }
            }
            Value::Map(placed)
        }
    };
    Node { path, value }
}

/// The source text of a scalar that is more than a text.
fn written(at: Location, source: &str) -> &str {
    let span = at.span();
    let range = span.byte_offset().zip(span.byte_len()).and_then(|(start, len)| {
        let start = usize::try_from(start).ok()?;
        source.get(start..start.checked_add(usize::try_from(len).ok()?)?)
    });
    // `!!int "5"` has quotes and is a number all the same.
    range.unwrap_or_default().trim().trim_matches(['"', '\''])
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<RawValue>::deserialize(from)?;
        Ok(Raw {
            value: spanned.value,
            defined: spanned.defined,
        })
    }
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<RawValue, E> {
        Ok(RawValue::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<RawValue, E> {
        Ok(RawValue::Plain)
    }

    fn visit_i64<E>(self, _: i64) -> Result<RawValue, E> {
        Ok(RawValue::Plain)
    }

    fn visit_u64<E>(self, _: u64) -> Result<RawValue, E> {
        Ok(RawValue::Plain)
    }

    fn visit_f64<E>(self, _: f64) -> Result<RawValue, E> {
        Ok(RawValue::Plain)
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
