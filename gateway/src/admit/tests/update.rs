mod facts;
mod unfit;

use super::*;
use crate::{admit::update::Update, ask::MaintenanceAsk, shelf::UpdateRules};

/// Plan `p` may change and has version 1 or the one given, `q` may not, `r` has no version.
fn catalog_at(version: &str) -> Shelf {
    let offer = |id: &str, version: Option<&str>, updatable| Offer {
        plan: PlanCopy {
            plan_id: id.into(),
            ..plan()
        },
        maintenance_version: version.map(Into::into),
        maintenance_digest: String::new(),
        is_maintained: version.is_some(),
        facts: Default::default(),
        times: times(),
        updatable,
        bindable: true,
        binding_deadline: Duration::from_secs(3),
        quotas: Default::default(),
    };
    let offers = [
        offer("p", Some(version), true),
        offer("q", Some("1"), false),
        offer("r", None, true),
    ];
    Shelf::of_plans(offers).with_updates(UpdateRules {
        pending_check: true,
        context: false,
    })
}
fn catalog() -> Shelf {
    catalog_at("1")
}
fn with_context_updates() -> Shelf {
    catalog().with_updates(UpdateRules {
        pending_check: true,
        context: true,
    })
}
/// An instance of this plan at rest, which has this version.
fn has(plan_id: &str, version: Option<&str>) -> Record {
    let mut record = provisioned();
    let force = record.in_force.as_mut().unwrap();
    force.plan.plan_id = plan_id.into();
    force.maintenance_version = version.map(Into::into);
    record
}
fn usual() -> Record {
    has("p", Some("1"))
}
/// A PATCH with parameters, made for `over`.
fn patch(job: u128, over: &Record) -> Update {
    Update {
        fits: Ok(()),
        birth: birth(job),
        asynchronous: true,
        service_id: "s".into(),
        plan_id: Some("p".into()),
        bare: false,
        maintenance: None,
        previous_maintenance: None,
        context: Some(sealed("new context")),
        made_for: over.plan().unwrap().plan_id.clone(),
        fingerprint: "u".into(),
        request: sealed("patch"),
    }
}
fn bare(job: u128, over: &Record) -> Update {
    Update {
        bare: true,
        ..patch(job, over)
    }
}
fn to(plan_id: &str, ask: Update) -> Update {
    Update {
        plan_id: Some(plan_id.into()),
        ..ask
    }
}
fn version(sent: Option<&str>, told: Option<Option<&str>>, ask: Update) -> Update {
    Update {
        maintenance: sent.map(MaintenanceAsk::of_version),
        previous_maintenance: told.map(|told| told.map(MaintenanceAsk::of_version).unwrap_or_default()),
        ..ask
    }
}
fn on(ask: &Update, record: &Record) -> Verdict {
    update(ask, &catalog(), Some(record), NOW)
}
fn refused(verdict: Verdict) -> Refusal {
    match says(verdict) {
        Answer::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}
fn updating() -> Record {
    accepted(on(&patch(21, &usual()), &usual()))
}
fn update_failed() -> Record {
    let mut record = updating();
    record.job.state = failed();
    record
}

#[test]
fn an_update_is_a_job_over_what_is_in_force() {
    let mut old = usual();
    old.job.act_until = Some(Millis(77));
    let record = accepted(on(&to("r", patch(21, &old)), &old));
    let wishes = Wishes {
        pending_check: true,
        ..Wishes::default()
    };
    let job = &record.job;
    assert_eq!(
        (job.operation, job.leg, &job.state),
        (Operation::Update, 0, &State::Running)
    );
    assert_eq!(job.itinerary, itinerary(Operation::Update, wishes));
    assert_eq!((job.deadline, job.act_until), (Millis(NOW.0 + 7_000), Some(Millis(77))));
    assert_eq!(job.sealed.get("request"), Some(&sealed("patch")));
    let wanted = job.wanted.as_ref().unwrap();
    assert_eq!(
        (
            wanted.plan.plan_id.as_str(),
            wanted.fingerprint.as_str(),
            &wanted.context
        ),
        ("r", "u", &Some(sealed("new context")))
    );
    assert_eq!(wanted.maintenance_version, None, "that of the new plan");
    assert_eq!(record.in_force, old.in_force, "until it succeeds");
    assert_eq!(record.before, Some(Past::of(&old.job, NOW)));
    assert_eq!((&record.phase, record.created_at), (&Phase::Admitted, old.created_at));
    assert_eq!(Record::parse(&record.bytes()).unwrap(), record);
    let Answer::Changing {
        operation,
        dashboard_url,
    } = told(&record, 9)
    else {
        panic!()
    };
    assert_eq!(operation.to_string(), format!("u.{}.9", job.id));
    assert_eq!(dashboard_url.as_deref(), Some("https://d"));

    let mut record = record;
    record.job.act_until = None;
    let done = played(record).in_force.unwrap();
    assert_eq!(
        (done.plan.plan_id.as_str(), done.context, done.dashboard_url.as_deref()),
        ("r", Some(sealed("new context")), Some("https://d"))
    );
}

#[test]
fn without_the_pending_check_it_is_no_leg() {
    let shelf = catalog().with_updates(UpdateRules::default());
    let record = accepted(update(&patch(21, &usual()), &shelf, Some(&usual()), NOW));
    assert_eq!(record.job.itinerary, itinerary(Operation::Update, Wishes::default()));
}

#[test]
fn what_is_left_out_stays_as_it_is() {
    let old = usual();
    let ask = Update {
        plan_id: None,
        context: None,
        ..bare(21, &old)
    };
    let record = accepted(on(&ask, &old));
    assert_eq!(record.job.operation, Operation::Update, "it deploys all the same");
    let (wanted, force) = (record.job.wanted.unwrap(), old.in_force.unwrap());
    assert_eq!(
        (wanted.plan.plan_id, wanted.fingerprint, wanted.context),
        (force.plan.plan_id, force.fingerprint, force.context)
    );
    assert_eq!(wanted.maintenance_version.as_deref(), Some("1"));
}

#[test]
fn an_upgrade_brings_the_version_and_nothing_else() {
    let (old, shelf) = (usual(), catalog_at("2"));
    let ask = version(Some("2"), Some(Some("1")), bare(21, &old));
    let record = accepted(update(&ask, &shelf, Some(&old), NOW));
    assert_eq!(record.job.operation, Operation::Upgrade);
    assert_eq!(record.job.itinerary, itinerary(Operation::Upgrade, Wishes::default()));
    assert!(record.job.sealed.is_empty(), "no parameters");
    let done = played(record).in_force.unwrap();
    let force = old.in_force.unwrap();
    assert_eq!(done.maintenance_version.as_deref(), Some("2"));
    assert_eq!((done.plan, done.fingerprint), (force.plan, force.fingerprint));
    assert_eq!(done.context, Some(sealed("new context")));
}

/// The Go broker's table. `told` is `previous_values.maintenance_info.version`.
#[test]
fn update_or_upgrade_or_neither() {
    use Operation::{Update as U, Upgrade as G};
    let (old, none) = (has("p", Some("1")), has("p", None));
    let plain = has("r", None);
    let once = has("r", Some("1"));
    for (record, catalog, sent, told, bare_, target, what) in [
        // Nothing was sent.
        (&old, "1", None, None, true, "p", Ok(U)),
        (&old, "1", None, Some(Some("1")), false, "p", Ok(U)),
        (&old, "2", None, Some(Some("1")), false, "p", Err(Refusal::Outdated)),
        (&old, "2", None, None, true, "p", Err(Refusal::Outdated)),
        (&old, "2", None, Some(Some("2")), true, "p", Err(Refusal::Outdated)),
        (&none, "2", None, None, true, "p", Ok(U)),
        (&none, "2", None, Some(Some("1")), true, "p", Err(Refusal::Outdated)),
        (&none, "2", None, Some(Some("2")), true, "p", Ok(U)),
        // What was sent isn't offered.
        (&old, "2", Some("1"), None, true, "p", Err(Refusal::MaintenanceDiffers)),
        (&old, "1", Some("1"), None, true, "r", Err(Refusal::MaintenanceUnknown)),
        // Only the version changes.
        (&old, "2", Some("2"), None, true, "p", Ok(G)),
        (&old, "2", Some("2"), Some(Some("1")), true, "p", Ok(G)),
        (&old, "2", Some("2"), Some(Some("2")), true, "p", Ok(G)),
        (&old, "1", Some("1"), Some(None), true, "p", Ok(G)),
        (&none, "2", Some("2"), None, true, "p", Ok(G)),
        // There is nothing to upgrade to.
        (&old, "1", Some("1"), None, true, "p", Ok(U)),
        (&old, "1", Some("1"), Some(Some("1")), true, "p", Ok(U)),
        // Something else changes, too.
        (
            &old,
            "2",
            Some("2"),
            Some(Some("1")),
            false,
            "p",
            Err(Refusal::Outdated),
        ),
        (&old, "2", Some("1"), Some(Some("1")), true, "q", Err(Refusal::Outdated)),
        (&old, "1", Some("1"), Some(Some("1")), false, "p", Ok(U)),
        (&old, "1", Some("1"), Some(Some("1")), true, "q", Ok(U)),
        (&none, "2", Some("2"), None, false, "p", Ok(U)),
        // Plans without a version.
        (&plain, "1", None, None, true, "r", Ok(U)),
        (&plain, "1", None, Some(None), true, "r", Ok(U)),
        (&plain, "1", None, None, true, "p", Ok(U)),
        (&once, "1", None, None, true, "r", Ok(G)),
        (&once, "1", None, None, false, "r", Err(Refusal::Outdated)),
        (&old, "1", None, None, true, "r", Ok(U)),
    ] {
        let ask = to(target, if bare_ { bare(21, record) } else { patch(21, record) });
        let ask = version(sent, told, ask);
        let got = match update(&ask, &catalog_at(catalog), Some(record), NOW) {
            Verdict::Accept(record) => Ok(record.job.operation),
            verdict => Err(refused(verdict)),
        };
        assert_eq!(
            got, what,
            "{sent:?} told {told:?} bare {bare_} to {target} of {catalog}"
        );
    }
}

#[test]
fn a_plan_changes_only_if_it_may_and_only_to_one_that_is_there() {
    let old = usual();
    for (record, ask, refusal) in [
        (
            &old,
            to("nope", patch(21, &old)),
            Refusal::Malformed("plan-id not in the catalog".into()),
        ),
        (
            &old,
            Update {
                service_id: "other".into(),
                ..patch(21, &old)
            },
            Refusal::Malformed("service_id is not that of the service instance".into()),
        ),
        (
            &has("q", Some("1")),
            to("p", patch(21, &has("q", Some("1")))),
            Refusal::Impossible("The service plan of this service instance can't be changed".into()),
        ),
        (
            &has("left", None),
            to("p", patch(21, &has("left", None))),
            Refusal::Impossible("plan left does not exist".into()),
        ),
        (
            &has("left", None),
            Update {
                plan_id: None,
                ..patch(21, &has("left", None))
            },
            Refusal::Impossible("plan left does not exist".into()),
        ),
    ] {
        assert_eq!(refused(on(&ask, record)), refusal);
    }
    let fixed = has("q", Some("1"));
    accepted(on(&to("q", patch(21, &fixed)), &fixed));
}

#[test]
fn patch_against_every_state() {
    let ask = patch(22, &usual());
    assert_eq!(refused(update(&ask, &catalog(), None, NOW)), NO_SUCH);
    assert_eq!(refused(on(&ask, &gone(Millis(5), None))), NO_SUCH);
    let mut undecided = usual();
    undecided.phase = Phase::Pending;
    let mut half = deleting(&usual());
    half.job.state = failed();
    for record in [&undecided, &provisioning(), &deleting(&usual()), &half] {
        assert!(is_concurrency(on(&ask, record)), "{:?}", record.job.operation);
    }
    assert!(matches!(refused(on(&ask, &provision_failed())), Refusal::Impossible(_)));
    for record in [&usual(), &update_failed(), &played(updating())] {
        let next = accepted(on(&patch(22, record), record));
        assert_eq!(next.job.id, JobId(Uuid::from_u128(22)));
        assert_eq!(next.before, Some(Past::of(&record.job, NOW)));
        assert_eq!(next.in_force, record.in_force);
    }
    let earlier = Update {
        made_for: "q".into(),
        ..patch(22, &usual())
    };
    assert!(is_concurrency(on(&earlier, &usual())), "made for something else");
}

const NO_SUCH: Refusal = Refusal::NotFound("There is no service instance with this id");

#[test]
fn only_the_very_update_is_told_of_while_it_runs() {
    let (record, old) = (updating(), usual());
    assert_eq!(on(&patch(22, &old), &record), Verdict::Same);
    let left_out = Update {
        plan_id: None,
        context: None,
        previous_maintenance: Some(MaintenanceAsk::default()),
        ..patch(22, &old)
    };
    assert_eq!(on(&left_out, &record), Verdict::Same, "what was left out is the same");
    let others = [
        Update {
            fingerprint: "v".into(),
            ..patch(22, &old)
        },
        bare(22, &old),
        to("q", patch(22, &old)),
        version(Some("9"), None, patch(22, &old)),
    ];
    for other in others {
        assert!(is_concurrency(on(&other, &record)), "{other:?}");
    }
    assert!(matches!(
        refused(on(&to("nope", patch(22, &old)), &record)),
        Refusal::Malformed(_)
    ));
    let sync = Update {
        asynchronous: false,
        ..patch(22, &old)
    };
    assert_eq!(refused(on(&sync, &record)), Refusal::AsyncRequired);

    let shelf = catalog_at("2");
    let upgrade = || version(Some("2"), Some(Some("1")), bare(21, &old));
    let record = accepted(update(&upgrade(), &shelf, Some(&old), NOW));
    assert_eq!(update(&upgrade(), &shelf, Some(&record), NOW), Verdict::Same);
    assert!(is_concurrency(update(&bare(22, &old), &shelf, Some(&record), NOW)));
}

#[test]
fn a_context_alone_is_written_down_where_that_is_offered() {
    let (shelf, old) = (with_context_updates(), usual());
    let on = |ask: &Update, record: &Record| update(ask, &shelf, Some(record), NOW);
    let sync = |ask: Update| Update {
        asynchronous: false,
        ..ask
    };
    let asks = [
        bare(21, &old),
        sync(bare(21, &old)),
        Update {
            plan_id: None,
            previous_maintenance: Some(MaintenanceAsk::of_version("0")),
            ..bare(21, &old)
        },
    ];
    for ask in asks {
        let Verdict::Write(next) = on(&ask, &old) else {
            panic!("{ask:?}")
        };
        let mut wanted = old.clone();
        wanted.in_force.as_mut().unwrap().context = Some(sealed("new context"));
        assert_eq!(*next, wanted, "nothing else");
    }
    let elsewhere = Update {
        service_id: "other".into(),
        ..bare(21, &old)
    };
    assert!(matches!(refused(on(&elsewhere, &old)), Refusal::Malformed(_)));
    assert!(
        is_concurrency(on(&bare(21, &old), &updating())),
        "a worker may be writing"
    );
    // An update that changes nothing runs: one that may bring nothing but its context must not be lost in it.
    let idle = accepted(update(&bare(20, &old), &catalog(), Some(&old), NOW));
    assert_eq!(update(&bare(22, &old), &catalog(), Some(&idle), NOW), Verdict::Same);
    assert!(is_concurrency(on(&bare(22, &old), &idle)));
    assert_eq!(refused(update(&sync(bare(21, &old)), &shelf, None, NOW)), NO_SUCH);
    let left = has("left", None);
    assert!(
        matches!(on(&to("left", bare(21, &left)), &left), Verdict::Write(_)),
        "nothing is deployed"
    );

    let none = || Update {
        context: None,
        ..bare(21, &old)
    };
    let jobs = [
        patch(21, &old),
        none(),
        to("r", bare(21, &old)),
        version(Some("1"), None, bare(21, &old)),
    ];
    for ask in jobs {
        accepted(on(&ask, &old));
        assert_eq!(refused(on(&sync(ask), &old)), Refusal::AsyncRequired);
    }
    let off = update(&sync(bare(21, &old)), &catalog(), Some(&old), NOW);
    assert_eq!(refused(off), Refusal::AsyncRequired);
    accepted(update(&bare(21, &old), &catalog(), Some(&old), NOW));
}

#[test]
fn a_put_over_an_update_is_compared_with_what_is_in_force() {
    let conflict = || Verdict::Say(Refusal::Conflict(Thing::Instance).into());
    let same = |record: &Record| provision(&put(3, "a"), Some(record), &shelf(), NOW);
    let wanted = |record: &Record| provision(&put(3, "u"), Some(record), &shelf(), NOW);
    assert!(is_concurrency(same(&updating())));
    assert_eq!(wanted(&updating()), conflict());
    let there = |verdict| matches!(says(verdict), Answer::Provisioned { .. });
    assert!(there(same(&update_failed())));
    assert_eq!(wanted(&update_failed()), conflict());
    assert!(there(wanted(&played(updating()))));
    assert_eq!(same(&played(updating())), conflict());
}

#[test]
fn a_bind_waits_for_an_update_and_a_delete_cancels_it() {
    let over = |instance: &Record| {
        let ask = Bind {
            plan_id: instance.plan().unwrap().plan_id.clone(),
            ..bind_ask(30, "a")
        };
        bind(&ask, &catalog(), None, Some(instance), None, NOW)
    };
    assert!(is_concurrency(over(&updating())));
    accepted(over(&update_failed()));
    accepted(over(&played(updating())));

    let mut acting = updating();
    acting.job.act_until = Some(Millis(77));
    let record = accepted(deprovision(&delete(31), Some(&acting), &catalog(), NOW));
    assert_eq!(
        (record.job.operation, record.job.act_until, &record.in_force),
        (Operation::Deprovision, Some(Millis(77)), &acting.in_force)
    );
    let before = record.before.unwrap();
    assert_eq!(before.operation, Operation::Update);
    assert!(matches!(before.state, State::Failed { .. }), "cancelled");
}
