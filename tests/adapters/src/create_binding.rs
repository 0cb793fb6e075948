//! `create-binding`: a user of its own for each binding.

use serde_json::{Map, Value, json};

use crate::bind_parameters::BindParameters;
use crate::control::{self, Control};
use crate::manifest;
use crate::protocol::{self, APP_NEEDED, Binding, EXISTS, Failure, Mode, Request};
use crate::users::{self, Users};

/// Where the service listens.
const PORT: u16 = 7777;

pub(crate) fn run(request: &Request<'_>, control: &Control) -> Result<String, Failure> {
    let given = request.binding(protocol::CREATE_BINDING)?;
    let manifest: Value = protocol::json("manifest", &given.manifest)?;
    let asked: Value = protocol::json("request parameters", &given.request_parameters)?;
    let parameters = BindParameters::read(&asked["parameters"])?;
    control::sleep(parameters.sleep_ms);
    asked_to_fail(parameters.exit_code)?;

    let app = [&asked["app_guid"], &asked["bind_resource"]["app_guid"]]
        .into_iter()
        .find_map(|app| app.as_str().filter(|app| !app.is_empty()));
    if parameters.requires_app && app.is_none() {
        return Err(Failure::for_both("app GUID not provided: this service binds apps only").with_code(APP_NEEDED));
    }
    let hosts = hosts(&given)?;
    let password = users::random()?;
    let mut user = Map::new();
    user.insert("username".into(), format!("user-{}", given.binding_id).into());
    user.insert("password".into(), password.as_str().into());
    if let Some(app) = app {
        user.insert("app_guid".into(), app.into());
    }
    if let Some(note) = &parameters.note {
        user.insert("note".into(), note.clone());
    }
    if let Some(admin) = admin(&manifest, &given, request.mode)? {
        user.insert("authorised_by".into(), admin);
    }
    let user = Value::Object(user);
    if !Users::of(&manifest, control)?.create(&given.binding_id, &user)? {
        let text = format!("binding already exists: there is a user for {}", given.binding_id);
        return Err(Failure::for_both(text).with_code(EXISTS));
    }

    control::sleep(parameters.sleep_after_ms);
    asked_to_fail(parameters.exit_after_code)?;
    control.after()?;
    let answer = answer(&user, &hosts, parameters.members, parameters.output_kb);
    let whole = answer.to_string();
    Ok(match parameters.malformed_output {
        true => whole.chars().take(whole.chars().count() / 2).collect(),
        false => whole,
    })
}

fn answer(user: &Value, hosts: &[String], members: Map<String, Value>, kb: usize) -> Value {
    let text = |key: &str| user[key].as_str().unwrap_or_default();
    let (host, username, password) = (hosts.first(), text("username"), text("password"));
    let host = host.map_or("", String::as_str);
    let mut credentials = json!({
        "host": host, "hosts": hosts, "port": PORT, "username": username, "password": password,
        "uri": format!("kv://{username}:{password}@{host}:{PORT}"),
    });
    if let Some(note) = user.get("note") {
        credentials["note"] = note.clone();
    }
    if kb > 0 {
        credentials["padding"] = "x".repeat(kb * 1024).into();
    }
    let mut answer = json!({"credentials": credentials});
    for (name, value) in members {
        answer[name] = value;
    }
    answer
}

/// The addresses by BOSH DNS when the plan asks for them, else those of the VMs.
fn hosts(given: &Binding) -> Result<Vec<String>, Failure> {
    let read = |what: &str, text: &str| match text.trim() {
        "" => Ok(Value::Null),
        text => protocol::json(what, text),
    };
    let dns: Value = read("DNS addresses", &given.dns_addresses)?;
    let vms: Value = read("VMs", &given.bosh_vms)?;
    let texts = |value: &Value| value.as_str().map(str::to_owned);
    let by_dns: Vec<String> = dns
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(_, it)| texts(it))
        .collect();
    if !by_dns.is_empty() {
        return Ok(by_dns);
    }
    let groups = vms.as_object().into_iter().flatten();
    let ips = groups.filter_map(|(_, ips)| ips.as_array()).flatten();
    Ok(ips.filter_map(texts).collect())
}

/// The service's own password, with which users are made: as it is in the manifest, or the secret that stands there by reference.
fn admin(manifest: &Value, given: &Binding, mode: Mode) -> Result<Option<Value>, Failure> {
    let Some(Value::String(password)) = manifest::job_property(manifest, manifest::PASSWORD) else {
        return Ok(None);
    };
    if !password.starts_with("((") {
        return Ok(Some(password.into()));
    }
    match mode {
        // Without stdin no secrets come.
        Mode::Arguments => Ok(None),
        Mode::Stdin => {
            let secrets: Value = protocol::json("secrets", &given.secrets)?;
            match secrets.get(&password) {
                Some(secret) => Ok(Some(secret.clone())),
                None => Err(Failure::for_operator(format!(
                    "the secret {password} was not handed over"
                ))),
            }
        }
    }
}

fn asked_to_fail(code: Option<u8>) -> Result<(), Failure> {
    match code {
        Some(code) => Err(Failure::for_both(format!("asked to fail with exit code {code}")).with_code(code)),
        None => Ok(()),
    }
}
