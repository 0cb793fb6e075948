//! What Cloud Controller would refuse at registration is refused when the file is loaded.
use crate::support::{config, edited, file, finding, findings, load, one_finding, only, plan, remove};
use chandler_proto::catalog::{MaintenanceInfo, Showing};
use serde_json::{Value, json};

#[test]
fn an_offering_is_complete() {
    for key in [
        "id",
        "service_name",
        "service_description",
        "bindable",
        "plan_updatable",
        "plans",
    ] {
        let mut all = file();
        let path = format!("service_catalog.{key}");
        remove(&mut all, &path);
        assert_eq!(
            only(&all),
            finding(&path, &format!("Invalid service_catalog config - must specify {key}"))
        );
    }
    for key in ["id", "service_name", "service_description"] {
        for blank in ["", "  "] {
            let found = one_finding(&format!("service_catalog.{key}"), json!(blank));
            assert_eq!(
                found.message,
                format!("Invalid service_catalog config - must specify {key}")
            );
        }
    }
    assert_eq!(
        one_finding("service_catalog.plans", json!([])).message,
        "Invalid service_catalog config - must specify plans"
    );
    assert_eq!(
        one_finding("service_catalog.plans", json!([null])).path,
        "service_catalog.plans"
    );
    let mut none = file();
    remove(&mut none, "service_catalog");
    assert_eq!(findings(&none).len(), 6);
}

#[test]
fn plans_and_their_groups_are_complete() {
    for key in ["name", "plan_id", "description", "instance_groups"] {
        let mut all = file();
        let path = format!("service_catalog.plans[1].{key}");
        remove(&mut all, &path);
        assert_eq!(
            only(&all),
            finding(&path, &format!("Invalid plan config - must specify {key}"))
        );
    }
    for key in ["name", "vm_type", "instances", "networks", "azs"] {
        let mut all = file();
        let path = format!("service_catalog.plans[1].instance_groups[0].{key}");
        remove(&mut all, &path);
        assert_eq!(
            only(&all),
            finding(&path, &format!("Invalid instance group config - must specify {key}"))
        );
    }
}

#[test]
fn descriptions_and_tags_have_limits() {
    for path in [
        "service_catalog.service_description",
        "service_catalog.plans[0].description",
    ] {
        config(&edited(file(), path, json!("ä".repeat(10_000))));
        let found = one_finding(path, json!("ä".repeat(10_001)));
        assert_eq!(
            found,
            finding(
                path,
                "is longer than 10000 characters; Cloud Controller refuses the catalog"
            )
        );
    }
    config(&edited(
        file(),
        "service_catalog.tags",
        json!(["t".repeat(1024), "u".repeat(1024)]),
    ));
    let found = one_finding("service_catalog.tags", json!(["t".repeat(1024), "u".repeat(1025)]));
    assert_eq!(
        found.message,
        "are longer than 2048 characters together; Cloud Controller refuses the catalog"
    );
}

#[test]
fn types_are_those_that_cloud_controller_wants() {
    for (path, value, text) in [
        (
            "service_catalog.bindable",
            json!("yes"),
            "must be true or false, not a text",
        ),
        (
            "service_catalog.plan_updatable",
            json!(1),
            "must be true or false, not a whole number",
        ),
        ("service_catalog.tags", json!("kv"), "must be a list, not a text"),
        ("service_catalog.tags[0]", json!({"a": 1}), "must be a text, not a map"),
        ("service_catalog.requires", json!({"a": 1}), "must be a list, not a map"),
        (
            "service_catalog.requires[0]",
            json!("disk"),
            "must be one of syslog_drain, route_forwarding, volume_mount",
        ),
        ("service_catalog.metadata", json!([1]), "must be a map, not a list"),
        (
            "service_catalog.metadata.shareable",
            json!("no"),
            "must be true or false, not a text",
        ),
        (
            "service_catalog.metadata.display_name",
            json!(["x"]),
            "must be a text, not a list",
        ),
        (
            "service_catalog.dashboard_client",
            json!("x"),
            "must be a map, not a text",
        ),
        (
            "service_catalog.plans[0].metadata",
            json!("x"),
            "must be a map, not a text",
        ),
        (
            "service_catalog.plans[0].free",
            json!("x"),
            "must be true or false, not a text",
        ),
        (
            "service_catalog.plans[0].bindable",
            json!(1.5),
            "must be true or false, not a number with a fraction",
        ),
        (
            "service_catalog.plans[0].maintenance_info",
            json!("1.0.0"),
            "must be a map, not a text",
        ),
        (
            "service_catalog.plans[0].maintenance_info.description",
            json!(["x"]),
            "must be a text, not a list",
        ),
        (
            "service_catalog.plans[0].properties",
            json!(["x"]),
            "must be a map, not a list",
        ),
        (
            "service_catalog.plans[0].instance_groups[0].instances",
            json!(-1),
            "must be from 0 to 1000000",
        ),
        (
            "service_catalog.plans[0].cf_service_access",
            json!("ENABLE"),
            r#"Unsupported value 'ENABLE' for cf_service_access. Choose from "enable", "disable", "manual", "org-restricted""#,
        ),
    ] {
        // `tags[0]` and `requires[0]` need a list to begin with.
        let path_of_list = path.strip_suffix("[0]");
        let all = match path_of_list {
            Some(list) => edited(edited(file(), list, json!(["syslog_drain"])), path, value),
            None => edited(file(), path, value),
        };
        assert_eq!(only(&all), finding(path, text));
    }
    assert_eq!(
        one_finding("service_catalog.plans", json!({})).path,
        "service_catalog.plans"
    );
    assert_eq!(
        only(&edited(file(), "service_catalog.plans", json!(["x"]))),
        finding("service_catalog.plans[0]", "must be a map, not a text")
    );
}

