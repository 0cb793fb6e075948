//! Answers to polls.

use super::text;
use crate::cloud_controller::broker::client::Reply;
use crate::cloud_controller::broker::trouble::object;

/// What a poll says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cloud_controller::broker) enum Polled {
    /// It goes on. `Retry-After` as it was sent.
    GoesOn {
        description: String,
        retry_after: Option<String>,
    },
    /// It is done.
    Succeeded { description: String },
    /// It has failed.
    Failed { description: String },
    /// It says nothing that means anything, and changes nothing.
    Nothing,
}

/// Reads the answer to a poll; `deleting` when what is polled is to go.
pub(in crate::cloud_controller::broker) fn poll(reply: &Reply, deleting: bool) -> Polled {
    let body = object(&reply.body);
    let description = body.as_ref().map(|it| text(it, "description")).unwrap_or_default();
    let retry_after = reply.retry_after.clone();
    match (reply.status, body) {
        (200, Some(body)) => match text(&body, "state").as_str() {
            "succeeded" => Polled::Succeeded { description },
            "failed" => Polled::Failed { description },
            "in progress" => Polled::GoesOn {
                description,
                retry_after,
            },
            _ => Polled::Nothing,
        },
        (400, body) => Polled::Failed {
            description: match body.is_some_and(|it| it.contains_key("description")) {
                true => description,
                false => "Bad request".to_owned(),
            },
        },
        (410, _) if deleting => Polled::Succeeded {
            description: String::new(),
        },
        (410, _) => Polled::GoesOn {
            description: String::new(),
            retry_after,
        },
        _ => Polled::Nothing,
    }
}
