//! A small valid configuration in both forms, and edits of it.
use chandler_proto::config::{self, Config, Finding, Findings, Loaded, parse};
use serde_json::{Map, Value, json};

/// The smallest file of each form that parses without a word.
pub(crate) fn file() -> Value {
    let mut all = common();
    all["broker"] = json!({"username": "broker", "password": "hunter2", "disable_cf_startup_checks": true});
    all
}

pub(crate) fn properties() -> Value {
    let mut all = common();
    all["username"] = json!("broker");
    all["password"] = json!("hunter2");
    all["disable_cf_startup_checks"] = json!(true);
    all
}

fn common() -> Value {
    json!({
        "service_deployment": {
            "releases": [{"name": "kv", "version": "1.0", "jobs": ["kv-server"]}],
            "stemcells": [{"os": "ubuntu-jammy", "version": "1.651"}],
        },
        "service_catalog": {
            "id": "service-1", "service_name": "kv", "service_description": "A store",
            "bindable": false, "plan_updatable": false,
            "plans": [plan("plan-1", "small"), plan("plan-2", "large")],
        },
    })
}

pub(crate) fn plan(id: &str, name: &str) -> Value {
    json!({"plan_id": id, "name": name, "description": "A plan", "instance_groups": [group()]})
}

fn group() -> Value {
    json!({"name": "kv", "vm_type": "small", "instances": 1, "networks": ["default"], "azs": ["z1"]})
}

/// Sets the value at a path as findings spell it, making what is missing on the way.
pub(crate) fn set(root: &mut Value, path: &str, value: Value) {
    *slot(root, path) = value;
}

/// Takes a member out.
pub(crate) fn remove(root: &mut Value, path: &str) {
    let (parent, name) = path
        .rsplit_once('.')
        .map_or(("", path), |(parent, name)| (parent, name));
    slot(root, parent)
        .as_object_mut()
        .expect("an object")
        .shift_remove(name)
        .expect("a member");
}

fn slot<'a>(root: &'a mut Value, path: &str) -> &'a mut Value {
    let mut at = root;
    for part in path.split(['.', '[']).filter(|part| !part.is_empty()) {
        at = match part.strip_suffix(']') {
            Some(index) => &mut at[index.parse::<usize>().expect("an index")],
            None => {
                if at.is_null() {
                    *at = Value::Object(Map::new());
                }
                &mut at[part]
            }
        };
    }
    at
}

pub(crate) fn load(root: &Value) -> Result<Loaded, Findings> {
    parse(&root.to_string())
}

pub(crate) fn config(root: &Value) -> Config {
    load(root).unwrap_or_else(|findings| panic!("{findings}")).config
}

/// What could be read of a file, also when it is refused.
pub(crate) fn draft(root: &Value) -> Config {
    let mut seen = None;
    let _ = config::load(&root.to_string(), |config| {
        seen = Some(config.clone());
        Ok(())
    });
    seen.expect("a tree")
}

/// The findings of a file that doesn't load.
pub(crate) fn findings(root: &Value) -> Vec<Finding> {
    load(root).expect_err("findings").0
}

/// Sets one key in the small file and wants just one finding.
pub(crate) fn one_finding(path: &str, value: Value) -> Finding {
    only(&edited(file(), path, value))
}

/// The one finding of a file.
pub(crate) fn only(root: &Value) -> Finding {
    let all = findings(root);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.into_iter().next().expect("one")
}

pub(crate) fn edited(mut root: Value, path: &str, value: Value) -> Value {
    set(&mut root, path, value);
    root
}

pub(crate) fn finding(path: &str, message: &str) -> Finding {
    Finding {
        path: path.to_owned(),
        message: message.to_owned(),
    }
}