#[test]
fn ids_and_names_of_plans_are_unique() {
    for (key, value) in [("plan_id", "plan-1"), ("name", "small")] {
        let path = format!("service_catalog.plans[1].{key}");
        let found = one_finding(&path, json!(value));
        assert_eq!(
            found,
            finding(&path, "is also that of service_catalog.plans[0]; it must be unique")
        );
    }
    let three = json!([plan("a", "x"), plan("b", "y"), plan("a", "y")]);
    assert_eq!(findings(&edited(file(), "service_catalog.plans", three)).len(), 2);
}

#[test]
fn a_dashboard_client_is_complete() {
    let whole = json!({"id": "d", "secret": "s", "redirect_uri": "https://kv.example.com"});
    config(&edited(file(), "service_catalog.dashboard_client", whole.clone()));
    for key in ["id", "secret", "redirect_uri"] {
        let mut some = whole.clone();
        some[key] = json!(" ");
        let found = one_finding("service_catalog.dashboard_client", some);
        let text = "can't be empty; Cloud Controller refuses the catalog";
        assert_eq!(found, finding(&format!("service_catalog.dashboard_client.{key}"), text));
    }
    let empty = json!({"id": null, "secret": "", "redirect_uri": ""});
    assert_eq!(
        config(&edited(file(), "service_catalog.dashboard_client", empty)),
        config(&file())
    );
}

#[test]
fn maintenance_info_is_what_cloud_controller_takes() {
    let at = "service_catalog.plans[0].maintenance_info";
    let found = |info: Value| one_finding(at, info);
    for bad in ["1.2", "v1.2.3", "1.2.3.4", "01.2.3"] {
        let text = "maintenance_info.version must respect semver";
        assert_eq!(
            found(json!({ "version": bad })),
            finding(&format!("{at}.version"), text)
        );
    }
    let text = "public and private without a version are not shown to the platform, because Cloud Controller refuses them; \
                users are offered no upgrade";
    for facts in [json!({"public": {"a": "b"}}), json!({"private": {"a": "b"}})] {
        let loaded = load(&edited(file(), at, facts)).expect("loads");
        assert_eq!(loaded.warnings, [finding(at, text)]);
        let info = loaded.config.catalog.offerings[0].plans[0].maintenance_info.as_ref();
        assert!(info.is_some_and(MaintenanceInfo::has_facts));
        let shown = loaded.config.catalog.to_osbapi(&Showing::default());
        assert_eq!(shown["services"][0]["plans"][0]["maintenance_info"], Value::Null);
    }
    let wrong = one_finding("chandler.catalog.maintenance_info", json!("some"));
    assert_eq!(wrong.message, "must be minimal or full");
    for kind in ["public", "private"] {
        let text = format!("the values for maintenance_info.{kind} cannot be nested");
        let nested = found(json!({"version": "1.0.0", kind: {"a": {"b": "c"}}}));
        assert_eq!(nested, finding(&format!("{at}.{kind}.a"), &text));
    }
    let long = found(json!({"version": "1.0.0", "description": "x".repeat(2_000)}));
    assert_eq!(
        long,
        finding(
            at,
            "is longer than 2000 characters as JSON; Cloud Controller refuses the catalog"
        )
    );

    let lone = load(&edited(file(), at, json!({"description": "only that"}))).expect("loads");
    assert_eq!(
        lone.warnings,
        [finding(at, "a description alone is left out of the catalog")]
    );
    assert_eq!(lone.config.catalog.offerings[0].plans[0].maintenance_info, None);
}

#[test]
fn max_in_flight_is_a_number_or_a_part() {
    let at = "service_catalog.plans[0].update";
    for (value, got) in [
        (json!("many"), "many"),
        (json!(1.5), "1.5"),
        (json!("%"), "%"),
        (json!(null), "<nil>"),
        (json!(-1), "-1"),
        (json!(true), "true"),
        (json!([1]), "a list"),
    ] {
        let found = one_finding(at, json!({"canaries": 1, "max_in_flight": value}));
        let text = format!("MaxInFlight must be either an integer or a percentage. Got {got}");
        assert_eq!(found, finding(&format!("{at}.max_in_flight"), &text));
    }
    for value in [json!(3), json!("50%")] {
        let config = config(&edited(file(), at, json!({ "max_in_flight": value })));
        assert_eq!(
            config.catalog.offerings[0].plans[0].adapter_json()["update"]["max_in_flight"],
            value
        );
    }
}
