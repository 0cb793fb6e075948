//! `generate-plan-schemas`: what [`crate::parameters`] and [`crate::bind_parameters`] take, as JSON Schema of draft 4.

use std::fs;

use serde_json::{Value, json};

use crate::control::Control;
use crate::protocol::{Failure, NOT_IMPLEMENTED, Request};
use crate::service::Plan;

const DRAFT: &str = "http://json-schema.org/draft-04/schema#";

pub(crate) fn run(request: &Request<'_>, control: &Control) -> Result<String, Failure> {
    let plan = Plan::read(&request.plan_schemas()?.plan)?;
    if let Some(path) = &control.schemas_file {
        let wrong = |error| Failure::for_operator(format!("schemas_file: {}: {error}", path.display()));
        return fs::read_to_string(path).map_err(wrong);
    }
    match plan.properties.get("schemas") {
        None | Some(Value::Bool(true)) => {}
        Some(Value::Bool(false)) => {
            return Err(Failure {
                code: NOT_IMPLEMENTED,
                ..Failure::for_operator("generate-plan-schemas not implemented")
            });
        }
        Some(_) => return Err(Failure::for_operator("plan property schemas is neither true nor false")),
    }
    let instance = instance();
    let schemas = json!({
        "service_instance": {"create": {"parameters": instance}, "update": {"parameters": instance}},
        "service_binding": {"create": {"parameters": binding()}},
    });
    Ok(schemas.to_string())
}

fn instance() -> Value {
    json!({
        "$schema": DRAFT,
        "type": "object",
        "properties": {
            "task_seconds": {
                "description": "How long the simulated Director takes for a task.",
                "type": ["number", "null"],
                "minimum": 0,
            },
            "fail_at_stage": {
                "description": "At which stage a deploy fails.",
                "type": ["string", "null"],
                "minLength": 1,
            },
            "password": {
                "description": "The password of the service's jobs.",
                "type": ["string", "null"],
                "minLength": 1,
            },
            "configs": {
                "description": "BOSH configs by type.",
                "type": "object",
                "additionalProperties": {"type": "string"},
            },
            "labels": {
                "description": "The instance's labels instead of its own.",
                "type": ["object", "null"],
            },
            "adapter_sleep_ms": milliseconds(),
            "adapter_exit_code": exit_code(),
        },
        "additionalProperties": false,
    })
}

fn binding() -> Value {
    json!({
        "$schema": DRAFT,
        "type": "object",
        "properties": {
            "note": {"description": "Kept with the user.", "type": "string"},
            "requires_app": {"description": "Fails unless an app is named.", "type": "boolean"},
            "syslog_drain_url": {},
            "route_service_url": {},
            "backup_agent_url": {},
            "volume_mounts": {},
            "endpoints": {},
            "metadata": {},
            "adapter_sleep_ms": milliseconds(),
            "adapter_sleep_after_ms": milliseconds(),
            "adapter_exit_code": exit_code(),
            "adapter_exit_after_code": exit_code(),
            "output_kb": {"type": "integer", "minimum": 0, "maximum": 100_000},
            "malformed_output": {"type": "boolean"},
        },
        "additionalProperties": false,
    })
}

fn milliseconds() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn exit_code() -> Value {
    json!({"type": "integer", "minimum": 1, "maximum": 255})
}
