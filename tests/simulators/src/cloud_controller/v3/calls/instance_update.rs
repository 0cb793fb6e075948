//! `PATCH /v3/service_instances/:guid`: most of it is the broker's work, some is done at once.

use http::StatusCode;
use serde_json::{Map, Value};

use super::instance_create::{namesake, taken, usable};
use super::instances::{found, in_progress, is_stillborn};
use crate::cloud_controller::broker::{Change, Work};
use crate::cloud_controller::model::*;
use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::state::State;
use crate::cloud_controller::v3::body::Body;
use crate::cloud_controller::v3::routes::{Call, Outcome};
use crate::cloud_controller::v3::views;
use crate::common::answer::Answer;

/// What is asked for, as far as it is there.
struct Wanted {
    name: Option<String>,
    tags: Option<Vec<String>>,
    parameters: Option<Map<String, Value>>,
    plan: Option<String>,
    version: Option<String>,
}

pub(in crate::cloud_controller::v3) fn update(call: &Call<'_>) -> Outcome {
    let known = [
        "name",
        "tags",
        "parameters",
        "relationships",
        "maintenance_info",
        "metadata",
    ];
    let mut state = call.shared.lock();
    let instance = found(&state, call.arg(0))?.clone();
    let mut body = Body::read(call.request, &known)?;
    let wanted = Wanted {
        name: body.text("name"),
        tags: body.texts("tags"),
        parameters: body.object("parameters"),
        plan: body.related("service_plan"),
        version: version_of(&mut body),
    };
    let mut metadata = instance.metadata.clone();
    body.metadata(&mut metadata);
    body.check()?;
    let change = wanted.checked(&state, call, &instance)?;
    if is_stillborn(&instance.last_operation) {
        let text = format!("The service instance could not be found: {}", instance.name);
        return Err(Refusal::new(404, 60_004, "CF-ServiceInstanceNotFound", text));
    }
    let deleting = instance.last_operation.kind == OperationKind::Delete;
    if instance.last_operation.runs() && (deleting || !body.is_just("metadata")) {
        return Err(in_progress(&instance));
    }
    let row = state.instances.get_mut(&instance.guid);
    let row = row.ok_or_else(|| Refusal::not_found("Service instance"))?;
    row.metadata = metadata;
    if let Some(change) = change {
        row.last_operation = LastOperation::begin(OperationKind::Update, call.now);
        let job = call.job(
            &mut state,
            "service_instance.update",
            "service_instances",
            &instance.guid,
        );
        if let Some(row) = state.instances.get_mut(&instance.guid) {
            row.job = Some(job.clone());
        }
        drop(state);
        let work = Work::Update {
            instance: instance.guid,
            change,
            user: call.who.user.clone(),
        };
        return Ok(call.begun(&job, work));
    }
    row.stamp.updated_at = call.now;
    if !body.is_just("metadata") {
        row.name = wanted.name.unwrap_or(instance.name);
        row.tags = wanted.tags.unwrap_or(instance.tags);
        row.last_operation = LastOperation {
            state: OperationState::Succeeded,
            ..LastOperation::begin(OperationKind::Update, call.now)
        };
    }
    let row = found(&state, call.arg(0))?;
    Ok(Answer::json(StatusCode::OK, &views::instance(&state, row)))
}

fn version_of(body: &mut Body) -> Option<String> {
    let info = body.object("maintenance_info")?;
    let version = info.get("version").and_then(Value::as_str);
    if version.is_none() || info.len() != 1 {
        body.wrong("Maintenance info version must be a string, and nothing else is allowed");
    }
    version.map(str::to_owned)
}

fn version(info: Option<&Map<String, Value>>) -> Option<&str> {
    info?.get("version")?.as_str()
}

