//! The sections `service_adapter` and `service_deployment`.
use super::finding::{Collector, Finding, Findings};
use super::tree::Node;
use serde::Serialize;
use serde_json::{Value as Json, json};

/// Where ODB's release puts the adapter.
const ADAPTER: &str = "/var/vcap/packages/odb-service-adapter/bin/service-adapter";

/// ODB's text for versions that move.
const EXACT: &str = "You must configure the exact release and stemcell versions in broker.service_deployment. ODB requires exact versions to detect pending changes as part of the 'cf update-service' workflow. For example, latest and 3112.latest are not supported.";

/// The section `service_adapter`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAdapter {
    /// The service author's executable.
    pub path: String,
    /// The key of the configuration that names it.
    pub key: String,
}

/// What a look at the adapter's file tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileLook {
    /// A file with this mode (permission bits).
    File(u32),
    /// A directory.
    Directory,
    /// It could not be looked at; the system's text.
    Error(String),
}

/// The section `service_deployment`: what the adapter is told to deploy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceDeployment {
    /// The releases, with exact versions.
    pub releases: Vec<Release>,
    /// The stemcells, with exact versions.
    pub stemcells: Vec<Stemcell>,
}

/// A BOSH release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// Its version, as written.
    pub version: String,
    /// Its release jobs that the adapter may use.
    pub jobs: Vec<String>,
}

/// A stemcell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stemcell {
    /// Its name, where os and version don't tell enough.
    #[serde(rename = "stemcell_name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its operating system.
    #[serde(rename = "stemcell_os")]
    pub os: String,
    /// Its version, as written.
    #[serde(rename = "stemcell_version")]
    pub version: String,
}

impl ServiceAdapter {
    /// Checks that the adapter is an executable file; `look` is the one thing that touches the
    /// file system (following links).
    ///
    /// # Errors
    /// One finding with ODB's text.
    pub fn check(&self, look: impl FnOnce(&str) -> FileLook) -> Result<(), Findings> {
        let path = &self.path;
        let wrong = match look(path) {
            FileLook::File(mode) if mode & 0o500 == 0o500 => return Ok(()),
            FileLook::File(_) => format!("'{path}' is not executable"),
            FileLook::Directory => format!("'{path}' is a directory"),
            FileLook::Error(error) => error,
        };
        let message = format!("checking for executable service adapter file: {wrong}");
        Err(Findings(vec![Finding {
            path: self.key.clone(),
            message,
        }]))
    }
}

impl ServiceDeployment {
    /// The value `service_deployment` of an adapter call.
    pub fn adapter_json(&self, deployment_name: &str) -> Json {
        json!({ "deployment_name": deployment_name, "releases": self.releases, "stemcells": self.stemcells })
    }
}

pub(super) fn adapter(around: &Node) -> ServiceAdapter {
    let node = around.section("service_adapter");
    ServiceAdapter {
        path: node.text("path").unwrap_or_else(|| ADAPTER.to_owned()),
        key: node.path_of("path"),
    }
}

pub(super) fn deployment(around: &Node, collector: &mut Collector) -> ServiceDeployment {
    let node = around.section("service_deployment");
    let releases = node.sections("releases");
    let stemcells = node.sections("stemcells");
    if node.get("releases").is_none() {
        collector.error(
            node.path_of("releases"),
            "Invalid service_deployment config - must specify releases",
        );
    } else if releases.is_empty() {
        let text = "Invalid service_deployment config - must specify at least one release";
        collector.error(node.path_of("releases"), text);
    }
    if stemcells.is_empty() {
        let text = "Invalid service_deployment config - at least one stemcell must be specified";
        collector.error(node.path_of("stemcells"), text);
    }
    ServiceDeployment {
        releases: releases.into_iter().map(|node| release(node, collector)).collect(),
        stemcells: stemcells.into_iter().map(|node| stemcell(node, collector)).collect(),
    }
}

fn release(node: &Node, collector: &mut Collector) -> Release {
    let mut wants = |name: &str| {
        node.text(name).unwrap_or_else(|| {
            missing(node, name, "releases", collector);
            String::new()
        })
    };
    let (name, version) = (wants("name"), wants("version"));
    let jobs = node.texts("jobs");
    if jobs.is_empty() {
        missing(node, "jobs", "releases", collector);
    }
    exact(node, &version, collector);
    Release { name, version, jobs }
}

fn stemcell(node: &Node, collector: &mut Collector) -> Stemcell {
    let mut wants = |name: &str| {
        node.text(name).unwrap_or_else(|| {
            missing(node, name, "stemcell", collector);
            String::new()
        })
    };
    let (os, version) = (wants("os"), wants("version"));
    exact(node, &version, collector);
    Stemcell {
        name: node.text("name"),
        os,
        version,
    }
}

fn missing(node: &Node, name: &str, what: &str, collector: &mut Collector) {
    let text = match what {
        "releases" => format!("Invalid service_deployment.releases config - must specify {name}"),
        _ => format!("Invalid service_deployment stemcell config - must specify {name}"),
    };
    collector.error(node.path_of(name), text);
}

fn exact(node: &Node, version: &str, collector: &mut Collector) {
    if version.ends_with("latest") {
        collector.error(node.path_of("version"), EXACT);
    }
}
