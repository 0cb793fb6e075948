//! The rules, line by line.
use super::*;
use chandler_clients::nats_monitor::JetStream;
use chandler_engine::store::Copies;

fn needs(errands: &[&str], colocated: &[&str], dns: &[&str]) -> Needs {
    let own = |all: &[&str]| all.iter().map(|&it| it.to_owned()).collect();
    Needs {
        errands: own(errands),
        colocated: own(colocated),
        dns: own(dns),
    }
}

fn scopes(all: &[&str]) -> Vec<String> {
    all.iter().map(|&it| it.to_owned()).collect()
}

/// What a token may; `None`: the UAA doesn't say.
type Has = Option<&'static [&'static str]>;

const BASE: &str = "BOSH Director error: API version is insufficient, ODB requires BOSH v257+.";
const ERRANDS: &str = "BOSH Director error: API version is insufficient, one or more plans are configured with lifecycle_errands \
                       which require BOSH v261+.";
const COLOCATED: &str = "one or more plans are configured with co-located lifecycle_errands which require BOSH v263+.";

#[test]
fn a_director_has_to_serve_what_the_plans_use() {
    let dns = |got: &str| {
        format!(
            "BOSH Director error: API version for 'binding_with_dns' feature is insufficient. This feature requires \
             BOSH v266.12+ / v267.6+ (got v{got})"
        )
    };
    let (none, errands) = (needs(&[], &[], &[]), needs(&["small"], &[], &[]));
    let colocated = needs(&["small", "big"], &["big"], &[]);
    let addresses = needs(&[], &[], &["big"]);
    let all = needs(&["small"], &["small"], &["big"]);
    let unknown = |told: &str| format!("unrecognised BOSH Director version: \"{told}\". ODB requires BOSH v257+.");
    let cases: [(&str, &Needs, &[String]); 20] = [
        ("280.1.0 (00000000)", &all, &[]),
        ("257.0.0", &none, &[]),
        ("1.3262.0.0 (00000000)", &none, &[]),
        ("256.9.0", &none, &[BASE.into()]),
        ("1.3261.9.0", &all, &[BASE.into()]),
        ("dev", &none, &[unknown("dev")]),
        ("", &none, &[unknown("")]),
        ("260.9.0", &none, &[]),
        ("260.9.0", &errands, &[ERRANDS.into(), "the plans small.".into()]),
        ("261.0.0", &errands, &[]),
        ("1.3262.0.0", &errands, &[ERRANDS.into()]),
        ("262.9.0", &errands, &[]),
        ("262.9.0", &colocated, &[COLOCATED.into(), "the plans big.".into()]),
        ("260.0.0", &colocated, &[ERRANDS.into(), "the plans small, big.".into()]),
        ("263.0.0", &colocated, &[]),
        ("266.11.0 (0a)", &addresses, &[dns("266.11.0"), "the plans big.".into()]),
        ("266.12.0", &addresses, &[]),
        ("267.5.0", &addresses, &[dns("267.5.0")]),
        ("267.6.0", &addresses, &[]),
        ("260.0.0", &all, &[dns("260.0.0"), ERRANDS.into()]),
    ];
    for (told, needs, wanted) in cases {
        match (director_version(told, needs), wanted) {
            (Verdict::Fine(_), []) => {}
            (Verdict::Wrong(text), [_, ..]) => {
                for part in wanted {
                    assert!(text.contains(part.as_str()), "{told}: {part}: {text}");
                }
                let at_once = text.contains("v261+") && text.contains("v263+");
                assert!(!at_once, "one upgrade is named once: {text}");
            }
            (other, _) => panic!("{told}: {other:?}"),
        }
    }
}

#[test]
fn what_is_no_version_is_not_shown_at_length() {
    let text = director_version(&"x".repeat(10_000), &Needs::default());
    assert!(text.text().len() < 300, "{text:?}");
}

