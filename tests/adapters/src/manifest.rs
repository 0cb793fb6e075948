//! The manifest of an instance, a function of what the broker says and what was deployed; only new secrets are random.

use serde_json::{Map, Value, json};

use crate::parameters::{Parameters, Wish};
use crate::protocol::Failure;
use crate::secure::Secure;
use crate::service::{InstanceGroup, Plan, Release, ServiceDeployment};
use crate::uaa_client::{self, UaaClient};

/// The property of the top level that holds what the simulated Director is told about this deployment.
const SIMULATOR: &str = "simulator";
/// The property of the top level that holds what the user chose of it.
const CHOSEN: &str = "chosen";
/// The property of every job that holds the password.
pub(crate) const PASSWORD: &str = "password";
/// The property of every job of a secure manifest that holds certificate and key.
pub(crate) const TLS: &str = "tls";
/// The plan's property that makes its manifests secure.
const SECURE: &str = "secure";
/// The link that the first job of a group provides, for addresses by BOSH DNS.
const LINK: &str = "kv";

/// A manifest with the secrets that it refers to, by name.
pub(crate) struct Built {
    pub(crate) manifest: Value,
    pub(crate) secrets: Map<String, Value>,
}

/// Builds it. Wishes that are left out are taken from the `previous` manifest, so that without
/// parameters the same inputs give the same manifest: the check for pending changes relies on it.
pub(crate) fn build(
    deployment: &ServiceDeployment,
    plan: &Plan,
    parameters: &Parameters,
    client: Option<&UaaClient>,
    previous: Option<&Value>,
) -> Result<Built, Failure> {
    let mut properties_of_jobs = Map::new();
    let mut secrets = Map::new();
    let is_secure = plan.properties.get(SECURE) == Some(&Value::Bool(true));
    if is_secure {
        let secure = Secure::of(&parameters.password, previous)?;
        properties_of_jobs.insert(PASSWORD.to_owned(), secure.password);
        properties_of_jobs.insert(TLS.to_owned(), secure.tls);
        secrets = secure.secrets;
    } else if let Some(password) = keep(&parameters.password, || job_property(previous?, PASSWORD)) {
        properties_of_jobs.insert(PASSWORD.to_owned(), password);
    }
    let mut properties = properties(plan, parameters, previous);
    if let Some(client) = client {
        let secrets = is_secure.then_some(&mut secrets);
        properties[uaa_client::PROPERTY] = client.property(deployment, plan, previous, secrets)?;
    }
    let releases: Vec<Value> = deployment
        .releases
        .iter()
        .map(|release| json!({"name": release.name, "version": release.version}))
        .collect();
    let stemcells: Vec<Value> = deployment
        .stemcells
        .iter()
        .map(|stemcell| {
            let mut entry = Map::new();
            entry.insert("alias".into(), stemcell.stemcell_os.as_str().into());
            // A stemcell has a name or an operating system, never both.
            match &stemcell.stemcell_name {
                Some(name) => entry.insert("name".into(), name.as_str().into()),
                None => entry.insert("os".into(), stemcell.stemcell_os.as_str().into()),
            };
            entry.insert("version".into(), stemcell.stemcell_version.as_str().into());
            Value::Object(entry)
        })
        .collect();
    let groups: Vec<Value> = plan
        .instance_groups
        .iter()
        .map(|group| instance_group(group, deployment, plan, &properties_of_jobs))
        .collect();
    let manifest = json!({
        "name": deployment.deployment_name,
        "releases": releases,
        "stemcells": stemcells,
        "update": update(plan),
        "instance_groups": groups,
        "properties": properties,
    });
    Ok(Built { manifest, secrets })
}

/// The plan's properties; for the simulated Director `simulator`, the plan's and over it what the
/// user chose; and the latter alone as `chosen`, so that later it can be told from the plan's.
fn properties(plan: &Plan, parameters: &Parameters, previous: Option<&Value>) -> Value {
    let before = previous.map(|previous| &previous["properties"][CHOSEN]);
    let wishes = [
        ("task_seconds", &parameters.task_seconds),
        ("fail_at_stage", &parameters.fail_at_stage),
    ];
    let chosen: Map<String, Value> = wishes
        .into_iter()
        .filter_map(|(name, wish)| {
            let value = keep(wish, || before?.get(name).cloned())?;
            Some((name.to_owned(), value))
        })
        .collect();
    let mut properties = plan.properties.clone();
    if !chosen.is_empty() {
        let mut simulator = match properties.shift_remove(SIMULATOR) {
            Some(Value::Object(of_plan)) => of_plan,
            Some(_) | None => Map::new(),
        };
        simulator.extend(chosen.clone());
        properties.insert(SIMULATOR.into(), simulator.into());
        properties.insert(CHOSEN.into(), chosen.into());
    }
    properties.into()
}

