//! How lists and rows are asked for: filters, `include`, `fields[…]`.

use crate::cloud_controller::refusal::Refusal;
use crate::common::request::{Request, decode};

/// What may be asked of a list, or of one row of it.
pub(super) struct Spec {
    /// Where the list is.
    pub(super) path: &'static str,
    /// Filters with several values, joined by commas.
    pub(super) arrays: &'static [&'static str],
    /// Filters with one value, and the values that are known.
    pub(super) singles: &'static [(&'static str, &'static [&'static str])],
    /// Whether rows have names, by which they can be ordered.
    pub(super) named: bool,
    /// What `include` may name.
    pub(super) include: &'static [&'static str],
    /// What `fields[…]` may name, and which members of it.
    pub(super) fields: &'static [(&'static str, &'static [&'static str])],
}

/// A query that has been checked.
#[derive(Clone, Copy)]
pub(super) struct Query<'a> {
    pub(super) spec: &'static Spec,
    pairs: &'a [(String, String)],
}

/// Filters that every list of the real one knows, and no list here.
const ELSEWHERE: [&str; 3] = ["label_selector", "created_ats", "updated_ats"];
/// What goes with the comma before it: Ruby's `\s`, which has one more than ASCII's white space elsewhere.
const BLANKS: [char; 6] = [' ', '\t', '\r', '\n', '\x0b', '\x0c'];
/// Rows of a page at most.
const MOST: usize = 5000;

impl<'a> Query<'a> {
    /// Of a list.
    ///
    /// # Errors
    /// 400 10005 with all that is wrong.
    pub(super) fn list(request: &'a Request, spec: &'static Spec) -> Result<Self, Refusal> {
        let query = Self::row(request, spec, true)?;
        let mut wrong = Vec::new();
        let number = |key| query.single(key).map(|text| text.parse::<usize>().unwrap_or(0));
        if number("page") == Some(0) {
            wrong.push("Page must be a positive integer".to_owned());
        }
        match number("per_page") {
            Some(0) => wrong.push("Per page must be a positive integer".to_owned()),
            Some(many) if many > MOST => wrong.push(format!("Per page must be between 1 and {MOST}")),
            Some(_) | None => {}
        }
        let columns = query.columns();
        if let Some(by) = query.single("order_by") {
            let by = by.strip_prefix(['-', '+']).unwrap_or(by);
            if !columns.contains(&by) {
                wrong.push(format!("Order by can only be: {}", quoted(&columns)));
            }
        }
        query.judged(wrong)
    }

    /// Of one row.
    ///
    /// # Errors
    /// 400 10005 with all that is wrong.
    pub(super) fn show(request: &'a Request, spec: &'static Spec) -> Result<Self, Refusal> {
        Self::row(request, spec, false)
    }

    fn row(request: &'a Request, spec: &'static Spec, list: bool) -> Result<Self, Refusal> {
        let query = Self {
            spec,
            pairs: &request.query,
        };
        let mut wrong = query.unknown(list);
        for (key, known) in spec.singles {
            if query.single(key).is_some_and(|it| !known.contains(&it)) {
                wrong.push(one_of(key, known));
            }
        }
        for name in query.values("include").unwrap_or_default() {
            if !spec.include.contains(&name.as_str()) {
                let known = quoted(spec.include);
                wrong.push(format!(
                    "Invalid included resource: '{name}'. Valid included resources are: {known}"
                ));
            }
        }
        wrong.extend(query.wrong_fields());
        query.judged(wrong)
    }

    fn judged(self, wrong: Vec<String>) -> Result<Self, Refusal> {
        match wrong.is_empty() {
            true => Ok(self),
            false => Err(bad_query(&wrong.join(", "))),
        }
    }

    fn unknown(&self, list: bool) -> Vec<String> {
        let mut known = match list {
            true => vec!["page", "per_page", "order_by", "guids"],
            false => Vec::new(),
        };
        if list {
            known.extend(self.spec.arrays);
            known.extend(self.spec.singles.iter().map(|(key, _)| *key));
        }
        if !self.spec.include.is_empty() {
            known.push("include");
        }
        let mut unknown: Vec<&str> = Vec::new();
        let mut wrong = Vec::new();
        for (key, _) in self.pairs {
            let plain = key.split('[').next().unwrap_or_default();
            let of_fields = plain == "fields" && !self.spec.fields.is_empty();
            if ELSEWHERE.contains(&plain) {
                wrong.push(format!("'{plain}' is not simulated"));
            } else if !known.contains(&key.as_str()) && !of_fields {
                unknown.push(key);
            }
        }
        if !unknown.is_empty() {
            let (unknown, known) = (quoted(&unknown), quoted(&known));
            wrong.push(format!(
                "Unknown query parameter(s): {unknown}. Valid parameters are: {known}"
            ));
        }
        wrong
    }

