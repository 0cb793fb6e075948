use super::*;
use chandler_proto::{
    records::BindingWanted,
    step::{BindingStep, Step},
};

/// Over a provisioned instance, by a catalog without CredHub.
fn over(ask: &Bind, record: Option<&Record>) -> Verdict {
    bind(ask, &offering(false), record, Some(&provisioned()), None, NOW)
}

#[test]
fn a_bind_over_nothing_is_one_admitted_record_at_leg_0() {
    let ask = Bind {
        synchronous: true,
        ..bind_ask(11, "a")
    };
    let record = accepted(over(&ask, None));
    assert_eq!(record.key(), "binding.i.b");
    assert_eq!(
        (&record.phase, &record.in_force, &record.before, record.created_at),
        (&Phase::Admitted, &None, &None, NOW)
    );
    let job = &record.job;
    assert_eq!(
        (job.operation, job.synchronous, job.accepted_revision, job.deadline),
        (Operation::Bind, true, None, Millis(NOW.0 + 3_000)),
        "the plan's deadline for bindings"
    );
    assert_eq!(job.itinerary, [Step::Binding(BindingStep::Create)]);
    assert_eq!(job.sealed.get("request"), Some(&sealed("bind")));
    let wanted = job.wanted.as_ref().unwrap();
    let made = BindingWanted {
        request: Some(sealed("bind")),
        ..BindingWanted::default()
    };
    assert_eq!(
        (&wanted.plan, wanted.fingerprint.as_str(), wanted.binding.as_ref()),
        (&plan(), "a", Some(&made)),
        "nobody reads at CredHub what isn't there"
    );
    assert_eq!(Record::parse(&record.bytes()).unwrap(), record);
    let Answer::Accepted(operation) = told(&record, 9) else {
        panic!()
    };
    assert_eq!(operation.to_string(), "b.00000000-0000-0000-0000-00000000000b.9");
    let bound = bound();
    let force = bound.in_force.unwrap().binding.unwrap();
    assert_eq!((force.answer, force.made), (Some(sealed("answer")), made));
}

#[test]
fn with_credhub_somebody_must_be_named_who_reads() {
    let shelf = offering(true);
    let ask = |ask: &Bind| bind(ask, &shelf, None, Some(&provisioned()), None, NOW);
    let record = accepted(ask(&bind_ask(11, "a")));
    assert_eq!(
        record.job.itinerary,
        [Step::Binding(BindingStep::Create), Step::Binding(BindingStep::Grant)]
    );
    let made = record.job.wanted.as_ref().unwrap().binding.clone().unwrap();
    assert_eq!((made.secure, made.reader.as_deref()), (true, Some("mtls-app:a")));
    let nobody = Bind {
        reader: None,
        ..bind_ask(11, "a")
    };
    assert_eq!(says(ask(&nobody)), Answer::Refused(Refusal::RequiresApp));
    assert!(
        matches!(over(&nobody, None), Verdict::Accept(_)),
        "without CredHub nobody has to"
    );
}

#[test]
fn the_instance_must_be_there_and_at_rest() {
    let ask = |instance: Option<&Record>| says(bind(&bind_ask(11, "a"), &offering(false), None, instance, None, NOW));
    let not_there = |answer: Answer| matches!(answer, Answer::Refused(Refusal::NotFound("instance does not exist")));
    assert!(not_there(ask(None)) && not_there(ask(Some(&gone(Millis(1), None)))));
    let mut looked_at = gone(Millis(1), None);
    looked_at.job.state = State::Running;
    assert!(not_there(ask(Some(&looked_at))));
    assert!(matches!(
        ask(Some(&provision_failed())),
        Answer::Refused(Refusal::NotFound(_))
    ));
    let mut undeleted = deleting(&provisioned());
    undeleted.job.state = failed();
    for (busy, what) in [
        (provisioning(), "is being provisioned"),
        (pending(None), "is being decided"),
        (deleting(&provisioned()), "is being deleted"),
        (undeleted, "is half deleted"),
    ] {
        let answer = ask(Some(&busy));
        assert!(
            matches!(answer, Answer::Refused(Refusal::Concurrency(_))),
            "{what}: {answer:?}"
        );
    }
}