#[test]
fn at_the_director_we_are_known_and_may_deploy() {
    let cases: [(Option<&str>, Has, bool); 9] = [
        (Some("admin"), None, true),
        (None, None, false),
        (None, Some(&["bosh.admin"]), false),
        (Some("c"), Some(&["bosh.admin"]), true),
        (Some("c"), Some(&["openid", "bosh.u1.admin"]), true),
        (Some("c"), Some(&["bosh.u2.admin"]), false),
        (Some("c"), Some(&["bosh.teams.t.admin"]), true),
        (Some("c"), Some(&["bosh.read", "bosh.teams.t.read"]), false),
        (Some("c"), Some(&[]), false),
    ];
    for (user, has, fine) in cases {
        let has = has.map(scopes);
        let verdict = director_credentials(user, has.as_deref(), "u1");
        assert_eq!(verdict.is_fine(), fine, "{user:?} {has:?}: {verdict:?}");
        if user.is_none() {
            assert!(
                verdict.text().starts_with("BOSH Director error: not authenticated"),
                "{verdict:?}"
            );
        }
    }
}

#[test]
fn a_credhub_is_new_enough_and_lets_us_read_and_write() {
    let both: &'static [&'static str] = &["credhub.read", "credhub.write"];
    let cases: [(Option<&str>, Has, bool, &str); 8] = [
        (Some("2.12.95"), Some(both), true, "2.12.95"),
        (Some("1.6.0"), None, true, "1.6.0"),
        (Some("1.5.9"), Some(both), false, "1.6 or later"),
        (Some("0.9.0"), None, false, "upgrade"),
        (Some("dev"), Some(both), true, "can't be compared"),
        (None, Some(both), true, "doesn't tell"),
        (Some("2.12.95"), Some(&["credhub.read"]), false, "lacks credhub.write:"),
        (None, Some(&["x"]), false, "lacks credhub.read and credhub.write:"),
    ];
    for (told, has, fine, part) in cases {
        let has = has.map(scopes);
        let verdict = credhub("bosh_credhub", told, has.as_deref());
        assert_eq!(verdict.is_fine(), fine, "{told:?} {has:?}: {verdict:?}");
        assert!(verdict.text().contains(part), "{part}: {verdict:?}");
    }
}

#[test]
fn at_the_uaa_we_may_keep_clients_if_there_are_any() {
    let cases: [(bool, Has, Option<&str>); 8] = [
        (true, Some(&["clients.read", "clients.write"]), None),
        (true, Some(&["clients.admin"]), None),
        (true, Some(&["uaa.admin"]), None),
        (true, None, None),
        (true, Some(&["clients.read"]), Some("lacks clients.write:")),
        (true, Some(&["clients.write"]), Some("lacks clients.read:")),
        (
            true,
            Some(&["cloud_controller.admin"]),
            Some("lacks clients.read and clients.write:"),
        ),
        (false, Some(&["cloud_controller.admin"]), None),
    ];
    for (keeps, has, wrong) in cases {
        let has = has.map(scopes);
        let verdict = uaa(keeps, has.as_deref());
        assert_eq!(verdict.is_fine(), wrong.is_none(), "{keeps} {has:?}: {verdict:?}");
        assert!(verdict.text().contains(wrong.unwrap_or_default()), "{verdict:?}");
    }
}

#[test]
fn copies_have_to_be_in_files_and_there() {
    let stream = |in_files: bool, wanted: usize, away: &[&str]| Copies {
        stream: "s".into(),
        in_files,
        wanted,
        away: scopes(away),
    };
    let cases = [
        (vec![stream(true, 3, &[]), stream(true, 3, &[])], true, "3 copies"),
        (vec![stream(true, 1, &[])], true, "one copy"),
        (vec![stream(true, 3, &[]), stream(true, 1, &[])], true, "one copy"),
        (
            vec![stream(true, 3, &["n2"])],
            false,
            "stream s lacks 1 of 3 copies: bring n2 back",
        ),
        (vec![stream(false, 1, &[])], false, "memory only"),
    ];
    for (all, fine, part) in cases {
        for monitored in [false, true] {
            let verdict = copies(&all, monitored);
            assert_eq!(verdict.is_fine(), fine, "{verdict:?}");
            assert!(verdict.text().contains(part), "{part}: {verdict:?}");
            assert_eq!(
                verdict.text().contains("chandler.bus.monitor_urls leads"),
                fine && !monitored,
                "what isn't known isn't claimed: {verdict:?}"
            );
        }
    }
}

