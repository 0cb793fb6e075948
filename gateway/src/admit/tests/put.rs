use super::*;
use crate::{ask::MaintenanceAsk, shelf::Facts};

#[test]
fn a_put_over_nothing_is_one_admitted_record_at_leg_0() {
    let record = accepted(provision(&put(1, "a"), None, &shelf(), NOW));
    assert_eq!(
        (&record.phase, &record.in_force, &record.before, record.created_at),
        (&Phase::Admitted, &None, &None, NOW)
    );
    let job = &record.job;
    assert_eq!(
        (job.id, job.operation, job.leg, job.turns, job.accepted_revision),
        (JobId(Uuid::from_u128(1)), Operation::Provision, 0, 0, None)
    );
    assert_eq!(
        (job.accepted_at, job.touched_at, job.deadline),
        (NOW, NOW, Millis(NOW.0 + 7_000))
    );
    assert_eq!(job.itinerary, itinerary(Operation::Provision, Wishes::default()));
    assert_eq!(
        (job.sealed.get("request"), job.wanted.as_ref()),
        (Some(&sealed("r")), Some(&wanted("a")))
    );
    assert_eq!(
        (
            job.traceparent.as_deref(),
            job.originating_identity.as_deref(),
            job.request_identity.as_deref()
        ),
        (Some("tp"), Some("who"), Some("req"))
    );
    assert_eq!(Record::parse(&record.bytes()).unwrap(), record);
    let Answer::Accepted(operation) = told(&record, 9) else {
        panic!()
    };
    assert_eq!(operation.to_string(), "p.00000000-0000-0000-0000-000000000001.9");
}

#[test]
fn put_against_every_state() {
    let same = |record: &Record| provision(&put(3, "a"), Some(record), &shelf(), NOW);
    let other = |record: &Record| provision(&put(3, "b"), Some(record), &shelf(), NOW);
    let conflict = || Verdict::Say(Refusal::Conflict(Thing::Instance).into());

    assert_eq!(same(&provisioning()), Verdict::Same);
    assert_eq!(other(&provisioning()), conflict());

    let done = Answer::Provisioned {
        dashboard_url: Some("https://d".into()),
    };
    assert_eq!(says(same(&provisioned())), done);
    assert_eq!(other(&provisioned()), conflict());

    assert!(is_concurrency(same(&deleting(&provisioned()))));
    assert!(
        is_concurrency(other(&deleting(&provisioned()))),
        "not 409: it is on its way out"
    );

    let mut undeleted = deleting(&provisioned());
    undeleted.job.state = failed();
    assert!(is_concurrency(same(&undeleted)), "half of it may be gone");
    assert_eq!(other(&undeleted), conflict());

    let mut half = deleting(&provision_failed());
    half.job.state = failed();
    assert!(is_concurrency(same(&half)));
    assert_eq!(other(&half), conflict());

    let mut pending = provisioning();
    pending.phase = Phase::Pending;
    assert_eq!(same(&pending), Verdict::Decide);
    assert_eq!(other(&pending), conflict());
}

#[test]
fn an_identical_put_starts_a_failed_provision_again() {
    let mut old = provision_failed();
    old.job.act_until = Some(Millis(77));
    let record = accepted(provision(&put(3, "a"), Some(&old), &shelf(), NOW));
    assert_eq!(
        (record.job.id, record.job.state.clone(), record.job.act_until),
        (JobId(Uuid::from_u128(3)), State::Running, Some(Millis(77)))
    );
    assert_eq!(
        record.before,
        Some(Past {
            job: JobId(Uuid::from_u128(1)),
            operation: Operation::Provision,
            state: failed()
        })
    );
    assert_eq!(record.created_at, Millis(1), "the same instance");
    assert_eq!(
        provision(&put(3, "b"), Some(&old), &shelf(), NOW),
        Verdict::Say(Refusal::Conflict(Thing::Instance).into())
    );
}

#[test]
fn a_put_waits_until_what_is_gone_is_gone_for_good() {
    let put = |record: &Record, now| provision(&put(3, "zzz"), Some(record), &shelf(), now);
    let at = Millis(1_000_000);
    assert!(is_concurrency(put(&gone(at, None), Millis(at.0 + 119_999))));
    assert!(is_concurrency(put(&gone(at, None), Millis(at.0 - 5))), "a clock behind");
    assert!(
        is_concurrency(put(&gone(at, Some(at)), Millis(at.0 + 9_000_000))),
        "until the look is over, not until it is due"
    );
    let mut again = gone(at, None);
    again.job.state = State::Running;
    assert!(
        is_concurrency(put(&again, Millis(at.0 + 9_000_000))),
        "the look found something"
    );
    let record = accepted(put(&gone(at, None), Millis(at.0 + 120_000)));
    assert_eq!(
        (record.created_at, record.in_force.is_none()),
        (Millis(at.0 + 120_000), true),
        "another instance"
    );
    assert_eq!(record.before.unwrap().operation, Operation::Deprovision);
}

