//! `POST /v3/service_credential_bindings`.

use super::bindings::jobs_of;
use super::instance_delete::instance_in_progress;
use super::instances::is_stillborn;
use crate::cloud_controller::broker::Work;
use crate::cloud_controller::model::*;
use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::state::{State, guid};
use crate::cloud_controller::v3::body::Body;
use crate::cloud_controller::v3::routes::{Call, Outcome};

pub(in crate::cloud_controller::v3) fn create(call: &Call<'_>) -> Outcome {
    let mut body = Body::read(
        call.request,
        &["type", "name", "relationships", "parameters", "metadata"],
    )?;
    let of_app = body.word("type", &["app", "key"]) == "app";
    let name = match of_app {
        true => body.text("name"),
        false => Some(body.needed_text("name")),
    };
    let instance = body.needed_related("service_instance");
    let kind = match of_app {
        true => BindingKind::App {
            app: body.needed_related("app"),
        },
        false => BindingKind::Key,
    };
    let parameters = body.object("parameters");
    let mut metadata = Metadata::default();
    body.metadata(&mut metadata);
    body.check()?;
    let mut state = call.shared.lock();
    // A creation that has failed gives way to the next one.
    let stillborn = checked(&state, &instance, &kind, name.as_deref())?;
    if let Some(old) = stillborn {
        state.bindings.remove(&old);
    }
    let binding = guid();
    let operation = format!("{}.create", jobs_of(&kind));
    let job = call.job(&mut state, &operation, "service_credential_binding", &binding);
    let row = Binding {
        guid: binding.clone(),
        name,
        kind,
        instance,
        credentials: None,
        syslog_drain_url: None,
        volume_mounts: None,
        metadata,
        last_operation: LastOperation::begin(OperationKind::Create, call.now),
        stamp: state.stamp(call.now),
    };
    state.bindings.insert(binding.clone(), row);
    drop(state);
    let user = call.who.user.clone();
    let work = Work::Bind {
        binding,
        parameters,
        user,
    };
    Ok(call.begun(&job, work))
}

/// The guid of one whose creation has failed, if there is one in the way.
fn checked(state: &State, instance: &str, kind: &BindingKind, name: Option<&str>) -> Result<Option<String>, Refusal> {
    let missing = |what, guid: &str| Refusal::unprocessable(format!("The {what} could not be found: '{guid}'"));
    let row = state
        .instances
        .get(instance)
        .ok_or_else(|| missing("service instance", instance))?;
    let (plan, offering, _) = state.roots(row).ok_or_else(|| missing("service instance", instance))?;
    if let BindingKind::App { app } = kind {
        let app = state.apps.get(app).ok_or_else(|| missing("app", app))?;
        if app.space != row.space {
            let text = "The service instance and the app are in different spaces";
            return Err(Refusal::unprocessable(text));
        }
    }
    if !plan.bindable.unwrap_or(offering.bindable) {
        return Err(Refusal::unprocessable("Service plan does not allow bindings."));
    }
    if is_stillborn(&row.last_operation) {
        return Err(Refusal::not_found("Service instance"));
    }
    if row.last_operation.runs() {
        return Err(instance_in_progress());
    }
    match kind {
        BindingKind::Key if !plan.available => Err(Refusal::unprocessable("Service plan is not available.")),
        BindingKind::Key => key(state, instance, name.unwrap_or_default()),
        BindingKind::App { app } => of_app(state, instance, app, name),
    }
}

fn key(state: &State, instance: &str, name: &str) -> Result<Option<String>, Refusal> {
    let mut keys = state.bindings_of(instance).filter(|it| it.kind == BindingKind::Key);
    match keys.find(|it| it.name.as_deref() == Some(name)) {
        None => Ok(None),
        Some(old) if is_stillborn(&old.last_operation) => Ok(Some(old.guid.clone())),
        Some(_) => Err(Refusal::unprocessable(format!(
            "The binding name is invalid. Key binding names must be unique. \
             The service instance already has a key binding with name '{name}'."
        ))),
    }
}

fn of_app(state: &State, instance: &str, app: &str, name: Option<&str>) -> Result<Option<String>, Refusal> {
    let this = |it: &&Binding| matches!(&it.kind, BindingKind::App { app: known } if known == app);
    let old = state.bindings_of(instance).find(this);
    let failed = old.filter(|it| is_stillborn(&it.last_operation));
    match (old, failed) {
        (Some(old), None) if old.last_operation.kind == OperationKind::Delete => {
            let text = "The binding is getting deleted or its deletion failed";
            return Err(Refusal::unprocessable(text));
        }
        (Some(_), None) => {
            return Err(Refusal::unprocessable(
                "The app is already bound to the service instance",
            ));
        }
        (None, _) | (Some(_), Some(_)) => {}
    }
    let mut others = state.bindings.values().filter(this);
    let is_taken = |it: &Binding| it.name.as_deref() == name && Some(&it.guid) != failed.map(|it| &it.guid);
    match name {
        Some(name) if others.any(is_taken) => Err(Refusal::unprocessable(format!(
            "The binding name is invalid. App binding names must be unique. \
             The app already has a binding with name '{name}'."
        ))),
        Some(_) | None => Ok(failed.map(|it| it.guid.clone())),
    }
}