/// What a nats-server says: its id, whether it has JetStream, whether each write is synced; or that it says nothing.
type Says = Option<(&'static str, bool, bool)>;

#[test]
fn every_server_has_to_sync_each_write() {
    let ask = |(at, said): (usize, &Says)| Asked {
        address: format!("http://n{at}:8222"),
        said: match said {
            Some((id, enabled, sync_always)) => Ok(JetStream {
                server_id: (*id).into(),
                enabled: *enabled,
                sync_always: *sync_always,
                sync_interval: std::time::Duration::from_secs(120),
                cluster_size: if id.starts_with('C') { 3 } else { 1 },
            }),
            None => Err(Fault::new(
                FaultKind::NotSent,
                format!("GET /jsz of the nats-server at http://n{at}:8222"),
                "refused",
            )),
        },
    };
    let (a, b, c) = (("A", true, true), ("B", true, true), ("C", true, true));
    let (lax, off) = (("B", true, false), ("B", false, false));
    let cases: [(&[Says], &str, &[&str]); 12] = [
        (&[Some(a)], "fine", &["the one nats-server that is monitored"]),
        (&[Some(a), Some(b), Some(c)], "fine", &["all 3 nats-servers"]),
        (
            &[Some(a), Some(lax), Some(c)],
            "wrong",
            &[
                "the nats-server at http://n1:8222 brings writes to its disk every 120s",
                "`jetstream { sync_interval: always }`",
            ],
        ),
        (&[Some(off)], "wrong", &["http://n0:8222 has no JetStream"]),
        (
            &[Some(a), Some(c)],
            "wrong",
            &["their cluster has 3 servers, and not more than 2 of them are asked"],
        ),
        (&[Some(a), Some(off)], "wrong", &["http://n1:8222 has no JetStream"]),
        (
            &[Some(a), Some(b), Some(a)],
            "wrong",
            &["http://n0:8222 and http://n2:8222 are one and the same server"],
        ),
        (
            &[Some(a), None],
            "wrong",
            &[
                "GET /jsz of the nats-server at http://n1:8222",
                "refused",
                "What to do: ",
            ],
        ),
        (&[None, None], "wrong", &["n0:8222", "n1:8222"]),
        (
            &[None, Some(lax)],
            "wrong",
            &["n1:8222 brings", "n0:8222 was not sent: refused", "What to do: "],
        ),
        (
            &[Some(lax), Some(("D", true, false))],
            "wrong",
            &["n0:8222 brings", "n1:8222 brings"],
        ),
        (&[Some(off), Some(lax)], "wrong", &["one and the same"]),
    ];
    for (said, name, parts) in cases {
        let asked: Vec<_> = said.iter().enumerate().map(ask).collect();
        let verdict = bus_sync(&asked);
        assert_eq!(verdict.name(), name, "{said:?}: {verdict:?}");
        for part in parts {
            assert!(verdict.text().contains(part), "{part}: {verdict:?}");
        }
    }
}

#[test]
fn a_token_that_is_not_given_has_the_old_broker_s_texts() {
    let fault = |kind| {
        Fault::new(
            kind,
            "POST /oauth/token of the UAA",
            "answered 401 invalid_client: Bad credentials",
        )
    };
    let told = no_token(&fault(FaultKind::Unauthorized));
    let wanted = "Error authenticating (401): answered 401 invalid_client: Bad credentials. Please ensure that the UAA urls and \
                  credentials under properties.<broker-job> are correct and try again.";
    assert!(told.starts_with(wanted), "{told}");
    let told = no_token(&fault(FaultKind::Refused {
        status: 403,
        code: None,
    }));
    assert!(told.starts_with("Error authenticating (403): "), "{told}");
    let told = no_token(&fault(FaultKind::NotSent));
    assert!(
        told.starts_with("Error reaching UAA: ") && told.contains("are correct and reachable."),
        "{told}"
    );
}

#[test]
fn needs_are_those_of_all_plans() {
    let text = r"
broker: {port: 1, username: u, password: p, disable_cf_startup_checks: true}
service_adapter: {path: /a}
service_deployment: {releases: [{name: r, version: 1.2, jobs: [j]}], stemcells: [{os: o, version: 1.5}]}
service_catalog:
  id: s
  service_name: kv
  service_description: d
  bindable: true
  plan_updatable: true
  plans:
  - {plan_id: p1, name: plain, description: d, instance_groups: [{name: g, vm_type: t, instances: 1, networks: [n], azs: [z]}]}
  - plan_id: p2
    name: checked
    description: d
    instance_groups: [{name: g, vm_type: t, instances: 1, networks: [n], azs: [z]}]
    lifecycle_errands: {post_deploy: [{name: e}]}
  - plan_id: p3
    name: full
    description: d
    instance_groups: [{name: g, vm_type: t, instances: 1, networks: [n], azs: [z]}]
    lifecycle_errands: {pre_delete: [{name: e, instances: [g/0]}]}
    binding_with_dns: [{name: l, link_provider: k, instance_group: g}]
";
    let config = chandler_proto::config::parse(text).unwrap().config;
    let wanted = needs(&["checked", "full"], &["full"], &["full"]);
    assert_eq!(Needs::of(&config.catalog), wanted);
}

#[test]
fn a_list_is_told_by_its_length_and_may_not_repeat_itself() {
    let of = |ids: &[&str]| instances_api(ids.iter().copied());
    assert_eq!(of(&[]), Verdict::Fine("it lists 0 instances".into()));
    assert_eq!(of(&["a"]), Verdict::Fine("it lists 1 instance".into()));
    assert_eq!(of(&["a", "b"]), Verdict::Fine("it lists 2 instances".into()));
    let told = of(&["a", "b", "a", "a"]);
    assert!(
        !told.is_fine()
            && told
                .text()
                .starts_with("it lists 2 instances, and 2 of its entries repeat"),
        "{told:?}"
    );
}

#[test]
fn why_there_is_no_list_begins_with_odbs_text_and_says_what_to_do() {
    let told = |kind| {
        no_list(&Fault::new(
            kind,
            "GET /l of the service instances API",
            "what was seen",
        ))
    };
    for (kind, part) in [
        (
            FaultKind::Unauthorized,
            "user and password into service_instances_api.authentication.basic",
        ),
        (
            FaultKind::Refused {
                status: 403,
                code: None,
            },
            "let the user of",
        ),
        (
            FaultKind::Refused {
                status: 404,
                code: None,
            },
            "is the address of the list itself",
        ),
        (FaultKind::Garbled, "is the address of the list itself"),
        (FaultKind::NotSent, "service_instances_api.root_ca_cert"),
        (FaultKind::Unknown, "see that it runs"),
    ] {
        let told = told(kind);
        assert!(
            told.starts_with("error querying instances: GET /l of ") && told.contains(part),
            "{told}"
        );
    }
}

#[test]
fn cloud_controllers_api_has_to_be_that_of_cf_version_8() {
    for (told, wrong) in [
        ("3.99.0", None),
        ("3.228.0", None),
        ("4.0.0", None),
        (
            "3.98.9",
            Some("minimum Cloud Foundry API version '3.99.0', got '3.98.9'."),
        ),
        ("2.293.0", Some("got '2.293.0'.")),
        ("", Some("couldn't be parsed. Expected a semver, got: .")),
        ("dev", Some("got: dev. Is a Cloud Controller at cf.url?")),
    ] {
        let found = cloud_controller_version(told);
        assert_eq!(found.is_none(), wrong.is_none(), "{told}: {found:?}");
        let found = found.unwrap_or_default();
        assert!(found.contains(wrong.unwrap_or_default()), "{told}: {found}");
    }
    assert!(cloud_controller_version(&"x".repeat(10_000)).unwrap().len() < 300);
}

#[test]
fn at_cloud_controller_we_may_register_a_broker() {
    let cases: [(Has, bool, &str); 7] = [
        (None, true, "isn't told"),
        (
            Some(&["openid", "cloud_controller.admin"]),
            true,
            "with cloud_controller.admin",
        ),
        (
            Some(&["cloud_controller.read", "cloud_controller.write"]),
            true,
            "a broker for everybody is registered with cloud_controller.admin",
        ),
        (
            Some(&["cloud_controller.read"]),
            false,
            "lacks cloud_controller.write: its token has cloud_controller.read.",
        ),
        (Some(&["cloud_controller.write"]), false, "lacks cloud_controller.read:"),
        (
            Some(&["cloud_controller.admin_read_only"]),
            false,
            "lacks cloud_controller.read and cloud_controller.write:",
        ),
        (Some(&[]), false, "its token has no scopes."),
    ];
    for (has, fine, part) in cases {
        let has = has.map(scopes);
        let verdict = cloud_controller("3.228.0", has.as_deref());
        assert_eq!(verdict.is_fine(), fine, "{has:?}: {verdict:?}");
        assert!(verdict.text().contains(part), "{part}: {verdict:?}");
        assert_eq!(verdict.text().contains("3.228.0"), fine, "{verdict:?}");
    }
}

#[test]
fn why_cloud_controller_does_not_take_us_says_what_to_do() {
    let refused = |status| FaultKind::Refused { status, code: None };
    let of = |kind, call: &str| Fault::new(kind, call, "what was seen");
    for (kind, part) in [
        (FaultKind::NotSent, "cf.url leads to it from here"),
        (FaultKind::Unknown, "cf.root_ca_cert"),
        (refused(404), "the address that `cf api` is given"),
        (FaultKind::Garbled, "the address that `cf api` is given"),
    ] {
        let told = no_cloud_controller(&of(kind, "GET / of Cloud Controller"));
        assert!(told.starts_with("CF API error: GET / of Cloud Controller"), "{told}");
        assert!(
            told.contains("minimum Cloud Foundry API version: 3.99.0") && told.contains(part),
            "{told}"
        );
    }
    let brokers = "GET /v3/service_brokers of Cloud Controller";
    for (kind, part) in [
        (
            FaultKind::Unauthorized,
            "whose tokens it takes: it names https://uaa.sys",
        ),
        (
            FaultKind::MissingScope,
            "give who calls it by cf.uaa.authentication cloud_controller.admin",
        ),
        (refused(403), "cloud_controller.admin at the UAA"),
        (FaultKind::Garbled, "see that it is well"),
        (FaultKind::Unknown, "that cf.url and cf.uaa.url lead to them from here"),
        (FaultKind::NotSent, "that cf.url and cf.uaa.url lead to them from here"),
    ] {
        let told = not_taken(&of(kind, brokers), Some("https://uaa.sys"));
        assert!(
            told.starts_with("CF API error: GET /v3/service_brokers") && told.contains(part),
            "{told}"
        );
    }
    let told = not_taken(&of(FaultKind::Unauthorized, "POST /oauth/token of the UAA"), None);
    assert!(
        told.starts_with("Error authenticating (401): what was seen. "),
        "{told}"
    );
}
