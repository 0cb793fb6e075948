//! Answers to deprovision and unbind.

use super::{checked, optional, schema, text, whole};
use crate::cloud_controller::broker::client::Reply;
use crate::cloud_controller::broker::trouble::{Kind, Trouble};

/// What has become of something that was to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cloud_controller::broker) enum Removal {
    /// It is no more.
    Gone,
    /// The broker takes it away.
    GoesOn {
        operation: Option<String>,
        description: String,
    },
}

const REMOVE: &[(&str, Kind)] = &[
    ("AsyncRequired", Kind::AsyncRequired),
    ("ConcurrencyError", Kind::Concurrency),
];

/// Reads the answer to `DELETE` of an instance or a binding.
pub(in crate::cloud_controller::broker) fn remove(reply: &Reply) -> Result<Removal, Trouble> {
    if let Some(trouble) = Trouble::common(reply) {
        return Err(trouble);
    }
    match reply.status {
        200 => whole(reply).map(|_| Removal::Gone),
        201 => Err(Trouble::undescribed(reply)),
        202 => {
            let body = checked(reply, schema::asynchronous)?;
            Ok(Removal::GoesOn {
                operation: optional(&body, "operation"),
                description: text(&body, "description"),
            })
        }
        410 => Ok(Removal::Gone),
        422 => Err(Trouble::coded(reply, REMOVE).unwrap_or_else(|| Trouble::bad_response(reply))),
        _ => Err(Trouble::bad_response(reply)),
    }
}
