//! `POST /v3/service_instances`.

use super::brokers_write::invalid_space;
use super::instances::is_stillborn;
use crate::cloud_controller::broker::Work;
use crate::cloud_controller::model::*;
use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::state::{State, guid};
use crate::cloud_controller::v3::access::Who;
use crate::cloud_controller::v3::body::Body;
use crate::cloud_controller::v3::market::{reaches_space, sees_plan};
use crate::cloud_controller::v3::routes::{Call, Outcome};

pub(in crate::cloud_controller::v3) fn create(call: &Call<'_>) -> Outcome {
    let known = ["type", "name", "relationships", "parameters", "tags", "metadata"];
    let mut body = Body::read(call.request, &known)?;
    let kind = body.word("type", &["managed", "user-provided"]);
    if kind == "user-provided" {
        body.wrong("Type user-provided is not simulated");
    }
    let name = body.needed_text("name");
    let space = body.needed_related("space");
    let plan = body.needed_related("service_plan");
    let parameters = body.object("parameters");
    let tags = body.texts("tags").unwrap_or_default();
    let mut metadata = Metadata::default();
    body.metadata(&mut metadata);
    body.check()?;
    let mut state = call.shared.lock();
    let place = state.spaces.get(&space).ok_or_else(invalid_space)?;
    let plan = usable(&state, &call.who, &plan, place)?;
    let broker = state
        .offerings
        .get(&plan.offering)
        .and_then(|it| state.brokers.get(&it.broker));
    if broker.is_none_or(|it| it.state != BrokerState::Available) {
        let text =
            "The service instance cannot be created because there is an operation in progress for the service broker.";
        return Err(Refusal::unprocessable(text));
    }
    let (plan, maintenance_info) = (plan.guid.clone(), plan.maintenance_info.clone());
    let namesake = namesake(&state, &space, &name, None);
    if namesake.is_some_and(|it| !is_stillborn(&it.last_operation)) {
        return Err(taken(&name));
    }
    // The old row gives way; its broker is told to clean up.
    if let Some(old) = namesake.map(|it| it.guid.clone()) {
        call.brokers.clean_up(&state, &old);
        state.purge_instance(&old);
    }
    let instance = guid();
    let job = call.job(&mut state, "service_instance.create", "service_instances", &instance);
    let row = Instance {
        guid: instance.clone(),
        name,
        space,
        plan,
        tags,
        maintenance_info,
        dashboard_url: None,
        broker_metadata: None,
        metadata,
        last_operation: LastOperation::begin(OperationKind::Create, call.now),
        job: Some(job.clone()),
        stamp: state.stamp(call.now),
    };
    state.instances.insert(instance.clone(), row);
    drop(state);
    let user = call.who.user.clone();
    let work = Work::Create {
        instance,
        parameters,
        user,
    };
    Ok(call.begun(&job, work))
}

/// A plan that somebody may use in a space.
pub(super) fn usable<'a>(state: &'a State, who: &Who, guid: &str, space: &Space) -> Result<&'a Plan, Refusal> {
    let plan = state
        .plans
        .get(guid)
        .filter(|it| it.available && sees_plan(state, who, it));
    let plan = plan.ok_or_else(|| {
        let text =
            "Invalid service plan. Ensure that the service plan exists, is available, and you have access to it.";
        Refusal::unprocessable(text)
    })?;
    match reaches_space(state, plan, space) {
        true => Ok(plan),
        false => Err(Refusal::unprocessable(
            "Invalid service plan. Ensure that the service plan is visible in your current space.",
        )),
    }
}

/// An instance of this name in a space, another one than `but`.
pub(super) fn namesake<'a>(state: &'a State, space: &str, name: &str, but: Option<&str>) -> Option<&'a Instance> {
    let mut all = state.instances.values();
    all.find(|it| it.space == space && it.name == name && Some(it.guid.as_str()) != but)
}

pub(super) fn taken(name: &str) -> Refusal {
    Refusal::unprocessable(format!("The service instance name is taken: {name}."))
}
