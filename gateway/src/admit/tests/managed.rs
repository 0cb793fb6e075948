//! Recreate and upgrade, as operators ask for them, and what others are told while a recreate runs.
use super::*;
use crate::admit::{Managed, recreate, update::Update, upgrade};
use chandler_proto::job::OwnClient;

fn catalog_at(version: Option<&str>) -> Shelf {
    let mut offer = offering(false).find("s", "p").unwrap().clone();
    offer.maintenance_version = version.map(Into::into);
    offer.is_maintained = version.is_some();
    Shelf::of_plans([offer])
}
fn ask(job: u128) -> Managed {
    Managed {
        birth: birth(job),
        plan_id: "p".into(),
    }
}
fn asks(operation: Operation, record: Option<&Record>) -> Verdict {
    match operation {
        Operation::Upgrade => upgrade(&ask(31), &catalog_at(Some("2")), record, NOW),
        _ => recreate(&ask(31), &catalog_at(Some("2")), record, NOW),
    }
}
fn has(version: Option<&str>) -> Record {
    let mut record = provisioned();
    record.in_force.as_mut().unwrap().maintenance_version = version.map(Into::into);
    record
}
fn under(operation: Operation) -> Record {
    accepted(asks(operation, Some(&has(Some("1")))))
}
fn ended(mut record: Record, state: State) -> Record {
    record.job.state = state;
    record
}
fn refused(verdict: Verdict) -> Refusal {
    match says(verdict) {
        Answer::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_recreate_is_a_job_over_what_is_in_force() {
    let mut old = has(Some("1"));
    old.job.act_until = Some(Millis(77));
    let record = accepted(asks(Operation::Recreate, Some(&old)));
    let job = &record.job;
    assert_eq!((job.operation, job.lane), (Operation::Recreate, Lane::Batch));
    assert_eq!((&job.state, job.leg, &job.wanted), (&State::Running, 0, &None));
    assert_eq!(job.itinerary, itinerary(Operation::Recreate, Wishes::default()));
    assert_eq!((job.deadline, job.act_until), (Millis(NOW.0 + 7_000), Some(Millis(77))));
    assert!(job.sealed.is_empty());
    assert_eq!(record.in_force, old.in_force);
    assert_eq!(record.before, Some(Past::of(&old.job, NOW)));
    assert_eq!(record.created_at, old.created_at);
    assert_eq!(Record::parse(&record.bytes()).unwrap(), record);
    let succeeded = played(under(Operation::Recreate));
    assert_eq!(succeeded.in_force, old.in_force, "when it has succeeded, too");
    let left = accepted(recreate(&ask(31), &shelf(), Some(&old), NOW));
    assert_eq!(left.job.operation, Operation::Recreate, "a plan that left the catalog");
}

#[test]
fn an_upgrade_brings_what_the_catalog_offers_for_the_plan() {
    let old = has(Some("1"));
    let record = accepted(asks(Operation::Upgrade, Some(&old)));
    assert_eq!(
        (record.job.operation, record.job.lane),
        (Operation::Upgrade, Lane::Batch)
    );
    assert!(record.job.sealed.is_empty(), "the adapter gets the context alone");
    assert_eq!(record.in_force, old.in_force);
    let after = played(record).in_force.unwrap();
    let before = old.in_force.clone().unwrap();
    assert_eq!(after.maintenance_version.as_deref(), Some("2"));
    assert_eq!((after.fingerprint, after.context), (before.fingerprint, before.context));

    let gone = upgrade(&ask(31), &shelf(), Some(&old), NOW);
    assert_eq!(refused(gone), Refusal::Impossible("plan p not found".into()));
}

/// Facts count beside the version; a record of a release that didn't know them is taken at its version, by an operator's
/// upgrade of a whole broker above all.
#[test]
fn other_facts_are_out_of_date_where_the_record_knows_its_own() {
    let mut offer = offering(false).find("s", "p").unwrap().clone();
    offer.maintenance_version = Some("1".into());
    (offer.maintenance_digest, offer.is_maintained) = ("b".into(), true);
    let shelf = Shelf::of_plans([offer.clone()]);
    let with = |digest: Option<&str>| {
        let mut record = has(Some("1"));
        record.in_force.as_mut().unwrap().maintenance_digest = digest.map(Into::into);
        record
    };
    let at = |record: &Record| upgrade(&ask(31), &shelf, Some(record), NOW);
    let begun = accepted(at(&with(Some("a"))));
    assert_eq!(
        played(begun.clone()).in_force.unwrap().maintenance_digest.as_deref(),
        Some("b")
    );
    for digest in [Some("b"), None] {
        assert_eq!(says(at(&with(digest))), Answer::UpToDate, "{digest:?}");
    }
    // Under way, as this release and as the one before wrote it.
    let mut old = begun.clone();
    old.job.wanted.as_mut().unwrap().maintenance_digest = None;
    for record in [&begun, &old] {
        assert_eq!(at(record), Verdict::Same);
    }
    // Facts without any version.
    offer.maintenance_version = None;
    let bare = Shelf::of_plans([offer]);
    let mut record = with(Some("b"));
    record.in_force.as_mut().unwrap().maintenance_version = None;
    assert_eq!(says(upgrade(&ask(31), &bare, Some(&record), NOW)), Answer::UpToDate);
}

#[test]
fn what_is_up_to_date_is_not_upgraded() {
    let at = |offered: Option<&str>, record: &Record| upgrade(&ask(31), &catalog_at(offered), Some(record), NOW);
    assert_eq!(says(at(Some("2"), &has(Some("2")))), Answer::UpToDate);
    for (offered, version) in [
        (Some("2"), Some("1")),
        (Some("2"), None),
        (None, Some("1")),
        (None, None),
    ] {
        accepted(at(offered, &has(version)));
    }
    let failed = ended(under(Operation::Upgrade), failed());
    let mut back = failed.clone();
    back.in_force.as_mut().unwrap().maintenance_version = Some("2".into());
    accepted(at(Some("2"), &back));
    let mut moved = has(Some("2"));
    moved.in_force.as_mut().unwrap().maybe.push(plan());
    accepted(at(Some("2"), &moved));
    accepted(asks(Operation::Recreate, Some(&has(Some("2")))));
}

#[test]
fn operators_against_every_state() {
    let mut other_plan = has(Some("1"));
    other_plan.in_force.as_mut().unwrap().plan.plan_id = "q".into();
    let mut look = gone(Millis(5), Some(Millis(9)));
    let looked = look.clone();
    look.job.state = State::Running;
    for operation in [Operation::Recreate, Operation::Upgrade] {
        let asks = |record: &Record| asks(operation, Some(record));
        assert!(matches!(
            refused(super::managed::asks(operation, None)),
            Refusal::NotFound(_)
        ));
        for gone in [&gone(Millis(5), None), &looked, &look] {
            assert_eq!(says(asks(gone)), Answer::Gone(Thing::Instance));
        }
        let failed_delete = ended(deleting(&provisioned()), failed());
        let busy = [
            provisioning(),
            pending(None),
            deleting(&provisioned()),
            failed_delete,
            deleting(&provision_failed()),
        ];
        for record in &busy {
            assert!(matches!(refused(asks(record)), Refusal::Busy(_)), "{record:?}");
        }
        assert!(matches!(refused(asks(&provision_failed())), Refusal::NotFound(_)));
        assert!(matches!(refused(asks(&other_plan)), Refusal::Impossible(_)));
        let at_rest = [Operation::Recreate, Operation::Upgrade]
            .into_iter()
            .flat_map(|before| [ended(under(before), failed()), ended(under(before), done())]);
        for record in at_rest.chain([has(Some("1"))]) {
            assert_eq!(accepted(asks(&record)).job.operation, operation);
        }
        assert_eq!(asks(&under(operation)), Verdict::Same);
    }
    for (operation, running) in [
        (Operation::Recreate, Operation::Upgrade),
        (Operation::Upgrade, Operation::Recreate),
    ] {
        assert!(matches!(
            refused(asks(operation, Some(&under(running)))),
            Refusal::Busy(_)
        ));
    }
    let moving = Managed {
        plan_id: "q".into(),
        ..ask(32)
    };
    let busy = recreate(&moving, &catalog_at(None), Some(&under(Operation::Upgrade)), NOW);
    assert!(
        matches!(refused(busy), Refusal::Busy(_)),
        "its plan may be about to change"
    );
    let newer = upgrade(&ask(32), &catalog_at(Some("3")), Some(&under(Operation::Upgrade)), NOW);
    assert!(
        matches!(refused(newer), Refusal::Busy(_)),
        "another version is on its way"
    );
}

fn done() -> State {
    State::Succeeded { at: Millis(7) }
}

#[test]
fn a_recreate_keeps_others_waiting_and_a_delete_cancels_it() {
    let running = under(Operation::Recreate);
    let patch = |bare, service: &str| Update {
        fits: Ok(()),
        birth: birth(22),
        asynchronous: true,
        service_id: service.into(),
        plan_id: None,
        bare,
        maintenance: None,
        previous_maintenance: None,
        context: None,
        made_for: "p".into(),
        fingerprint: "u".into(),
        request: sealed("patch"),
    };
    let put = |record: &Record, fingerprint| provision(&put(3, fingerprint), Some(record), &shelf(), NOW);
    let patched = |ask: &Update, record: &Record| update(ask, &catalog_at(Some("1")), Some(record), NOW);
    let bound = |record: &Record| bind(&bind_ask(30, "a"), &offering(false), None, Some(record), None, NOW);
    assert!(is_concurrency(put(&running, "a")));
    assert_eq!(
        put(&running, "b"),
        Verdict::Say(Refusal::Conflict(Thing::Instance).into())
    );
    for bare in [true, false] {
        assert!(is_concurrency(patched(&patch(bare, "s"), &running)));
    }
    assert!(matches!(
        refused(patched(&patch(true, "x"), &running)),
        Refusal::Malformed(_)
    ));
    assert!(is_concurrency(bound(&running)));

    let over = accepted(deprovision(&delete(31), Some(&running), &shelf(), NOW));
    assert_eq!(over.in_force, running.in_force);
    let before = over.before.unwrap();
    assert_eq!(before.operation, Operation::Recreate);
    assert!(matches!(before.state, State::Failed { .. }), "cancelled");

    for rest in [ended(running.clone(), failed()), ended(running, done())] {
        assert!(matches!(says(put(&rest, "a")), Answer::Provisioned { .. }));
        assert_eq!(
            accepted(patched(&patch(false, "s"), &rest)).job.operation,
            Operation::Update
        );
        accepted(bound(&rest));
    }
}

#[test]
fn it_is_told_of_the_client_of_its_instance() {
    for operation in [Operation::Recreate, Operation::Upgrade] {
        let mut old = has(Some("1"));
        for (client, told) in [(false, None), (true, Some(OwnClient::Had))] {
            old.in_force.as_mut().unwrap().uaa_client = client;
            let record = accepted(asks(operation, Some(&old)));
            assert_eq!(record.job.facts.own_client, told, "{operation:?}");
            assert_eq!(record.may_have_client(), client, "{operation:?}");
        }
    }
}