#[test]
fn a_platform_that_cannot_wait_hears_only_of_what_is_finished() {
    let sync = Provision {
        asynchronous: false,
        ..put(3, "a")
    };
    let asks = |record: Option<&Record>| says(provision(&sync, record, &shelf(), NOW));
    assert!(
        matches!(asks(Some(&provisioned())), Answer::Provisioned { .. }),
        "AMB-1"
    );
    for record in [
        None,
        Some(&provisioning()),
        Some(&provision_failed()),
        Some(&deleting(&provisioned())),
    ] {
        assert_eq!(asks(record), Answer::Refused(Refusal::AsyncRequired));
    }
}

#[test]
fn what_is_taken_back_is_gone_and_keeps_no_secret() {
    let record = never_mind(&provisioning(), NOW);
    assert!(record.gone() && !record.unfinished());
    assert!(record.job.sealed.is_empty() && record.job.wanted.is_none());
    assert!(matches!(record.job.state, State::Failed { .. }));
}

#[test]
fn maintenance_info_is_compared_with_what_the_catalog_shows() {
    let facts = |public: &[(&str, &str)], private: Option<&str>| Facts {
        public: public
            .iter()
            .map(|(name, fact)| ((*name).into(), (*fact).into()))
            .collect(),
        private: private.map(Into::into),
    };
    let offer = |version: Option<&str>, facts: &Facts| Offer {
        maintenance_version: version.map(Into::into),
        facts: facts.clone(),
        ..offering(false).find("s", "p").unwrap().clone()
    };
    let none = Facts::default();
    let all = facts(&[("a", "1")], Some("h"));
    let sent = |version: Option<&str>, public: Option<&[(&str, &str)]>, private: Option<&str>| {
        Some(MaintenanceAsk {
            version: version.map(Into::into),
            public: public.map(|public| facts(public, None).public),
            private: private.map(Into::into),
        })
    };
    let (fits, differs, unknown) = (
        Ok(()),
        Err(Refusal::MaintenanceDiffers),
        Err(Refusal::MaintenanceUnknown),
    );
    let one = Some("1.0.0");
    for (sent, version, shown, wanted) in [
        (None, None, &none, &fits),
        (None, one, &all, &fits),
        (sent(one, None, None), one, &none, &fits),
        (sent(Some("1.0.1"), None, None), one, &none, &differs),
        (sent(one, None, None), None, &none, &unknown),
        (sent(None, None, None), None, &none, &unknown),
        // Where facts are shown.
        (sent(one, None, None), one, &all, &fits),
        (sent(one, None, None), None, &all, &differs),
        (sent(None, None, None), None, &all, &fits),
        (sent(None, Some(&[("a", "1")]), None), one, &all, &fits),
        (sent(None, None, Some("h")), one, &all, &fits),
        (sent(one, Some(&[("a", "1")]), Some("h")), one, &all, &fits),
        (sent(Some("2.0.0"), Some(&[("a", "1")]), Some("h")), one, &all, &differs),
        (sent(one, Some(&[("a", "2")]), Some("h")), one, &all, &differs),
        (sent(one, Some(&[]), None), one, &all, &differs),
        (sent(one, Some(&[("a", "1"), ("b", "1")]), None), one, &all, &differs),
        (sent(one, None, Some("g")), one, &all, &differs),
        (sent(one, None, Some("h")), one, &facts(&[("a", "1")], None), &differs),
        (sent(one, Some(&[]), None), one, &facts(&[], Some("h")), &fits),
    ] {
        let got = check_maintenance(sent.as_ref(), &offer(version, shown));
        assert_eq!(&got, wanted, "{sent:?} of {version:?} {shown:?}");
    }
}

#[test]
fn parameters_that_do_not_fit_keep_a_job_from_beginning_and_nothing_else() {
    let unfit = |it: Unfit| Provision {
        fits: Err(it),
        ..put(3, "a")
    };
    let invalid = || unfit(Unfit::Invalid("why".into()));
    let on = |ask: &Provision, record: Option<&Record>| provision(ask, record, &shelf(), NOW);
    let malformed = Answer::Refused(Refusal::Malformed("why".into()));
    assert_eq!(says(on(&invalid(), None)), malformed);
    assert_eq!(
        says(on(&invalid(), Some(&provision_failed()))),
        malformed,
        "it would begin again"
    );
    let missing = unfit(Unfit::NoSchemas("what to do".into()));
    assert_eq!(says(on(&missing, None)), Answer::SchemasMissing("what to do".into()));
    let sync = Provision {
        asynchronous: false,
        ..invalid()
    };
    assert_eq!(says(on(&sync, None)), Answer::Refused(Refusal::AsyncRequired));

    let mut pending = provisioning();
    pending.phase = Phase::Pending;
    for record in [provisioning(), provisioned(), deleting(&provisioned()), pending] {
        assert_eq!(on(&invalid(), Some(&record)), on(&put(3, "a"), Some(&record)));
    }
    let other = Provision {
        wanted: wanted("b"),
        ..invalid()
    };
    let conflict = Verdict::Say(Refusal::Conflict(Thing::Instance).into());
    assert_eq!(on(&other, Some(&provisioned())), conflict);
}
