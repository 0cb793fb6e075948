//! Answers to reads: instances, bindings, the catalog.

use serde_json::{Map, Value, json};

use super::bind::{Secrets, secrets};
use super::{checked, optional, schema, whole};
use crate::cloud_controller::broker::client::Reply;
use crate::cloud_controller::broker::trouble::{Kind, Trouble, status_line};
use crate::cloud_controller::refusal::Refusal;

/// What an instance tells of itself.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cloud_controller::broker) struct FetchedInstance {
    pub(in crate::cloud_controller::broker) dashboard_url: Option<String>,
    /// `{}` when the broker says nothing.
    pub(in crate::cloud_controller::broker) parameters: Value,
}

/// Reads the answer to `GET` of an instance.
pub(in crate::cloud_controller::broker) fn fetch_instance(reply: &Reply) -> Result<FetchedInstance, Trouble> {
    let body = fetched(reply, schema::fetched_instance)?;
    Ok(FetchedInstance {
        dashboard_url: optional(&body, "dashboard_url"),
        parameters: parameters(&body),
    })
}

/// Reads the answer to `GET` of a binding: what it gives, and its parameters.
pub(in crate::cloud_controller::broker) fn fetch_binding(reply: &Reply) -> Result<(Secrets, Value), Trouble> {
    let body = fetched(reply, schema::fetched_binding)?;
    Ok((secrets(&body), parameters(&body)))
}

/// Reads the answer to `GET` of the catalog, whose content isn't looked at here.
pub(in crate::cloud_controller::broker) fn catalog(reply: &Reply) -> Result<Value, Refusal> {
    let advice = "Please check that the URL points to a valid service broker.";
    let read = match (Trouble::common(reply), reply.status) {
        (Some(trouble), _) => Err(trouble),
        (None, 200) => whole(reply),
        (None, 201 | 202) => whole(reply).and_then(|_| Err(Trouble::bad_response(reply))),
        (None, _) => Err(Trouble::bad_response(reply)),
    };
    match read {
        Ok(body) => Ok(Value::Object(body)),
        Err(trouble) if trouble.kind == Kind::Rejected => {
            let status = status_line(reply.status);
            let text = format!("The service broker rejected the request. Status Code: {status}. {advice}");
            Err(Refusal::new(502, 270020, "CF-ServiceBrokerRequestRejected", text))
        }
        Err(trouble) if trouble.kind == Kind::Malformed => {
            let text = format!(
                "The service broker returned an invalid response: expected valid JSON object in body. {advice}"
            );
            Err(Refusal::new(502, 270021, "CF-ServiceBrokerRequestMalformed", text))
        }
        Err(trouble) => Err(trouble.refusal()),
    }
}

fn fetched(
    reply: &Reply,
    violations: impl Fn(&Map<String, Value>) -> Vec<String>,
) -> Result<Map<String, Value>, Trouble> {
    match (Trouble::common(reply), reply.status) {
        (Some(trouble), _) => Err(trouble),
        (None, 200) => checked(reply, violations),
        (None, _) => Err(Trouble::bad_response(reply)),
    }
}

fn parameters(body: &Map<String, Value>) -> Value {
    body.get("parameters").cloned().unwrap_or_else(|| json!({}))
}
