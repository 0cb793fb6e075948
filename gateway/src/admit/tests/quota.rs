//! Quotas: who counts, what is said, and what remains of what was refused.
mod any_order;

use super::*;
use crate::{admit::update::Update, standing::Glance};
use chandler_proto::catalog::{Quotas, ResourceQuota};

/// Instances, and resources with their limit (`None`: none) and cost.
fn quotas(instances: Option<u64>, resources: &[(&str, Option<u64>, u64)]) -> Quotas {
    let quota = |(name, limit, cost): &(&str, Option<u64>, u64)| {
        let (limit, cost) = (*limit, *cost);
        ((*name).to_owned(), ResourceQuota { limit, cost })
    };
    Quotas {
        service_instance_limit: instances,
        resources: resources.iter().map(quota).collect(),
    }
}
/// The catalog with plans `p` and `q`.
fn catalog(p: Quotas, q: Quotas, global: Quotas) -> Shelf {
    let offer = |id: &str, quotas: Quotas| Offer {
        plan: PlanCopy {
            plan_id: id.into(),
            costs: quotas.costs(),
            ..plan()
        },
        quotas,
        ..offering(false).find("s", "p").unwrap().clone()
    };
    Shelf::of_plans([offer("p", p), offer("q", q)]).with_global("s", global)
}
fn limited(p: u64) -> Shelf {
    catalog(quotas(Some(p), &[]), Quotas::default(), Quotas::default())
}
fn put_of(plan_id: &str, shelf: &Shelf) -> Provision {
    let mut ask = put(1, "a");
    ask.wanted.plan = shelf.find("s", plan_id).unwrap().plan.clone();
    ask
}
fn proposed(verdict: Verdict) -> Record {
    match verdict {
        Verdict::Propose(record) => *record,
        other => panic!("{other:?}"),
    }
}
/// Of plan `plan_id`, undecided.
fn asked_for(plan_id: &str, shelf: &Shelf) -> Record {
    proposed(provision(&put_of(plan_id, shelf), None, shelf, NOW))
}
/// The same, there.
fn there(plan_id: &str, shelf: &Shelf) -> Record {
    played(Record {
        phase: Phase::Admitted,
        ..accepted(provision(&put_of(plan_id, shelf), None, &super::shelf(), NOW))
    })
}
fn change_to(plan_id: &str, of: &Record, shelf: &Shelf) -> Verdict {
    let ask = Update {
        fits: Ok(()),
        birth: birth(7),
        asynchronous: true,
        service_id: "s".into(),
        plan_id: Some(plan_id.into()),
        bare: true,
        maintenance: None,
        previous_maintenance: None,
        context: None,
        made_for: of.plan().unwrap().plan_id.clone(),
        fingerprint: "u".into(),
        request: sealed("patch"),
    };
    crate::admit::update(&ask, shelf, Some(of), NOW)
}
fn says_over(record: &Record, revision: u64, others: &[(&Record, u64)], shelf: &Shelf) -> Option<String> {
    let glances: Vec<Glance> = others.iter().map(|(record, at)| Glance::at(record, *at)).collect();
    Claim::of(record, shelf).unwrap().exceeded(glances.iter(), revision)
}
/// How many of plan `p` somebody sees who asks for it at revision 100.
fn seen(others: &[(&Record, u64)]) -> u64 {
    let shelf = limited(0);
    let text = says_over(&asked_for("p", &shelf), 100, others, &shelf).unwrap();
    let count = text.strip_prefix("plan instance limit exceeded for service ID: s. Total instances: ");
    count.unwrap().parse().unwrap()
}

