//! Whom each connection trusts: ODB's rules, one by one.
use super::*;
use chandler_clients::http::Trust;
use chandler_proto::config::parse;

/// A file with these sections, one a line.
fn config(sections: &str) -> Config {
    let rest = "
broker: {username: u, password: p, disable_cf_startup_checks: true}
service_adapter: {path: /bin/sh}
service_deployment: {releases: [{name: r, version: 1.2, jobs: [j]}], stemcells: [{os: o, version: 1.5}]}
service_catalog:
  id: s
  service_name: kv
  service_description: A store
  bindable: false
  plan_updatable: false
  plans: [{plan_id: p, name: small, description: d, instance_groups: [{name: g, vm_type: t, instances: 1, networks: [n], azs: [z]}]}]
";
    parse(&format!("{rest}{sections}")).unwrap().config
}

const BOSH: &str = "bosh: {url: b, CA authentication: {basic: {username: u, password: p}}}";
const CREDHUB: &str = "credhub: {api_url: c, CA client_id: i, client_secret: s}";
const BOSH_CREDHUB: &str =
    "bosh_credhub: {url: c, CA authentication: {uaa: {client_credentials: {client_id: i, client_secret: s}}}}";
const CF: &str = "cf: {CA uaa: {url: u, authentication: {client_credentials: {client_id: i, client_secret: s}}}}";
const API: &str = "service_instances_api: {url: https://l, CA authentication: {basic: {username: u, password: p}}}";

/// The section with these keys.
fn with(section: &str, keys: &str) -> String {
    section.replace("CA", keys)
}

#[test]
fn the_directors_ca_replaces_the_systems() {
    for (keys, wanted) in [("", None), ("root_ca_cert: A,", Some("A".to_owned()))] {
        let config = config(&with(BOSH, keys));
        // The client takes it for the Director and its UAA, and the system's when there is none.
        assert_eq!(director(config.require_bosh().unwrap()).ca_pem, wanted);
    }
}

#[test]
fn both_cas_of_the_platforms_credhub_replace_the_systems() {
    for (keys, wanted) in [
        ("", Trust::System),
        ("ca_cert: A,", Trust::Only("A".into())),
        ("internal_uaa_ca_cert: B,", Trust::Only("B".into())),
        ("ca_cert: A, internal_uaa_ca_cert: B,", Trust::Only("A\nB".into())),
    ] {
        let config = config(&with(CREDHUB, keys));
        let made = runtime(config.require_credhub().unwrap().unwrap());
        assert_eq!((&made.trust, &made.uaa_trust), (&wanted, &wanted), "{keys}");
    }
}

#[test]
fn boshs_credhub_is_trusted_by_its_ca_and_by_the_directors() {
    for (directors, own, wanted) in [
        ("", "", Trust::System),
        ("root_ca_cert: B,", "", Trust::Only("B".into())),
        ("", "root_ca_cert: A,", Trust::Only("A".into())),
        ("root_ca_cert: B,", "root_ca_cert: A,", Trust::Only("A\nB".into())),
    ] {
        let config = config(&format!("{}\n{}", with(BOSH, directors), with(BOSH_CREDHUB, own)));
        let made = of_bosh(config.require_bosh_credhub().unwrap().unwrap());
        assert_eq!((&made.trust, &made.uaa_trust), (&wanted, &wanted), "{directors} {own}");
    }
}

#[test]
fn the_cas_of_cloud_foundry_and_of_the_instances_api_are_added_to_the_systems() {
    let unchecked = "disable_ssl_cert_verification: true,";
    for (keys, wanted) in [
        (String::new(), Trust::System),
        ("root_ca_cert: A,".into(), Trust::SystemPlus("A".into())),
        (unchecked.into(), Trust::Anyone),
        (format!("root_ca_cert: A, {unchecked}"), Trust::Anyone),
    ] {
        let config = config(&format!("{}\n{}", with(CF, &keys), with(API, &keys)));
        assert_eq!(
            uaa(config.require_uaa_clients().unwrap().unwrap()).trust,
            wanted,
            "{keys}"
        );
        let api = instances_api(config.require_instances_api().unwrap().unwrap());
        assert_eq!(api.trust, wanted, "{keys}");
    }
}

#[test]
fn each_switch_leaves_only_its_own_connection_unchecked() {
    let off = "disable_ssl_cert_verification: true,";
    let trusts = |text: &str| {
        let config = config(text);
        let api = instances_api(config.require_instances_api().unwrap().unwrap()).trust;
        (uaa(config.require_uaa_clients().unwrap().unwrap()).trust, api)
    };
    let of_cf = format!("{}\n{}", with(CF, off), with(API, ""));
    assert_eq!(trusts(&of_cf), (Trust::Anyone, Trust::System));
    let of_api = format!("{}\n{}", with(CF, ""), with(API, off));
    assert_eq!(trusts(&of_api), (Trust::System, Trust::Anyone));
}

#[test]
fn the_monitoring_of_the_bus_is_trusted_by_the_ca_of_the_bus() {
    for (ca, wanted) in [(None, Trust::System), (Some("A"), Trust::Only("A".into()))] {
        assert_eq!(monitor("https://n:8222", ca).trust, wanted);
    }
    let bus = |bus: &str| config(&format!("chandler: {{bus: {bus}}}"));
    let made = |config: &Config| {
        let mut access = Access::new(config);
        let monitors = access
            .monitors()
            .map(|all| all.iter().map(|it| it.address().to_owned()).collect());
        access.finish(monitors)
    };
    assert_eq!(made(&bus("{}")), Ok(Vec::<String>::new()));
    let two = "{monitor_urls: ['http://n1:8222', 'http://n2:8222/']}";
    let wanted = ["http://n1:8222", "http://n2:8222"].map(str::to_owned);
    assert_eq!(made(&bus(two)), Ok(wanted.to_vec()));
    let found = made(&bus("{ca_cert: A, monitor_urls: ['https://n1:8222']}"))
        .unwrap_err()
        .0;
    // The bus, which it belongs to, doesn't take it either.
    let paths: Vec<_> = found.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths, ["chandler.bus", "chandler.bus.monitor_urls"]);
    assert!(found[1].message.contains("CA certificate"), "{found:?}");
}

#[test]
fn what_can_not_be_an_authority_is_told_with_its_section() {
    let all = [BOSH, CREDHUB, BOSH_CREDHUB, CF, API];
    let sections = all.map(|section| {
        let key = if section == CREDHUB {
            "ca_cert: A,"
        } else {
            "root_ca_cert: A,"
        };
        with(section, key)
    });
    let config = config(&sections.join("\n"));
    let mut access = Access::new(&config);
    assert!(access.director().is_none() && access.credhub().is_none() && access.bosh_credhub().is_none());
    assert!(access.uaa_clients().is_none() && access.instances_api().is_none());
    let found = access.finish(Some(())).unwrap_err();
    let paths: Vec<_> = found.0.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(
        paths,
        ["bosh", "credhub", "bosh_credhub", "cf.uaa", "service_instances_api"]
    );
    assert!(
        found.0.iter().all(|it| it.message.contains("CA certificate")),
        "{found}"
    );
}
