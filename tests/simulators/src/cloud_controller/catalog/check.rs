//! The checks of single members, with their messages. A member that is `null` is as good as absent.

use serde_json::Value;

use super::inspect::inspect;

/// The longest description of a service or plan, in characters.
const DESCRIPTION: usize = 10_000;

/// What is wrong with an object, in the order in which it was found.
#[derive(Debug, Default)]
pub(super) struct Messages(pub(super) Vec<String>);

/// Neither absent nor `null` nor `false`: most optional members are looked at only then.
pub(super) fn truthy(value: Option<&Value>) -> Option<&Value> {
    value.filter(|it| !matches!(it, Value::Null | Value::Bool(false)))
}

/// How long a value is as JSON, in characters.
pub(super) fn length(value: &Value) -> usize {
    value.to_string().chars().count()
}

impl Messages {
    pub(super) fn add(&mut self, message: impl Into<String>) {
        self.0.push(message.into());
    }

    fn must_be(&mut self, label: &str, what: &str, value: Option<&Value>) {
        self.add(format!("{label} must be {what}, but has value {}", inspect(value)));
    }

    /// A text that isn't blank.
    pub(super) fn required_text(&mut self, label: &str, value: Option<&Value>) {
        self.optional_text(label, value);
        let blank = |it: &str| it.chars().all(char::is_whitespace);
        match value {
            None | Some(Value::Null) => self.add(format!("{label} is required")),
            Some(Value::String(it)) if blank(it) => self.add(format!("{label} is required")),
            Some(_) => {}
        }
    }

    pub(super) fn optional_text(&mut self, label: &str, value: Option<&Value>) {
        if value.is_some_and(|it| !it.is_string() && !it.is_null()) {
            self.must_be(label, "a string", value);
        }
    }

    pub(super) fn description(&mut self, label: &str, value: Option<&Value>) {
        self.required_text(label, value);
        if value
            .and_then(Value::as_str)
            .is_some_and(|it| it.chars().count() > DESCRIPTION)
        {
            self.add(format!("{label} may not have more than {DESCRIPTION} characters"));
        }
    }

    pub(super) fn required_boolean(&mut self, label: &str, value: Option<&Value>) {
        self.optional_boolean(label, value);
        if value.is_none_or(Value::is_null) {
            self.add(format!("{label} is required"));
        }
    }

    pub(super) fn optional_boolean(&mut self, label: &str, value: Option<&Value>) {
        if value.is_some_and(|it| !it.is_boolean() && !it.is_null()) {
            self.must_be(label, "a boolean", value);
        }
    }

    pub(super) fn integer(&mut self, label: &str, value: &Value) {
        if !value.is_i64() && !value.is_u64() {
            self.must_be(label, "an integer", Some(value));
        }
    }

    /// Whether it is one.
    pub(super) fn hash(&mut self, label: &str, value: &Value) -> bool {
        if !value.is_object() {
            self.must_be(label, "a hash", Some(value));
        }
        value.is_object()
    }

    /// An absent member is an empty array, `null` isn't. The texts, when it is right.
    pub(super) fn texts<'a>(&mut self, label: &str, value: Option<&'a Value>) -> Option<Vec<&'a str>> {
        let texts = match value {
            None => Some(Vec::new()),
            Some(it) => it
                .as_array()
                .and_then(|items| items.iter().map(Value::as_str).collect::<Option<Vec<_>>>()),
        };
        if texts.is_none() {
            self.must_be(label, "an array of strings", value);
        }
        texts
    }

    pub(super) fn hashes(&mut self, label: &str, value: &Value) {
        let right = value.as_array().is_some_and(|items| items.iter().all(Value::is_object));
        if !right {
            self.must_be(label, "an array of hashes", Some(value));
        }
    }
}