#[test]
fn service_and_plan_are_those_of_the_instance() {
    let of_plan = "plan_id is not that of the service instance: it has the plan P. If the platform shows another one, update it to this plan";
    for (service, plan, said) in [
        ("x", "p", "service_id is not that of the service instance"),
        ("s", "x", of_plan),
    ] {
        let ask = Bind {
            service_id: service.into(),
            plan_id: plan.into(),
            ..bind_ask(11, "a")
        };
        let Answer::Refused(Refusal::Malformed(text)) = says(over(&ask, None)) else {
            panic!("{said}")
        };
        assert_eq!(text, said);
    }
    let other = |service: &str, plan: &str| {
        let mut offer = offering(false).find("s", "p").unwrap().clone();
        (offer.plan.service_id, offer.plan.plan_id) = (service.into(), plan.into());
        Shelf::of_plans([offer]).with(offering(false).bindings)
    };
    let left = bind(
        &bind_ask(11, "a"),
        &other("x", "p"),
        None,
        Some(&provisioned()),
        None,
        NOW,
    );
    assert!(
        matches!(says(left), Answer::Refused(Refusal::Impossible(text)) if text.contains("no longer offered")),
        "nobody has the adapter of an offering that left"
    );
    let there = other("s", "x");
    let record = accepted(bind(&bind_ask(11, "a"), &there, None, Some(&provisioned()), None, NOW));
    assert_eq!(
        (record.plan(), record.job.deadline),
        (Some(&plan()), Millis(NOW.0 + 5_000)),
        "a plan that left the catalog is served as it was"
    );
}

#[test]
fn what_the_plan_or_the_broker_cannot_do_is_refused() {
    let mut offer = offering(false).find("s", "p").unwrap().clone();
    offer.bindable = false;
    let shelf = Shelf::of_plans([offer]).with(offering(false).bindings);
    let answer = says(bind(&bind_ask(11, "a"), &shelf, None, Some(&provisioned()), None, NOW));
    assert_eq!(
        answer,
        Answer::Refused(Refusal::Malformed("The service plan can't be bound".into()))
    );
    let backup = Bind {
        backup_agent: true,
        ..bind_ask(11, "a")
    };
    assert_eq!(says(over(&backup, None)), Answer::Refused(Refusal::NoBackupAgent));
    let mut able = offering(false);
    able.bindings.backup_agent = true;
    let verdict = bind(&backup, &able, None, Some(&provisioned()), None, NOW);
    assert!(matches!(verdict, Verdict::Accept(_)));
}

#[test]
fn put_against_every_state() {
    let same = |record: &Record| over(&bind_ask(3, "a"), Some(record));
    let other = |record: &Record| over(&bind_ask(3, "b"), Some(record));
    let conflict = || Verdict::Say(Refusal::Conflict(Thing::Binding).into());

    assert_eq!((same(&binding()), other(&binding())), (Verdict::Same, conflict()));
    assert_eq!((same(&bound()), other(&bound())), (Verdict::There, conflict()));
    assert!(is_concurrency(same(&unbinding(&bound()))) && is_concurrency(other(&unbinding(&bound()))));
    assert!(is_concurrency(same(&unbind_failed())), "half of it may be gone");
    assert_eq!(other(&unbind_failed()), conflict());
    assert_eq!(other(&bind_failed()), conflict());

    let mut old = bind_failed();
    old.job.act_until = Some(Millis(77));
    let again = accepted(same(&old));
    assert_eq!(
        (again.job.id, again.job.act_until, again.created_at),
        (JobId(Uuid::from_u128(3)), Some(Millis(77)), old.created_at)
    );
    assert_eq!(again.before, Some(Past::of(&old.job, NOW)));

    let gone = played(unbinding(&bound()));
    assert!(gone.gone() && gone.in_force.is_none() && gone.job.wanted.is_none());
    let at = |now| {
        bind(
            &bind_ask(3, "b"),
            &offering(false),
            Some(&gone),
            Some(&provisioned()),
            None,
            now,
        )
    };
    assert!(is_concurrency(at(Millis(120_006))), "just deleted");
    assert_eq!(
        accepted(at(Millis(120_007))).created_at,
        Millis(120_007),
        "another binding"
    );
}