impl Wanted {
    /// What the broker has to do, if anything.
    fn checked(&self, state: &State, call: &Call<'_>, instance: &Instance) -> Result<Option<Change>, Refusal> {
        let no_plan = || Refusal::not_found("Service plan");
        let (plan, offering, _) = state.roots(instance).ok_or_else(no_plan)?;
        let other = match &self.plan {
            Some(guid) => Some(self.other_plan(state, call, instance, guid, plan)?),
            None => None,
        };
        if let Some(name) = &self.name
            && namesake(state, &instance.space, name, Some(&instance.guid)).is_some()
        {
            return Err(taken(name));
        }
        let other = other.filter(|it| it.guid != plan.guid);
        if other.is_some() && !plan.plan_updateable.unwrap_or(offering.plan_updateable) {
            let text = "The service does not support changing plans.";
            return Err(Refusal::new(400, 110_004, "CF-ServicePlanNotUpdateable", text));
        }
        if other.is_some_and(|it| !it.bindable.unwrap_or(offering.bindable))
            && state.bindings_of(&instance.guid).any(|it| it.kind != BindingKind::Key)
        {
            let text = "The service plan is invalid: cannot switch to non-bindable plan when service bindings exist";
            return Err(Refusal::unprocessable(text));
        }
        self.check_version(instance, plan, other.is_some())?;
        self.check_gone(instance, plan, offering)?;
        let upgrades = self
            .version
            .as_deref()
            .filter(|it| Some(*it) != version(instance.maintenance_info.as_ref()));
        let renames = self.name.is_some() && offering.allow_context_updates;
        let needed = renames || self.parameters.is_some() || other.is_some() || upgrades.is_some();
        Ok(needed.then(|| Change {
            plan: other.map(|it| it.guid.clone()),
            parameters: self.parameters.clone(),
            maintenance_version: upgrades.map(str::to_owned),
            name: self.name.clone(),
            tags: self.tags.clone(),
        }))
    }

    fn other_plan<'a>(
        &self,
        state: &'a State,
        call: &Call<'_>,
        instance: &Instance,
        guid: &str,
        present: &'a Plan,
    ) -> Result<&'a Plan, Refusal> {
        // The plan that it has may be named, even if nobody could choose it any more.
        if guid == present.guid {
            return Ok(present);
        }
        let space = state
            .spaces
            .get(&instance.space)
            .ok_or_else(super::brokers_write::invalid_space)?;
        let plan = usable(state, &call.who, guid, space)?;
        match plan.offering == present.offering {
            true => Ok(plan),
            false => {
                let text = "service plan relates to a different service offering";
                Err(Refusal::new(400, 1002, "CF-InvalidRelation", text))
            }
        }
    }

    fn check_version(&self, instance: &Instance, plan: &Plan, changes_plan: bool) -> Result<(), Refusal> {
        let Some(wanted) = self.version.as_deref() else {
            return Ok(());
        };
        let refused = |code, title, text: &str| Err(Refusal::new(422, code, title, text));
        if changes_plan {
            let text = "maintenance_info should not be changed when switching to different plan.";
            return refused(390_008, "CF-MaintenanceInfoNotUpdatableWhenChangingPlan", text);
        }
        if plan.maintenance_info.is_none() {
            let text = "The service broker does not support upgrades for service instances created from this plan.";
            return refused(390_006, "CF-MaintenanceInfoNotSupported", text);
        }
        let known = [&plan.maintenance_info, &instance.maintenance_info];
        if !known.into_iter().any(|it| version(it.as_ref()) == Some(wanted)) {
            let text = "maintenance_info.version requested is invalid. Please ensure the catalog is up to date and \
                        you are providing a version supported by this service plan.";
            return refused(390_009, "CF-MaintenanceInfoConflict", text);
        }
        Ok(())
    }

    /// A plan that has left the catalog: what the broker would have to hear of can't be changed.
    fn check_gone(&self, instance: &Instance, plan: &Plan, offering: &Offering) -> Result<(), Refusal> {
        if plan.available {
            return Ok(());
        }
        let upgrades = self.version.is_some() && self.version.as_deref() != version(instance.maintenance_info.as_ref());
        let what = match () {
            () if self.parameters.is_some() => "parameters",
            () if self.name.is_some() && offering.allow_context_updates => "name",
            () if upgrades => "maintenance_info",
            () => return Ok(()),
        };
        let text = format!("Cannot update {what} of a service instance that belongs to inaccessible plan");
        Err(Refusal::unprocessable(text))
    }
}
