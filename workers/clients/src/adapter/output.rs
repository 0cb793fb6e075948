//! What `generate-manifest` says, read and checked. No check quotes stdout.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

/// A generated deployment. `Debug` shows none of it: manifests may hold secrets.
#[derive(Clone, PartialEq, Deserialize)]
pub struct Generated {
    /// The manifest, YAML, as the adapter wrote it.
    #[serde(default)]
    pub manifest: String,
    /// Values for the references `((odb_secret:name))` in the manifest, by name.
    #[serde(default)]
    pub secrets: Option<Map<String, Value>>,
    /// BOSH configs by type.
    #[serde(default)]
    pub configs: Option<Map<String, Value>>,
    /// Labels for the instance.
    #[serde(default)]
    pub labels: Option<Map<String, Value>>,
}

impl fmt::Debug for Generated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generated").finish_non_exhaustive()
    }
}

/// What is wrong with an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    /// Stdout isn't the JSON object that is expected; where.
    NotJson(String),
    /// A config's content isn't a text; its type.
    ConfigIsNoText(String),
    /// The manifest isn't YAML, or no manifest at all; where.
    NotYaml(String),
    /// The manifest is of another deployment.
    OtherName(String),
    /// A release or stemcell has no exact version.
    LatestVersion(String),
}

#[derive(Deserialize)]
struct Manifest {
    name: Option<String>,
    releases: Option<Vec<Versioned>>,
    stemcells: Option<Vec<Versioned>>,
}

#[derive(Deserialize)]
struct Versioned {
    version: Option<String>,
}

impl Generated {
    /// Reads stdout: the JSON object, or with `use_stdin: false` the manifest alone.
    pub(super) fn read(stdout: &[u8], use_stdin: bool, deployment: &str) -> Result<Self, Wrong> {
        let generated = if use_stdin {
            serde_json::from_slice::<Self>(stdout)
                .map_err(|e| Wrong::NotJson(format!("line {}, column {}", e.line(), e.column())))?
        } else {
            let manifest = String::from_utf8(stdout.to_vec()).map_err(|_| Wrong::NotYaml("not UTF-8".to_owned()))?;
            Self {
                manifest,
                secrets: None,
                configs: None,
                labels: None,
            }
        };
        let odd = generated
            .configs
            .iter()
            .flatten()
            .find(|(_, content)| !content.is_string());
        if let Some((kind, _)) = odd {
            return Err(Wrong::ConfigIsNoText(kind.clone()));
        }
        check(&generated.manifest, deployment)?;
        Ok(generated)
    }
}

fn check(manifest: &str, deployment: &str) -> Result<(), Wrong> {
    // The Director's reader takes the last of equal keys and knows no limit of aliases.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { enforce_alias_anchor_ratio: false },
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins,
    };
    let manifest: Option<Manifest> = serde_saphyr::from_str_with_options(manifest, options).map_err(|e| {
        let place = e
            .location()
            .map(|at| format!("line {}, column {}", at.line(), at.column()));
        Wrong::NotYaml(place.unwrap_or_else(|| "of an unexpected shape".to_owned()))
    })?;
    let manifest = manifest.unwrap_or(Manifest {
        name: None,
        releases: None,
        stemcells: None,
    });
    let name = manifest.name.unwrap_or_default();
    if name != deployment {
        return Err(Wrong::OtherName(name));
    }
    let all = manifest.releases.into_iter().chain(manifest.stemcells).flatten();
    let latest = all
        .filter_map(|it| it.version)
        .find(|version| version.ends_with("latest"));
    latest.map_or(Ok(()), |version| Err(Wrong::LatestVersion(version)))
}

