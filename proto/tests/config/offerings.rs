//! Several service offerings in one file.
use crate::support::{config, edited, file, finding, findings, load, only, plan, properties, remove, set};
use chandler_proto::config::{Config, FileLook};
use serde_json::{Value, json};

const FIRST: &str = "chandler.offerings[0]";

/// A further offering with a plan of its own.
fn further() -> Value {
    json!({
        "service_catalog": {
            "id": "service-2", "service_name": "queue", "service_description": "A queue",
            "bindable": true, "plan_updatable": true,
            "plans": [plan("plan-3", "small")],
        },
        "service_deployment": {
            "releases": [{"name": "queue", "version": "2.0", "jobs": ["queue-server"]}],
            "stemcells": [{"os": "ubuntu-noble", "version": "1.9"}],
        },
        "service_adapter": {"path": "/queue/adapter"},
    })
}

fn two(mut root: Value) -> Value {
    set(&mut root, "chandler.offerings", json!([further()]));
    root
}

fn names(config: &Config) -> Vec<&str> {
    config.catalog.offerings.iter().map(|it| it.name.as_str()).collect()
}

#[test]
fn they_stand_beside_the_one_at_the_top_with_an_adapter_of_their_own() {
    for form in [file(), properties()] {
        let loaded = load(&two(form)).expect("loads");
        assert_eq!(loaded.warnings, []);
        let config = loaded.config;
        assert_eq!(names(&config), ["kv", "queue"]);
        let [kv, queue] = &config.catalog.offerings[..] else {
            panic!()
        };
        assert_eq!(queue.adapter.path, "/queue/adapter");
        assert_ne!(kv.adapter.path, queue.adapter.path);
        assert_eq!(kv.deployment.releases[0].name, "kv");
        assert_eq!(queue.deployment.releases[0].name, "queue");
        assert!(config.catalog.plan("service-2", "plan-3").is_some());
        assert!(config.catalog.plan("service-1", "plan-3").is_none());
        let found = queue.adapter.check(|_| FileLook::Directory).expect_err("a directory").0;
        assert_eq!(found[0].path, format!("{FIRST}.service_adapter.path"));
    }
}

#[test]
fn they_may_stand_instead_of_the_one_at_the_top() {
    let mut all = two(file());
    remove(&mut all, "service_catalog");
    remove(&mut all, "service_deployment");
    assert_eq!(names(&config(&all)), ["queue"]);
    set(&mut all, "chandler.offerings", json!([]));
    assert!(
        findings(&all).iter().any(|it| it.path == "service_catalog.id"),
        "there is none at all"
    );
}

#[test]
fn sections_that_say_nothing_are_no_offering_at_the_top() {
    for form in [file(), properties()] {
        let mut all = two(form);
        for blank in [Value::Null, json!({}), json!({"bindable": false, "service_name": ""})] {
            set(&mut all, "service_catalog", blank);
            set(&mut all, "service_deployment", json!({"releases": []}));
            set(&mut all, "service_adapter", json!({"path": null}));
            assert_eq!(names(&config(&all)), ["queue"]);
        }
    }
}

#[test]
fn half_an_offering_at_the_top_is_told_in_a_word() {
    const TEXT: &str = "is for an offering at the top, but there is no service_catalog";
    for mut all in [two(file()), two(properties())] {
        set(&mut all, "service_catalog", Value::Null);
        assert_eq!(only(&all), finding("service_deployment", TEXT));
        remove(&mut all, "service_deployment");
        set(&mut all, "service_adapter.path", json!("/adapter"));
        assert_eq!(only(&all), finding("service_adapter", TEXT));
        // What is no section isn't missing.
        set(&mut all, "service_catalog", json!("kv"));
        remove(&mut all, "service_adapter");
        let found = findings(&all);
        assert!(found.iter().any(|it| it.path == "service_catalog"), "{found:?}");
        set(&mut all, "service_deployment", further()["service_deployment"].clone());
        assert_eq!(only(&all).path, "service_catalog");
        // A catalog wants what belongs to it.
        set(&mut all, "service_catalog", file()["service_catalog"].clone());
        set(&mut all, "service_deployment", Value::Null);
        let found: Vec<_> = findings(&all).into_iter().map(|it| it.path).collect();
        assert_eq!(found, ["service_deployment.releases", "service_deployment.stemcells"]);
    }
}

#[test]
fn each_knows_where_its_catalog_stands() {
    let both = [config(&two(file())), config(&two(properties()))];
    assert_eq!(both[0], both[1]);
    let keys: Vec<_> = both[0].catalog.offerings.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(keys, ["service_catalog", "chandler.offerings[0].service_catalog"]);
}

