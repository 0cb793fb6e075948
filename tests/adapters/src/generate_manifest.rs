//! `generate-manifest`.

use serde_json::{Map, Value, json};

use crate::control::{self, Control};
use crate::manifest;
use crate::parameters::Parameters;
use crate::protocol::{self, Failure, Mode, Request};
use crate::service::{Plan, ServiceDeployment};
use crate::uaa_client::UaaClient;

pub(crate) fn run(request: &Request<'_>, control: &Control) -> Result<String, Failure> {
    let given = request.generate_manifest()?;
    let deployment = ServiceDeployment::read(&given.service_deployment)?;
    let plan = Plan::read(&given.plan)?;
    let parameters = Parameters::read(&given.request_parameters)?;
    let client = UaaClient::read(&given.uaa_client)?;
    let previous = previous(&given.previous_manifest)?;
    if let Some(ms) = parameters.adapter_sleep_ms {
        control::sleep(ms);
    }
    if let Some(code) = parameters.adapter_exit_code {
        return Err(Failure {
            code,
            ..Failure::for_both(format!("asked to fail with exit code {code}"))
        });
    }
    let built = manifest::build(&deployment, &plan, &parameters, client.as_ref(), previous.as_ref())?;
    let mut manifest = built.manifest;
    let mut configs = match plan.properties.get("configs") {
        Some(Value::Object(of_plan)) => of_plan.clone(),
        Some(_) | None => Map::new(),
    };
    configs.extend(parameters.configs);
    if request.mode == Mode::Arguments && !(built.secrets.is_empty() && configs.is_empty()) {
        return Err(Failure::for_operator("secrets and configs need stdin"));
    }
    if control.wrong_name {
        manifest["name"] = "service-instance_of-somebody-else".into();
    }
    // JSON is YAML, and no scalar in it can be mistaken for another type.
    let yaml = format!("{manifest:#}\n");
    Ok(match request.mode {
        Mode::Arguments => yaml,
        Mode::Stdin => {
            let version = deployment.releases.first().map(|release| release.version.as_str());
            let own = || json!({"service": "example-kv", "release-version": version});
            let labels = parameters.labels.unwrap_or_else(own);
            json!({"manifest": yaml, "secrets": built.secrets, "configs": configs, "labels": labels}).to_string()
        }
    })
}

/// The manifest that this adapter generated before; it reads no others.
fn previous(text: &str) -> Result<Option<Value>, Failure> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    protocol::json("previous manifest", text).map(Some)
}
