//! Who may use a plan.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::Value;

use crate::cloud_controller::model::{Plan, Visibility};
use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::state::State;
use crate::cloud_controller::v3::body::Body;
use crate::cloud_controller::v3::market::{Reach, reach, sees_plan};
use crate::cloud_controller::v3::routes::{Call, Outcome};
use crate::cloud_controller::v3::views;
use crate::common::answer::Answer;

pub(in crate::cloud_controller::v3) fn show(call: &Call<'_>) -> Outcome {
    let state = call.shared.lock();
    let plan = seen(&state, call)?;
    Ok(Answer::json(StatusCode::OK, &views::visibility(&state, plan, true)))
}

/// `POST`: organizations are added to those that are there. They aren't named in the answer.
pub(in crate::cloud_controller::v3) fn add(call: &Call<'_>) -> Outcome {
    change(call, true)
}

/// `PATCH`: organizations take the place of those that are there.
pub(in crate::cloud_controller::v3) fn replace(call: &Call<'_>) -> Outcome {
    change(call, false)
}

pub(in crate::cloud_controller::v3) fn delete(call: &Call<'_>) -> Outcome {
    let mut state = call.shared.lock();
    let plan = seen(&state, call)?;
    writes(call, &state, plan)?;
    let Reach::Organizations(known) = reach(&state, plan) else {
        let text = "Cannot delete visibilities from non-org-restricted plans";
        return Err(Refusal::unprocessable(text));
    };
    let organization = call.arg(1);
    if !state.organizations.contains_key(organization) {
        return Err(Refusal::not_found("Organization"));
    }
    let mut left = known.clone();
    if !left.remove(organization) {
        return Err(Refusal::not_found("Service plan visibility"));
    }
    set(&mut state, call, Visibility::Organizations(left));
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

fn change(call: &Call<'_>, add: bool) -> Outcome {
    let mut state = call.shared.lock();
    let plan = seen(&state, call)?;
    writes(call, &state, plan)?;
    let mut body = Body::read(call.request, &["type", "organizations"])?;
    let kind = body.word("type", &["public", "admin", "organization"]);
    let named = match kind.as_str() {
        "organization" => organizations(&mut body),
        _ => BTreeSet::new(),
    };
    body.check().map_err(bad_request)?;
    let before = match reach(&state, plan) {
        Reach::Space(_) => {
            let text = "cannot update plans with visibility type 'space'";
            return Err(Refusal::unprocessable(text));
        }
        Reach::Organizations(known) if add => known.clone(),
        Reach::Organizations(_) | Reach::Public | Reach::Admin => BTreeSet::new(),
    };
    if let Some(unknown) = named.iter().find(|it| !state.organizations.contains_key(*it)) {
        let text = format!("Could not find Organization with guid: {unknown}");
        return Err(Refusal::unprocessable(text));
    }
    let visibility = match kind.as_str() {
        "public" => Visibility::Public,
        "organization" => Visibility::Organizations(before.into_iter().chain(named).collect()),
        _ => Visibility::Admin,
    };
    set(&mut state, call, visibility);
    let plan = seen(&state, call)?;
    Ok(Answer::json(StatusCode::OK, &views::visibility(&state, plan, !add)))
}

/// No organization at all is the same as admins alone.
fn set(state: &mut State, call: &Call<'_>, visibility: Visibility) {
    let Some(plan) = state.plans.get_mut(call.arg(0)) else {
        return;
    };
    plan.visibility = match visibility {
        Visibility::Organizations(all) if all.is_empty() => Visibility::Admin,
        Visibility::Organizations(all) => Visibility::Organizations(all),
        Visibility::Public => Visibility::Public,
        Visibility::Admin => Visibility::Admin,
    };
    plan.stamp.updated_at = call.now;
}

fn organizations(body: &mut Body) -> BTreeSet<String> {
    let guids = |all: &Value| -> Option<BTreeSet<String>> {
        let all = all.as_array()?.iter();
        all.map(|it| it["guid"].as_str().map(str::to_owned)).collect()
    };
    match body.get("organizations").and_then(guids) {
        Some(all) => all,
        None => {
            body.wrong("Organizations must be an array of objects with guid");
            BTreeSet::new()
        }
    }
}

/// 400 1004, as these two calls say it.
fn bad_request(refusal: Refusal) -> Refusal {
    let texts: Vec<String> = refusal.errors.into_iter().map(|it| it.detail).collect();
    let text = format!("Bad request: {}", texts.join(", "));
    Refusal::new(400, 1004, "CF-BadRequest", text)
}

fn seen<'a>(state: &'a State, call: &Call<'_>) -> Result<&'a Plan, Refusal> {
    let plan = state
        .plans
        .get(call.arg(0))
        .filter(|it| sees_plan(state, &call.who, it));
    plan.ok_or_else(|| Refusal::not_found("Service plan"))
}

/// An admin; or a developer for a space-scoped one, who then hears that it can't be changed.
fn writes(call: &Call<'_>, state: &State, plan: &Plan) -> Result<(), Refusal> {
    match reach(state, plan) {
        Reach::Space(_) => Ok(()),
        Reach::Admin | Reach::Public | Reach::Organizations(_) => call.who.admin(),
    }
}
