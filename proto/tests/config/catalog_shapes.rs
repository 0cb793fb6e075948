//! What the platform and the adapter are shown of the catalog.
use crate::support::{config, edited, file, finding, load, set};
use chandler_proto::catalog::{Catalog, MaintenanceShown, Showing};
use serde_json::{Value, json};

fn catalog(all: &Value) -> Catalog {
    config(all).catalog
}

#[test]
fn the_small_catalog_is_shown_whole() {
    let plan = |id: &str, name: &str| json!({"id": id, "name": name, "description": "A plan", "metadata": {}, "maximum_polling_duration": 44_100});
    assert_eq!(
        catalog(&file()).to_osbapi(&Showing::default()),
        json!({"services": [{
            "id": "service-1", "name": "kv", "description": "A store", "bindable": false, "plan_updateable": false,
            "instances_retrievable": true, "bindings_retrievable": true, "metadata": {"shareable": false},
            "plans": [plan("plan-1", "small"), plan("plan-2", "large")],
        }]})
    );
}

#[test]
fn everything_that_can_be_shown_is_shown() {
    let mut all = file();
    set(&mut all, "service_catalog.tags", json!(["kv"]));
    set(&mut all, "service_catalog.requires", json!(["syslog_drain"]));
    set(
        &mut all,
        "service_catalog.dashboard_client",
        json!({"id": "d", "secret": "s", "redirect_uri": "https://d"}),
    );
    let metadata = json!({"display_name": "KV", "image_url": "", "support_url": "https://s", "shareable": true, "own": {"x": [1]}});
    set(&mut all, "service_catalog.metadata", metadata);
    set(&mut all, "service_catalog.plans[0].free", json!(false));
    set(&mut all, "service_catalog.plans[0].bindable", json!(false));
    let metadata = json!({"display_name": "Small", "bullets": ["a", "b"], "costs": [{"amount": {"usd": 5}, "unit": "MONTHLY"}], "own": 1});
    set(&mut all, "service_catalog.plans[0].metadata", metadata);
    set(
        &mut all,
        "service_catalog.maintenance_info",
        json!({"version": "1.2.3", "description": "new OS"}),
    );
    set(
        &mut all,
        "chandler.plans.small",
        json!({"plan_updatable": true, "instance_seconds": 100}),
    );
    let shown = catalog(&all).to_osbapi(&Showing {
        allow_context_updates: true,
        ..Showing::default()
    });
    let service = &shown["services"][0];
    assert_eq!(service["allow_context_updates"], json!(true));
    assert_eq!(service["tags"], json!(["kv"]));
    assert_eq!(service["requires"], json!(["syslog_drain"]));
    assert_eq!(
        service["dashboard_client"],
        json!({"id": "d", "secret": "s", "redirect_uri": "https://d"})
    );
    assert_eq!(
        service["metadata"],
        json!({"displayName": "KV", "supportUrl": "https://s", "shareable": true, "own": {"x": [1]}})
    );
    assert_eq!(
        service["plans"][0],
        json!({
            "id": "plan-1", "name": "small", "description": "A plan", "free": false, "bindable": false, "plan_updateable": true,
            "metadata": {"displayName": "Small", "bullets": ["a", "b"], "costs": [{"amount": {"usd": 5.0}, "unit": "MONTHLY"}], "own": 1},
            "maximum_polling_duration": 1_000, "maintenance_info": {"version": "1.2.3", "description": "new OS"},
        })
    );
    assert_eq!(service["plans"][1]["maximum_polling_duration"], json!(44_100));
}

#[test]
fn what_can_be_bound_is_shown() {
    for (offering, plan, shown, rotatable) in [
        (true, json!(null), json!(null), json!(true)),
        (true, json!(false), json!(false), json!(null)),
        (false, json!(true), json!(true), json!(true)),
        (false, json!(null), json!(null), json!(null)),
    ] {
        let all = edited(file(), "service_catalog.bindable", json!(offering));
        let service =
            catalog(&edited(all, "service_catalog.plans[0].bindable", plan)).to_osbapi(&Showing::default())["services"]
                [0]
            .take();
        assert_eq!(service["bindable"], json!(offering));
        let plan = &service["plans"][0];
        assert_eq!((&plan["bindable"], &plan["binding_rotatable"]), (&shown, &rotatable));
    }
}