fn keep(wish: &Wish, before: impl FnOnce() -> Option<Value>) -> Option<Value> {
    match wish {
        None => before(),
        Some(Value::Null) => None,
        Some(value) => Some(value.clone()),
    }
}

/// A property of the first job that has it.
pub(crate) fn job_property(manifest: &Value, name: &str) -> Option<Value> {
    let groups = manifest["instance_groups"].as_array()?;
    let mut jobs = groups.iter().filter_map(|group| group["jobs"].as_array()).flatten();
    jobs.find_map(|job| job["properties"].get(name).cloned())
}

fn update(plan: &Plan) -> Value {
    plan.update.clone().map_or_else(
        || {
            json!({
                "canaries": 1,
                "max_in_flight": 1,
                "canary_watch_time": "30000-240000",
                "update_watch_time": "30000-240000",
            })
        },
        Value::Object,
    )
}

fn instance_group(
    group: &InstanceGroup,
    deployment: &ServiceDeployment,
    plan: &Plan,
    properties: &Map<String, Value>,
) -> Value {
    let networks: Vec<Value> = group.networks.iter().map(|name| json!({"name": name})).collect();
    let mut entry = Map::new();
    let mut put = |name: &str, value: Value| entry.insert(name.to_owned(), value);
    put("name", group.name.as_str().into());
    put("instances", group.instances.into());
    put("azs", group.azs.as_slice().into());
    put("jobs", jobs(group, deployment, plan, properties).into());
    put("vm_type", group.vm_type.as_str().into());
    // The first one is the default; the check of the input made sure that there is one.
    put(
        "stemcell",
        deployment
            .stemcells
            .first()
            .map_or(Value::Null, |first| first.stemcell_os.as_str().into()),
    );
    if !group.vm_extensions.is_empty() {
        put("vm_extensions", group.vm_extensions.as_slice().into());
    }
    if let Some(disk) = &group.persistent_disk_type {
        put("persistent_disk_type", disk.as_str().into());
    }
    put("networks", networks.into());
    if let Some(lifecycle) = &group.lifecycle {
        put("lifecycle", lifecycle.as_str().into());
    }
    if !group.migrated_from.is_empty() {
        put("migrated_from", group.migrated_from.as_slice().into());
    }
    entry.into()
}

/// A group that is named like a job runs that job alone (an errand of its own, mostly); every
/// other group runs all jobs that have no such group. A job of a release is in all of them; an errand that no release
/// lists is one of the first release's, and only where the plan has it run.
///
/// The first job of a group that is no errand provides a shared link: who may link to it gets its address by BOSH DNS.
fn jobs(
    group: &InstanceGroup,
    deployment: &ServiceDeployment,
    plan: &Plan,
    properties: &Map<String, Value>,
) -> Vec<Value> {
    let all = all_jobs(deployment, plan);
    let own = all.iter().any(|job| job.name == group.name);
    let has_group = |job: &str| plan.instance_groups.iter().any(|group| group.name == job);
    let is_here = |job: &&Job<'_>| match own {
        true => job.name == group.name,
        false => !has_group(job.name) && (job.listed || plan.lifecycle_errands.runs_in(job.name, &group.name)),
    };
    let is_errand = group.lifecycle.as_deref() == Some("errand");
    all.iter()
        .filter(is_here)
        .enumerate()
        .map(|(at, job)| {
            let mut entry = json!({"name": job.name, "release": job.release, "properties": properties});
            if at == 0 && !is_errand {
                entry["provides"] = json!({LINK: {"as": LINK, "shared": true}});
            }
            entry
        })
        .collect()
}

/// A release job that the deployment may have.
struct Job<'a> {
    name: &'a str,
    release: &'a str,
    /// The broker's configuration lists it under its release.
    listed: bool,
}

fn all_jobs<'a>(deployment: &'a ServiceDeployment, plan: &'a Plan) -> Vec<Job<'a>> {
    let of = |release: &'a Release| {
        release.jobs.iter().map(|name| Job {
            name,
            release: &release.name,
            listed: true,
        })
    };
    let mut all: Vec<_> = deployment.releases.iter().flat_map(of).collect();
    for errand in plan.lifecycle_errands.all() {
        let Some(first) = deployment.releases.first() else {
            break;
        };
        if !all.iter().any(|job| job.name == errand.name) {
            all.push(Job {
                name: &errand.name,
                release: &first.name,
                listed: false,
            });
        }
    }
    all
}
