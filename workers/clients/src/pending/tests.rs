use super::*;

const DEPLOYED: &str = "
name: service-instance_1
releases: [{name: svc, version: '1.10'}]
stemcells: [{alias: default, os: ubuntu-jammy, version: 1.406}]
update: {canaries: 1, max_in_flight: 1, canary_watch_time: 1-5000, update_watch_time: 1-5000}
instance_groups:
- name: node
  instances: 3
  azs: [z1, z2]
  vm_type: small
  stemcell: default
  update: {max_in_flight: 2}
  networks: [{name: default}]
  jobs:
  - name: svc
    release: svc
    provides: {db: {as: db, shared: true}}
    properties: {maxmemory: 512, secure: yes, text: '512', password: ((odb_secret:top-secret))}
variables: [{name: pw, type: password}]
tags: {owner: me}
features: {use_dns_addresses: true}
";

/// What the comparison says after `from` became `to` in the generated manifest.
fn changed(from: &str, to: &str) -> Vec<&'static str> {
    assert!(DEPLOYED.contains(from), "{from}");
    pending_changes(DEPLOYED, &DEPLOYED.replacen(from, to, 1))
        .unwrap()
        .parts
}

#[test]
fn what_does_not_count() {
    let cases = [
        ("", ""),
        ("canaries: 1", "canaries: 5"),
        ("update: {max_in_flight: 2}", "other: 2"),
        ("\nname:", "\nextra: {a: 1}\nname:"),
        ("{name: default}", "{name: default, more: 1}"),
        ("version: '1.10'", "version: 1.10"),
        ("version: 1.406", "version: \"1.406\""),
        ("{name: svc, version: '1.10'}", "{version: '1.10', name: svc}"),
        ("{name: pw, type: password}", "{name: pw, type: password, options: ~}"),
        ("secure: yes", "secure: true"),
        ("maxmemory: 512", "maxmemory: 0x200"),
        ("maxmemory: 512", "maxmemory: 01000"),
        ("{as: db, shared: true}", "{shared: true, as: db, aliases: ~}"),
        ("text: '512'", "<<: {text: '512'}"),
        ("text: '512'", "text: x, text: '512'"),
        ("{use_dns_addresses: true}", "{use_dns_addresses: yes, more: ~}"),
        ("tags:", "addons: ~\ntags:"),
    ];
    for (from, to) in cases {
        assert_eq!(changed(from, to), Vec::<&str>::new(), "{from} -> {to}");
    }
}

#[test]
fn what_counts() {
    let cases = [
        ("service-instance_1", "service-instance_2", "name"),
        ("version: '1.10'", "version: 1.1", "releases"),
        ("releases: [", "releases: [{name: a, version: 1}, ", "releases"),
        ("version: 1.406", "version: 1.407", "stemcells"),
        ("instances: 3", "instances: 4", "instance_groups"),
        ("azs: [z1, z2]", "azs: [z2, z1]", "instance_groups"),
        ("azs: [z1, z2]", "azs: []", "instance_groups"),
        ("vm_type: small", "vm_type: large", "instance_groups"),
        (
            "vm_type: small",
            "vm_type: small\n  persistent_disk_type: big",
            "instance_groups",
        ),
        (
            "vm_type: small",
            "vm_type: small\n  vm_extensions: []",
            "instance_groups",
        ),
        ("vm_type: small", "vm_type: small\n  env: {}", "instance_groups"),
        (
            "{name: default}",
            "{name: default, static_ips: [1.2.3.4]}",
            "instance_groups",
        ),
        ("shared: true", "shared: false", "instance_groups"),
        ("{as: db, shared: true}", "nil", "instance_groups"),
        (
            "    properties:",
            "    consumes: {db: nil}\n    properties:",
            "instance_groups",
        ),
        ("maxmemory: 512", "maxmemory: 513", "instance_groups"),
        ("maxmemory: 512", "maxmemory: '512'", "instance_groups"),
        ("maxmemory: 512", "maxmemory: 512.0", "instance_groups"),
        ("maxmemory: 512", "maxmemory: 512, new: ~", "instance_groups"),
        ("text: '512'", "text: 512", "instance_groups"),
        ("secure: yes", "secure: 'yes'", "instance_groups"),
        (
            "((odb_secret:top-secret))",
            "((/odb/s/d/top-secret))",
            "instance_groups",
        ),
        ("type: password", "type: user", "variables"),
        ("type: password", "type: password, update_mode: converge", "variables"),
        (
            "type: password",
            "type: password, consumes: {common_name: {from: a}}",
            "variables",
        ),
        ("{owner: me}", "{owner: you}", "tags"),
        ("{use_dns_addresses: true}", "{use_dns_addresses: false}", "features"),
        (
            "{use_dns_addresses: true}",
            "{use_dns_addresses: true, new: 1}",
            "features",
        ),
        ("tags:", "properties: {a: 1}\ntags:", "properties"),
        ("tags:", "addons: [{name: a, jobs: []}]\ntags:", "addons"),
        ("tags:", "addons: [{include: {stemcell: [{os: x}]}}]\ntags:", "addons"),
    ];
    for (from, to, part) in cases {
        assert_eq!(changed(from, to), [part], "{from} -> {to}");
    }
}