#[test]
fn the_adapter_gets_the_plan_as_from_odb() {
    let mut all = file();
    set(
        &mut all,
        "service_catalog.global_properties",
        json!({"a": {"x": 1}, "b": 1}),
    );
    set(
        &mut all,
        "service_catalog.plans[0].properties",
        json!({"a": {"y": 2}, "c": [true]}),
    );
    let group = json!({
        "name": "kv", "vm_type": "small", "vm_extensions": ["lb", "", " "], "persistent_disk_type": "5GB", "instances": 2,
        "networks": ["n"], "azs": ["z1"], "lifecycle": "errand", "migrated_from": [{"name": "old"}],
    });
    set(&mut all, "service_catalog.plans[0].instance_groups", json!([group]));
    let update = json!({"canaries": 1, "max_in_flight": "50%", "canary_watch_time": 1000, "update_watch_time": "1-2", "serial": false});
    set(&mut all, "service_catalog.plans[0].update", update);
    let catalog = catalog(&all);
    let mut group = group;
    group["vm_extensions"] = json!(["lb"]);
    assert_eq!(
        catalog.plan("service-1", "plan-1").expect("a plan").adapter_json(),
        json!({
            "properties": {"a": {"y": 2}, "b": 1, "c": [true]},
            "lifecycle_errands": {},
            "instance_groups": [group],
            "update": {"canaries": 1, "max_in_flight": "50%", "canary_watch_time": "1000", "update_watch_time": "1-2", "serial": false},
        })
    );
    let second = catalog.plan("service-1", "plan-2").expect("a plan").adapter_json();
    let group = json!({"name": "kv", "vm_type": "small", "instances": 1, "networks": ["default"], "azs": ["z1"]});
    assert_eq!(
        second,
        json!({"properties": {"a": {"x": 1}, "b": 1}, "lifecycle_errands": {}, "instance_groups": [group]})
    );
    // The SHA-256 of that very text: what two processes compare.
    let plan = catalog.plan("service-1", "plan-2").expect("a plan");
    assert_eq!(
        plan.adapter_digest(),
        "e05d6a414a7cac11168cdd2906e3bc034f4dcc3481f3c7a814387412f33afb0d"
    );
    assert_ne!(
        plan.adapter_digest(),
        catalog.plan("service-1", "plan-1").expect("a plan").adapter_digest()
    );
}

#[test]
fn what_is_asked_for_is_found() {
    let catalog = catalog(&edited(file(), "chandler.plans.plan-2.plan_updatable", json!(true)));
    let offering = catalog.service("service-1").expect("an offering");
    let (small, large) = (
        offering.plan("plan-1").expect("small"),
        offering.plan("plan-2").expect("large"),
    );
    assert!(!offering.is_updatable(small) && offering.is_updatable(large) && !offering.is_bindable(large));
    assert_eq!(catalog.service("other"), None);
    assert_eq!(catalog.plan("service-1", "other"), None);
    assert_eq!(catalog.plan("other", "plan-1"), None);
}

#[test]
fn maintenance_info_merges_and_compares() {
    let mut all = file();
    let global =
        json!({"version": "1.0.0", "description": "all", "public": {"a": "1", "b": "1"}, "private": {"s": "x"}});
    set(&mut all, "service_catalog.maintenance_info", global);
    set(
        &mut all,
        "service_catalog.plans[0].maintenance_info",
        json!({"version": "2.0.0", "public": {"b": 2.0}, "private": {"s": "t"}}),
    );
    let loaded = load(&all).expect("loads");
    let text = "public and private are not shown to the platform, because Cloud Controller refuses them; only a new version offers users an upgrade";
    assert!(
        loaded
            .warnings
            .contains(&finding("service_catalog.plans[0].maintenance_info", text))
    );
    let info = loaded.config.catalog.offerings[0].plans[0]
        .maintenance_info
        .clone()
        .expect("info");
    let shown = json!({"version": "2.0.0", "description": "all"});
    assert_eq!(info.to_osbapi(MaintenanceShown::Minimal), Some(shown));
    let hash = "c74d21bccb972a0e3e2e4f6c02b4bca3fb283593a03fbe77cf5be96bac5afde1";
    let full = json!({"public": {"a": "1", "b": "2.0"}, "private": hash, "version": "2.0.0", "description": "all"});
    assert_eq!(info.to_osbapi(MaintenanceShown::Full), Some(full.clone()));

    set(&mut all, "chandler.catalog.maintenance_info", json!("full"));
    let loaded = load(&all).expect("loads");
    let text = "public and private are shown, because chandler.catalog.maintenance_info is full; Cloud Controller refuses such a catalog";
    assert!(
        loaded
            .warnings
            .contains(&finding("service_catalog.plans[0].maintenance_info", text))
    );
    let showing = Showing {
        maintenance_info: loaded.config.chandler.maintenance_info,
        ..Showing::default()
    };
    let shown = loaded.config.catalog.to_osbapi(&showing);
    assert_eq!(shown["services"][0]["plans"][0]["maintenance_info"], full);
}
