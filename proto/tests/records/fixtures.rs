//! Every shape that a release ever wrote must parse for ever: two releases run side by side during an upgrade.
use crate::filled::{binding, cancelling, client_made, giving_up, pending, recreating, undecided};
use crate::make::{LOOK, birth, record, stamp, succeed};
use chandler_proto::{
    failure::Failure,
    ids::Millis,
    job::{Event, Facts},
    layout::Lane,
    operation::Operation,
    records::Record,
};
use std::{fs, path::PathBuf};

/// What the catalog had of `maintenance_info` before an update.
const OLD: &str = "1b4f0e9851971998e732078544c96b36c3d01cedf7caa332359d6f1d83567014";
/// And has now.
const NEW: &str = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752";

fn dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// An update to other `maintenance_info`.
fn digested(updating: &Record) -> Record {
    let mut digested = updating.clone();
    let wanted = digested.job.wanted.as_mut().unwrap();
    (wanted.maintenance_version, wanted.maintenance_digest) = (Some("1.1.0".into()), Some(NEW.into()));
    let force = digested.in_force.as_mut().unwrap();
    (force.maintenance_version, force.maintenance_digest) = (Some("1.0.0".into()), Some(OLD.into()));
    digested
}

#[test]
fn all_fixtures_parse_and_keep_what_they_say() {
    let mut seen = 0;
    for file in fs::read_dir(dir()).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read(&path).unwrap();
        let parsed = Record::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let back = Record::parse(&parsed.bytes()).unwrap();
        assert_eq!(parsed, back, "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 4, "the fixtures are gone");
}

#[test]
fn members_of_a_later_release_are_ignored_and_kept() {
    let provisioning = record(Operation::Provision);
    let mut json: serde_json::Value = serde_json::from_slice(&provisioning.bytes()).unwrap();
    json["a_later_member"] = serde_json::json!({"x": [1, 2]});
    json["job"]["another"] = serde_json::json!(12345678901_u64);
    json["job"]["facts"]["a_fact"] = serde_json::json!(true);
    json["job"]["wanted"]["a_wish"] = serde_json::json!("w");
    let read = Record::parse(json.to_string().as_bytes()).unwrap();
    assert_eq!(read.job.id, provisioning.job.id);
    let done = Event::LegDone {
        facts: Facts::default(),
    };
    let deployed = read.apply(done.clone(), stamp(1_900, 1, 7), LOOK).unwrap();
    let written = deployed.apply(done, stamp(2_000, 1, 7), LOOK).unwrap();
    let back: serde_json::Value = serde_json::from_slice(&written.bytes()).unwrap();
    assert_eq!(back["a_later_member"], json["a_later_member"]);
    assert_eq!(back["job"]["another"], json["job"]["another"]);
    assert_eq!(back["job"]["facts"]["a_fact"], json["job"]["facts"]["a_fact"]);
    assert_eq!(back["in_force"]["a_wish"], "w", "what was wanted is in force, whole");
}

/// Instances of releases before that had neither errands nor clients of their own.
#[test]
fn what_an_earlier_release_wrote_has_no_errands_and_no_client() {
    for name in [
        "instance-0-provisioned",
        "instance-1-provisioned",
        "instance-1-updating",
    ] {
        let path = dir().join(format!("{name}.json"));
        let record = Record::parse(&fs::read(&path).unwrap()).unwrap();
        let force = record.in_force.as_ref().unwrap();
        assert!(force.plan.lifecycle_errands.is_empty(), "{name}");
        assert!(!force.uaa_client && !record.may_have_client(), "{name}");
        assert_eq!(
            (&record.job.facts.uaa_client, &record.job.facts.gave_up),
            (&None, &None)
        );
        // Nor is anything of that written before there is something: the release before reads on.
        let back = String::from_utf8(record.bytes()).unwrap();
        for member in ["lifecycle_errands", "uaa_client", "own_client", "gave_up"] {
            assert!(!back.contains(member), "{name}: {member}");
        }
    }
}

/// Nor did anything cost anything, or wait for a quota.
#[test]
fn what_an_earlier_release_wrote_is_decided_and_costs_nothing() {
    for file in fs::read_dir(dir()).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if ["instance-1-pending", "instance-1-undecided"].contains(&name.as_str()) {
            continue;
        }
        let record = Record::parse(&fs::read(&path).unwrap()).unwrap();
        assert!(!record.is_undecided(), "{name}");
        let back = String::from_utf8(record.bytes()).unwrap();
        assert!(!back.contains("undecided") && !back.contains("costs"), "{name}");
    }
}

