//! Variables of a deployment: what stands in a manifest between double parentheses, and which version of a CredHub
//! credential that is.

use std::collections::BTreeSet;

use serde_json::Value;

use super::plans::Problem;
use super::world::World;
use crate::credhub::CredHubWorld;

/// What a manifest wants of a config server.
#[derive(Debug, Clone, Default)]
pub(super) struct Wishes {
    /// Names as they are written, without what stands behind a dot.
    references: BTreeSet<String>,
    /// Name and type, from the block `variables`.
    made: Vec<(String, String)>,
}

/// A variable in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    /// Of the credential's version.
    pub(super) id: String,
    /// The whole name.
    pub(super) name: String,
}

impl Wishes {
    pub(super) fn of(manifest: &Value) -> Self {
        let mut wishes = Self::default();
        collect(manifest, &mut wishes.references);
        for variable in manifest["variables"].as_array().into_iter().flatten() {
            if let (Some(name), Some(kind)) = (variable["name"].as_str(), variable["type"].as_str()) {
                wishes.made.push((name.to_owned(), kind.to_owned()));
            }
        }
        wishes
    }
}

/// The names in all texts of a document, keys too.
fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => found.extend(references(text)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => {
            for (key, value) in members {
                found.extend(references(key));
                collect(value, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn references(text: &str) -> impl Iterator<Item = String> {
    let within = text
        .split("((")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("))")?.0));
    within.filter_map(|inside| {
        let fits = |c: char| c.is_alphanumeric() || "-_./".contains(c);
        let name = inside.split('.').next().filter(|name| !name.is_empty())?;
        inside.chars().all(fits).then(|| name.to_owned())
    })
}

impl World {
    /// The variables of a deploy that begins now: those of the block are made where they don't exist, and then each is
    /// the newest version. Without a CredHub every name is taken for known and keeps its id.
    pub(super) fn variables(&self, deployment: &str, wishes: &Wishes) -> Result<Vec<Variable>, Problem> {
        let whole = |name: &String| match name.starts_with('/') {
            true => name.clone(),
            false => format!("/{}/{deployment}/{name}", self.options.name),
        };
        let made = wishes.made.iter().map(|(name, kind)| (whole(name), kind));
        if let Some(credhub) = &self.options.credhub {
            made.clone().for_each(|(name, kind)| credhub.make(&name, kind));
        }
        let names = made.map(|(name, _)| name).chain(wishes.references.iter().map(whole));
        let names: BTreeSet<_> = names.collect();
        let found = names.into_iter().map(|name| match &self.options.credhub {
            Some(credhub) => newest(credhub, name),
            None => Ok(self.made_up(deployment, name)),
        });
        let (found, missing): (Vec<_>, Vec<_>) = found.partition(Result::is_ok);
        match missing.is_empty() {
            true => Ok(found.into_iter().flatten().collect()),
            false => {
                let lines: Vec<_> = missing.into_iter().filter_map(Result::err).collect();
                Err((100, lines.join("\n")))
            }
        }
    }

    fn made_up(&self, deployment: &str, name: String) -> Variable {
        let known = self.deployments.get(deployment).into_iter().flat_map(|d| &d.variables);
        let known = known.into_iter().find(|variable| variable.name == name);
        let id = known.map_or_else(|| uuid::Uuid::new_v4().to_string(), |variable| variable.id.clone());
        Variable { id, name }
    }
}

fn newest(credhub: &CredHubWorld, name: String) -> Result<Variable, String> {
    match credhub.newest_id(&name) {
        Some(id) => Ok(Variable { id, name }),
        None => Err(format!(
            "- Failed to find variable '{name}' from config server: HTTP Code '404', Error: 'The request could not be completed because the credential does not exist or you do not have sufficient authorization.'"
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Wishes;

    #[test]
    fn names_stand_between_double_parentheses() {
        let manifest = json!({
            "a": "((one)) and ((/two/three.ca))", "((key))": [1, true, null, ["((one.x.y))"]],
            "b": "((not one)) (()) ((open", "variables": [{"name": "made", "type": "password"}, {"name": "untyped"}],
        });
        let wishes = Wishes::of(&manifest);
        assert_eq!(
            wishes.references.iter().collect::<Vec<_>>(),
            ["/two/three", "key", "one"]
        );
        assert_eq!(wishes.made, [("made".to_owned(), "password".to_owned())]);
    }
}
