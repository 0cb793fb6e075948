//! The one place where outcomes become HTTP: statuses, bodies, headers.
use super::{Answer, LastOperation, Refusal, Trail, Trouble};
use bytes::Bytes;
use chandler_proto::failure::{Failure, SyncError};
use http::{
    HeaderValue, Response, StatusCode,
    header::{ALLOW, CONTENT_TYPE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE},
};
use http_body_util::Full;
use serde::Serialize;
use serde_json::{Value, json};

impl Answer {
    /// The response.
    pub(crate) fn response(&self, trail: &Trail) -> Response<Full<Bytes>> {
        match self {
            Answer::Catalog(page) => {
                let mut response = sent(StatusCode::OK, page.json.clone());
                response.headers_mut().insert(ETAG, page.etag.clone());
                response
            }
            Answer::CatalogUnchanged(etag) => {
                let mut response = Response::new(Full::default());
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                response.headers_mut().insert(ETAG, etag.clone());
                response
            }
            Answer::Accepted(operation) => {
                json_of(StatusCode::ACCEPTED, &json!({ "operation": operation.to_string() }))
            }
            Answer::Changing {
                operation,
                dashboard_url,
            } => {
                let mut body = json!({ "operation": operation.to_string() });
                if let Some(url) = dashboard_url {
                    body["dashboard_url"] = json!(url);
                }
                json_of(StatusCode::ACCEPTED, &body)
            }
            Answer::Managed(operation) => {
                let word = operation.operation.word(false);
                let body = json!({ "operation": operation.to_string(), "OperationType": word });
                json_of(StatusCode::ACCEPTED, &body)
            }
            Answer::UpToDate => {
                let mut response = Response::new(Full::default());
                *response.status_mut() = StatusCode::NO_CONTENT;
                response
            }
            Answer::Provisioned {
                dashboard_url: Some(url),
            } => json_of(StatusCode::OK, &json!({ "dashboard_url": url })),
            Answer::Provisioned { dashboard_url: None } => json_of(StatusCode::OK, &json!({})),
            Answer::Instance(instance) => json_of(StatusCode::OK, instance),
            Answer::State(state) => state.response(),
            Answer::Binding { created, json } => {
                let status = if *created { StatusCode::CREATED } else { StatusCode::OK };
                sent(status, Bytes::copy_from_slice(json.expose().as_bytes()))
            }
            Answer::Unbound => json_of(StatusCode::OK, &json!({})),
            Answer::Failed(failure) => failed(failure),
            Answer::Gone(thing) => {
                let text = thing.pick("The service instance is gone", "The service binding is gone");
                described(StatusCode::GONE, None, text)
            }
            Answer::Refused(refusal) => refusal.response(),
            Answer::Trouble(trouble) => trouble.response(trail),
            Answer::SchemasMissing(text) => described(StatusCode::SERVICE_UNAVAILABLE, None, &trail.after(text)),
            // Its text is the worker's, and needs no trail.
            Answer::SchemasWrong(text) => described(StatusCode::INTERNAL_SERVER_ERROR, None, text),
        }
    }
}

impl LastOperation {
    fn response(&self) -> Response<Full<Bytes>> {
        match self {
            LastOperation::InProgress {
                description,
                retry_after,
            } => {
                let body = json!({ "state": "in progress", "description": description });
                let mut response = json_of(StatusCode::OK, &body);
                response
                    .headers_mut()
                    .insert(RETRY_AFTER, HeaderValue::from(*retry_after));
                response
            }
            LastOperation::Succeeded { description } => json_of(
                StatusCode::OK,
                &json!({ "state": "succeeded", "description": description }),
            ),
            LastOperation::Failed {
                description,
                instance_usable,
                update_repeatable,
            } => {
                let mut body = json!({ "state": "failed", "description": description });
                if let Some(usable) = instance_usable {
                    body["instance_usable"] = Value::Bool(*usable);
                }
                if let Some(repeatable) = update_repeatable {
                    body["update_repeatable"] = Value::Bool(*repeatable);
                }
                json_of(StatusCode::OK, &body)
            }
        }
    }
}

