//! `GET /stemcells`, `GET /releases`: what the catalog has.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::bosh::answer::Answer;
use crate::bosh::routes::Call;
use crate::bosh::world::World;

pub(in crate::bosh) fn stemcells(world: &mut World, _: &Call<'_>) -> Answer {
    let known = world.catalog.iter().flat_map(|c| &c.stemcells).enumerate();
    let rows = known.map(|(at, stemcell)| {
        let of = (stemcell.name.clone(), stemcell.version.clone());
        let users: Vec<_> = world
            .deployments
            .iter()
            .filter(|(_, d)| d.stemcells.contains(&of))
            .map(|(name, _)| json!({"name": name}))
            .collect();
        let cid = uuid::Uuid::from_u128(at as u128 + 1);
        json!({
            "name": stemcell.name, "operating_system": stemcell.os, "version": stemcell.version,
            "cid": cid.to_string(), "cpi": "", "deployments": users, "api_version": null, "id": at + 1,
        })
    });
    Answer::ok(&rows.collect())
}

pub(in crate::bosh) fn releases(world: &mut World, _: &Call<'_>) -> Answer {
    let mut by_name: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for release in world.catalog.iter().flat_map(|c| &c.releases) {
        let of = (release.name.clone(), release.version.clone());
        let deployed = world.deployments.values().any(|d| d.releases.contains(&of));
        by_name.entry(&release.name).or_default().push(json!({
            "version": release.version, "commit_hash": "empty", "uncommitted_changes": true,
            "currently_deployed": deployed, "job_names": release.jobs,
        }));
    }
    let rows = by_name
        .into_iter()
        .map(|(name, v)| json!({"name": name, "release_versions": v}));
    Answer::ok(&rows.collect())
}
