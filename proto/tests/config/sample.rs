//! The samples parse, use every key, and say what they claim to say.
use crate::support::{remove, set};
use chandler_proto::config::keys::{Effect, Form, Shape, keys};
use chandler_proto::config::{Config, parse};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const BROKER: &str = include_str!("../../../deploy/config/broker.yml");
const REDIS: &str = include_str!("../../../deploy/config/redis-properties.yml");
const KAFKA: &str = include_str!("../../../deploy/config/kafka-properties.yml");
const EVERY: &str = include_str!("../../../deploy/config/every-key.yml");
const ALL: [(&str, &str); 4] = [
    ("broker", BROKER),
    ("redis-properties", REDIS),
    ("kafka-properties", KAFKA),
    ("every-key", EVERY),
];
const README: &str = include_str!("../../../deploy/config/README.md");

/// Begins a line that stands for the line above it.
const OR: &str = "#or ";

fn config(text: &str) -> Config {
    parse(text).unwrap_or_else(|findings| panic!("{findings}")).config
}

/// A line that is held back, without its `#`; nothing of one that isn't.
fn held_back(line: &str) -> Option<String> {
    let bare = line.trim_start();
    let key = bare.strip_prefix('#').filter(|rest| !rest.starts_with([' ', '#']))?;
    (!bare.starts_with(OR)).then(|| format!("{}{key}", " ".repeat(line.len() - bare.len())))
}

/// With everything that is held back.
fn whole(text: &str) -> String {
    let lines = text.lines();
    let lines = lines.map(|line| held_back(line).unwrap_or_else(|| line.to_owned()));
    lines.map(|line| line + "\n").collect()
}

/// With each line in its turn that stands for the one above it.
fn alternatives(text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().collect();
    let of = |at: usize| {
        let bare = lines[at].trim_start();
        let key = bare.strip_prefix(OR)?;
        let line = " ".repeat(lines[at].len() - bare.len()) + key;
        let others = [&lines[..at - 1], &[line.as_str()], &lines[at + 1..]];
        Some(others.concat().join("\n"))
    };
    (0..lines.len()).filter_map(of).collect()
}

#[test]
fn the_samples_parse_and_warn_only_of_what_the_readme_tells() {
    for (name, text) in ALL {
        for text in [text, &whole(text)] {
            let loaded = parse(text).unwrap_or_else(|findings| panic!("{name}: {findings}"));
            for warning in loaded.warnings {
                assert!(README.contains(&warning.message), "{name}: {warning}");
            }
        }
    }
    let silent = [BROKER, &whole(BROKER)].map(|text| parse(text).expect("loads").warnings);
    assert_eq!(silent, [[], []], "the first file that somebody sees");
}

#[test]
fn what_stands_for_another_line_is_as_good() {
    let mut seen = 0;
    for (name, text) in ALL {
        for other in alternatives(text) {
            seen += 1;
            match parse(&other) {
                Ok(_) => {}
                // As its comment says.
                Err(findings) => {
                    let told = findings.to_string();
                    let pattern = "cf.uaa.client_definition: Invalid uaa config: client_definition is set, but uaa client_credentials is not";
                    assert_eq!((name, told.as_str()), ("every-key", pattern));
                }
            }
        }
    }
    assert_eq!(seen, 3);
}

/// The keys of a text, as the table of keys spells them.
fn used(text: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for text in [whole(text)].into_iter().chain(alternatives(text)) {
        let tree: Value = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
        walk(&tree, "", &mut all);
    }
    all
}

