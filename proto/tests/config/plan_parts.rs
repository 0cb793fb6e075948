//! Quotas and addresses: read whole, in both forms.
use crate::support::{config, draft, edited, file, finding, findings, load, one_finding, only, properties, set};
use chandler_proto::catalog::{BindingDns, Plan, Quotas};
use serde_json::{Value, json};

const PLAN: &str = "service_catalog.plans[0]";

fn first(all: &Value) -> Plan {
    draft(all).catalog.offerings[0].plans[0].clone()
}

fn shown(quotas: &Quotas) -> Value {
    let resources: Vec<_> = quotas
        .resources
        .iter()
        .map(|(name, quota)| json!([name, quota.limit, quota.cost]))
        .collect();
    json!([quotas.service_instance_limit, resources])
}

#[test]
fn quotas_are_read_in_both_forms() {
    let own =
        json!({"service_instance_limit": 0, "resources": {"memory": {"limit": 9, "cost": 2}, "ips": {"cost": 1}}});
    let global = json!({"service_instance_limit": 7, "resources": {"memory": {"limit": 0}}});
    for form in [file(), properties()] {
        let all = edited(form, &format!("{PLAN}.quotas"), own.clone());
        let all = edited(all, "service_catalog.global_quotas", global.clone());
        assert_eq!(
            shown(&first(&all).quotas),
            json!([0, [["ips", null, 1], ["memory", 9, 2]]])
        );
        let offering = &draft(&all).catalog.offerings[0];
        assert_eq!(shown(&offering.global_quotas), json!([7, [["memory", 0, 0]]]));
        assert!(offering.plans[1].quotas.is_empty());
    }
}

#[test]
fn the_old_names_of_quotas_are_folded() {
    let mut old = properties();
    set(
        &mut old,
        &format!("{PLAN}.resource_costs"),
        json!({"memory": 2, "ips": 1}),
    );
    let quotas = json!({"service_instance_limit": 5, "resource_limits": {"memory": 9}});
    set(&mut old, &format!("{PLAN}.quotas"), quotas);
    set(
        &mut old,
        "service_catalog.global_quotas.resource_limits",
        json!({"ips": 4}),
    );
    let new =
        json!({"service_instance_limit": 5, "resources": {"memory": {"limit": 9, "cost": 2}, "ips": {"cost": 1}}});
    let new = edited(properties(), &format!("{PLAN}.quotas"), new);
    let new = edited(new, "service_catalog.global_quotas.resources.ips.limit", json!(4));
    assert_eq!(draft(&old).catalog, draft(&new).catalog);

    let both = edited(old, &format!("{PLAN}.quotas.resources.memory.cost"), json!(3));
    let memory = first(&both).quotas.resources["memory"];
    assert_eq!((memory.limit, memory.cost), (Some(9), 3), "the present name wins");

    let wrong = edited(
        properties(),
        &format!("{PLAN}.resource_costs"),
        json!({"memory": "much"}),
    );
    let text = "must be a whole number, not a text";
    assert!(findings(&wrong).contains(&finding(&format!("{PLAN}.resource_costs.memory"), text)));
}

#[test]
fn addresses_are_read_in_both_forms_and_take_effect() {
    let dns = json!([
        {"name": "leader", "link_provider": "kv", "instance_group": "store", "properties": {"azs": ["z1", "z2"], "status": "healthy"}},
        {"name": "all", "link_provider": "kv", "instance_group": "store"},
    ]);
    let [as_file, as_properties] =
        [file(), properties()].map(|form| config(&edited(form, &format!("{PLAN}.binding_with_dns"), dns.clone())));
    assert_eq!(as_file, as_properties);
    let plan = &as_file.catalog.offerings[0].plans[0];
    let entry = |name: &str, azs: &[&str], status: Option<&str>| BindingDns {
        name: name.to_owned(),
        link_provider: "kv".to_owned(),
        instance_group: "store".to_owned(),
        azs: azs.iter().map(|&az| az.to_owned()).collect(),
        status: status.map(str::to_owned),
    };
    assert_eq!(
        plan.binding_with_dns,
        [entry("leader", &["z1", "z2"], Some("healthy")), entry("all", &[], None)]
    );
}

#[test]
fn addresses_are_checked_as_odb_does() {
    let at = format!("{PLAN}.binding_with_dns");
    let whole = json!({"name": "n", "link_provider": "l", "instance_group": "g"});
    for name in ["name", "link_provider", "instance_group"] {
        let mut entry = whole.clone();
        entry[name] = json!("");
        let found = only(&edited(file(), &at, json!([entry])));
        let text = format!("Invalid binding with dns config - must specify {name}");
        assert_eq!(found, finding(&format!("{at}[0].{name}"), &text));
    }
    for status in ["default", "healthy", "unhealthy", "all"] {
        let entry = edited(whole.clone(), "properties.status", json!(status));
        config(&edited(file(), &at, json!([entry])));
    }
    let entry = edited(whole.clone(), "properties.status", json!("Healthy"));
    let text =
        "Invalid binding with dns config - status must be one of the following: default, healthy, unhealthy, all";
    assert_eq!(
        only(&edited(file(), &at, json!([entry]))),
        finding(&format!("{at}[0].properties.status"), text)
    );
    let all = edited(file(), &at, json!([whole, whole]));
    let text = "is used twice in this plan; the adapter gets the address of the last one only";
    assert_eq!(
        load(&all).expect("loads").warnings,
        [finding(&format!("{at}[1].name"), text)]
    );
    let all = edited(edited(file(), &at, json!([whole])), "broker.use_stdin", json!(false));
    let text = "Plan small configures binding_with_dns, but use_stdin is disabled";
    assert_eq!(only(&all), finding(&at, text));
}

#[test]
fn an_instance_group_without_vms_is_a_warning() {
    let at = format!("{PLAN}.instance_groups[0].instances");
    let loaded = load(&edited(file(), &at, json!(0))).expect("loads");
    assert_eq!(
        loaded.warnings,
        [finding(&at, "is 0: a deployment gets no VM of this group")]
    );
}

/// The platform's catalog has numbers there.
#[test]
fn what_a_plan_costs_is_a_number() {
    let path = "service_catalog.plans[0].metadata.costs";
    let costs = |amount: serde_json::Value| json!([{"amount": {"eur": 1.5}, "unit": "m"}, {"amount": {"usd": amount}, "unit": "m"}]);
    let found = one_finding(path, costs(json!("free")));
    assert_eq!(
        (found.path.as_str(), found.message.as_str()),
        (
            "service_catalog.plans[0].metadata.costs[1].amount.usd",
            "must be a number, not a text"
        )
    );
    config(&edited(file(), path, costs(json!(3))));
}
