//! Canonical JSON: equal after parsing means equal text. Numbers stay as they were written.
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// How deep a request may be nested.
pub const DEEPEST: usize = 64;

/// Not JSON, or nested too deep.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// Not JSON.
    #[error("not valid JSON")]
    NotJson,
    /// Nested more than [`DEEPEST`] levels.
    #[error("nested more than {DEEPEST} levels deep")]
    TooDeep,
}

/// `json` without white space, members sorted by name (of equal names the last counts), texts in one form, and
/// numbers as written: `1.0` and `1` are different, because an adapter may tell them apart.
///
/// # Errors
/// [`NotCanonical`] for a text that isn't JSON or is nested too deep.
pub fn canonical(json: &str) -> Result<String, NotCanonical> {
    let mut out = String::with_capacity(json.len());
    write(json.trim(), DEEPEST, &mut out)?;
    Ok(out)
}

fn write(json: &str, deeper: usize, out: &mut String) -> Result<(), NotCanonical> {
    let not_json = |_| NotCanonical::NotJson;
    let deeper = deeper.checked_sub(1).ok_or(NotCanonical::TooDeep)?;
    match json.as_bytes().first() {
        Some(b'{') => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(json).map_err(not_json)?;
            for (n, (name, value)) in members.iter().enumerate() {
                out.push(if n == 0 { '{' } else { ',' });
                out.push_str(&serde_json::to_string(name).map_err(not_json)?);
                out.push(':');
                write(value.get(), deeper, out)?;
            }
            out.push_str(if members.is_empty() { "{}" } else { "}" });
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(json).map_err(not_json)?;
            for (n, value) in items.iter().enumerate() {
                out.push(if n == 0 { '[' } else { ',' });
                write(value.get(), deeper, out)?;
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        Some(b'"') => {
            let text: String = serde_json::from_str(json).map_err(not_json)?;
            out.push_str(&serde_json::to_string(&text).map_err(not_json)?);
        }
        _ => {
            let scalar: &RawValue = serde_json::from_str(json).map_err(not_json)?;
            out.push_str(scalar.get());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_space_and_escapes_do_not_matter_but_numbers_do() {
        let a =
            canonical(r#" { "b" : [1, 2.50, 12345678901234567890123], "a": "\u0041", "c": {} , "d":[] } "#).unwrap();
        assert_eq!(a, r#"{"a":"A","b":[1,2.50,12345678901234567890123],"c":{},"d":[]}"#);
        assert_eq!(
            canonical(r#"{"d":[],"c":{},"a":"A","b":[1,2.50,12345678901234567890123]}"#).unwrap(),
            a
        );
        assert_ne!(canonical("1.0"), canonical("1"));
        assert_eq!(canonical("{"), Err(NotCanonical::NotJson));
        assert_eq!(canonical(""), Err(NotCanonical::NotJson));
    }

    #[test]
    fn deep_nesting_is_refused_without_a_crash() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(canonical(&deep), Err(NotCanonical::TooDeep));
        let fine = "[".repeat(DEEPEST - 1) + &"]".repeat(DEEPEST - 1);
        assert!(canonical(&fine).is_ok());
    }
}