impl Refusal {
    fn response(&self) -> Response<Full<Bytes>> {
        use StatusCode as S;
        let (status, error, description) = match self {
            Refusal::Unauthorized => (S::UNAUTHORIZED, None, "Not authorized"),
            Refusal::BadVersion(text) => (S::BAD_REQUEST, None, *text),
            Refusal::OtherVersion => (
                S::PRECONDITION_FAILED,
                None,
                "X-Broker-API-Version Header must be 2.x, for example 2.17",
            ),
            Refusal::Malformed(text) => (S::BAD_REQUEST, None, text.as_str()),
            Refusal::TooLarge(limit) => {
                let text = format!("The request is larger than the {limit} bytes that the broker takes");
                return described(S::PAYLOAD_TOO_LARGE, None, &text);
            }
            Refusal::TooSlow => (
                S::REQUEST_TIMEOUT,
                None,
                "The body of the request didn't arrive in time",
            ),
            Refusal::NoSuchPath => (S::NOT_FOUND, None, "There is nothing at this path"),
            Refusal::NoSuchMethod(_) => (S::METHOD_NOT_ALLOWED, None, "This path doesn't know the method"),
            Refusal::NotFound(text) => (S::NOT_FOUND, None, *text),
            Refusal::Conflict(thing) => (
                S::CONFLICT,
                None,
                thing.pick(
                    "A service instance with this id exists already, with a different service, plan or parameters",
                    "A service binding with this id exists already, with a different service, plan, app or parameters",
                ),
            ),
            Refusal::RequiresApp => (
                S::UNPROCESSABLE_ENTITY,
                Some("RequiresApp"),
                "No app-guid or credential client ID were provided in the binding request, you must configure one of these",
            ),
            Refusal::NoBackupAgent => (
                S::UNPROCESSABLE_ENTITY,
                None,
                "service does not support backup agent binding",
            ),
            Refusal::AsyncRequired => (
                S::UNPROCESSABLE_ENTITY,
                Some("AsyncRequired"),
                "This service plan requires client support for asynchronous service operations.",
            ),
            Refusal::Concurrency(text) => (S::UNPROCESSABLE_ENTITY, Some("ConcurrencyError"), *text),
            Refusal::Busy(text) => (S::CONFLICT, None, *text),
            // After a bare 422 Cloud Controller deletes what it takes to be half there.
            Refusal::NotAdmitted(text) => (S::BAD_REQUEST, None, text.as_str()),
            Refusal::Impossible(text) => (S::UNPROCESSABLE_ENTITY, None, text.as_str()),
            Refusal::Outdated => (
                S::UNPROCESSABLE_ENTITY,
                None,
                "service instance needs to be upgraded before updating",
            ),
            Refusal::MaintenanceDiffers => (
                S::UNPROCESSABLE_ENTITY,
                Some("MaintenanceInfoConflict"),
                "passed maintenance_info does not match the catalog maintenance_info",
            ),
            Refusal::MaintenanceUnknown => (
                S::UNPROCESSABLE_ENTITY,
                Some("MaintenanceInfoConflict"),
                "maintenance_info was passed, but the broker catalog contains no maintenance_info",
            ),
        };
        let mut response = described(status, error, description);
        match self {
            Refusal::Unauthorized => {
                let realm = HeaderValue::from_static("Basic realm=\"chandler\", charset=\"UTF-8\"");
                response.headers_mut().insert(WWW_AUTHENTICATE, realm);
            }
            Refusal::NoSuchMethod(allow) => {
                response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
            }
            _ => {}
        }
        response
    }
}

impl Trouble {
    fn response(self, trail: &Trail) -> Response<Full<Bytes>> {
        let (status, text) = match self {
            Trouble::BusAway => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The service broker can't reach its message bus at the moment; nothing was changed. Please try again in a moment.",
            ),
            Trouble::Uncertain => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The service broker could not find out whether the request was stored. Please try again in a moment.",
            ),
            Trouble::Replaced => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The operation was cancelled by a later request before it could be confirmed. Please try again.",
            ),
            Trouble::Incomplete => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The service broker's records are not known to be complete, so it can't tell whether this service instance or binding exists. \
                 Please contact your operations team: `chandler bus bootstrap` has to be run, or `chandler rebuild` when instances were lost from the bus.",
            ),
            Trouble::Unusable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The service broker can't use its record of this service instance or binding. Please contact your operations team.",
            ),
            Trouble::OutOfTime => (
                StatusCode::GATEWAY_TIMEOUT,
                "The service broker could not answer in time. Please try again in a moment.",
            ),
            Trouble::BindTooSlow => (
                StatusCode::GATEWAY_TIMEOUT,
                "The service binding could not be created in time and is removed again. Please try again in a moment.",
            ),
            Trouble::UnbindTooSlow => (
                StatusCode::GATEWAY_TIMEOUT,
                "The service binding could not be deleted in time; its deletion goes on. Please try again in a moment.",
            ),
            Trouble::Defect => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "There was a problem completing your request. Please contact your operations team.",
            ),
        };
        described(status, None, &trail.after(text))
    }
}

impl Trail {
    fn after(&self, text: &str) -> String {
        let request = self.request.as_ref().map(|id| format!("broker-request-id: {id}"));
        let trace = self.trace.as_ref().map(|id| format!("trace-id: {id}"));
        match [request, trace].into_iter().flatten().collect::<Vec<_>>().join(", ") {
            nothing if nothing.is_empty() => text.to_owned(),
            names => format!("{text} ({names})"),
        }
    }
}

/// The end of what the platform waited for. Its text is the job's, and needs no trail.
fn failed(failure: &Failure) -> Response<Full<Bytes>> {
    let text = match failure.for_user.as_str() {
        "" => "The operation failed. Please contact your operations team.",
        text => text,
    };
    match failure.error {
        Some(SyncError::RequiresApp) => described(StatusCode::UNPROCESSABLE_ENTITY, Some("RequiresApp"), text),
        Some(SyncError::Gone) => described(StatusCode::GONE, None, text),
        Some(SyncError::Conflict) => described(StatusCode::CONFLICT, None, text),
        None => described(StatusCode::INTERNAL_SERVER_ERROR, None, text),
    }
}

fn described(status: StatusCode, error: Option<&'static str>, description: &str) -> Response<Full<Bytes>> {
    match error {
        Some(error) => json_of(status, &json!({ "error": error, "description": description })),
        None => json_of(status, &json!({ "description": description })),
    }
}

fn json_of(status: StatusCode, body: &impl Serialize) -> Response<Full<Bytes>> {
    // Texts and maps of texts always have a JSON form.
    sent(
        status,
        serde_json::to_vec(body).unwrap_or_else(|_| b"{}".to_vec()).into(),
    )
}

fn sent(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests;
