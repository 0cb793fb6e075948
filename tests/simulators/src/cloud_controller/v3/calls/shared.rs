//! Instances that are shared with other spaces: none is.

use http::StatusCode;
use serde_json::{Value, json};

use super::instances::found;
use crate::cloud_controller::v3::included::Included;
use crate::cloud_controller::v3::query::{Query, Spec};
use crate::cloud_controller::v3::routes::{Call, Outcome};
use crate::cloud_controller::v3::views::link;
use crate::common::answer::Answer;

const SPEC: Spec = Spec {
    path: "",
    arrays: &[],
    singles: &[],
    named: false,
    include: &[],
    fields: &[
        ("space", &["guid", "name", "relationships.organization"]),
        ("space.organization", &["guid", "name"]),
    ],
};

pub(in crate::cloud_controller::v3) fn spaces(call: &Call<'_>) -> Outcome {
    let query = Query::show(call.request, &SPEC)?;
    let state = call.shared.lock();
    let guid = &found(&state, call.arg(0))?.guid;
    let here = format!("/v3/service_instances/{guid}/relationships/shared_spaces");
    let mut body = json!({"data": [], "links": {"self": link(&state, &here)}});
    let mut included = Included::none();
    included.add_fields(&query, "space", "spaces", std::iter::empty::<Value>());
    included.add_fields(&query, "space.organization", "organizations", std::iter::empty());
    included.into(&mut body);
    Ok(Answer::json(StatusCode::OK, &body))
}

pub(in crate::cloud_controller::v3) fn usage(call: &Call<'_>) -> Outcome {
    let state = call.shared.lock();
    let instance = format!("/v3/service_instances/{}", found(&state, call.arg(0))?.guid);
    let spaces = format!("{instance}/relationships/shared_spaces");
    let links = json!({
        "self": link(&state, &format!("{spaces}/usage_summary")),
        "shared_spaces": link(&state, &spaces),
        "service_instance": link(&state, &instance),
    });
    Ok(Answer::json(
        StatusCode::OK,
        &json!({"usage_summary": [], "links": links}),
    ))
}
