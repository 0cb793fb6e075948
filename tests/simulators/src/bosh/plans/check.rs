//! What a Director checks in a manifest before it touches anything.

use super::Problem;
use crate::bosh::catalog::Catalog;
use crate::bosh::manifest::{Manifest, StemcellRef};
use crate::bosh::world::World;

/// Names and versions, with `latest` resolved.
pub(super) type Versions = Vec<(String, String)>;

impl World {
    /// Releases and stemcells with their versions, or the first problem in the manifest.
    pub(super) fn resolve(&self, manifest: &Manifest) -> Result<(Versions, Versions), Problem> {
        let catalog = self.catalog.as_ref();
        for group in &manifest.groups {
            for job in &group.jobs {
                if !job.release.is_empty() && !manifest.releases.iter().any(|(name, _)| *name == job.release) {
                    let text = format!(
                        "Job '{}' (instance group '{}') references an unknown release '{}'",
                        job.name, group.name, job.release
                    );
                    return Err((140_002, text));
                }
            }
        }
        let releases = manifest
            .releases
            .iter()
            .map(|(name, version)| Ok((name.clone(), release(catalog, name, version)?)))
            .collect::<Result<_, Problem>>()?;
        let stemcells = manifest
            .stemcells
            .iter()
            .map(|wanted| stemcell(catalog, wanted))
            .collect::<Result<_, Problem>>()?;
        if let Some(catalog) = catalog {
            for group in &manifest.groups {
                for network in &group.networks {
                    if !catalog.networks.contains(network) {
                        let text = format!(
                            "Instance group '{}' references an unknown network '{network}'",
                            group.name
                        );
                        return Err((150_001, text));
                    }
                }
            }
        }
        Ok((releases, stemcells))
    }
}

fn release(catalog: Option<&Catalog>, name: &str, version: &str) -> Result<String, Problem> {
    let Some(catalog) = catalog else {
        let known = if version == "latest" { "1.0.0" } else { version };
        return Ok(known.to_owned());
    };
    let mut versions = catalog.releases.iter().filter(|r| r.name == name).peekable();
    if versions.peek().is_none() {
        return Err((30_005, format!("Release '{name}' doesn't exist")));
    }
    match version {
        "latest" => Ok(versions.last().map(|r| r.version.clone()).unwrap_or_default()),
        wanted => versions
            .find(|r| r.version == wanted)
            .map(|r| r.version.clone())
            .ok_or_else(|| (30_006, format!("Release version '{name}/{wanted}' doesn't exist"))),
    }
}

fn stemcell(catalog: Option<&Catalog>, wanted: &StemcellRef) -> Result<(String, String), Problem> {
    let Some(catalog) = catalog else {
        let version = if wanted.version == "latest" {
            "1"
        } else {
            &wanted.version
        };
        let name = wanted.name.clone().unwrap_or_else(|| format!("{}-stemcell", wanted.os));
        return Ok((name, version.to_owned()));
    };
    let by_name = wanted.name.as_ref();
    let mut found = catalog
        .stemcells
        .iter()
        .filter(|s| by_name.map_or(s.os == wanted.os, |name| s.name == *name))
        .peekable();
    let kind = match by_name {
        Some(name) => format!("Stemcell '{name}'"),
        None => format!("Stemcell with Operating System '{}'", wanted.os),
    };
    if found.peek().is_none() {
        return Err((50_003, format!("{kind} doesn't exist")));
    }
    let stemcell = match wanted.version.as_str() {
        "latest" => found.last(),
        version => found.find(|s| s.version == version),
    };
    stemcell
        .map(|s| (s.name.clone(), s.version.clone()))
        .ok_or_else(|| (50_003, format!("{kind} and version '{}' doesn't exist", wanted.version)))
}
