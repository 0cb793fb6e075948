//! The commands, well-behaved.

use serde_json::{Value, json};

use crate::broker::{DEPLOYMENT, deployment, input, manifest, plan, run, stderr, stdout, with};

#[test]
fn the_manifest_is_made_of_deployment_and_plan() {
    let output = run(&["generate-manifest"], &with(json!({})));
    let (text, manifest) = manifest(&output);
    assert_eq!(
        manifest,
        json!({
            "name": DEPLOYMENT,
            "releases": [{"name": "example-kv", "version": "1.200"}],
            "stemcells": [{"alias": "ubuntu-noble", "os": "ubuntu-noble", "version": "1.10"}],
            "update": {"canaries": 2, "max_in_flight": "50%", "canary_watch_time": "1-2", "update_watch_time": "3-4"},
            "instance_groups": [
                {"name": "kv", "instances": 3, "azs": ["z1", "z2"],
                 "jobs": [{"name": "kv-server", "release": "example-kv", "properties": {},
                           "provides": {"kv": {"as": "kv", "shared": true}}}],
                 "vm_type": "small", "stemcell": "ubuntu-noble", "vm_extensions": ["lb"],
                 "persistent_disk_type": "ten", "networks": [{"name": "private"}], "migrated_from": [{"name": "old"}]},
                {"name": "smoke-test", "instances": 1, "azs": ["z1"],
                 "jobs": [{"name": "smoke-test", "release": "example-kv", "properties": {}}],
                 "vm_type": "tiny", "stemcell": "ubuntu-noble", "networks": [{"name": "private"}], "lifecycle": "errand"},
            ],
            "properties": {"max_keys": 12345678901234567890_u64, "tls": true},
        })
    );
    assert!(text.lines().count() > 20, "for people: {text}");
    let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        answer["labels"],
        json!({"service": "example-kv", "release-version": "1.200"})
    );
    assert_eq!((&answer["secrets"], &answer["configs"]), (&json!({}), &json!({})));
    assert_eq!(stderr(&output), "[example-adapter] handling generate-manifest\n");
}

#[test]
fn arguments_give_the_same_manifest_as_stdin() {
    let (text, _) = manifest(&run(&["generate-manifest"], &with(json!({"task_seconds": 2.5}))));
    let request = json!({"parameters": {"task_seconds": 2.5}}).to_string();
    let (deployment, plan) = (deployment().to_string(), plan().to_string());
    let output = run(&["generate-manifest", &deployment, &plan, &request, "", "null"], "");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), text);
    let output = run(&["generate-manifest", &deployment, &plan], "");
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(1), ""));
    assert!(stderr(&output).contains("usage: generate-manifest"));
}

#[test]
fn parameters_reach_the_manifest_and_stay_until_they_are_taken_back() {
    let given = json!({"task_seconds": 3, "fail_at_stage": "Updating instance", "password": "hunter2"});
    let output = run(&["generate-manifest"], &with(given));
    assert!(!stderr(&output).contains("hunter2"));
    let (first_text, first) = manifest(&output);
    let simulator = &first["properties"]["simulator"];
    assert_eq!(
        *simulator,
        json!({"task_seconds": 3, "fail_at_stage": "Updating instance"})
    );
    for group in first["instance_groups"].as_array().unwrap() {
        assert_eq!(group["jobs"][0]["properties"], json!({"password": "hunter2"}));
    }

    // The check for pending changes, then an upgrade: without parameters nothing changes.
    for request in [json!({}), json!({"context": null}), json!({"parameters": {}})] {
        let (text, _) = manifest(&run(&["generate-manifest"], &input(&plan(), &request, &first_text)));
        assert_eq!(text, first_text, "{request}");
    }
    let update = json!({"parameters": {"task_seconds": 9, "fail_at_stage": null, "password": null}});
    let (_, second) = manifest(&run(&["generate-manifest"], &input(&plan(), &update, &first_text)));
    assert_eq!(second["properties"]["simulator"], json!({"task_seconds": 9}));
    assert_eq!(second["instance_groups"][0]["jobs"][0]["properties"], json!({}));
}

#[test]
fn a_plan_may_set_what_the_simulator_does() {
    let mut plan = plan();
    plan["properties"]["simulator"] = json!({"task_seconds": 1, "fail_at_stage": "Creating missing vms"});
    plan.as_object_mut().unwrap().shift_remove("update");
    let request = json!({"parameters": {"task_seconds": 2}});
    let (text, first) = manifest(&run(&["generate-manifest"], &input(&plan, &request, "")));
    let expected = json!({"task_seconds": 2, "fail_at_stage": "Creating missing vms"});
    assert_eq!(first["properties"]["simulator"], expected);
    assert_eq!(first["update"]["max_in_flight"], 1, "a manifest has an update block");

    // Another release of the plan: its new values count where the user chose nothing.
    plan["properties"]["simulator"] = json!({"task_seconds": 5});
    let (text, second) = manifest(&run(&["generate-manifest"], &input(&plan, &json!({}), &text)));
    assert_eq!(second["properties"]["simulator"], json!({"task_seconds": 2}));
    let back = json!({"parameters": {"task_seconds": null}});
    let (_, third) = manifest(&run(&["generate-manifest"], &input(&plan, &back, &text)));
    assert_eq!(third["properties"]["simulator"], json!({"task_seconds": 5}));
}

