//! Every shape that a release ever wrote must parse for ever: two releases run side by side during an upgrade.
use crate::make::{LOOK, birth, record, stamp};
use chandler_proto::{
    failure::Failure,
    ids::{BindingId, Millis},
    job::{Address, Creates, Event, Facts, Learnt, sealed},
    layout::Lane,
    operation::Operation,
    records::{Past, Record},
    seal::Sealed,
};
use std::{fs, path::PathBuf};

fn dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
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

/// A deprovision over a provision whose act window is open, with everything filled in.
fn cancelling() -> Record {
    let sealed = || -> Sealed { serde_json::from_str(r#"{"key":"k1","nonce":"AAAA","data":"BBBB"}"#).unwrap() };
    let mut provision = record(Operation::Provision);
    let acting = Event::Acting {
        learnt: Learnt::from(Facts {
            bosh_task: Some(41),
            labels: Some([("a".to_owned(), "b".to_owned())].into()),
            log_read_at: Some(Millis(900)),
            dashboard_url: Some("https://dashboard".into()),
            ..Facts::default()
        }),
        note: Some("handing the deployment to BOSH".into()),
        until: Millis(21_000),
    };
    provision.job.sealed.insert("request".into(), sealed());
    let provision = provision.apply(acting, stamp(1_000, 1, 7), LOOK).unwrap();
    let mut deprovision = record(Operation::Deprovision);
    deprovision.before = Some(Past::of(&provision.job, Millis(2_000)));
    deprovision.job.act_until = provision.job.act_until;
    deprovision.job.facts = provision.job.facts;
    deprovision.job.sealed = provision.job.sealed;
    deprovision.job.note = provision.job.note;
    deprovision.job.traceparent = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into());
    deprovision.job.request_identity = Some("req".into());
    deprovision.job.last_fault = Some("GET /tasks of the Director was not sent".into());
    deprovision.job.force = true;
    if let Some(wanted) = &mut deprovision.job.wanted {
        wanted.context = Some(sealed());
        wanted.maintenance_version = Some("1.0.0".into());
    }
    deprovision
}

/// A bind at its second leg, with everything filled in.
fn binding() -> Record {
    let sealed = || -> Sealed { serde_json::from_str(r#"{"key":"k1","nonce":"AAAA","data":"BBBB"}"#).unwrap() };
    let mut bind = record(Operation::Bind);
    bind.job.synchronous = true;
    bind.job.sealed.insert(sealed::REQUEST.into(), sealed());
    if let Some(wanted) = bind.job.wanted.as_mut().and_then(|w| w.binding.as_mut()) {
        wanted.predecessor = BindingId::parse("b-0").ok();
    }
    let address = Address {
        link: Some("5".into()),
        address: Some("q-s0.kv.default.service-instance-i-1.bosh".into()),
        dropped: true,
    };
    let facts = Facts {
        addresses: [("master".to_owned(), address)].into(),
        left_links: ["6".to_owned()].into(),
        ..Facts::default()
    };
    let done = Event::LegDone { facts };
    let bind = bind.apply(done, stamp(1_500, 1, 7), LOOK).unwrap();
    let acting = |facts| Event::Acting {
        learnt: Learnt::from(facts),
        note: Some("creating the binding".into()),
        until: Millis(21_000),
    };
    let unsure = Facts {
        creates: Some(Creates { ran: 1, open: true }),
        unsure: Some(true),
        ..Facts::default()
    };
    let bind = bind.apply(acting(unsure), stamp(1_600, 1, 8), LOOK).unwrap();
    let answered = Event::Answered {
        learnt: Learnt {
            facts: Facts {
                unsure: Some(false),
                was_gone: Some(false),
                put_off: Some(Failure::new("for the user", "for the operator")),
                ..Facts::default()
            },
            sealed: [(sealed::ANSWER.to_owned(), sealed())].into(),
        },
    };
    bind.apply(answered, stamp(1_700, 1, 9), LOOK).unwrap()
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
        ("failed", failed),
        ("updating", updating),
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