    fn wrong_fields(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let asked = self.pairs.iter().filter_map(|(key, _)| field(key));
        for what in asked {
            match self.spec.fields.iter().find(|(known, _)| *known == what) {
                None => {
                    let known: Vec<&str> = self.spec.fields.iter().map(|(known, _)| *known).collect();
                    wrong.push(format!("Fields [{what}] valid resources are: {}", quoted(&known)));
                }
                Some((_, known)) => {
                    let given = self.fields(what).unwrap_or_default();
                    if given.iter().any(|it| !known.contains(&it.as_str())) {
                        wrong.push(format!("Fields valid keys for '{what}' are: {}", quoted(known)));
                    }
                }
            }
        }
        wrong
    }

    /// What rows can be ordered by.
    fn columns(&self) -> Vec<&'static str> {
        let mut columns = vec!["created_at", "updated_at"];
        if self.spec.named {
            columns.push("name");
        }
        columns
    }

    /// The value of a key that has one, the last if it comes twice.
    pub(super) fn single(&self, key: &str) -> Option<&'a str> {
        let last = self.pairs.iter().rfind(|(known, _)| known == key);
        last.map(|(_, value)| value.as_str())
    }

    /// The values of a key that may have several: cut at commas, then decoded once more, so that a value can have a comma (`%252C`).
    pub(super) fn values(&self, key: &str) -> Option<Vec<String>> {
        let text = self.single(key)?;
        if text.is_empty() {
            return Some(Vec::new());
        }
        let cut = text.split(',').enumerate();
        let value = |(at, value): (usize, &str)| match at {
            0 => decode(value),
            _ => decode(value.trim_start_matches(BLANKS)),
        };
        Some(cut.map(value).collect())
    }

    /// Whether a filter lets this value through: it isn't there, or has it.
    pub(super) fn fits(&self, key: &str, value: &str) -> bool {
        self.values(key).is_none_or(|all| all.iter().any(|it| it == value))
    }

    /// The same when one of several values is enough.
    pub(super) fn fits_any<'b>(&self, key: &str, mut values: impl Iterator<Item = &'b str>) -> bool {
        self.values(key)
            .is_none_or(|all| values.any(|value| all.iter().any(|it| it == value)))
    }

    /// Whether `include` has it.
    pub(super) fn includes(&self, what: &str) -> bool {
        self.values("include")
            .is_some_and(|all| all.iter().any(|it| it == what))
    }

    /// The members that `fields[what]` has.
    pub(super) fn fields(&self, what: &str) -> Option<Vec<String>> {
        let asked = self.pairs.iter().rfind(|(key, _)| field(key) == Some(what))?;
        Some(asked.1.split(',').map(|it| it.trim().to_owned()).collect())
    }

    /// All of it but the page, to be sent once more.
    pub(super) fn rest(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pairs = self.pairs.iter().filter(|(key, _)| key != "page" && key != "per_page");
        pairs.map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

/// 400 10005.
pub(super) fn bad_query(what: &str) -> Refusal {
    let text = format!("The query parameter is invalid: {what}");
    Refusal::new(400, 10005, "CF-BadQueryParameter", text)
}

/// `'a', 'b'`.
fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|it| format!("'{it}'")).collect();
    words.join(", ")
}

fn one_of(key: &str, known: &[&str]) -> String {
    match known {
        ["true", "false"] => "Available only accepts values 'true' or 'false'".to_owned(),
        _ => {
            let mut name = key.to_owned();
            name[..1].make_ascii_uppercase();
            format!("{name} must be one of {}", quoted(known))
        }
    }
}

/// `space` of `fields[space]`.
fn field(key: &str) -> Option<&str> {
    key.strip_prefix("fields[")?.strip_suffix(']')
}
