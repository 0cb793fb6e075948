//! What a user gets to read about parameters that don't fit.

use std::fmt;

/// The most errors that are told one by one.
pub(crate) const MAX_ERRORS: usize = 10;
/// The most characters of the whole text.
const MAX_TEXT: usize = 2000;
/// The most characters of one error.
const MAX_ERROR: usize = 400;

/// Parameters that don't fit their schema. `Display` is ODB's text for the user. No value of the parameters is in it; names of members
/// are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    errors: Vec<String>,
    more: usize,
}

impl Invalid {
    /// From all that was found, `more` of which are only counted.
    pub(crate) fn new(found: Vec<String>, more: usize) -> Self {
        let room = MAX_TEXT - "validation against JSON schema failed:\n; and 1000000 more".len();
        let (mut errors, mut length, total) = (Vec::new(), 0, found.len() + more);
        for error in found.into_iter().take(MAX_ERRORS) {
            let error = cut(&error);
            length += error.chars().count() + "; ".len();
            if length > room {
                break;
            }
            errors.push(error);
        }
        let more = total - errors.len();
        Self { errors, more }
    }

    /// The errors that are told, each beginning with where it is: a JSON pointer, or `(root)`. At least one, at most ten.
    pub fn errors(&self) -> &[String] {
        &self.errors
    }

    /// How many there are besides.
    pub fn more(&self) -> usize {
        self.more
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "validation against JSON schema failed:\n{}", self.errors.join("; "))?;
        if self.more > 0 {
            write!(f, "; and {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

fn cut(text: &str) -> String {
    // What users send may hold control characters; this text is shown in terminals.
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    match text.char_indices().nth(MAX_ERROR) {
        None => text.chars().map(clean).collect(),
        Some((end, _)) => text[..end].chars().map(clean).chain(['…']).collect(),
    }
}