#[test]
fn what_a_failed_bind_may_have_left_is_removed_first() {
    let again = |old: &Record| accepted(over(&bind_ask(3, "a"), Some(old))).job.facts;
    let ended = |acts: u32, unsure: Option<bool>| {
        let mut old = bind_failed();
        (old.job.attempts, old.job.facts.unsure) = (acts, unsure);
        old
    };
    assert_eq!(again(&ended(0, None)).unsure, None, "the adapter was never called");
    assert_eq!(again(&ended(2, None)).unsure, None, "nor by a leg before it that acted");
    for (old, what) in [
        (ended(1, Some(true)), "nobody knows"),
        (ended(0, Some(true)), "nor did the job before"),
        (
            ended(1, Some(false)),
            "it was created, and its credentials are thrown away",
        ),
        (ended(0, Some(false)), "a later leg failed"),
    ] {
        assert_eq!(again(&old).unsure, Some(true), "{what}");
        let mut third = accepted(over(&bind_ask(4, "a"), Some(&old)));
        third.job.state = failed();
        assert_eq!(again(&third).unsure, Some(true), "{what}, two jobs ago");
    }
    let mut gone = ended(1, Some(true));
    gone.phase = Phase::Gone {
        at: Millis(1),
        look_at: None,
        stray: true,
    };
    assert_eq!(again(&gone).unsure, None, "another binding");
}

#[test]
fn what_is_there_is_told_of_whatever_the_instance_does() {
    for (instance, what) in [
        (Some(deleting(&provisioned())), "it is being deleted"),
        (Some(provisioning()), "it is busy"),
        (None, "it is gone"),
    ] {
        let ask = |record: &Record| {
            bind(
                &bind_ask(3, "a"),
                &offering(true),
                Some(record),
                instance.as_ref(),
                None,
                NOW,
            )
        };
        assert_eq!(ask(&bound()), Verdict::There, "{what}");
        assert_eq!(ask(&binding()), Verdict::Same, "{what}");
        assert!(
            matches!(ask(&bind_failed()), Verdict::Say(Answer::Refused(_))),
            "{what}"
        );
    }
}

#[test]
fn a_rotation_needs_a_predecessor_that_lives() {
    let mut old = bound();
    old.binding = Some(binding_id("old"));
    let ask = Bind {
        predecessor: Some(binding_id("old")),
        ..bind_ask(3, "a")
    };
    let by = |ask: &Bind, predecessor: Option<&Record>| {
        bind(ask, &offering(false), None, Some(&provisioned()), predecessor, NOW)
    };
    let record = accepted(by(&ask, Some(&old)));
    let made = record.job.wanted.unwrap().binding.unwrap();
    assert_eq!(made.predecessor, Some(binding_id("old")));
    let unknown = Bind {
        predecessor: Some(binding_id("old")),
        request: None,
        ..bind_ask(3, "a")
    };
    for (verdict, what) in [
        (by(&ask, None), "unknown"),
        (by(&ask, Some(&binding())), "not there yet"),
        (by(&ask, Some(&unbinding(&old))), "being deleted"),
        (by(&ask, Some(&unbind_failed())), "half deleted"),
        (by(&ask, Some(&played(unbinding(&old)))), "gone"),
        (by(&unknown, Some(&old)), "its request isn't known"),
    ] {
        let Answer::Refused(Refusal::Malformed(text)) = says(verdict) else {
            panic!("{what}")
        };
        assert!(text.starts_with("predecessor_binding_id"), "{what}: {text}");
    }
    let again = bind(
        &unknown,
        &offering(false),
        Some(&bound()),
        Some(&provisioned()),
        None,
        NOW,
    );
    assert_eq!(again, Verdict::There, "what was carried out doesn't need it any more");
}

#[test]
fn parameters_that_do_not_fit_keep_a_bind_from_beginning_and_nothing_else() {
    let unfit = || Bind {
        fits: Err(Unfit::Invalid("why".into())),
        ..bind_ask(12, "a")
    };
    let over = |ask: &Bind, record: Option<&Record>, instance: &Record| {
        bind(ask, &offering(false), record, Some(instance), None, NOW)
    };
    let malformed = Answer::Refused(Refusal::Malformed("why".into()));
    assert_eq!(says(over(&unfit(), None, &provisioned())), malformed);
    assert_eq!(says(over(&unfit(), Some(&bind_failed()), &provisioned())), malformed);
    assert!(is_concurrency(over(&unfit(), None, &deleting(&provisioned()))));
    let there = over(&unfit(), Some(&binding()), &provisioned());
    assert_eq!(there, over(&bind_ask(12, "a"), Some(&binding()), &provisioned()));
    assert!(matches!(there, Verdict::Same | Verdict::There), "{there:?}");
}
