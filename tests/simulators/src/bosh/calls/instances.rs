//! `/deployments/D/instances` and `/vms`: short at once, full by a task.

use serde_json::Value;

use crate::bosh::answer::Answer;
use crate::bosh::deployment::Job;
use crate::bosh::routes::Call;
use crate::bosh::world::World;

pub(in crate::bosh) fn instances(world: &mut World, call: &Call<'_>) -> Answer {
    show(world, call, false)
}

pub(in crate::bosh) fn vms(world: &mut World, call: &Call<'_>) -> Answer {
    show(world, call, true)
}

fn show(world: &mut World, call: &Call<'_>, vms_only: bool) -> Answer {
    let name = call.arg(0);
    let Some(deployment) = world.deployments.get(name) else {
        return Answer::no_deployment(name);
    };
    if call.request.query("format") == Some("full") {
        return call.start(world, name, Job::Instances { vms_only });
    }
    let rows = deployment
        .instances
        .iter()
        .filter(|i| !vms_only || i.vm.is_some())
        .map(|i| i.short(vms_only));
    Answer::ok(&Value::Array(rows.collect()))
}