#[test]
fn what_is_wrong_in_one_is_told_where_it_stands() {
    let at = |path: &str| format!("{FIRST}.{path}");
    let mut all = two(file());
    for (path, value) in [
        ("service_catalog.plans[0].name", json!("")),
        ("service_catalog.bindable", json!("perhaps")),
        ("service_deployment.releases[0].version", json!("latest")),
    ] {
        set(&mut all, &at(path), value);
    }
    let found: Vec<_> = findings(&all).into_iter().map(|it| it.path).collect();
    for path in [
        "service_catalog.plans[0].name",
        "service_catalog.bindable",
        "service_deployment.releases[0].version",
    ] {
        assert!(found.contains(&at(path)), "{path}: {found:?}");
    }
    assert_eq!(found.len(), 3);

    let all = edited(two(file()), &at("service_catalog.plans[0].nam"), json!("x"));
    let warnings = load(&all).expect("loads").warnings;
    let text = "is not a known key and is ignored; did you mean `name`?";
    assert_eq!(warnings, [finding(&at("service_catalog.plans[0].nam"), text)]);
    let all = edited(two(file()), &at("service_adaptor"), json!({"path": "x"}));
    let text = "is not a known key and is ignored; did you mean `service_adapter`?";
    assert_eq!(
        load(&all).expect("loads").warnings,
        [finding(&at("service_adaptor"), text)]
    );
    let all = edited(two(file()), &at("bosh"), json!({}));
    assert_eq!(load(&all).expect("loads").warnings[0].path, at("bosh"));
}

#[test]
fn ids_are_unique_over_all_of_them() {
    let top = "service_catalog";
    for (path, value, other) in [
        ("id", json!("service-1"), top),
        ("service_name", json!("kv"), top),
        ("plans[0].plan_id", json!("plan-2"), "service_catalog.plans[1]"),
    ] {
        let path = format!("{FIRST}.service_catalog.{path}");
        let text = format!("is also that of {other}; it must be unique");
        assert_eq!(only(&edited(two(file()), &path, value)), finding(&path, &text));
    }
    let client = json!({"id": "d", "secret": "s", "redirect_uri": "https://d"});
    let all = edited(two(file()), "service_catalog.dashboard_client", client.clone());
    let path = format!("{FIRST}.service_catalog.dashboard_client");
    let text = "is also that of service_catalog.dashboard_client; it must be unique";
    assert_eq!(only(&edited(all, &path, client)), finding(&format!("{path}.id"), text));
}

#[test]
fn a_plan_is_overridden_by_its_id_where_its_name_is_not_enough() {
    let over = |name: &str| edited(two(file()), "chandler.plans", json!({ name: {"instance_seconds": 9} }));
    let found = only(&over("small"));
    assert_eq!(
        found,
        finding("chandler.plans.small", "is the name of more than one plan; use the id")
    );
    let config = config(&over("plan-3"));
    let seconds: Vec<_> = (config.catalog.offerings.iter().flat_map(|it| &it.plans))
        .map(|plan| plan.deadlines.instance_seconds)
        .collect();
    assert_eq!(seconds, [43_200, 43_200, 9]);
}

#[test]
fn a_plan_is_overridden_once() {
    let over = |names: [&str; 2]| {
        let overrides = json!({ names[0]: {"instance_seconds": 9}, names[1]: {"binding_seconds": 8} });
        edited(two(file()), "chandler.plans", overrides)
    };
    for (first, second) in [("plan-2", "large"), ("large", "plan-2")] {
        let text = format!("the plan is also given as chandler.plans.{first}; write both into one");
        assert_eq!(
            only(&over([first, second])),
            finding(&format!("chandler.plans.{second}"), &text)
        );
    }
    config(&over(["plan-1", "plan-2"]));
    // It is told that the name isn't enough, and no more.
    let found = only(&over(["plan-3", "small"]));
    assert_eq!(found.message, "is the name of more than one plan; use the id");
}

#[test]
fn an_id_that_two_plans_have_is_told_as_such_alone() {
    let plan_id = format!("{FIRST}.service_catalog.plans[0].plan_id");
    let unique = "is also that of service_catalog.plans[1]; it must be unique";
    let over = |name: &str| {
        let all = edited(two(file()), "chandler.plans", json!({ name: {"instance_seconds": 9} }));
        edited(all, &plan_id, json!("plan-2"))
    };
    assert_eq!(only(&over("plan-2")), finding(&plan_id, unique));
    assert_eq!(only(&over("large")), finding(&plan_id, unique));

    let mut all = edited(two(file()), "chandler.plans.plan-2.instance_seconds", json!(9));
    set(
        &mut all,
        &format!("{FIRST}.service_catalog.plans[0].name"),
        json!("plan-2"),
    );
    let text = "is the id of one plan and the name of another";
    assert_eq!(only(&all), finding("chandler.plans.plan-2", text));
}

#[test]
fn older_names_and_what_is_disabled_go_for_all_of_them() {
    let at = |path: &str| format!("{FIRST}.{path}");
    let mut all = two(properties());
    set(
        &mut all,
        &at("service_deployment"),
        json!({"releases": [{"name": "queue", "version": "2.0", "jobs": ["q"]}], "stemcell": {"os": "o", "version": "3.1"}}),
    );
    for (path, value) in [
        ("service_catalog.plans[0].resource_costs", json!({"memory": 3})),
        (
            "service_catalog.plans[0].lifecycle_errands",
            json!({"post_deploy": [{"name": "a", "disabled": true}, {"name": "b"}]}),
        ),
    ] {
        set(&mut all, &at(path), value);
    }
    let config = config(&all);
    let queue = &config.catalog.offerings[1];
    assert_eq!(queue.deployment.stemcells[0].version, "3.1");
    assert_eq!(queue.plans[0].quotas.resources["memory"].cost, 3);
    let errands: Vec<_> = (queue.plans[0].lifecycle_errands.post_deploy.iter())
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(errands, ["b"]);
}
