//! `generate-plan-schemas`: what it says is what the other commands take.

use std::fs;

use chandler_schemas::{Parameters, PlanSchemas};
use serde_json::{Value, json};

use crate::broker::{plan, run, run_controlled, stderr, stdout, with};

fn input(plan: &Value) -> String {
    let mut input: Value = serde_json::from_str(&with(json!({}))).unwrap();
    input["generate_plan_schemas"]["plan"] = plan.to_string().into();
    input.to_string()
}

fn schemas() -> PlanSchemas {
    let output = run(&["generate-plan-schemas"], &input(&plan()));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    PlanSchemas::read(&serde_json::from_str(&stdout(&output)).unwrap()).unwrap()
}

#[test]
fn the_schemas_can_be_used_and_are_fit_for_cloud_controller() {
    let schemas = schemas();
    assert!(schemas.warnings().is_empty());
    let shown = schemas.to_osbapi();
    assert!(shown["service_binding"]["create"]["parameters"]["properties"]["note"].is_object());
}

/// Neither laxer nor stricter than `generate-manifest`.
#[test]
fn parameters_that_fit_are_those_that_are_taken() {
    let schemas = schemas();
    for parameters in [
        json!({}),
        json!({"task_seconds": 0, "fail_at_stage": "Updating instance", "password": "p"}),
        json!({"task_seconds": 2.5, "configs": {"cloud": "x"}}),
        json!({"task_seconds": null, "fail_at_stage": null, "password": null}),
        json!({"adapter_sleep_ms": 0}),
        json!({"task_seconds": -1}),
        json!({"task_seconds": "3"}),
        json!({"fail_at_stage": ""}),
        json!({"password": ""}),
        json!({"password": 5}),
        json!({"configs": {"cloud": 5}}),
        json!({"configs": null}),
        json!({"labels": {"a": "b", "c": [1]}}),
        json!({"labels": null}),
        json!({"labels": "a"}),
        json!({"adapter_sleep_ms": -1}),
        json!({"adapter_sleep_ms": 1.5}),
        json!({"adapter_exit_code": 0}),
        json!({"adapter_exit_code": 256}),
        json!({"other": 1}),
    ] {
        let taken = run(&["generate-manifest"], &with(parameters.clone())).status.code() == Some(0);
        for what in [Parameters::Create, Parameters::Update] {
            assert_eq!(schemas.check(what, &parameters).is_ok(), taken, "{what} {parameters}");
        }
    }
    assert!(
        schemas
            .check(Parameters::Create, &json!({"adapter_exit_code": 255}))
            .is_ok()
    );
}

#[test]
fn parameters_of_a_binding_that_fit_are_those_that_are_taken() {
    let (schemas, dir) = (schemas(), tempfile::tempdir().unwrap());
    for (number, parameters) in [
        json!({}),
        json!({"note": "n", "requires_app": false, "output_kb": 1, "malformed_output": false}),
        json!({"syslog_drain_url": "x", "endpoints": [], "metadata": {}, "adapter_sleep_after_ms": 0}),
        json!({"note": 5}),
        json!({"note": null}),
        json!({"requires_app": "true"}),
        json!({"output_kb": 100_001}),
        json!({"adapter_sleep_ms": -1}),
        json!({"adapter_exit_code": 0}),
        json!({"adapter_exit_after_code": 256}),
        json!({"task_seconds": 1}),
    ]
    .into_iter()
    .enumerate()
    {
        let mut given: Value = serde_json::from_str(&with(json!({}))).unwrap();
        let made = run(&["generate-manifest"], &given.to_string());
        let made: Value = serde_json::from_str(&stdout(&made)).unwrap();
        given["create_binding"] = json!({
            "binding_id": format!("b{number}"), "bosh_vms": "{\"kv\":[\"10.0.0.1\"]}", "manifest": made["manifest"],
            "request_parameters": json!({"parameters": parameters}).to_string(), "secrets": "null", "dns_addresses": "{}",
        });
        let control = json!({"users_dir": dir.path()});
        let output = run_controlled(&control, &["create-binding"], &given.to_string());
        let taken = output.status.code() == Some(0);
        assert_eq!(
            schemas.check(Parameters::Bind, &parameters).is_ok(),
            taken,
            "{parameters}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn both_forms_say_the_same() {
    let plan = plan();
    let said = run(&["generate-plan-schemas"], &input(&plan));
    let output = run(&["generate-plan-schemas", "--plan-json", &plan.to_string()], "");
    assert_eq!((output.status.code(), stdout(&output)), (Some(0), stdout(&said)));
    for wrong in [
        vec!["generate-plan-schemas", "{}"],
        vec!["generate-plan-schemas", "--plan", "{}"],
    ] {
        let output = run(&wrong, "");
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("usage: generate-plan-schemas --plan-json"));
    }
    assert_eq!(
        run(&["generate-plan-schemas"], &input(&json!("no plan"))).status.code(),
        Some(1)
    );
}

#[test]
fn it_says_something_else_when_it_is_told_to() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "{\"no\": \"schemas\"").unwrap();
    let control = json!({"schemas_file": file.path(), "commands": ["none"]});
    let output = run_controlled(&control, &["generate-plan-schemas"], &input(&plan()));
    assert_eq!(
        (output.status.code(), stdout(&output).as_str()),
        (Some(0), "{\"no\": \"schemas\"")
    );
    let gone = run_controlled(
        &json!({"schemas_file": "/nowhere"}),
        &["generate-plan-schemas"],
        &input(&plan()),
    );
    assert_eq!(gone.status.code(), Some(1));
    let control = json!({"exit_code": 10, "commands": ["generate-plan-schemas"]});
    let output = run_controlled(&control, &["generate-plan-schemas"], &input(&plan()));
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(10), ""));
    let mut without = plan();
    without["properties"]["schemas"] = json!(false);
    let output = run(&["generate-plan-schemas"], &input(&without));
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(10), ""));
    assert!(stderr(&output).contains("generate-plan-schemas not implemented"));
}
