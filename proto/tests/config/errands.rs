//! The errands of a plan, and how long operations may take that run them.
use crate::support::{config, edited, file, finding, findings, load, only, properties, set};
use chandler_proto::catalog::{Errand, ErrandInstance, Plan};
use serde_json::{Value, json};
use std::time::Duration;

const ERRANDS: &str = "service_catalog.plans[0].lifecycle_errands";

fn first(all: &Value) -> Plan {
    config(all).catalog.offerings[0].plans[0].clone()
}

fn place(id: Option<&str>) -> ErrandInstance {
    ErrandInstance {
        group: "kv".to_owned(),
        id: id.map(str::to_owned),
    }
}

fn errand(name: &str, instances: Vec<ErrandInstance>) -> Errand {
    Errand {
        name: name.to_owned(),
        instances,
    }
}

#[test]
fn errands_are_read_with_their_places() {
    let errands = json!({
        "post_deploy": [{"name": "smoke", "instances": ["kv", "kv/0", "kv/5f1c-b"]}, {"name": "plain"}],
        "pre_delete": [{"name": "drop"}],
    });
    for form in [file(), properties()] {
        let all = edited(form, ERRANDS, errands.clone());
        assert_eq!(load(&all).expect("loads").warnings, []);
        let errands = first(&all).lifecycle_errands;
        assert_eq!(
            errands.post_deploy,
            [
                errand("smoke", vec![place(None), place(Some("0")), place(Some("5f1c-b"))]),
                errand("plain", vec![])
            ]
        );
        assert_eq!(errands.pre_delete, [errand("drop", vec![])]);
        assert_eq!(errands.longest(), 2);
        let written: Vec<_> = errands.post_deploy[0]
            .instances
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(written, ["kv", "kv/0", "kv/5f1c-b"], "as it was configured");
    }
}

#[test]
fn the_adapter_gets_errands_as_they_are_configured() {
    for errands in [
        json!({"post_deploy": [{"name": "smoke", "instances": ["kv", "kv/5f1c-b"]}, {"name": "plain"}]}),
        json!({"pre_delete": [{"name": "drop"}]}),
        json!({"post_deploy": [{"name": "a"}], "pre_delete": [{"name": "b", "instances": ["kv/0"]}]}),
    ] {
        let plan = first(&edited(file(), ERRANDS, errands.clone()));
        assert_eq!(plan.adapter_json()["lifecycle_errands"], errands);
    }
    assert_eq!(first(&file()).adapter_json()["lifecycle_errands"], json!({}));
}

#[test]
fn errands_that_cannot_be_are_findings() {
    let at = format!("{ERRANDS}.post_deploy");
    for place in ["", "/", "kv/", "/0", "kv/0/1", " "] {
        let found = only(&edited(file(), &at, json!([{"name": "e", "instances": [place]}])));
        let text = format!("Must specify pool or instance '{place}' in format 'name' or 'name/id-or-index'");
        assert_eq!(found, finding(&format!("{at}[0].instances[0]"), &text));
    }
    let found = only(&edited(file(), &at, json!([{"instances": ["kv"]}])));
    assert_eq!(found, finding(&format!("{at}[0].name"), "can't be empty"));
}

/// Only the template of the job knows the switch: in the rendered file there is nothing to switch.
#[test]
fn disabled_errands_are_left_out_of_the_properties() {
    let given = |disabled: bool| {
        let errands = json!({
            "post_deploy": [{"name": "a", "disabled": disabled}, {"name": "b", "instances": ["kv/0"], "disabled": false}],
            "pre_delete": [{"name": "c", "disabled": disabled}],
        });
        edited(properties(), ERRANDS, errands)
    };
    let left = json!({"post_deploy": [{"name": "b", "instances": ["kv/0"]}]});
    assert_eq!(config(&given(true)), config(&edited(file(), ERRANDS, left)));
    let all = json!({
        "post_deploy": [{"name": "a"}, {"name": "b", "instances": ["kv/0"]}],
        "pre_delete": [{"name": "c"}],
    });
    assert_eq!(config(&given(false)), config(&edited(file(), ERRANDS, all)));

    let at = format!("{ERRANDS}.post_deploy");
    let alone = edited(properties(), &at, json!([{"name": "a", "disabled": true}]));
    assert_eq!(config(&alone), config(&file()));
    let as_file = load(&edited(file(), &at, json!([{"name": "a", "disabled": true}]))).expect("loads");
    let unknown = "is a key of the properties of the job only and is ignored";
    assert_eq!(as_file.warnings, [finding(&format!("{at}[0].disabled"), unknown)]);
    let plan = &as_file.config.catalog.offerings[0].plans[0];
    assert_eq!(plan.lifecycle_errands.post_deploy, [errand("a", vec![])], "it runs");
}

#[test]
fn errands_are_checked_as_the_templates_do() {
    let found = only(&edited(properties(), ERRANDS, json!({"pre_delete": {"name": "e"}})));
    let text = "Plan property lifecycle_errands.pre_delete must be an array.";
    assert_eq!(found, finding(&format!("{ERRANDS}.pre_delete"), text));
    let all = edited(
        properties(),
        ERRANDS,
        json!({"pre_delete": [{"name": "e", "disabled": "true"}]}),
    );
    let text = "Plan property lifecycle_errands.pre_delete.disabled must be boolean value.";
    assert!(findings(&all).contains(&finding(&format!("{ERRANDS}.pre_delete[0].disabled"), text)));
}

#[test]
fn each_errand_of_an_operation_gives_it_more_time() {
    let many = |count: usize| vec![json!({"name": "e"}); count];
    for (post_deploy, pre_delete, longest) in [(0, 0, 0), (1, 0, 1), (0, 1, 1), (2, 3, 3), (3, 2, 3)] {
        let errands = json!({"post_deploy": many(post_deploy), "pre_delete": many(pre_delete)});
        let mut all = edited(file(), ERRANDS, errands);
        let plan = first(&all);
        let by_default = 43_200 + 3_600 * longest + 900;
        assert_eq!(
            plan.maximum_polling_duration(),
            by_default,
            "{post_deploy}, {pre_delete}"
        );
        set(
            &mut all,
            "chandler.deadlines",
            json!({"instance_seconds": 100, "errand_seconds": 10}),
        );
        assert_eq!(first(&all).maximum_polling_duration(), 100 + 10 * longest + 900);
        set(&mut all, "chandler.plans.small", json!({"errand_seconds": 7}));
        let plan = first(&all);
        assert_eq!(
            plan.maximum_polling_duration(),
            100 + 7 * longest + 900,
            "this plan's own"
        );
        // An operation has the time for the errands that it runs, not for those that the plan has.
        for legs in 0..4_u32 {
            let wanted = Duration::from_secs(100 + 7 * u64::from(legs));
            assert_eq!(plan.instance_deadline(legs as usize), wanted);
        }
        let other = &config(&all).catalog.offerings[0].plans[1];
        assert_eq!(other.maximum_polling_duration(), 1_000, "no errands");
        assert_eq!(other.instance_deadline(2), Duration::from_secs(120));
    }
}

#[test]
fn so_many_errands_that_no_number_holds_their_time_are_waited_for_as_long_as_can_be() {
    let plan = first(&file());
    assert_eq!(plan.instance_deadline(usize::MAX), Duration::from_secs(u64::MAX));
}
