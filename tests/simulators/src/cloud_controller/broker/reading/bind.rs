//! Answers to binds.

use serde_json::{Map, Value};

use super::mounts;
use super::{checked, optional, schema, whole};
use crate::cloud_controller::broker::client::Reply;
use crate::cloud_controller::broker::trouble::{Kind, Trouble};

/// A binding is there, or will be.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::cloud_controller::broker) enum Bound {
    /// With what it gives.
    Done(Secrets),
    /// The broker makes it.
    GoesOn { operation: Option<String> },
}

/// What a binding gives.
#[derive(Clone, PartialEq, Default)]
pub(in crate::cloud_controller::broker) struct Secrets {
    pub(in crate::cloud_controller::broker) credentials: Option<Value>,
    pub(in crate::cloud_controller::broker) syslog_drain_url: Option<String>,
    pub(in crate::cloud_controller::broker) volume_mounts: Option<Value>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

const BIND: &[(&str, Kind)] = &[
    ("RequiresApp", Kind::AppRequired),
    ("AsyncRequired", Kind::AsyncRequired),
    ("ConcurrencyError", Kind::Concurrency),
];

/// Reads the answer to `PUT` of a binding. `requires` is the offering's.
pub(in crate::cloud_controller::broker) fn bind(reply: &Reply, requires: &[String]) -> Result<Bound, Trouble> {
    if let Some(trouble) = Trouble::common(reply) {
        return Err(trouble);
    }
    match reply.status {
        200 | 201 => done(reply, requires).map(Bound::Done),
        202 => checked(reply, schema::asynchronous).map(|body| Bound::GoesOn {
            operation: optional(&body, "operation"),
        }),
        409 => Err(Trouble::conflict(reply)),
        422 => Err(Trouble::coded(reply, BIND).unwrap_or_else(|| Trouble::bad_response(reply))),
        _ => Err(Trouble::bad_response(reply)),
    }
}

fn done(reply: &Reply, requires: &[String]) -> Result<Secrets, Trouble> {
    let body = whole(reply)?;
    let credentials = body.get("credentials");
    if !matches!(
        credentials,
        None | Some(Value::Null | Value::Object(_) | Value::Bool(false))
    ) {
        return Err(Trouble::malformed(
            reply,
            "expected credentials to be a valid JSON object",
        ));
    }
    let drain = body.get("syslog_drain_url").filter(|it| !it.is_null());
    if drain.is_some() && !requires.iter().any(|it| it == "syslog_drain") {
        let text = "The service is attempting to stream logs from your application, but is not registered as a logging service. \
                    Please contact the service provider.";
        return Err(Trouble::new(Kind::InvalidDrain, reply, text));
    }
    if body.get("route_service_url").is_some_and(|it| !is_route_service(it)) {
        return Err(Trouble::bad_response(reply));
    }
    if let Err(text) = mounts::check(&body, requires, &reply.body) {
        let text = format!("The service broker returned an invalid response: {text}");
        return Err(Trouble::new(Kind::InvalidMounts, reply, text));
    }
    Ok(secrets(&body))
}

/// What an answer without faults gives, to a bind or a `GET`.
pub(super) fn secrets(body: &Map<String, Value>) -> Secrets {
    Secrets {
        credentials: body.get("credentials").filter(|it| it.is_object()).cloned(),
        syslog_drain_url: optional(body, "syslog_drain_url"),
        volume_mounts: body.get("volume_mounts").filter(|it| !it.is_null()).cloned(),
    }
}

/// Null, or an `https` address whose host doesn't begin with a dot.
fn is_route_service(url: &Value) -> bool {
    let Value::String(url) = url else { return url.is_null() };
    let Ok(url) = url.parse::<http::Uri>() else {
        return false;
    };
    let host = url.host().unwrap_or_default();
    url.scheme_str() == Some("https") && !host.is_empty() && !host.starts_with('.')
}