fn walk(node: &Value, at: &str, all: &mut BTreeSet<String>) {
    match node {
        Value::Object(members) => {
            let named = keys().any(|key| key.file == at && key.shape == Shape::Named);
            for (name, member) in members {
                let name = if named { "*" } else { name };
                let below = if at.is_empty() {
                    name.to_owned()
                } else {
                    format!("{at}.{name}")
                };
                all.insert(below.clone());
                walk(member, &below, all);
            }
        }
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| walk(element, &format!("{at}[]"), all)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The keys of a form, but for what keeps a file from being loaded.
fn known(form: Form) -> impl Iterator<Item = &'static str> {
    let refused: Vec<_> = keys()
        .filter(|key| matches!(key.effect, Effect::Refused(..)))
        .filter_map(|key| key.path(form))
        .collect();
    let is_refused = move |path: &str| refused.iter().any(|at| path.starts_with(at));
    keys()
        .filter_map(move |key| key.path(form))
        .filter(move |path| !is_refused(path))
}

#[test]
fn every_key_of_the_file_and_of_ours_is_in_its_sample() {
    let used = used(EVERY);
    let missing: Vec<_> = known(Form::File).filter(|path| !used.contains(*path)).collect();
    assert_eq!(missing, [""; 0], "deploy/config/every-key.yml lacks these keys");
    for member in ["service_catalog", "service_deployment", "service_adapter"] {
        let further = format!("chandler.offerings[].{member}");
        assert!(used.contains(&further), "deploy/config/every-key.yml lacks {further}");
    }
}

/// Those that both forms have are in the sample of every key.
#[test]
fn every_key_that_only_properties_have_is_in_a_sample() {
    let used = &used(REDIS) | &used(KAFKA);
    let only = keys().filter(|key| key.file != key.property);
    let only = only.filter_map(|key| key.path(Form::Properties));
    let missing: Vec<_> = only.filter(|path| !used.contains(*path)).collect();
    assert_eq!(missing, [""; 0], "no sample in the form of properties has these keys");
}

/// The sample of every key, each key moved to where the properties have it.
#[test]
fn every_key_means_the_same_in_both_forms() {
    let mut file: Value = serde_saphyr::from_str(EVERY).expect("YAML");
    // Paths there, texts here.
    remove(&mut file, "broker.tls");
    let gateway = file.pointer_mut("/chandler/gateway").and_then(Value::as_object_mut);
    gateway
        .expect("a section")
        .retain(|name, _| !name.starts_with("client_"));
    let mut properties = file.clone();
    let at = |path: &str| format!("/{}", path.replace('.', "/"));
    for key in keys().filter(|key| key.file != key.property && !key.property.is_empty()) {
        let leaf = !matches!(key.shape, Shape::Section);
        if let Some(value) = file.pointer(&at(key.file)).filter(|_| leaf && !key.file.is_empty()) {
            set(&mut properties, key.property, value.clone());
        }
    }
    set(&mut properties, "secure_binding_credentials.enabled", json!(true));
    let link = json!({"internal_url": file["credhub"]["api_url"], "ca_certificate": file["credhub"]["ca_cert"]});
    set(&mut properties, "links.credhub.credhub", link);
    for section in ["broker", "credhub", "bosh_credhub"] {
        remove(&mut properties, section);
    }
    assert_eq!(config(&properties.to_string()), config(&file.to_string()));
}

#[test]
fn the_first_sample_offers_three_plans() {
    let config = config(BROKER);
    let offering = &config.catalog.offerings[0];
    assert_eq!(offering.name, "example-kv");
    let of = |name: &str| {
        let found = offering.plans.iter().find(|plan| plan.name == name);
        found.unwrap_or_else(|| panic!("{name}"))
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
    assert_eq!(large.properties["max_clients"], json!(2000));
    assert_eq!(small.properties, fixed.properties);
    assert_eq!(small.properties["persistence"], json!(true));
    assert_eq!(large.adapter_json()["update"]["max_in_flight"], json!("50%"));
    assert_eq!(large.adapter_json()["update"]["canaries"], json!(1));
    assert_eq!(offering.deployment.releases[0].version, "1.200");
    assert_eq!(
        offering.deployment.releases[0].jobs[0], "kv-server",
        "the example adapter gives the link to the first job"
    );
    let definition = config.client_definition().expect("a definition");
    assert!(definition.scopes.iter().any(|scope| scope.contains("ODB_SPACE_GUID")));
}

/// In the samples of services each errand of a plan is a job of a release or an instance group.
#[test]
fn errands_are_there_to_be_run() {
    let mut seen = 0;
    for (name, text) in ALL {
        for offering in config(text).catalog.offerings {
            let jobs: Vec<_> = offering.deployment.releases.iter().flat_map(|it| &it.jobs).collect();
            for plan in &offering.plans {
                let errands = &plan.lifecycle_errands;
                for errand in errands.post_deploy.iter().chain(&errands.pre_delete) {
                    seen += 1;
                    let group = plan.instance_groups.iter().any(|group| group.name == errand.name);
                    assert!(group || jobs.contains(&&errand.name), "{name}: {}", errand.name);
                    for place in &errand.instances {
                        let group = place.to_string();
                        let group = group.split('/').next().unwrap_or_default();
                        let there = plan.instance_groups.iter().any(|it| it.name == group);
                        assert!(there, "{name}: {} has no group {group}", plan.name);
                    }
                }
                for address in &plan.binding_with_dns {
                    let there = plan.instance_groups.iter().any(|it| it.name == address.instance_group);
                    assert!(there, "{name}: {} has no group {}", plan.name, address.instance_group);
                }
            }
        }
    }
    assert!(seen > 8, "only {seen}");
}

#[test]
fn the_sample_of_redis_has_quotas_and_the_old_names_of_kafka_are_read() {
    let redis = config(REDIS).catalog.offerings.remove(0);
    let [small, large, replicated] = redis.plans.as_slice() else {
        panic!("{:?}", redis.plans)
    };
    assert_eq!(redis.global_quotas.service_instance_limit, Some(100));
    let costs = [small, large, replicated].map(|plan| plan.quotas.costs()["memory_gb"]);
    assert_eq!(costs, [2, 16, 24]);
    assert_eq!(small.quotas.resources["memory_gb"].limit, Some(100));
    assert_eq!(
        small.lifecycle_errands.post_deploy.len(),
        1,
        "the other one is disabled"
    );
    assert_eq!(small.lifecycle_errands, large.lifecycle_errands);
    let read = config(KAFKA);
    let kafka = &read.catalog.offerings[0];
    assert_eq!(kafka.global_quotas.resources["ips"].limit, Some(120));
    let ips: Vec<_> = kafka.plans.iter().map(|plan| plan.quotas.costs()["ips"]).collect();
    assert_eq!(
        (ips.as_slice(), kafka.plans[0].quotas.resources["ips"].limit),
        (&[2, 6, 8][..], Some(20))
    );
    assert_eq!(kafka.deployment.stemcells[0].version, "1.651");
    assert!(read.cf.is_some_and(|cf| cf.authentication.is_some()));
    let names: Vec<_> = kafka.plans.iter().map(|plan| plan.name.as_str()).collect();
    assert_eq!(names, ["small", "medium", "large"]);
    assert!(
        kafka
            .plans
            .iter()
            .all(|plan| kafka.is_updatable(plan) && plan.binding_with_dns.len() == 2)
    );
}

#[test]
fn the_samples_leave_to_the_local_stack_what_is_its_own() {
    for (name, text) in &ALL[..3] {
        let config = config(text);
        assert_eq!(config.bosh.as_ref().expect("bosh").url, None, "{name}");
        let told = config.require_bosh().expect_err("no url").to_string();
        assert!(told.contains("must specify bosh url"), "{told}");
        assert!(config.require_seal().is_err());
        assert_eq!(config.credhub, None, "off until the local stack puts them in");
        assert_eq!(config.cf.as_ref().and_then(|cf| cf.uaa_url.as_ref()), None);
    }
    for text in [BROKER, REDIS] {
        assert!(config(&whole(text)).require_credhub().expect("whole").is_some());
        let missing = config(text).require_uaa_clients().expect_err("no url").0;
        let paths: Vec<_> = missing.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(paths, ["cf.uaa.url"]);
    }
    let credentials = config(BROKER);
    let credentials = credentials.credentials().expect("one");
    assert_eq!(
        (credentials[0].username.as_str(), credentials[0].password.expose()),
        ("broker", "secret")
    );
}

/// Nobody is called by whoever tries it out.
#[test]
fn the_addresses_of_the_sample_of_every_key_are_nobodys() {
    let file: Value = serde_saphyr::from_str(EVERY).expect("YAML");
    let mut seen = 0;
    for section in ["bosh", "cf", "service_instances_api", "credhub", "bosh_credhub"] {
        let text = file[section].to_string();
        let urls = text.split("://").skip(1).inspect(|_| seen += 1);
        for host in urls {
            assert!(host.starts_with("127.0.0.1:"), "{section}: {host}");
        }
    }
    assert_eq!(seen, 6);
}
