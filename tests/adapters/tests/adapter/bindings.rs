//! Users of the service: made, found twice, removed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::broker::{DEPLOYMENT, feed, input, manifest, plan, run, run_controlled, start, stderr, stdout, with};

const BINDING: &str = "binding-1";

/// A deployed instance whose users are in a directory of the test's.
struct Instance {
    dir: TempDir,
    manifest: Value,
}

impl Instance {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let mut plan = plan();
        plan["properties"]["users_dir"] = json!(dir.path());
        let (_, manifest) = manifest(&run(&["generate-manifest"], &input(&plan, &json!({}), "")));
        Self { dir, manifest }
    }

    fn user(&self, binding: &str) -> PathBuf {
        self.dir.path().join(DEPLOYMENT).join(format!("{binding}.json"))
    }

    fn input(&self, member: &str, binding: &str, request: &Value) -> String {
        let given = json!({
            "binding_id": binding,
            "bosh_vms": r#"{"kv":["10.0.0.2","10.0.0.3"]}"#,
            "manifest": self.manifest.to_string(),
            "request_parameters": request.to_string(),
            "secrets": r#"{"((/odb/s/d/password))":"resolved"}"#,
            "dns_addresses": "{}",
        });
        json!({member: given}).to_string()
    }

    fn create(&self, parameters: Value) -> Output {
        let request = json!({"app_guid": "app-1", "parameters": parameters});
        run(&["create-binding"], &self.input("create_binding", BINDING, &request))
    }

    fn delete(&self) -> Output {
        let request = json!({"plan_id": "p", "service_id": "s"});
        run(&["delete-binding"], &self.input("delete_binding", BINDING, &request))
    }
}

fn answer(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    serde_json::from_str(&stdout(output)).unwrap()
}

fn failed(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{}", stderr(output));
    stdout(output)
}

#[test]
fn a_binding_is_a_user_with_a_password_of_its_own() {
    let instance = Instance::new();
    let credentials = answer(&instance.create(json!({"note": "marked"})))["credentials"].clone();
    let text = fs::read_to_string(instance.user(BINDING)).unwrap();
    let user: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&user["note"], &user["app_guid"], &credentials["note"]),
        (&json!("marked"), &json!("app-1"), &json!("marked"))
    );
    assert_eq!(user["password"], credentials["password"]);
    assert_eq!(credentials["hosts"], json!(["10.0.0.2", "10.0.0.3"]));
    let password = credentials["password"].as_str().unwrap();
    assert_eq!(password.len(), 32);
    assert_eq!(
        credentials["uri"],
        format!("kv://user-{BINDING}:{password}@10.0.0.2:7777")
    );
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(instance.user(BINDING)), 0o600);
    assert_eq!(mode(instance.dir.path().join(DEPLOYMENT)), 0o700);

    assert!(failed(&instance.create(json!({})), 49).starts_with("binding already exists: "));
    assert_eq!(fs::read_to_string(instance.user(BINDING)).unwrap(), text);
    assert_eq!(answer(&instance.delete()), json!({}));
    assert!(!instance.user(BINDING).exists());
    assert!(failed(&instance.delete(), 41).starts_with("binding not found: "));
    let again = answer(&instance.create(json!({})))["credentials"]["password"].clone();
    assert_ne!(again, password);
}

#[test]
fn arguments_do_as_well() {
    let instance = Instance::new();
    let manifest = instance.manifest.to_string();
    let create = [
        "create-binding",
        BINDING,
        r#"{"kv":["10.0.0.2"]}"#,
        &manifest,
        r#"{"parameters":{}}"#,
    ];
    assert_eq!(answer(&run(&create, ""))["credentials"]["host"], "10.0.0.2");
    let delete = ["delete-binding", BINDING, "{}", &manifest, "{}"];
    assert_eq!(answer(&run(&delete, "")), json!({}));
    assert!(stderr(&run(&["delete-binding", BINDING], "")).contains("usage: delete-binding"));
}

#[test]
fn of_many_at_once_one_creates_and_one_deletes() {
    let instance = Instance::new();
    let all = |command: &str, member: &str| {
        let stdin = instance.input(member, BINDING, &json!({"parameters": {}}));
        let mut children: Vec<_> = (0..8).map(|_| start(&[command], None)).collect();
        children.iter_mut().for_each(|child| feed(child, &stdin));
        let ends = children.into_iter().map(|child| child.wait_with_output().unwrap());
        let mut codes: Vec<_> = ends.map(|end| end.status.code().unwrap()).collect();
        codes.sort_unstable();
        codes
    };
    assert_eq!(all("create-binding", "create_binding"), [0, 49, 49, 49, 49, 49, 49, 49]);
    assert_eq!(all("delete-binding", "delete_binding"), [0, 41, 41, 41, 41, 41, 41, 41]);
    let left = fs::read_dir(instance.dir.path().join(DEPLOYMENT)).unwrap();
    assert_eq!(left.count(), 0, "no drafts");
}

#[test]
fn addresses_by_dns_count_more_than_those_of_vms() {
    let instance = Instance::new();
    let mut stdin: Value =
        serde_json::from_str(&instance.input("create_binding", BINDING, &json!({"parameters": {}}))).unwrap();
    stdin["create_binding"]["dns_addresses"] = r#"{"main":"q-s0.kv.private.d.bosh"}"#.into();
    let credentials = answer(&run(&["create-binding"], &stdin.to_string()))["credentials"].clone();
    assert_eq!(credentials["hosts"], json!(["q-s0.kv.private.d.bosh"]));
    let provides = &instance.manifest["instance_groups"][0]["jobs"][0]["provides"];
    assert_eq!(*provides, json!({"kv": {"as": "kv", "shared": true}}));
}

