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
    let base = match plan.properties.get("dashboard_url") {
        None => BASE,
        // A plan without a dashboard.
        Some(Value::Bool(false)) => {
            return Err(Failure {
                code: NOT_IMPLEMENTED,
                ..Failure::for_operator("dashboard-url not implemented")
            });
        }
        Some(Value::String(base)) => base.trim_end_matches('/'),
        Some(_) => {
            return Err(Failure::for_operator(
                "plan property dashboard_url is neither a URL nor false",
            ));
        }
    };
    Ok(json!({"dashboard_url": format!("{base}/instances/{}", given.instance_id)}).to_string())
}
