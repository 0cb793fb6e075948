//! What rows look like.

mod binding;
mod broker;
mod instance;
mod job;
mod offering;
mod place;
mod plan;

use serde_json::{Value, json};

pub(super) use binding::binding;
pub(super) use broker::broker;
pub(super) use instance::instance;
pub(super) use job::job;
pub(super) use offering::offering;
pub(super) use place::{app, organization, space};
pub(super) use plan::{plan, visibility};

use crate::cloud_controller::model::{LastOperation, Metadata, Stamp};
use crate::cloud_controller::state::State;
use crate::common::clock::rfc3339;

/// `{"href": …}` of a path.
pub(super) fn link(state: &State, path: &str) -> Value {
    json!({"href": format!("{}{path}", state.url)})
}

/// `{"data": {"guid": …}}`.
fn to(guid: &str) -> Value {
    json!({"data": {"guid": guid}})
}

/// What every row begins with.
fn row(guid: &str, stamp: &Stamp) -> Value {
    json!({
        "guid": guid,
        "created_at": rfc3339(stamp.created_at),
        "updated_at": rfc3339(stamp.updated_at),
    })
}

/// Adds members to a view.
fn with(mut view: Value, more: Value) -> Value {
    if let (Some(view), Value::Object(more)) = (view.as_object_mut(), more) {
        view.extend(more);
    }
    view
}

fn metadata(of: &Metadata) -> Value {
    json!({"labels": of.labels, "annotations": of.annotations})
}

fn no_metadata() -> Value {
    metadata(&Metadata::default())
}

fn last_operation(of: &LastOperation) -> Value {
    json!({
        "type": of.kind,
        "state": of.state,
        "description": of.description,
        "created_at": rfc3339(of.created_at),
        "updated_at": rfc3339(of.updated_at),
    })
}
