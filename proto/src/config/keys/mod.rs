//! Every key that is known, in one table: where each form has it, what shape it has, and whether it
//! takes effect in this release. A later release that builds a feature flips its line here.
mod catalog;
mod chandler;
mod connections;
mod job;

/// A known key. Paths are dotted; `[]` stands for an element of a list, `*` for a name that the
/// operator chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its path in the rendered `broker.yml`; empty when that form doesn't have it.
    pub file: &'static str,
    /// Its path in the properties of the `broker` job; empty when that form doesn't have it.
    pub property: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// What comes of it.
    pub effect: Effect,
}

/// What a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A map whose members are in the table.
    Section,
    /// A map whose members are in the table, or anything else, which is handed on unread.
    Open,
    /// A map whose member names are the operator's; the members are in the table under `*`.
    Named,
    /// A list of sections.
    List,
    /// A list of texts.
    Texts,
    /// A text; an unquoted number keeps its source text.
    Text,
    /// A text that is never shown.
    Secret,
    /// A boolean of YAML 1.1.
    Bool,
    /// A whole number, from, to.
    Int(u64, u64),
    /// A map, handed on unread.
    Map,
    /// Anything.
    Any,
}

/// What comes of a key in this release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It does what it says.
    Takes,
    /// It is read, and a warning tells what is missing.
    Warns(When, &'static str),
    /// It keeps the configuration from being used: its feature isn't built yet.
    Refused(When, &'static str),
}

/// When an effect is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The value is true.
    True,
    /// There is something in it: it isn't `null`, false, an empty text, list or map, nor a map of
    /// only such.
    Filled,
}

/// The two forms of a configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The rendered `broker.yml`; it has a top-level key `broker`.
    File,
    /// The properties of the `broker` job.
    Properties,
}

/// All known keys.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    let ours = chandler::KEYS.iter();
    job::KEYS
        .iter()
        .chain(connections::KEYS)
        .chain(catalog::KEYS)
        .chain(ours)
}

impl Key {
    /// Its path in `form`, if that form has it.
    pub fn path(&self, form: Form) -> Option<&'static str> {
        let path = match form {
            Form::File => self.file,
            Form::Properties => self.property,
        };
        (!path.is_empty()).then_some(path)
    }

    /// The same path in both forms.
    const fn both(path: &'static str, shape: Shape) -> Self {
        Key::moved(path, path, shape)
    }

    /// A path in each form.
    const fn moved(file: &'static str, property: &'static str, shape: Shape) -> Self {
        Key {
            file,
            property,
            shape,
            effect: Effect::Takes,
        }
    }

    /// Only in the rendered file.
    const fn file(path: &'static str, shape: Shape) -> Self {
        Key::moved(path, "", shape)
    }

    /// Only in the properties.
    const fn property(path: &'static str, shape: Shape) -> Self {
        Key::moved("", path, shape)
    }

    const fn warns(self, when: When, text: &'static str) -> Self {
        Key {
            effect: Effect::Warns(when, text),
            ..self
        }
    }

    const fn refused(self, when: When, text: &'static str) -> Self {
        Key {
            effect: Effect::Refused(when, text),
            ..self
        }
    }
}

/// Where further offerings stand.
const OFFERINGS: &str = "chandler.offerings";

/// What an offering consists of, at the top of the file and in each of the further ones.
pub(super) const OFFERING: [&str; 3] = ["service_catalog", "service_deployment", "service_adapter"];

/// The pattern of a key of a further offering, as it is at the top.
fn offering(pattern: &str) -> Option<&str> {
    let inner = pattern.strip_prefix(OFFERINGS)?.strip_prefix("[].")?;
    let first = inner.split(['.', '[']).next()?;
    OFFERING.contains(&first).then_some(inner)
}

/// The known key at a pattern.
pub(super) fn at(form: Form, pattern: &str) -> Option<&'static Key> {
    let pattern = offering(pattern).unwrap_or(pattern);
    keys().find(|key| key.path(form) == Some(pattern))
}

/// The names of the members that the table knows below a pattern (empty: the top level).
pub(super) fn names(form: Form, pattern: &str) -> Vec<&'static str> {
    if pattern.strip_prefix(OFFERINGS) == Some("[]") {
        return OFFERING.to_vec();
    }
    let pattern = offering(pattern).unwrap_or(pattern);
    keys()
        .filter_map(|key| {
            let path = key.path(form)?;
            let rest = if pattern.is_empty() {
                path
            } else {
                path.strip_prefix(pattern)?.strip_prefix('.')?
            };
            (!rest.is_empty() && !rest.contains(['.', '['])).then_some(rest)
        })
        .collect()
}

/// Paths of the rendered file whose values the properties have in another shape.
const RESHAPED: [(&str, &str); 3] = [
    ("broker.tls.cert_file", "tls.certificate"),
    ("broker.tls.key_file", "tls.private_key"),
    ("credhub.api_url", "links.credhub.credhub.internal_url"),
];

/// A path of the rendered file (without lists) as `form` spells it.
pub(super) fn in_form(form: Form, path: &str) -> String {
    if form == Form::File {
        return path.to_owned();
    }
    let moved = keys().filter_map(|key| Some((key.path(Form::File)?, key.path(form)?)));
    let below = |file: &str| {
        path.strip_prefix(file)
            .filter(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    moved
        .chain(RESHAPED)
        .filter_map(|(file, property)| Some((file.len(), format!("{property}{}", below(file)?))))
        .max_by_key(|(length, _)| *length)
        .map_or_else(|| path.to_owned(), |(_, path)| path)
}