#[test]
fn where_nothing_is_limited_one_write_accepts() {
    let (none, costs) = (Quotas::default, || quotas(None, &[("memory", None, 5)]));
    for (p, global) in [
        (none(), none()),
        (costs(), none()),
        (quotas(None, &[("memory", Some(0), 5)]), none()),
        (quotas(None, &[("memory", Some(5), 0)]), none()),
        (costs(), quotas(None, &[("memory", None, 0)])),
        (costs(), quotas(None, &[("ips", Some(5), 0)])),
    ] {
        let shelf = catalog(p, quotas(Some(1), &[("memory", Some(1), 1)]), global);
        let verdict = provision(&put_of("p", &shelf), None, &shelf, NOW);
        assert_eq!(accepted(verdict).phase, Phase::Admitted, "{shelf:?}");
    }
    for (p, global) in [
        (quotas(Some(0), &[]), none()),
        (quotas(None, &[("memory", Some(9), 5)]), none()),
        (none(), quotas(Some(7), &[])),
        (costs(), quotas(None, &[("memory", Some(0), 0)])),
    ] {
        let shelf = catalog(p, none(), global);
        let old = gone(Millis(1), None);
        for over in [None, Some(&old)] {
            let record = proposed(provision(&put_of("p", &shelf), over, &shelf, NOW));
            assert_eq!((&record.phase, record.unfinished()), (&Phase::Pending, false));
            assert_eq!(
                provision(&put_of("p", &shelf), Some(&record), &shelf, NOW),
                Verdict::Decide
            );
        }
        let mut failed_one = accepted(provision(&put_of("p", &shelf), None, &super::shelf(), NOW));
        failed_one.job.state = failed();
        let again = accepted(provision(&put_of("p", &shelf), Some(&failed_one), &shelf, NOW));
        assert_eq!(again.phase, Phase::Admitted, "it counts already");
    }
}

#[test]
fn who_is_decided_counts_and_who_came_before() {
    let shelf = limited(9);
    let (pending, mut running) = (asked_for("p", &shelf), asked_for("p", &shelf));
    running.phase = Phase::Admitted;
    let mut half = running.clone();
    half.job.state = failed();
    let one = there("p", &shelf);
    let mut undeleted = deleting(&one);
    undeleted.job.state = failed();
    let other = there("q", &shelf);
    let coming = proposed(change_to("p", &other, &shelf));
    let decided = admitted(&coming, 5, true);
    let mut stays = decided.clone();
    stays.job.state = failed();
    let leaving = accepted(change_to("q", &one, &shelf));
    let unknown = played(accepted(provision(&put(1, "a"), None, &super::shelf(), NOW)));
    for (record, early, late, what) in [
        (&pending, 1, 0, "undecided"),
        (&running, 1, 1, "being made"),
        (&half, 1, 1, "failed: something may be there"),
        (&one, 1, 1, "there"),
        (&deleting(&one), 1, 1, "being deleted"),
        (&deleting(&half), 1, 1, "the same, and it never was"),
        (&undeleted, 1, 1, "its deletion failed"),
        (&played(deleting(&one)), 0, 0, "gone, but for a last look"),
        (&never_mind(&pending, NOW), 0, 0, "taken back"),
        (&other, 0, 0, "of another plan"),
        (&coming, 1, 0, "about to change, undecided"),
        (&decided, 1, 1, "changing"),
        (&stays, 0, 0, "its change failed"),
        (&leaving, 1, 1, "changing to another plan"),
        (&played(leaving.clone()), 0, 0, "changed"),
        (&deleting(&decided), 0, 0, "its change was cancelled"),
        (&bound(), 0, 0, "a binding"),
        (&unknown, 1, 1, "made before anything cost anything"),
    ] {
        assert_eq!((seen(&[(record, 99)]), seen(&[(record, 101)])), (early, late), "{what}");
    }
    assert_eq!(seen(&[(&one, 1), (&pending, 2), (&pending, 101), (&coming, 4)]), 3);
}

