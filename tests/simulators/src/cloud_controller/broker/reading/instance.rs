//! Answers to provision and update.

use serde_json::Value;

use super::{checked, optional, schema, text};
use crate::cloud_controller::broker::client::Reply;
use crate::cloud_controller::broker::trouble::{Kind, Trouble};

/// The broker has done it, or does it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::cloud_controller::broker) struct Accepted {
    /// It does it: what it is to be polled with. None when it is done.
    pub(in crate::cloud_controller::broker) goes_on: Option<Option<String>>,
    pub(in crate::cloud_controller::broker) description: String,
    pub(in crate::cloud_controller::broker) dashboard_url: Option<String>,
    /// Labels and attributes.
    pub(in crate::cloud_controller::broker) metadata: Option<Value>,
}

const PROVISION: &[(&str, Kind)] = &[
    ("AsyncRequired", Kind::AsyncRequired),
    ("ConcurrencyError", Kind::Concurrency),
    ("MaintenanceInfoConflict", Kind::MaintenanceInfoConflict),
];
const UPDATE: &[(&str, Kind)] = &[
    ("AsyncRequired", Kind::AsyncRequired),
    ("MaintenanceInfoConflict", Kind::MaintenanceInfoConflict),
];

/// Reads the answer to `PUT` of an instance.
pub(in crate::cloud_controller::broker) fn provision(reply: &Reply) -> Result<Accepted, Trouble> {
    if let Some(trouble) = Trouble::common(reply) {
        return Err(trouble);
    }
    match reply.status {
        200..=202 => accepted(reply),
        409 => Err(Trouble::conflict(reply)),
        422 => Err(Trouble::coded(reply, PROVISION).unwrap_or_else(|| Trouble::bad_response(reply))),
        _ => Err(Trouble::bad_response(reply)),
    }
}

/// Reads the answer to `PATCH` of an instance.
pub(in crate::cloud_controller::broker) fn update(reply: &Reply) -> Result<Accepted, Trouble> {
    if let Some(trouble) = Trouble::common(reply) {
        return Err(trouble);
    }
    match reply.status {
        200 | 202 => accepted(reply),
        201 => Err(Trouble::undescribed(reply)),
        422 => Err(Trouble::coded(reply, UPDATE).unwrap_or_else(|| Trouble::rejected(reply))),
        _ => Err(Trouble::bad_response(reply)),
    }
}

fn accepted(reply: &Reply) -> Result<Accepted, Trouble> {
    let body = checked(reply, schema::instance)?;
    Ok(Accepted {
        goes_on: (reply.status == 202).then(|| optional(&body, "operation")),
        description: text(&body, "description"),
        dashboard_url: optional(&body, "dashboard_url"),
        metadata: body.get("metadata").cloned(),
    })
}
