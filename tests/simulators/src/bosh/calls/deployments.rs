//! `/deployments`: list, show, deploy, delete, change the state of instances.

use http::StatusCode;
use serde_json::{Value, json};

use crate::bosh::access::Power;
use crate::bosh::answer::Answer;
use crate::bosh::deployment::{Change, Deploy, Deployment, Job};
use crate::bosh::manifest::Manifest;
use crate::bosh::routes::Call;
use crate::bosh::world::World;

pub(in crate::bosh) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let versions = |all: &[(String, String)]| -> Value {
        all.iter()
            .map(|(name, version)| json!({"name": name, "version": version}))
            .collect()
    };
    let seen = world.deployments.iter().filter(|(_, d)| call.access.sees(&d.teams));
    let rows = seen.map(|(name, deployment)| {
        let mut row = json!({"name": name, "teams": deployment.teams});
        if !call.request.flag("exclude_configs") {
            row["cloud_config"] = json!("latest");
        }
        if !call.request.flag("exclude_stemcells") {
            row["stemcells"] = versions(&deployment.stemcells);
        }
        if !call.request.flag("exclude_releases") {
            row["releases"] = versions(&deployment.releases);
        }
        if !call.request.flag("exclude_lock") {
            row["locked"] = json!(world.is_locked(name));
        }
        row
    });
    Answer::ok(&rows.collect())
}

pub(in crate::bosh) fn show(world: &mut World, call: &Call<'_>) -> Answer {
    match world.deployments.get(call.arg(0)) {
        None => Answer::no_deployment(call.arg(0)),
        Some(deployment) => Answer::ok(&json!({"manifest": deployment.good.as_ref().map(|m| &m.text)})),
    }
}

pub(in crate::bosh) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    if !call.request.is_type("text/yaml") {
        return Answer::no_endpoint(&call.request.path);
    }
    let text = String::from_utf8_lossy(&call.request.body);
    let manifest = match Manifest::parse(&text) {
        Ok(manifest) => manifest,
        Err((code, text)) => return Answer::bad_request(code, text),
    };
    let name = manifest.name.clone();
    if let Some(deployment) = world.deployments.get(&name)
        && let Err(refused) = call.access.require(Power::Admin, &deployment.teams)
    {
        return refused;
    }
    let job = Deploy {
        manifest,
        dry_run: call.request.flag("dry_run"),
        recreate: call.request.flag("recreate"),
        fix: call.request.flag("fix"),
    };
    let answer = call.start(world, &name, Job::Deploy(Box::new(job)));
    if answer.task.is_some() {
        // The row is there as soon as the request is accepted, long before a worker begins.
        let made = Deployment {
            teams: call.access.teams(),
            ..Deployment::default()
        };
        world.deployments.entry(name).or_insert(made);
    }
    answer
}

pub(in crate::bosh) fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let name = call.arg(0);
    if !world.deployments.contains_key(name) {
        return Answer::no_deployment(name);
    }
    call.start(
        world,
        name,
        Job::Delete {
            force: call.request.flag("force"),
        },
    )
}

/// `PUT /deployments/D/jobs/GROUP[/ID]?state=…`, the older of the two forms.
pub(in crate::bosh) fn change_jobs(world: &mut World, call: &Call<'_>) -> Answer {
    if !call.request.is_type("text/yaml") {
        return Answer::no_endpoint(&call.request.path);
    }
    let state = call.request.query("state").unwrap_or("started");
    let group = Some(call.arg(1)).filter(|g| *g != "*").map(str::to_owned);
    let id = call.args.get(2).map(|id| (*id).to_owned());
    change(
        world,
        call,
        Change {
            state: state.to_owned(),
            group,
            id,
        },
    )
}

/// `POST /deployments/D/instance_groups/G/ID/actions/ACTION`.
pub(in crate::bosh) fn act(world: &mut World, call: &Call<'_>) -> Answer {
    let state = match (call.arg(3), call.request.flag("hard")) {
        ("start", _) => "started",
        ("stop", false) => "stopped",
        ("stop", true) => "detached",
        ("restart", _) => "restart",
        ("recreate", _) => "recreate",
        _ => return Answer::no_endpoint(&call.request.path),
    };
    let (group, id) = (Some(call.arg(1).to_owned()), Some(call.arg(2).to_owned()));
    change(
        world,
        call,
        Change {
            state: state.to_owned(),
            group,
            id,
        },
    )
}

fn change(world: &mut World, call: &Call<'_>, change: Change) -> Answer {
    let name = call.arg(0);
    let Some(deployment) = world.deployments.get(name) else {
        return Answer::no_deployment(name);
    };
    let found = deployment.instances.iter().any(|i| {
        change.group.as_ref().is_none_or(|g| *g == i.group)
            && change
                .id
                .as_ref()
                .is_none_or(|id| *id == i.id || *id == i.index.to_string())
    });
    if change.id.is_some() && !found {
        let (group, id) = (call.arg(1), call.arg(2));
        let text = format!("Instance '{name}/{group}/{id}' doesn't exist");
        return Answer::error(StatusCode::NOT_FOUND, 70_001, text);
    }
    call.start(world, name, Job::Change(change))
}

pub(in crate::bosh) fn variables(world: &mut World, call: &Call<'_>) -> Answer {
    let Some(deployment) = world.deployments.get(call.arg(0)) else {
        return Answer::no_deployment(call.arg(0));
    };
    let rows = deployment.variables.iter().map(|v| json!({"id": v.id, "name": v.name}));
    Answer::ok(&rows.collect())
}
