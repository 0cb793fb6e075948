//! Keys of the bucket, and how an id is written in one.

use super::{LayoutError, plain};
use std::fmt;
use std::ops::Deref;

/// A key of the bucket of records: `instance.<id>`, `binding.<instance>.<binding>`,
/// `schemas.<plan>` or `meta.complete`. Its text is safe in a subject.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(String);

/// What a key names, with its ids as the platform wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Named {
    /// The record of a service instance.
    Instance {
        /// Its id.
        id: String,
    },
    /// The record of a binding.
    Binding {
        /// The id of its instance.
        instance: String,
        /// Its own id.
        binding: String,
    },
    /// What the provisioning worker found out about the schemas of a plan. It is no record.
    Schemas {
        /// The plan's id.
        plan: String,
    },
    /// The mark that the bucket knows everything that exists.
    Complete,
}

/// The key of an instance's record. Ids are checked at the edge (`[A-Za-z0-9_.-]{1,200}`); any
/// other byte is written `=XX` too, so no id can ever reach another record.
pub fn instance_key(id: &str) -> Key {
    Key(format!("instance.{}", escape(id)))
}

/// The key of a binding's record, as [`instance_key`].
pub fn binding_key(instance: &str, binding: &str) -> Key {
    Key(format!("binding.{}.{}", escape(instance), escape(binding)))
}

/// The subject tail that all bindings of an instance lie under; a wildcard, not a key.
pub fn bindings_filter(instance: &str) -> String {
    format!("binding.{}.*", escape(instance))
}

/// The key of what is published of a plan's schemas. A plan's id may be any text.
pub fn schemas_key(plan_id: &str) -> Key {
    Key(format!("schemas.{}", escape(plan_id)))
}

/// The key that says that the bucket knows everything that exists.
pub fn complete_key() -> Key {
    Key("meta.complete".to_owned())
}

impl Key {
    /// Reads the text of a key.
    ///
    /// # Errors
    /// [`LayoutError::Key`] if no id is written like this.
    pub fn parse(text: &str) -> Result<Key, LayoutError> {
        let key = Key(text.to_owned());
        match key.named() {
            Some(_) => Ok(key),
            None => Err(LayoutError::Key(text.to_owned())),
        }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it names; `None` only for an id that can't be (an empty one).
    pub fn named(&self) -> Option<Named> {
        let parts: Vec<&str> = self.0.split('.').collect();
        match parts.as_slice() {
            ["instance", id] => Some(Named::Instance { id: unescape(id)? }),
            ["binding", instance, binding] => Some(Named::Binding {
                instance: unescape(instance)?,
                binding: unescape(binding)?,
            }),
            ["schemas", plan] => Some(Named::Schemas { plan: unescape(plan)? }),
            ["meta", "complete"] => Some(Named::Complete),
            _ => None,
        }
    }
}

impl Deref for Key {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn escape(id: &str) -> String {
    let mut out = String::with_capacity(id.len() + 8);
    for byte in id.bytes() {
        match plain(byte) {
            true => out.push(char::from(byte)),
            false => out.push_str(&format!("={byte:02X}")),
        }
    }
    out
}

/// The id that `escape` wrote so; `None` for any other text, so that a key has one id and an id
/// has one key.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'=' => {
                let (high, low) = (rest.next()?, rest.next()?);
                u8::from_str_radix(std::str::from_utf8(&[high, low]).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    let id = String::from_utf8(bytes).ok()?;
    (!id.is_empty() && escape(&id) == text).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_design() {
        assert_eq!(instance_key("a-b_C1").as_str(), "instance.a-b_C1");
        assert_eq!(instance_key("a.b").as_str(), "instance.a=2Eb");
        assert_eq!(binding_key("i.1", "b").as_str(), "binding.i=2E1.b");
        assert_eq!(schemas_key("a plan/1").as_str(), "schemas.a=20plan=2F1");
        assert_eq!(complete_key().as_str(), "meta.complete");
    }

    #[test]
    fn keys_read_back() {
        for id in ["a", "a.b", "...", "A-Z_09", "a=2Eb", "\u{e4} *>", &"x.".repeat(100)] {
            let key = instance_key(id);
            assert_eq!(key.named(), Some(Named::Instance { id: id.into() }));
            assert_eq!(Key::parse(key.as_str()), Ok(key));
            let key = binding_key("i.1", id);
            assert_eq!(
                key.named(),
                Some(Named::Binding {
                    instance: "i.1".into(),
                    binding: id.into()
                })
            );
            let key = schemas_key(id);
            assert_eq!(key.named(), Some(Named::Schemas { plan: id.into() }));
            assert_eq!(Key::parse(key.as_str()), Ok(key));
        }
        assert_eq!(complete_key().named(), Some(Named::Complete));
    }

    #[test]
    fn an_id_has_one_key_and_a_key_one_id() {
        for wrong in [
            "",
            "instance",
            "instance.",
            "instance.a.b",
            "binding.a",
            "binding..b",
            "meta.else",
            "schemas.",
            "schemas.a.b",
            "other.a",
            "instance.a=2e",
            "instance.a=41",
            "instance.a=",
            "instance.a=+1",
            "instance.a b",
            "instance.=FF",
        ] {
            assert!(Key::parse(wrong).is_err(), "{wrong}");
        }
    }
}