impl Wrong {
    /// ODB's words for it, without stdout.
    pub(super) fn text(&self, path: &str, deployment: &str) -> String {
        match self {
            Self::NotJson(place) => format!(
                "an error occurred running external service adapter at {path}: 'stdout is not the expected JSON, {place}'."
            ),
            Self::ConfigIsNoText(kind) => format!(
                "an error occurred running external service adapter at {path}: 'the config {kind} is not a text'."
            ),
            Self::NotYaml(place) => {
                format!("external service adapter generated manifest that is not valid YAML at {path} ({place}).")
            }
            Self::OtherName(name) => format!(
                "external service adapter generated manifest with an incorrect deployment name at {path}. expected name: '{deployment}', returned name: '{name}',"
            ),
            Self::LatestVersion(version) => format!(
                "external service adapter generated manifest with an incorrect version at {path}. expected exact version but returned version: '{version}',"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(manifest: &str) -> Result<Generated, Wrong> {
        Generated::read(manifest.as_bytes(), false, "d")
    }

    #[test]
    fn takes_what_directors_take() {
        let good = [
            "name: d",
            "---\nname: d\nreleases:\n- {name: r, version: 1.10}\nstemcells:\n- {os: o, version: 1}\nextra: [1, {a: b}]\n",
            "name: x\nname: d\n",
            "name: d\nreleases: null\nazs: &a [z1]\ngroups: [{azs: *a}]\n",
            "name: d\nproperties: {on: yes, <<: {x: 1}}\nreleases: [{name: r}]",
        ];
        for manifest in good {
            assert_eq!(
                read(manifest).map(|it| it.manifest),
                Ok(manifest.to_owned()),
                "{manifest}"
            );
        }
    }

    #[test]
    fn refuses_what_odb_refuses() {
        assert_eq!(read("name: e").unwrap_err(), Wrong::OtherName("e".into()));
        assert_eq!(read("{}").unwrap_err(), Wrong::OtherName(String::new()));
        assert_eq!(read("").unwrap_err(), Wrong::OtherName(String::new()));
        for version in ["latest", "3112.latest"] {
            for kind in ["releases", "stemcells"] {
                let manifest = format!("name: d\n{kind}: [{{version: 1}}, {{version: {version}}}]");
                assert_eq!(read(&manifest).unwrap_err(), Wrong::LatestVersion(version.into()));
            }
        }
        for manifest in ["a: [1,\n b: {", "just a text", "- a", "name: d\nreleases: text"] {
            assert!(matches!(read(manifest), Err(Wrong::NotYaml(_))), "{manifest}");
        }
    }

    #[test]
    fn reads_the_json_form() {
        let stdout = r#"{"manifest":"name: d","secrets":{"s":"v"},"configs":{"cloud":"x"},"labels":{"l":1}}"#;
        let generated = Generated::read(stdout.as_bytes(), true, "d").unwrap();
        assert_eq!(generated.secrets.unwrap()["s"], "v");
        assert_eq!(generated.configs.unwrap()["cloud"], "x");
        assert_eq!(generated.labels.unwrap()["l"], 1);
        let bare = Generated::read(br#"{"manifest":"name: d","secrets":null}"#, true, "d").unwrap();
        assert_eq!(bare.secrets, None);

        let cases: [&[u8]; 4] = [
            b"name: d",
            b"",
            b"{\"manifest\":\"name: d\"} trailing",
            b"{\"manifest\":5}",
        ];
        for stdout in cases {
            assert!(matches!(Generated::read(stdout, true, "d"), Err(Wrong::NotJson(_))));
        }
        let odd = br#"{"manifest":"name: d","configs":{"cloud":{}}}"#;
        assert_eq!(
            Generated::read(odd, true, "d").unwrap_err(),
            Wrong::ConfigIsNoText("cloud".into())
        );
    }

    #[test]
    fn no_text_quotes_stdout() {
        let wrong = Generated::read(b"top-secret: [", true, "d").unwrap_err();
        assert!(!wrong.text("/a", "d").contains("top-secret"));
        let wrong = Generated::read(b"top-secret: [", false, "d").unwrap_err();
        assert!(!wrong.text("/a", "d").contains("top-secret"));
    }
}
