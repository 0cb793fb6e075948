//! `dashboard-url`.

use serde_json::{Value, json};

use crate::protocol::{self, Failure, NOT_IMPLEMENTED, Request};
use crate::service::Plan;

const BASE: &str = "https://dashboard.example-kv.example";

pub(crate) fn run(request: &Request<'_>) -> Result<String, Failure> {
    let given = request.dashboard_url()?;
    let plan = Plan::read(&given.plan)?;
    let manifest: Value = protocol::json("manifest", &given.manifest)?;
    let expected = format!("service-instance_{}", given.instance_id);
    if manifest["name"] != expected.as_str() {
        return Err(Failure::for_operator(format!("the manifest is not that of {expected}")));
    }
    match of(&plan, &given.instance_id)? {
        Some(url) => Ok(json!({ "dashboard_url": url }).to_string()),
        None => Err(Failure {
            code: NOT_IMPLEMENTED,
            ..Failure::for_operator("dashboard-url not implemented")
        }),
    }
}

/// The dashboard of an instance, unless the plan has none.
pub(crate) fn of(plan: &Plan, instance_id: &str) -> Result<Option<String>, Failure> {
    let base = match plan.properties.get("dashboard_url") {
        None => BASE,
        Some(Value::Bool(false)) => return Ok(None),
        Some(Value::String(base)) => base.trim_end_matches('/'),
        Some(_) => {
            return Err(Failure::for_operator(
                "plan property dashboard_url is neither a URL nor false",
            ));
        }
    };
    Ok(Some(format!("{base}/instances/{instance_id}")))
}
