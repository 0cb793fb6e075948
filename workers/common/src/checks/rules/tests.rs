//! The rules, line by line.
use super::*;

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
        let verdict = copies(&all);
        assert_eq!(verdict.is_fine(), fine, "{verdict:?}");
        assert!(verdict.text().contains(part), "{part}: {verdict:?}");
        assert!(
            !fine || verdict.text().contains("aren't told whether the servers sync"),
            "what can't be known isn't claimed: {verdict:?}"
        );
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
