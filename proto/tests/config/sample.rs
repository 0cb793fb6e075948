//! The samples parse, agree, and say what they claim to say.
use chandler_proto::config::{Config, parse};
use serde_json::json;

fn samples() -> [Config; 2] {
    [
        include_str!("../../../deploy/config/sample.yml"),
        include_str!("../../../deploy/config/sample-properties.yml"),
    ]
    .map(|text| parse(text).unwrap_or_else(|findings| panic!("{findings}")).config)
}

#[test]
fn both_samples_are_one_configuration() {
    let [file, properties] = samples();
    assert_eq!(file, properties);
}

#[test]
fn the_samples_know_all_their_keys() {
    for text in [
        include_str!("../../../deploy/config/sample.yml"),
        include_str!("../../../deploy/config/sample-properties.yml"),
    ] {
        let warnings = parse(text).expect("loads").warnings;
        assert_eq!(warnings, []);
    }
}

#[test]
fn the_sample_offers_three_plans() {
    let [config, _] = samples();
    let offering = &config.catalog.offerings[0];
    assert_eq!(offering.name, "example-kv");
    let of = |name: &str| {
        offering
            .plans
            .iter()
            .find(|plan| plan.name == name)
            .unwrap_or_else(|| panic!("{name}"))
    };
    let (small, large, fixed) = (of("small"), of("large"), of("fixed"));
    assert_eq!(offering.plans.len(), 3);
    assert!(offering.is_updatable(small) && offering.is_updatable(large) && !offering.is_updatable(fixed));
    assert!(offering.is_bindable(small) && offering.is_bindable(large) && !offering.is_bindable(fixed));
    assert_eq!(large.maximum_polling_duration(), 64_800 + 1_800 + 900, "one errand");
    assert_eq!(small.maximum_polling_duration(), 43_200 + 900);
    let address = &large.binding_with_dns[0];
    assert_eq!(
        (address.name.as_str(), address.status.as_deref()),
        ("kv", Some("healthy"))
    );
    assert!(
        large.binding_with_dns.len() == 1 && small.binding_with_dns.is_empty() && fixed.binding_with_dns.is_empty()
    );
    assert_eq!(large.properties["max_clients"], json!(2000));
    assert_eq!(small.properties, fixed.properties);
    assert_eq!(small.properties["persistence"], json!(true));
    assert_eq!(large.adapter_json()["update"]["max_in_flight"], json!("50%"));
    assert_eq!(large.adapter_json()["update"]["canaries"], json!(1));
}

#[test]
fn the_large_plan_has_errands_that_its_vms_run() {
    let [config, _] = samples();
    let plans = &config.catalog.offerings[0].plans;
    for plan in plans.iter().filter(|plan| plan.name != "large") {
        assert!(plan.lifecycle_errands.is_empty(), "{}", plan.name);
    }
    let large = plans.iter().find(|plan| plan.name == "large").expect("large");
    let errands = &large.lifecycle_errands;
    let [check, cleanup] = [&errands.post_deploy, &errands.pre_delete].map(|all| match all.as_slice() {
        [one] => one,
        other => panic!("{other:?}"),
    });
    assert_eq!(
        (check.name.as_str(), cleanup.name.as_str()),
        ("health-check", "cleanup-data")
    );
    let places: Vec<_> = check.instances.iter().map(ToString::to_string).collect();
    assert_eq!(
        (places.as_slice(), cleanup.instances.len()),
        (&["kv/0".to_owned()][..], 0)
    );
    let jobs = &config.service_deployment.releases[0].jobs;
    for errand in [check, cleanup] {
        assert!(jobs.contains(&errand.name), "{} is no job of the release", errand.name);
    }
    assert_eq!(
        jobs[0], "kv-server",
        "the example adapter gives the link to the first job"
    );
}

#[test]
fn the_samples_give_each_instance_a_client() {
    let [config, _] = samples();
    let definition = config.client_definition().expect("a definition");
    assert!(definition.scopes.iter().any(|scope| scope.contains("ODB_SPACE_GUID")));
    assert!(!definition.allow_public && definition.name.as_deref() == Some("Example KV"));
    let cf = config.cf.as_ref().expect("cf");
    assert_eq!(
        (cf.url.as_deref(), cf.uaa_url.as_deref()),
        (None, None),
        "the local stack puts its UAA in"
    );
    let missing = config.require_uaa_clients().expect_err("no url").0;
    let paths: Vec<_> = missing.iter().map(|finding| finding.path.as_str()).collect();
    assert_eq!(paths, ["cf.uaa.url"]);
}

#[test]
fn what_the_samples_hold_back_is_one_configuration_too() {
    let whole = |text: &str, first: &str, last: &str| {
        let lines: Vec<_> = text.lines().collect();
        let find = |wanted: &str| lines.iter().position(|line| line.starts_with(wanted)).expect("a line");
        let (first, last) = (find(first), find(last));
        let bare = |(at, line): (usize, &&str)| match (first..=last).contains(&at) {
            true => line.trim_start_matches("# ").replace("#   ", "  "),
            false => (*line).to_owned(),
        };
        let text: Vec<_> = lines.iter().enumerate().map(bare).collect();
        parse(&text.join("\n"))
            .unwrap_or_else(|findings| panic!("{findings}"))
            .config
    };
    let file = whole(
        include_str!("../../../deploy/config/sample.yml"),
        "# credhub:",
        "#   client_secret:",
    );
    let properties = whole(
        include_str!("../../../deploy/config/sample-properties.yml"),
        "# secure_binding_credentials:",
        "#     credhub:",
    );
    assert_eq!(file, properties);
    assert!(file.require_credhub().expect("whole").is_some());
}

#[test]
fn the_sample_leaves_to_the_local_stack_what_is_its_own() {
    let [config, _] = samples();
    assert_eq!(config.bosh.as_ref().expect("bosh").url, None);
    assert!(
        config
            .require_bosh()
            .expect_err("no url")
            .to_string()
            .contains("must specify bosh url")
    );
    assert!(config.require_seal().is_err());
    assert_eq!(
        config.credhub, None,
        "secure bindings are off until the local stack puts them in"
    );
    assert_eq!(config.service_deployment.releases[0].version, "1.200");
    let credentials = config.credentials().expect("one");
    assert_eq!(
        (credentials[0].username.as_str(), credentials[0].password.expose()),
        ("broker", "secret")
    );
}
