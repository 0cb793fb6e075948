//! How answers are read: what a status and a body mean for each call. Nothing here talks to anybody.

mod bind;
mod fetch;
mod instance;
mod mounts;
mod poll;
mod remove;
mod schema;

#[cfg(test)]
mod tests;

pub(super) use bind::{Bound, Secrets, bind};
pub(super) use fetch::{FetchedInstance, catalog, fetch_binding, fetch_instance};
pub(super) use instance::{provision, update};
pub(super) use poll::{Polled, poll};
pub(super) use remove::{Removal, remove};

use serde_json::{Map, Value};

use super::client::Reply;
use super::trouble::{Trouble, object};

/// The body, which has to be a JSON object.
fn whole(reply: &Reply) -> Result<Map<String, Value>, Trouble> {
    object(&reply.body).ok_or_else(|| {
        let what = format!("expected valid JSON object in body, broker returned '{}'", reply.body);
        Trouble::malformed(reply, &what)
    })
}

/// The body, which has to be a JSON object without these violations.
fn checked(
    reply: &Reply,
    violations: impl Fn(&Map<String, Value>) -> Vec<String>,
) -> Result<Map<String, Value>, Trouble> {
    let body = whole(reply)?;
    let found = violations(&body);
    match found.is_empty() {
        true => Ok(body),
        false => Err(Trouble::malformed(reply, &format!("\n{}", found.join("\n")))),
    }
}

/// A text, empty when there is none.
fn text(body: &Map<String, Value>, key: &str) -> String {
    body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn optional(body: &Map<String, Value>, key: &str) -> Option<String> {
    body.get(key).and_then(Value::as_str).map(str::to_owned)
}