#[test]
fn parameters_choose_the_answer_and_the_failure() {
    let instance = Instance::new();
    let members = json!({
        "syslog_drain_url": "syslog://h:1", "route_service_url": "https://r", "backup_agent_url": "https://b",
        "volume_mounts": [{"driver": "nfs"}], "endpoints": [{"host": "h"}], "metadata": {"expires_at": "2030-01-01T00:00:00Z"},
    });
    let mut said = answer(&instance.create(members.clone()));
    said.as_object_mut().unwrap().shift_remove("credentials");
    assert_eq!(said, members);
    answer(&instance.delete());

    let large = instance.create(json!({"output_kb": 300}));
    assert!(large.stdout.len() > 300 * 1024 && answer(&large)["credentials"]["padding"].is_string());
    answer(&instance.delete());
    let half = instance.create(json!({"malformed_output": true}));
    assert_eq!(half.status.code(), Some(0));
    assert!(serde_json::from_str::<Value>(&stdout(&half)).is_err());
    answer(&instance.delete());

    failed(&instance.create(json!({"adapter_exit_code": 7})), 7);
    assert!(!instance.user(BINDING).exists());
    failed(
        &instance.create(json!({"adapter_exit_after_code": 8, "adapter_sleep_after_ms": 1})),
        8,
    );
    assert!(instance.user(BINDING).exists());
    let text = failed(&instance.create(json!({"colour": 1})), 1);
    assert_eq!(text, "unsupported parameter(s) for this service plan: colour");
    let text = failed(&instance.create(json!({"note": 5})), 1);
    assert_eq!(text, "parameter note must be a text");

    answer(&instance.delete());
    let request = json!({"app_guid": "", "parameters": {"requires_app": true}});
    let output = run(
        &["create-binding"],
        &instance.input("create_binding", BINDING, &request),
    );
    assert!(failed(&output, 42).starts_with("app GUID not provided: "));
    answer(&instance.create(json!({"requires_app": true})));
}

#[test]
fn the_control_file_names_the_users_and_fails_after_the_effect() {
    let instance = Instance::new();
    let other = TempDir::new().unwrap();
    let control = json!({"users_dir": other.path(), "exit_after_code": 3, "sleep_after_ms": 1});
    let stdin = instance.input("create_binding", BINDING, &json!({"parameters": {}}));
    failed(&run_controlled(&control, &["create-binding"], &stdin), 3);
    let user = other.path().join(DEPLOYMENT).join(format!("{BINDING}.json"));
    assert!(user.exists() && !instance.user(BINDING).exists());
    let stdin = instance.input("delete_binding", BINDING, &json!({}));
    failed(&run_controlled(&control, &["delete-binding"], &stdin), 3);
    assert!(!user.exists());
    let stdin = instance.input("delete_binding", "../x", &json!({}));
    assert!(stderr(&run(&["delete-binding"], &stdin)).contains("can't name a file"));
}

#[test]
fn a_secure_plan_refers_to_secrets_and_a_bind_uses_them() {
    let dir = TempDir::new().unwrap();
    let mut plan = plan();
    plan["properties"]["secure"] = json!(true);
    plan["properties"]["users_dir"] = json!(dir.path());
    plan["properties"]["configs"] = json!({"cloud": "a: 1"});
    let output = run(
        &["generate-manifest"],
        &input(&plan, &json!({"parameters": {"password": "hunter2"}}), ""),
    );
    let (text, first) = manifest(&output);
    let said: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(said["secrets"]["password"], "hunter2");
    assert!(said["secrets"]["tls"]["private_key"].is_string());
    assert_eq!(said["configs"], json!({"cloud": "a: 1"}));
    assert!(!text.contains("hunter2"));
    let properties = &first["instance_groups"][0]["jobs"][0]["properties"];
    assert_eq!(
        *properties,
        json!({"password": "((odb_secret:password))", "tls": "((odb_secret:tls))"})
    );

    // As the broker deploys it: its own references stay, and nothing new is to be stored.
    let deployed = text.replace("((odb_secret:", "((/odb/s/d/");
    let output = run(&["generate-manifest"], &input(&plan, &json!({}), &deployed));
    assert_eq!(manifest(&output).0, deployed);
    let said: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(said["secrets"], json!({}));
    let more = json!({"parameters": {"password": "other", "configs": {"runtime": "b: 2"}}});
    let said: Value =
        serde_json::from_str(&stdout(&run(&["generate-manifest"], &input(&plan, &more, &deployed)))).unwrap();
    assert_eq!(said["secrets"], json!({"password": "other"}));
    assert_eq!(said["configs"], json!({"cloud": "a: 1", "runtime": "b: 2"}));

    let instance = Instance {
        dir,
        manifest: serde_json::from_str(&deployed).unwrap(),
    };
    answer(&instance.create(json!({})));
    let user: Value = serde_json::from_str(&fs::read_to_string(instance.user(BINDING)).unwrap()).unwrap();
    assert_eq!(user["authorised_by"], "resolved");
    let unresolved = instance
        .input("create_binding", "b2", &json!({}))
        .replace("resolved", "x")
        .replace("((/odb/s/d/password))\\\":", "((/other))\\\":");
    let output = run(&["create-binding"], &unresolved);
    assert!(stderr(&output).contains("was not handed over"), "{}", stderr(&output));
    // Without parameters that say so nothing is secure.
    let plain: Value = serde_json::from_str(&stdout(&run(&["generate-manifest"], &with(json!({}))))).unwrap();
    assert_eq!((&plain["secrets"], &plain["configs"]), (&json!({}), &json!({})));
}
