//! How bodies are read: all that is wrong is said at once.

use serde_json::{Map, Value};

use crate::cloud_controller::model::Metadata;
use crate::cloud_controller::refusal::Refusal;
use crate::common::request::Request;

/// The members of a body, and what is wrong with them so far.
pub(super) struct Body {
    members: Map<String, Value>,
    wrong: Vec<String>,
}

impl Body {
    /// A JSON object; no body is an empty one.
    ///
    /// # Errors
    /// 400 1001 when it is none.
    pub(super) fn read(request: &Request, known: &[&str]) -> Result<Self, Refusal> {
        let members: Map<String, Value> = match request.body.is_empty() {
            true => Map::new(),
            false => serde_json::from_slice(&request.body).map_err(|_| unreadable())?,
        };
        let unknown: Vec<&str> = members
            .keys()
            .map(String::as_str)
            .filter(|it| !known.contains(it))
            .collect();
        let wrong = match unknown.is_empty() {
            true => Vec::new(),
            false => vec![format!("Unknown field(s): '{}'", unknown.join("', '"))],
        };
        Ok(Self { members, wrong })
    }

    /// Notes something that is wrong.
    pub(super) fn wrong(&mut self, what: impl Into<String>) {
        self.wrong.push(what.into());
    }

    /// Whether it is there, as null too.
    pub(super) fn has(&self, key: &str) -> bool {
        self.members.contains_key(key)
    }

    /// Whether it is all there is.
    pub(super) fn is_just(&self, key: &str) -> bool {
        self.members.len() == 1 && self.has(key)
    }

    /// A member; null is as good as none.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.members.get(key).filter(|it| !it.is_null())
    }

    /// A text that isn't empty.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        match self.get(key)?.as_str() {
            Some("") => {
                self.wrong.push(format!("{} must not be empty string", capital(key)));
                None
            }
            Some(text) => Some(text.to_owned()),
            None => {
                self.wrong.push(format!("{} must be a string", capital(key)));
                None
            }
        }
    }

    /// The same, which has to be there.
    pub(super) fn needed_text(&mut self, key: &str) -> String {
        if self.get(key).is_none() {
            self.wrong.push(format!("{} must be a string", capital(key)));
        }
        self.text(key).unwrap_or_default()
    }

    /// One of some words.
    pub(super) fn word(&mut self, key: &str, known: &[&str]) -> String {
        match self.get(key).and_then(Value::as_str).filter(|it| known.contains(it)) {
            Some(word) => word.to_owned(),
            None => {
                let known = known.join("', '");
                self.wrong.push(format!("{} must be one of '{known}'", capital(key)));
                String::new()
            }
        }
    }

    /// An object.
    pub(super) fn object(&mut self, key: &str) -> Option<Map<String, Value>> {
        let value = self.get(key)?;
        let object = value.as_object().cloned();
        if object.is_none() {
            self.wrong.push(format!("{} must be a hash", capital(key)));
        }
        object
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, key: &str) -> Option<Vec<String>> {
        let value = self.get(key)?;
        let texts = serde_json::from_value(value.clone()).ok();
        if texts.is_none() {
            self.wrong.push(format!("{} must be a list of strings", capital(key)));
        }
        texts
    }

    /// The guid of `relationships.<key>.data.guid`.
    pub(super) fn related(&mut self, key: &str) -> Option<String> {
        let data = &self.get("relationships")?.get(key)?["data"];
        let guid = data["guid"].as_str().map(str::to_owned);
        if guid.is_none() {
            let shape = format!("\"{key}: {{\"data\": {{\"guid\": \"valid-guid\"}}}}\"");
            self.wrong.push(format!(
                "Relationships {} must be structured like this: {shape}",
                capital(key)
            ));
        }
        guid
    }

    /// The same, which has to be there.
    pub(super) fn needed_related(&mut self, key: &str) -> String {
        if self.get("relationships").is_none_or(|all| all.get(key).is_none()) {
            self.wrong
                .push(format!("Relationships {} can't be blank", capital(key)));
        }
        self.related(key).unwrap_or_default()
    }

    /// Labels and annotations over those that are there; null takes one away.
    pub(super) fn metadata(&mut self, over: &mut Metadata) {
        let Some(given) = self.object("metadata") else { return };
        for (name, value) in given {
            let target = match name.as_str() {
                "labels" => &mut over.labels,
                "annotations" => &mut over.annotations,
                _ => {
                    self.wrong.push(format!("Metadata has unexpected field(s): '{name}'"));
                    continue;
                }
            };
            let Some(members) = value.as_object() else {
                self.wrong.push(format!("Metadata '{name}' is not an object"));
                continue;
            };
            for (key, value) in members {
                match value.is_null() {
                    true => target.remove(key),
                    false => target.insert(key.clone(), value.clone()),
                };
            }
        }
    }

    /// Ends it.
    ///
    /// # Errors
    /// 422 with all that is wrong.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        match self.wrong.is_empty() {
            true => Ok(()),
            false => Err(Refusal::unprocessable(self.wrong.join(", "))),
        }
    }
}

/// 400 1001.
fn unreadable() -> Refusal {
    let text = "Request invalid due to parse error: invalid request body";
    Refusal::new(400, 1001, "CF-MessageParseError", text)
}

/// `Service plan` of `service_plan`.
fn capital(key: &str) -> String {
    let mut name = key.replace('_', " ");
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}
