//! The parts of a manifest that the simulator acts on. The text itself is kept byte for byte.

use serde_json::Value;

use super::variables::Wishes;

/// A parsed manifest beside its text.
#[derive(Debug, Clone)]
pub(super) struct Manifest {
    pub(super) text: String,
    pub(super) name: String,
    /// Name and version, which may be `latest`.
    pub(super) releases: Vec<(String, String)>,
    pub(super) stemcells: Vec<StemcellRef>,
    pub(super) groups: Vec<Group>,
    pub(super) script: Script,
    pub(super) wishes: Wishes,
}

/// A stemcell as a manifest asks for it.
#[derive(Debug, Clone)]
pub(super) struct StemcellRef {
    pub(super) alias: String,
    pub(super) name: Option<String>,
    pub(super) os: String,
    pub(super) version: String,
}

/// `properties.simulator` of the manifest: makes this one deployment slow or fail.
#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    pub(super) task_seconds: Option<f64>,
    pub(super) fail_at_stage: Option<String>,
    pub(super) message: Option<String>,
}

/// An instance group.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) instances: usize,
    pub(super) azs: Vec<String>,
    pub(super) networks: Vec<String>,
    pub(super) errand: bool,
    pub(super) disk: bool,
    pub(super) vm_type: String,
    pub(super) stemcell: String,
    pub(super) jobs: Vec<ReleaseJob>,
    pub(super) canaries: usize,
    pub(super) max_in_flight: usize,
    /// What an instance has to be updated for when it changes.
    pub(super) config: String,
}

/// A release job in a group.
#[derive(Debug, Clone)]
pub(super) struct ReleaseJob {
    pub(super) name: String,
    pub(super) release: String,
    pub(super) provides: Value,
    pub(super) consumes: Value,
}

/// Why a manifest is refused: code 440001 or 40001.
pub(super) type Refusal = (u32, String);

impl Manifest {
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let value = parse_yaml(text).map_err(|detail| {
            let text = format!(
                "Incorrect YAML structure of the uploaded manifest: #<Psych::SyntaxError: (<unknown>): {detail}>"
            );
            (440_001, text)
        })?;
        match &value {
            Value::Null => return Err((440_001, "Manifest should not be empty".to_owned())),
            Value::Object(_) => {}
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err((440_001, "Manifest should be a hash".to_owned()));
            }
        }
        let name = text_of(&value["name"]).filter(|n| !n.is_empty());
        let Some(name) = name else {
            return Err((40_001, "Deployment manifest must have a 'name' key".to_owned()));
        };
        let releases = list(&value["releases"])
            .map(|r| (field(r, "name"), text_of(&r["version"]).unwrap_or_else(latest)))
            .collect();
        let stemcells = list(&value["stemcells"])
            .map(|s| StemcellRef {
                alias: field(s, "alias"),
                name: text_of(&s["name"]),
                os: field(s, "os"),
                version: text_of(&s["version"]).unwrap_or_else(latest),
            })
            .collect();
        let groups = list(&value["instance_groups"]).map(|g| group(g, &value)).collect();
        let script = &value["properties"]["simulator"];
        let script = Script {
            task_seconds: script["task_seconds"].as_f64().filter(|s| *s >= 0.0),
            fail_at_stage: text_of(&script["fail_at_stage"]),
            message: text_of(&script["message"]),
        };
        Ok(Self {
            text: text.to_owned(),
            name,
            releases,
            stemcells,
            groups,
            script,
            wishes: Wishes::of(&value),
        })
    }

    pub(super) fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|g| g.name == name)
    }
}

fn latest() -> String {
    "latest".to_owned()
}

fn group(group: &Value, manifest: &Value) -> Group {
    let instances = usize::try_from(group["instances"].as_u64().unwrap_or(1)).unwrap_or(1);
    let update = |key: &str| match &group["update"][key] {
        Value::Null => amount(&manifest["update"][key], instances),
        own => amount(own, instances),
    };
    let mut config = group.clone();
    if let Value::Object(config) = &mut config {
        for key in ["instances", "update"] {
            config.shift_remove(key);
        }
    }
    let config = format!("{config}{}{}", manifest["releases"], manifest["stemcells"]);
    Group {
        name: field(group, "name"),
        instances,
        azs: list(&group["azs"]).filter_map(text_of).collect(),
        networks: list(&group["networks"]).map(|n| field(n, "name")).collect(),
        errand: group["lifecycle"] == "errand",
        disk: !group["persistent_disk"].is_null() || !group["persistent_disk_type"].is_null(),
        vm_type: field(group, "vm_type"),
        stemcell: field(group, "stemcell"),
        jobs: list(&group["jobs"])
            .map(|job| ReleaseJob {
                name: field(job, "name"),
                release: field(job, "release"),
                provides: job["provides"].clone(),
                consumes: job["consumes"].clone(),
            })
            .collect(),
        canaries: update("canaries").unwrap_or(1),
        max_in_flight: update("max_in_flight").unwrap_or(1).max(1),
        config,
    }
}

/// A count, or a percentage of the group (at least one).
fn amount(value: &Value, size: usize) -> Option<usize> {
    if let Some(percent) = value.as_str().and_then(|t| t.strip_suffix('%')) {
        return percent.trim().parse::<usize>().ok().map(|p| (size * p / 100).max(1));
    }
    text_of(value)?.parse().ok()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn field(value: &Value, key: &str) -> String {
    text_of(&value[key]).unwrap_or_default()
}

/// A scalar as text; names and versions may be numbers in YAML.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Parses YAML; the error has the words of the Director's parser, with our parser's line.
pub(super) fn parse_yaml(text: &str) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_saphyr::from_str::<Value>(text).map_err(|error| {
        // The Director's parser stands behind the last line when the text ends too early.
        let lines = text.lines().count() as u64;
        let (line, column) = match error.location() {
            Some(at) if at.line() < lines => (at.line(), at.column()),
            Some(_) | None => (lines + 1, 1),
        };
        format!("did not find expected node content while parsing a flow node at line {line} column {column}")
    })
}
