//! `/deployments/D/errands`: list, run.

use http::StatusCode;
use serde_json::{Value, json};

use crate::bosh::answer::Answer;
use crate::bosh::deployment::{Errand, Job};
use crate::bosh::routes::Call;
use crate::bosh::world::World;

/// Lifecycle groups first, then the release jobs that the catalog knows as errands.
pub(in crate::bosh) fn list(world: &mut World, call: &Call<'_>) -> Answer {
    let Some(deployment) = world.deployments.get(call.arg(0)) else {
        return Answer::no_deployment(call.arg(0));
    };
    let mut names: Vec<&str> = Vec::new();
    let groups = || deployment.good.iter().flat_map(|m| &m.groups);
    names.extend(groups().filter(|g| g.errand).map(|g| g.name.as_str()));
    let errands = world.catalog.as_ref().map(|c| &c.errands);
    for job in groups().flat_map(|g| &g.jobs) {
        let known = errands.is_some_and(|e| e.contains_key(&job.name));
        if known && !names.contains(&job.name.as_str()) {
            names.push(&job.name);
        }
    }
    Answer::ok(&names.into_iter().map(|name| json!({"name": name})).collect())
}

pub(in crate::bosh) fn run(world: &mut World, call: &Call<'_>) -> Answer {
    let name = call.arg(0);
    if !world.deployments.contains_key(name) {
        return Answer::no_deployment(name);
    }
    if call.request.body.is_empty() {
        return Answer::empty(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let options: Value = match serde_json::from_slice(&call.request.body) {
        Ok(options) => options,
        Err(_) => return super::invalid_json(&call.request.body),
    };
    let job = Errand {
        name: call.arg(1).to_owned(),
        keep_alive: options["keep-alive"] == true,
        when_changed: options["when-changed"] == true,
        filters: options["instances"].as_array().cloned().unwrap_or_default(),
    };
    call.start(world, name, Job::Errand(job))
}