#[test]
fn parameters_that_are_not_known_or_wrong_are_refused_for_the_user_to_read() {
    let table = [
        (
            json!({"colour": 1, "password": "x", "size": 2}),
            "unsupported parameter(s) for this service plan: colour, size",
        ),
        (
            json!({"task_seconds": -1}),
            "parameter task_seconds must be a number of seconds",
        ),
        (
            json!({"task_seconds": "hunter2"}),
            "parameter task_seconds must be a number of seconds",
        ),
        (
            json!({"fail_at_stage": ""}),
            "parameter fail_at_stage must be the name of a stage",
        ),
        (json!({"password": 5}), "parameter password must be a text"),
        (
            json!({"adapter_sleep_ms": -5}),
            "parameter adapter_sleep_ms must be a number of milliseconds",
        ),
        (
            json!({"adapter_exit_code": 256}),
            "parameter adapter_exit_code must be a number from 1 to 255",
        ),
        (json!([1]), "parameters must be an object"),
    ];
    for (parameters, expected) in table {
        let output = run(&["generate-manifest"], &with(parameters.clone()));
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(1), expected),
            "{parameters}"
        );
        assert!(stderr(&output).contains(expected));
        assert!(!stderr(&output).contains("hunter2"));
    }
}

#[test]
fn inputs_that_are_not_whole_are_for_the_operator_only() {
    let broken = |pointer: &str| {
        let mut plan = plan();
        *plan.pointer_mut(pointer).unwrap() = Value::Null;
        plan.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let groups = plan.get_mut("instance_groups").and_then(Value::as_array_mut);
        for group in groups.into_iter().flatten() {
            group.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        }
        input(&plan, &json!({}), "")
    };
    let groups = "/instance_groups/0";
    let table = [
        (String::new(), "expecting parameters to be passed via stdin"),
        ("hunter2".to_owned(), "stdin is not JSON"),
        ("{}".to_owned(), "service-deployment is not JSON"),
        (broken("/instance_groups"), "missing instance_groups"),
        (broken(&format!("{groups}/instances")), "missing instances"),
        (broken(&format!("{groups}/networks")), "missing networks"),
        (broken(&format!("{groups}/azs")), "missing azs"),
        (
            input(&plan(), &json!({}), "name: not-ours"),
            "previous manifest is not JSON",
        ),
    ];
    for (stdin, expected) in table {
        let output = run(&["generate-manifest"], &stdin);
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(1), ""),
            "{expected}"
        );
        assert!(stderr(&output).contains(expected), "{expected}: {}", stderr(&output));
        assert!(!stderr(&output).contains("hunter2"));
    }
}

#[test]
fn the_dashboard_url_names_the_instance() {
    let (text, _) = manifest(&run(&["generate-manifest"], &with(json!({}))));
    let url = |plan: &Value, id: &str| {
        let given = json!({"instance_id": id, "plan": plan.to_string(), "manifest": text});
        run(&["dashboard-url"], &json!({"dashboard_url": given}).to_string())
    };
    let output = url(&plan(), "4711");
    assert_eq!(
        stdout(&output),
        r#"{"dashboard_url":"https://dashboard.example-kv.example/instances/4711"}"#
    );
    let by_arguments = run(&["dashboard-url", "4711", &plan().to_string(), &text], "");
    assert_eq!(stdout(&by_arguments), stdout(&output));

    let mut other = plan();
    other["properties"]["dashboard_url"] = json!("http://127.0.0.1:8/x/");
    assert_eq!(
        stdout(&url(&other, "4711")),
        r#"{"dashboard_url":"http://127.0.0.1:8/x/instances/4711"}"#
    );
    other["properties"]["dashboard_url"] = json!(false);
    assert_eq!(url(&other, "4711").status.code(), Some(10));
    assert_eq!(
        url(&plan(), "4712").status.code(),
        Some(1),
        "the manifest of another instance"
    );
}

#[test]
fn other_commands_answer_as_adapters_do() {
    let none = run(&[], "");
    assert_eq!(none.status.code(), Some(1));
    assert!(stderr(&none).contains("the following commands are supported: create-binding, dashboard-url"));
    let unknown = run(&["make-coffee"], "{}");
    assert_eq!(unknown.status.code(), Some(1));
    assert!(stderr(&unknown).contains("unknown subcommand: make-coffee"));
}