/// Nor was anything written of the rest of `maintenance_info`. Where it was, it comes into force.
#[test]
fn maintenance_info_has_a_digest_where_its_release_wrote_one() {
    for file in fs::read_dir(dir()).unwrap() {
        let path = file.unwrap().path();
        let record = Record::parse(&fs::read(&path).unwrap()).unwrap();
        let digests = |record: &Record| {
            let wanted = record.job.wanted.as_ref().map(|it| it.maintenance_digest.clone());
            (wanted, record.in_force.as_ref().map(|it| it.maintenance_digest.clone()))
        };
        let back = String::from_utf8(record.bytes()).unwrap();
        if path.ends_with("instance-1-digested.json") {
            let (new, old) = (Some(NEW.to_owned()), Some(OLD.to_owned()));
            assert_eq!(digests(&record), (Some(new.clone()), Some(old)));
            assert_eq!(digests(&succeed(record)), (None, Some(new)));
        } else {
            let (wanted, force) = digests(&record);
            assert_eq!((wanted.flatten(), force.flatten()), (None, None), "{}", path.display());
            assert!(!back.contains("maintenance_digest"), "{}", path.display());
        }
    }
}

/// What this release writes is among the fixtures; a change of shape shows here first. A new shape is a new file:
/// `UPDATE_FIXTURES=1 cargo test -p chandler-proto --test records`.
#[test]
fn this_release_has_its_fixtures() {
    let done = || Event::LegDone {
        facts: Facts::default(),
    };
    let provisioning = record(Operation::Provision);
    let deployed = provisioning.clone().apply(done(), stamp(1_900, 1, 7), LOOK).unwrap();
    let provisioned = deployed.apply(done(), stamp(2_000, 1, 7), LOOK).unwrap();
    let mut updating = record(Operation::Update);
    updating.in_force = provisioned.in_force.clone();
    let digested = digested(&updating);
    let deleting = record(Operation::Deprovision)
        .apply(done(), stamp(2_000, 1, 7), LOOK)
        .unwrap();
    let tidying = deleting.clone().apply(done(), stamp(2_500, 1, 8), LOOK).unwrap();
    let gone = tidying.apply(done(), stamp(3_000, 1, 8), LOOK).unwrap();
    let failed = Event::Failed(Failure::new("for the user", "for the operator"));
    let failed = provisioning.clone().apply(failed, stamp(2_000, 1, 7), LOOK).unwrap();
    let binding = binding();
    let bound = (0..2).fold(binding.clone(), |r, _| {
        r.apply(done(), stamp(3_000, 1, 8), LOOK).unwrap()
    });
    let unbinding = bound.unbound(&birth(2), Lane::User, true, LOOK, Millis(4_000));
    let unbound = (0..3).fold(unbinding.clone(), |r, _| {
        r.apply(done(), stamp(5_000, 1, 8), LOOK).unwrap()
    });
    for (name, record) in [
        ("binding", binding),
        ("bound", bound),
        ("unbinding", unbinding),
        ("unbound", unbound),
        ("cancelling", cancelling()),
        ("client-made", client_made()),
        ("recreating", recreating()),
        ("giving-up", giving_up()),
        ("pending", pending()),
        ("undecided", undecided()),
        ("failed", failed),
        ("updating", updating),
        ("digested", digested),
        ("provisioning", provisioning),
        ("provisioned", provisioned),
        ("deleting", deleting),
        ("gone", gone),
    ] {
        let thing = if record.binding.is_some() {
            "binding"
        } else {
            "instance"
        };
        let path = dir().join(format!("{thing}-1-{name}.json"));
        let written = serde_json::to_string_pretty(&serde_json::to_value(&record).unwrap()).unwrap() + "\n";
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            fs::write(&path, &written).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert_eq!(
            kept, written,
            "the shape of {name} changed: raise SCHEMA or keep it, and add a fixture"
        );
    }
}