#[test]
fn everything_that_is_exceeded_is_said_at_once() {
    let shelf = catalog(
        quotas(Some(2), &[("ips", Some(6), 2), ("memory", Some(0), 10)]),
        quotas(None, &[("memory", None, 3)]),
        quotas(
            Some(3),
            &[("ips", Some(5), 0), ("memory", Some(30), 0), ("disk", Some(0), 0)],
        ),
    );
    let (p, q) = (there("p", &shelf), there("q", &shelf));
    let ask = asked_for("p", &shelf);
    let others = [(&p, 1), (&p, 2), (&q, 3)];
    let all = "plan instance limit exceeded for service ID: s. Total instances: 2, \
               global instance limit exceeded for service ID: s. Total instances: 3, \
               global quotas [ips: (limit 5, used 4, requires 2), memory: (limit 30, used 23, requires 10)] would be exceeded by this deployment";
    assert_eq!(says_over(&ask, 9, &others, &shelf).as_deref(), Some(all));
    assert_eq!(
        says_over(&ask, 9, &[(&p, 1), (&q, 3)], &shelf),
        None,
        "5 of 5, 23 of 30"
    );
    let shelf = catalog(
        quotas(None, &[("ips", Some(3), 2)]),
        Quotas::default(),
        Quotas::default(),
    );
    let text = "plan quotas [ips: (limit 3, used 2, requires 2)] would be exceeded by this deployment";
    assert_eq!(
        says_over(&asked_for("p", &shelf), 9, &[(&p, 1)], &shelf).as_deref(),
        Some(text)
    );
    assert_eq!(says_over(&asked_for("p", &shelf), 9, &[(&q, 1)], &shelf), None);
}

/// The Go broker takes the count of the requested plan for all of them.
#[test]
fn each_plan_has_its_own_cost() {
    let shelf = |limit| {
        let memory = |cost| quotas(None, &[("memory", None, cost)]);
        catalog(memory(1), memory(4), quotas(None, &[("memory", Some(limit), 0)]))
    };
    let (p, q) = (there("p", &shelf(0)), there("q", &shelf(0)));
    let others = [(&p, 1), (&q, 2)];
    assert_eq!(
        says_over(&asked_for("p", &shelf(6)), 9, &others, &shelf(6)),
        None,
        "5 + 1"
    );
    let text = says_over(&asked_for("p", &shelf(5)), 9, &others, &shelf(5)).unwrap();
    assert!(text.contains("memory: (limit 5, used 5, requires 1)"), "{text}");

    // Of a plan that has left the catalog it is known what it cost.
    let mut left = q;
    left.in_force.as_mut().unwrap().plan.plan_id = "left".into();
    let text = says_over(&asked_for("p", &shelf(4)), 9, &[(&left, 1)], &shelf(4)).unwrap();
    assert!(text.contains("used 4, requires 1"), "{text}");
    let all = catalog(Quotas::default(), Quotas::default(), quotas(Some(1), &[]));
    assert!(
        says_over(&asked_for("p", &all), 9, &[(&left, 1)], &all).is_some(),
        "it is an instance"
    );
    left.in_force.as_mut().unwrap().plan.service_id = "another".into();
    assert_eq!(says_over(&asked_for("p", &all), 9, &[(&left, 1)], &all), None);
}