#[test]
fn errands_that_no_release_lists_are_where_the_plan_runs_them() {
    let mut plan = plan();
    let group =
        |name: &str| json!({"name": name, "vm_type": "small", "instances": 2, "networks": ["n"], "azs": ["z1"]});
    plan["instance_groups"] = json!([group("kv"), group("proxy"), group("own")]);
    plan["lifecycle_errands"] = json!({
        "post_deploy": [{"name": "own"}, {"name": "placed", "instances": ["kv/0", "kv/1"]}, {"name": "smoke-test", "instances": ["kv"]}],
        "pre_delete": [{"name": "everywhere"}, {"name": "placed", "instances": ["kv/0"]}]});
    let (_, manifest) = manifest(&run(&["generate-manifest"], &input(&plan, &json!({}), "")));
    let jobs = |at: usize| -> Vec<(&str, &str)> {
        let jobs = manifest["instance_groups"][at]["jobs"].as_array().unwrap().iter();
        jobs.map(|job| (job["name"].as_str().unwrap(), job["release"].as_str().unwrap()))
            .collect()
    };
    let of = |names: &[&'static str]| -> Vec<(&str, &str)> { names.iter().map(|name| (*name, "example-kv")).collect() };
    assert_eq!(jobs(0), of(&["kv-server", "smoke-test", "placed", "everywhere"]));
    assert_eq!(
        jobs(1),
        of(&["kv-server", "smoke-test", "everywhere"]),
        "what a release lists is everywhere"
    );
    assert_eq!(jobs(2), of(&["own"]));
}

/// A manifest for an instance with this client.
fn with_client(plan: &Value, client: &Value, previous: &str) -> (String, Value, Value) {
    let mut given: Value = serde_json::from_str(&input(plan, &json!({}), previous)).unwrap();
    given["generate_manifest"]["uaa_client"] = client.to_string().into();
    let output = run(&["generate-manifest"], &given.to_string());
    assert!(!stderr(&output).contains("hidden"), "{}", stderr(&output));
    let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let (text, manifest) = manifest(&output);
    (
        text,
        manifest["properties"]["uaa_client"].clone(),
        answer["secrets"].clone(),
    )
}

#[test]
fn the_dashboard_gets_the_uaa_client_and_keeps_its_secret() {
    let known =
        json!({"client_id": "4711", "client_secret": "hidden", "redirect_uri": "https://placeholder.example.com"});
    let mut unknown = known.clone();
    unknown["client_secret"] = json!("");
    let url = "https://dashboard.example-kv.example/instances/4711";
    let whole = json!({"client_id": "4711", "redirect_uri": url, "client_secret": "hidden"});
    let (text, property, _) = with_client(&plan(), &known, "");
    assert_eq!(property, whole);
    assert_eq!(with_client(&plan(), &unknown, &text).0, text, "the same again");
    let without = json!({"client_id": "4711", "redirect_uri": url});
    assert_eq!(with_client(&plan(), &unknown, "").1, without, "nobody knows the secret");
    assert_eq!(with_client(&plan(), &Value::Null, &text).1, Value::Null);

    let mut secure = plan();
    secure["properties"]["secure"] = json!(true);
    secure["properties"]["dashboard_url"] = json!(false);
    let (text, property, secrets) = with_client(&secure, &known, "");
    assert_eq!(
        property,
        json!({"client_id": "4711", "client_secret": "((odb_secret:client_secret))"})
    );
    assert_eq!(secrets["client_secret"], "hidden");
    let deployed = text.replace("((odb_secret:", "((/odb/s/service-instance_4711/");
    let (_, property, secrets) = with_client(&secure, &unknown, &deployed);
    assert_eq!(
        property["client_secret"],
        "((/odb/s/service-instance_4711/client_secret))"
    );
    assert_eq!(secrets.get("client_secret"), None);
}

#[test]
fn labels_are_those_of_the_call_or_its_own() {
    let said = |parameters: Value| {
        let output = run(&["generate-manifest"], &with(parameters));
        let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
        answer["labels"].clone()
    };
    let own = json!({"service": "example-kv", "release-version": "1.200"});
    let odd = json!({"service": 1, "tier": null});
    for (parameters, wanted) in [
        (json!({}), &own),
        (json!({"labels": odd}), &odd),
        (json!({"labels": {}}), &json!({})),
        (json!({"labels": null}), &Value::Null),
    ] {
        assert_eq!(said(parameters), *wanted);
    }
    let refused = run(&["generate-manifest"], &with(json!({"labels": ["s3cr3t"]})));
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stdout(&refused).contains("parameter labels must be an object"),
        "{refused:?}"
    );
    assert!(!stdout(&refused).contains("s3cr3t"));
}
