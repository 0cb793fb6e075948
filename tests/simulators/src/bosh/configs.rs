//! Stored configs: versions by type and name.

use serde_json::{Value, json};

use crate::common::clock::utc;

/// A version of a config.
#[derive(Debug, Clone)]
pub(super) struct Config {
    pub(super) id: u64,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) content: String,
    /// Whose it is, if it is a team's.
    pub(super) team: Option<String>,
    created: f64,
}

/// All configs that weren't deleted, oldest first.
#[derive(Debug)]
pub(super) struct Configs {
    rows: Vec<Config>,
    next: u64,
}

impl Configs {
    /// A Director that can deploy has a cloud config.
    pub(super) fn new(now: f64) -> Self {
        let mut configs = Self {
            rows: Vec::new(),
            next: 1,
        };
        let content = "azs: [{name: z1}, {name: z2}, {name: z3}]\nnetworks: [{name: default}]\n";
        configs.add("cloud", "default", content.to_owned(), None, now);
        configs
    }

    pub(super) fn latest(&self, kind: &str, name: &str) -> Option<&Config> {
        self.rows.iter().rev().find(|c| c.kind == kind && c.name == name)
    }

    pub(super) fn get(&self, id: u64) -> Option<&Config> {
        self.rows.iter().find(|c| c.id == id)
    }

    /// Adds a version unless the latest has the same content; the answer is the row that has it.
    pub(super) fn add(&mut self, kind: &str, name: &str, content: String, team: Option<String>, now: f64) -> Value {
        if let Some(latest) = self.latest(kind, name)
            && latest.content == content
        {
            return self.shown(latest);
        }
        let config = Config {
            id: self.next,
            kind: kind.to_owned(),
            name: name.to_owned(),
            content,
            team,
            created: now,
        };
        self.next += 1;
        self.rows.push(config.clone());
        self.shown(&config)
    }

    /// Every version that fits.
    pub(super) fn all(&self, fits: impl Fn(&Config) -> bool) -> impl Iterator<Item = &Config> {
        self.rows.iter().filter(move |c| fits(c))
    }

    /// Removes what fits; true when there was something.
    pub(super) fn remove(&mut self, fits: impl Fn(&Config) -> bool) -> bool {
        let before = self.rows.len();
        self.rows.retain(|c| !fits(c));
        self.rows.len() < before
    }

    /// At most `limit` versions of each that fits: by type, `default` first, by name, newest first.
    pub(super) fn list(&self, limit: usize, fits: impl Fn(&Config) -> bool) -> Value {
        let newer = |row: &Config| {
            let same = self.rows.iter().filter(|c| c.kind == row.kind && c.name == row.name);
            same.filter(|c| c.id > row.id).count()
        };
        let mut rows: Vec<_> = self.rows.iter().filter(|c| fits(c) && newer(c) < limit).collect();
        rows.sort_by_key(|c| {
            (
                c.kind.clone(),
                c.name != "default",
                c.name.clone(),
                std::cmp::Reverse(c.id),
            )
        });
        rows.into_iter().map(|c| self.shown(c)).collect()
    }

    pub(super) fn shown(&self, config: &Config) -> Value {
        let current = self
            .latest(&config.kind, &config.name)
            .is_some_and(|c| c.id == config.id);
        json!({
            "content": config.content, "id": config.id.to_string(), "type": config.kind,
            "name": config.name, "team": config.team, "created_at": utc(config.created), "current": current,
        })
    }
}

/// Runtime configs are stored as the Director writes them anew, with the versions of releases as strings.
pub(super) fn redump(mut content: Value) -> String {
    for release in content["releases"].as_array_mut().into_iter().flatten() {
        if let Value::Number(version) = &release["version"] {
            release["version"] = version.to_string().into();
        }
    }
    let mut out = "---\n".to_owned();
    dump(&content, 0, &mut out);
    out
}

/// Block YAML as Ruby writes it: lists in a hash are not indented.
fn dump(value: &Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(map) => {
            for (at, (key, value)) in map.iter().enumerate() {
                if at > 0 {
                    out.push_str(&pad);
                }
                let key = scalar(&Value::String(key.clone()));
                match value {
                    Value::Object(inner) if !inner.is_empty() => {
                        out.push_str(&format!("{key}:\n{pad}  "));
                        dump(value, indent + 2, out);
                    }
                    Value::Array(inner) if !inner.is_empty() => {
                        out.push_str(&format!("{key}:\n{pad}"));
                        dump(value, indent, out);
                    }
                    _ => out.push_str(format!("{key}: {}", scalar(value)).trim_end()),
                }
                if !out.ends_with('\n') {
                    out.push('\n');
                }
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { &pad } else { "" });
                out.push_str("- ");
                dump(item, indent + 2, out);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&scalar(value));
            out.push('\n');
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
        Value::String(text) => {
            let plain = serde_saphyr::from_str::<Value>(text).is_ok_and(|v| v == *value);
            match plain && !text.contains(['\n', '#', ':']) {
                true => text.clone(),
                false if text.contains('\n') => value.to_string(),
                false => format!("'{}'", text.replace('\'', "''")),
            }
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::redump;

    #[test]
    fn runtime_configs_are_written_anew() {
        let content = json!({
            "releases": [{"name": "r", "version": 1.5}, {"name": "s", "version": "1.0.0"}],
            "addons": [], "tags": {"a": "b", "c": {"d": [1, "2"]}},
        });
        let expected = "---\nreleases:\n- name: r\n  version: '1.5'\n- name: s\n  version: 1.0.0\naddons: []\ntags:\n  a: b\n  c:\n    d:\n    - 1\n    - '2'\n";
        assert_eq!(redump(content), expected);
    }
}
