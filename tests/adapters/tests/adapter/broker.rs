//! Runs the adapter as a broker does.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_example-adapter");
pub(crate) const DEPLOYMENT: &str = "service-instance_4711";
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) fn deployment() -> Value {
    json!({
        "deployment_name": DEPLOYMENT,
        "releases": [{"name": "example-kv", "version": "1.200", "jobs": ["kv-server", "smoke-test"]}],
        "stemcells": [{"stemcell_os": "ubuntu-noble", "stemcell_version": "1.10"}],
    })
}

pub(crate) fn plan() -> Value {
    json!({
        "properties": {"max_keys": 12345678901234567890_u64, "tls": true},
        "lifecycle_errands": {"post_deploy": [{"name": "smoke-test"}]},
        "instance_groups": [
            {"name": "kv", "vm_type": "small", "vm_extensions": ["lb"], "persistent_disk_type": "ten",
             "instances": 3, "networks": ["private"], "azs": ["z1", "z2"], "migrated_from": [{"name": "old"}]},
            {"name": "smoke-test", "vm_type": "tiny", "instances": 1, "networks": ["private"],
             "azs": ["z1"], "lifecycle": "errand"},
        ],
        "update": {"canaries": 2, "max_in_flight": "50%", "canary_watch_time": "1-2", "update_watch_time": "3-4"},
    })
}

/// A `generate-manifest` on stdin, as the broker builds it.
pub(crate) fn input(plan: &Value, request: &Value, previous_manifest: &str) -> String {
    let text = json!({
        "generate_manifest": {
            "service_deployment": deployment().to_string(),
            "plan": plan.to_string(),
            "previous_plan": "null",
            "previous_manifest": previous_manifest,
            "request_parameters": request.to_string(),
            "previous_secrets": "null", "previous_configs": "null", "uaa_client": "null",
        },
        "dashboard_url": {"instance_id": "", "plan": "", "manifest": ""},
        "create_binding": {"binding_id": "", "bosh_vms": "", "manifest": "", "request_parameters": "", "secrets": "", "dns_addresses": ""},
        "delete_binding": {"binding_id": "", "bosh_vms": "", "manifest": "", "request_parameters": "", "secrets": "", "dns_addresses": ""},
        "generate_plan_schemas": {"plan": ""},
    });
    format!("{text}\n")
}

pub(crate) fn with(parameters: Value) -> String {
    input(
        &plan(),
        &json!({"service_id": "s", "plan_id": "p", "parameters": parameters}),
        "",
    )
}

pub(crate) fn start(args: &[&str], control: Option<&Path>) -> Child {
    let mut command = Command::new(PROGRAM);
    command.args(args).env_remove("EXAMPLE_ADAPTER_CONTROL");
    if let Some(control) = control {
        command.env("EXAMPLE_ADAPTER_CONTROL", control);
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

pub(crate) fn feed(child: &mut Child, stdin: &str) {
    // Closes it, too. An adapter that doesn't read is no failure of the test.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
}

pub(crate) fn run(args: &[&str], stdin: &str) -> Output {
    let mut child = start(args, None);
    feed(&mut child, stdin);
    child.wait_with_output().unwrap()
}

pub(crate) fn run_controlled(control: &Value, args: &[&str], stdin: &str) -> Output {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), control.to_string()).unwrap();
    let mut child = start(args, Some(file.path()));
    feed(&mut child, stdin);
    child.wait_with_output().unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The manifest's text and the manifest.
pub(crate) fn manifest(output: &Output) -> (String, Value) {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    let answer: Value = serde_json::from_str(&stdout(output)).unwrap();
    let text = answer["manifest"].as_str().unwrap().to_owned();
    let manifest = serde_json::from_str(&text).unwrap();
    (text, manifest)
}