#[test]
fn numbers_that_round_alike_differ() {
    let with = |number: &str| format!("properties: {{n: {number}}}");
    let cases = [
        ("12345678901234567890123", "12345678901234567890124", true),
        ("9223372036854775808", "9223372036854775809", true),
        (".inf", "-.inf", true),
        (".inf", ".nan", true),
        (".nan", ".nan", false),
        ("1.50", "1.5", false),
        ("1e3", "1000.0", false),
    ];
    for (a, b, differ) in cases {
        assert_eq!(
            pending_changes(&with(a), &with(b)).unwrap().any(),
            differ,
            "{a} and {b}"
        );
    }
}

#[test]
fn anchors_and_the_places_of_numbers_behind_other_alphabets() {
    let plain = "name: ä\nreleases: [{name: ö, version: 1.10}, {name: b, version: 1.10}]";
    let anchors = "name: ä\nx: &v 1.10\nreleases: [{name: ö, version: *v}, {name: b, version: *v}] # ü";
    assert_eq!(pending_changes(plain, anchors), Ok(PendingChanges::default()));
    let other = "name: ä\nreleases: [{name: ö, version: 1.10}, {name: b, version: 1.1}]";
    assert_eq!(pending_changes(plain, other).unwrap().parts, ["releases"]);
}

#[test]
fn all_parts_are_named_and_no_value_is_shown() {
    let changes = pending_changes(DEPLOYED, "").unwrap();
    let wanted = "name, releases, stemcells, instance_groups, variables, tags, features";
    assert_eq!(changes.to_string(), wanted);
    assert!(changes.any() && !format!("{changes:?}").contains("top-secret"));
    assert_eq!(pending_changes("", "~"), Ok(PendingChanges::default()));
}

#[test]
fn what_cannot_be_read_says_which_and_quotes_nothing() {
    let cases = [
        "top-secret",
        "- top-secret",
        "top-secret: [",
        "a: 1\n---\ntop-secret: 1",
        "5",
    ];
    for wrong in cases {
        let generated = pending_changes(DEPLOYED, wrong).unwrap_err();
        assert_eq!(generated.manifest, Manifest::Generated, "{wrong}");
        let deployed = pending_changes(wrong, DEPLOYED).unwrap_err();
        assert_eq!(deployed.manifest, Manifest::Deployed, "{wrong}");
        assert!(
            deployed
                .to_string()
                .starts_with("the deployed manifest can't be read: not "),
            "{deployed}"
        );
        assert!(!format!("{deployed:?}{deployed}{generated}").contains("top-secret"));
    }
}