#[test]
fn a_change_of_the_plan_asks_for_what_it_adds() {
    let memory = |limit, cost| quotas(None, &[("memory", limit, cost)]);
    let full = catalog(
        memory(None, 1),
        memory(None, 4),
        quotas(Some(0), &[("memory", Some(5), 0)]),
    );
    let (small, large) = (there("p", &full), there("q", &full));
    let up = proposed(change_to("q", &small, &full));
    assert_eq!(
        says_over(&up, 9, &[(&small, 1)], &full),
        None,
        "1 + 4, and no instance more"
    );
    let text = says_over(&up, 9, &[(&large, 1)], &full).unwrap();
    assert_eq!(
        text,
        "global quotas [memory: (limit 5, used 4, requires 4)] would be exceeded by this deployment"
    );
    assert!(
        matches!(change_to("p", &large, &full), Verdict::Accept(_)),
        "it takes less than before"
    );
    assert!(matches!(change_to("p", &small, &full), Verdict::Accept(_)), "it stays");
    // Either may be there until it has ended.
    for change in [admitted(&up, 5, true), accepted(change_to("p", &large, &full))] {
        let text = says_over(&asked_for("p", &full), 9, &[(&change, 8)], &full).unwrap();
        assert!(text.starts_with("global instance limit"), "{text}");
        let tight = catalog(
            memory(None, 1),
            memory(None, 4),
            quotas(None, &[("memory", Some(4), 0)]),
        );
        let text = says_over(&asked_for("p", &tight), 9, &[(&change, 8)], &tight).unwrap();
        assert!(text.contains("used 4, requires 1"), "{text}");
    }
    let none = catalog(memory(Some(1), 1), quotas(Some(0), &[]), Quotas::default());
    let text = says_over(&proposed(change_to("q", &small, &none)), 9, &[(&small, 1)], &none).unwrap();
    assert_eq!(
        text,
        "plan instance limit exceeded for service ID: s. Total instances: 0"
    );
    let back = proposed(change_to("p", &there("q", &none), &none));
    assert!(says_over(&back, 9, &[(&small, 1)], &none).is_some(), "1 + 1 of 1");
}

#[test]
fn what_is_refused_or_given_up_leaves_everything_as_it_was() {
    let shelf = limited(1);
    let mut old = there("q", &shelf);
    old.before = Some(Past::of(&provision_failed().job, NOW));
    let change = proposed(change_to("p", &old, &shelf));
    assert!(change.is_undecided() && !change.unfinished() && !change.job.finished());
    assert_eq!(change.before.as_ref().map(|past| past.job), Some(old.job.id));
    for back in [refused(&change, "full", NOW), given_up(&change, NOW)] {
        assert_eq!(back, old);
    }
    let pending = asked_for("p", &shelf);
    let back = refused(&pending, "full", NOW);
    assert!(back.gone() && back.job.sealed.is_empty() && back.job.wanted.is_none());
    assert!(matches!(&back.job.state, State::Failed { failure, .. } if failure.for_user == "full"));
    assert!(is_concurrency(provision(
        &put_of("p", &shelf),
        Some(&back),
        &shelf,
        NOW
    )));

    // A DELETE replaces it as always.
    let deletion = deleting(&change);
    assert!(deletion.unfinished() && !deletion.is_undecided() && deletion.in_force == old.in_force);
}

#[test]
fn who_decides_for_another_request_notes_that_somebody_is_told() {
    let shelf = limited(1);
    for undecided in [
        asked_for("p", &shelf),
        proposed(change_to("p", &there("q", &shelf), &shelf)),
    ] {
        let own = admitted(&undecided, 5, true);
        assert!(own.unfinished() && own.phase == Phase::Admitted && own.job.accepted_revision.is_none());
        let helped = admitted(&undecided, 5, false);
        assert_eq!((helped.job.accepted_revision, helped.unfinished()), (Some(5), true));
    }
}

#[test]
fn the_same_change_is_decided_and_another_has_to_wait() {
    let shelf = limited(1);
    let change = proposed(change_to("p", &there("q", &shelf), &shelf));
    let ask = |plan_id: &str, fingerprint: &str| Update {
        fits: Ok(()),
        birth: birth(9),
        asynchronous: true,
        service_id: "s".into(),
        plan_id: Some(plan_id.into()),
        bare: true,
        maintenance: None,
        previous_maintenance: None,
        context: None,
        made_for: "q".into(),
        fingerprint: fingerprint.into(),
        request: sealed("patch"),
    };
    let on = |ask: &Update, record: &Record| crate::admit::update(ask, &shelf, Some(record), NOW);
    assert_eq!(on(&ask("p", "u"), &change), Verdict::Decide);
    assert_eq!(on(&ask("p", "u"), &admitted(&change, 5, true)), Verdict::Same);
    assert!(is_concurrency(on(&ask("p", "x"), &change)));
    assert!(is_concurrency(on(&ask("q", "u"), &change)));
}
