//! What was uploaded to the Director: releases, stemcells, networks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What was uploaded. Without one the simulator takes every release, stemcell and network for known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Catalog {
    /// Releases, each version in its own entry.
    pub releases: Vec<Release>,
    /// Stemcells.
    pub stemcells: Vec<Stemcell>,
    /// Names of networks in the cloud config.
    pub networks: Vec<String>,
    /// Types of links by the name that the release gives them; without one the name is the type.
    pub links: BTreeMap<String, String>,
    /// Release jobs that are errands, with what they do.
    pub errands: BTreeMap<String, ErrandScript>,
}

/// A version of a release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The names of its jobs.
    #[serde(default)]
    pub jobs: Vec<String>,
}

/// A stemcell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stemcell {
    /// Its name.
    pub name: String,
    /// Its operating system, by which manifests choose it.
    pub os: String,
    /// Its version.
    pub version: String,
}

/// What an errand does on each instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrandScript {
    /// Exit code.
    #[serde(default)]
    pub exit_code: i32,
    /// Standard output.
    #[serde(default)]
    pub stdout: String,
    /// Standard error.
    #[serde(default)]
    pub stderr: String,
}
