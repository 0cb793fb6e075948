//! Names of every make: each finds itself alone among all the others (D18).

use std::collections::HashMap;

use chandler_clients::cloud_controller::{
    BindingFilter, BrokerFilter, InstanceFilter, OfferingFilter, Organization, PlanFilter,
};
use serde_json::json;

use super::bench::{Bench, Registered};
use super::broker::{plan, service};
use crate::server::context;

/// Each would find another one of these, or nothing, if it were not encoded as it must be.
const NAMES: [&str; 26] = [
    "plain",
    "a",
    "b",
    "A",
    "a,b",
    "a, b",
    ",",
    "%2C",
    "%252C",
    "%41",
    "100",
    "100%",
    "a&b",
    "a&names=b",
    "a+b",
    "a b",
    "a  b",
    " a",
    "  b",
    "\u{b}b",
    "a ",
    "\"a\"",
    "a/b",
    "a=b#c?d;e",
    "ä",
    "日本 & co",
];

fn every_name() -> Vec<String> {
    NAMES.map(str::to_owned).to_vec()
}

fn just(name: &str) -> Option<Vec<String>> {
    Some(vec![name.to_owned()])
}

fn sorted<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut names: Vec<_> = names.map(String::as_str).collect();
    names.sort_unstable();
    names
}

fn all_sorted() -> Vec<&'static str> {
    let mut names = NAMES.to_vec();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn d18_organizations_and_spaces() {
    let bench = Bench::with(NAMES.map(|name| (name.to_owned(), every_name())).to_vec()).await;
    let (cc, call) = (bench.client("admin"), context());
    for name in NAMES {
        let found = cc.organizations(&[name.into()], &call).await.unwrap();
        assert_eq!(sorted(found.iter().map(|it| &it.name)), [name]);
        let organization = &found[0].guid;
        let spaces = cc.spaces(&[name.into()], organization, &call).await.unwrap();
        assert_eq!(sorted(spaces.iter().map(|it| &it.name)), [name]);
        assert_eq!(spaces[0].organization_guid, *organization);
        assert_eq!(spaces[0].guid, bench.cc.space(name, name).unwrap());
    }
    let found = cc.organizations(&every_name(), &call).await.unwrap();
    assert_eq!(sorted(found.iter().map(|it| &it.name)), all_sorted());
    let pair = ["a,b".to_owned(), "%2C".to_owned()];
    let found = cc.organizations(&pair, &call).await.unwrap();
    assert_eq!(sorted(found.iter().map(|it| &it.name)), ["%2C", "a,b"]);
    let absent = ["a,", ",b", "%2c", "100%25", "a\u{b}", "names"].map(str::to_owned);
    assert_eq!(
        cc.organizations(&absent, &call).await.unwrap(),
        Vec::<Organization>::new()
    );
}

#[tokio::test]
async fn d18_brokers() {
    let bench = Bench::start().await;
    let (cc, call) = (bench.client("admin"), context());
    let mut guids = HashMap::new();
    for name in NAMES {
        guids.insert(name, bench.register(&cc, &bench.new_broker(name)).await);
    }
    for name in NAMES {
        let filter = BrokerFilter {
            names: just(name),
            ..Default::default()
        };
        let found = cc.brokers(&filter, &call).await.unwrap();
        assert_eq!(sorted(found.iter().map(|it| &it.name)), [name]);
        assert_eq!(found[0].guid, guids[name]);
    }
    let found = cc.brokers(&BrokerFilter::default(), &call).await.unwrap();
    assert_eq!(sorted(found.iter().map(|it| &it.name)), all_sorted());
}

/// A service for each name, with a plan for each name; ids are as odd.
fn odd_catalog() -> serde_json::Value {
    let plans = |of: &str| NAMES.map(|name| plan(&format!("{name} of {of}"), name)).to_vec();
    json!({"services": NAMES.map(|name| service(name, name, &plans(name)))})
}

#[tokio::test]
async fn d18_offerings_and_plans() {
    let bench = Bench::start().await;
    bench.broker.offers(odd_catalog());
    let (cc, call) = (bench.client("admin"), context());
    bench.register(&cc, &bench.new_broker("odb")).await;
    for name in NAMES {
        let by_name = OfferingFilter {
            names: just(name),
            ..Default::default()
        };
        let by_id = OfferingFilter {
            catalog_ids: just(name),
            ..Default::default()
        };
        let found = cc.offerings(&by_name, &call).await.unwrap();
        assert_eq!(sorted(found.iter().map(|it| &it.name)), [name]);
        assert_eq!(found[0].catalog_id, name);
        assert_eq!(cc.offerings(&by_id, &call).await.unwrap(), found);

        let by_name = PlanFilter {
            names: just(name),
            offering_guids: just(&found[0].guid),
            ..Default::default()
        };
        let id = format!("{name} of {name}");
        let by_id = PlanFilter {
            catalog_ids: just(&id),
            ..Default::default()
        };
        let found = cc.plans(&by_name, &call).await.unwrap();
        assert_eq!(sorted(found.iter().map(|it| &it.name)), [name]);
        assert_eq!(found[0].catalog_id, id);
        assert_eq!(cc.plans(&by_id, &call).await.unwrap(), found);
    }
    let by_name = PlanFilter {
        names: just("a,b"),
        ..Default::default()
    };
    let found = cc.plans(&by_name, &call).await.unwrap();
    assert_eq!(found.len(), NAMES.len(), "one of each offering");
    assert!(found.iter().all(|it| it.name == "a,b"), "{found:?}");
}

#[tokio::test]
async fn d18_instances_and_keys() {
    let there = Registered::start().await;
    let (cc, call) = (&there.admin, context());
    let mut instances = HashMap::new();
    for name in NAMES {
        instances.insert(name, there.instance(name, "large").await);
    }
    let (one, other) = (&instances["plain"], &instances["a,b"]);
    let mut keys = HashMap::new();
    for name in NAMES {
        keys.insert(name, there.key(name, one).await);
        there.key(name, other).await;
    }
    for name in NAMES {
        let filter = InstanceFilter {
            names: just(name),
            ..Default::default()
        };
        let found = cc.instances(&filter, &call).await.unwrap();
        assert_eq!(sorted(found.iter().map(|it| &it.name)), [name]);
        assert_eq!(found[0].guid, instances[name]);

        let filter = BindingFilter {
            names: just(name),
            instance_guids: just(one),
            ..Default::default()
        };
        let found = cc.bindings(&filter, &call).await.unwrap();
        assert_eq!(sorted(found.iter().filter_map(|it| it.name.as_ref())), [name]);
        assert_eq!(found[0].guid, keys[name]);
    }
    let filter = BindingFilter {
        names: just("%2C"),
        ..Default::default()
    };
    assert_eq!(cc.bindings(&filter, &call).await.unwrap().len(), 2);
}
