//! `/v3/feature_flags`: as a new installation has them.

use http::StatusCode;
use serde_json::{Value, json};

use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::state::State;
use crate::cloud_controller::v3::routes::{Call, Outcome};
use crate::cloud_controller::v3::views::link;
use crate::common::answer::Answer;

/// Those that have to do with services.
const FLAGS: [(&str, bool); 3] = [
    ("service_instance_creation", true),
    ("service_instance_sharing", false),
    ("space_scoped_private_broker_creation", true),
];

pub(in crate::cloud_controller::v3) fn list(call: &Call<'_>) -> Outcome {
    let state = call.shared.lock();
    let flags: Vec<Value> = FLAGS.iter().map(|flag| view(&state, flag)).collect();
    let here = link(&state, "/v3/feature_flags?page=1&per_page=50");
    let pagination = json!({
        "total_results": flags.len(),
        "total_pages": 1,
        "first": here,
        "last": here,
        "next": null,
        "previous": null,
    });
    let body = json!({"pagination": pagination, "resources": flags});
    Ok(Answer::json(StatusCode::OK, &body))
}

pub(in crate::cloud_controller::v3) fn show(call: &Call<'_>) -> Outcome {
    let flag = FLAGS.iter().find(|(name, _)| *name == call.arg(0));
    let flag = flag.ok_or_else(|| Refusal::not_found("Feature flag"))?;
    Ok(Answer::json(StatusCode::OK, &view(&call.shared.lock(), flag)))
}

fn view(state: &State, (name, enabled): &(&str, bool)) -> Value {
    json!({
        "name": name,
        "enabled": enabled,
        "updated_at": null,
        "custom_error_message": null,
        "links": {"self": link(state, &format!("/v3/feature_flags/{name}"))},
    })
}
