//! What becomes of clients, errands and deadlines.
use super::*;
use crate::admit::{
    legs::{Legs, legs},
    update::Update,
};
use chandler_proto::{
    catalog::{Errand, LifecycleErrands},
    job::OwnClient,
    step::{
        ErrandsStep as E, ProvisioningStep as P, Step,
        UaaClientsStep::{Ensure, Redirect, Remove},
    },
};

fn errand(name: &str) -> Errand {
    Errand {
        name: name.into(),
        instances: Vec::new(),
    }
}
fn errands(post: &[&str], pre: &[&str]) -> LifecycleErrands {
    LifecycleErrands {
        post_deploy: post.iter().map(|name| errand(name)).collect(),
        pre_delete: pre.iter().map(|name| errand(name)).collect(),
    }
}
fn plan_with(errands: LifecycleErrands) -> PlanCopy {
    PlanCopy {
        lifecycle_errands: errands,
        ..plan()
    }
}
/// Without a plan in the catalog: 7 s, and 2 s for each errand.
fn left(clients: bool) -> Shelf {
    shelf().with_instances(InstanceRules {
        clients,
        times: times(),
        ..InstanceRules::default()
    })
}
/// The catalog has the plan with two errands after and one before, 100 s and 10 s for each.
fn catalog() -> Shelf {
    let mut offer = offering(false).find("s", "p").unwrap().clone();
    offer.plan = plan_with(errands(&["smoke", "health"], &["backup"]));
    offer.times = Times {
        instance: Duration::from_secs(100),
        errand: Duration::from_secs(10),
    };
    Shelf::of_plans([offer])
}
/// In force is a copy with one errand after and two before.
fn copied() -> Record {
    let mut record = provisioned();
    record.in_force.as_mut().unwrap().plan = plan_with(errands(&["old smoke"], &["old backup", "old goodbye"]));
    record
}
/// The legs in one word each.
fn words(legs: &Legs) -> Vec<String> {
    let word = |step: &Step| match step {
        Step::Errands(E::PostDeploy(errand)) => format!("+{}", errand.name),
        Step::Errands(E::PreDelete(errand)) => format!("-{}", errand.name),
        other => other.name().to_owned(),
    };
    legs.itinerary.iter().map(word).collect()
}
fn clients(itinerary: &[Step]) -> Vec<&Step> {
    let is = |step: &&Step| matches!(step, Step::UaaClients(_));
    itinerary.iter().filter(is).collect()
}
/// It has a client, may have one by what its last job did, met a stranger's, has none any more.
fn with_client() -> Record {
    let mut record = provisioned();
    record.in_force.as_mut().unwrap().uaa_client = true;
    record
}
fn half_way() -> Record {
    let mut record = strangers();
    record.job.facts.own_client = Some(OwnClient::Made);
    record
}
fn strangers() -> Record {
    let mut record = provision_failed();
    record.job.itinerary = [Ensure, Redirect].map(Step::UaaClients).into();
    record
}
fn dropped() -> Record {
    let mut record = with_client();
    record.job.itinerary.push(Step::UaaClients(Remove));
    record.job.facts.own_client = Some(OwnClient::Gone);
    record
}

#[test]
fn an_instance_gets_keeps_or_loses_its_client() {
    let keeps = [Ensure, Redirect].map(Step::UaaClients);
    let removes = [Step::UaaClients(Remove)];
    for (what, old, may_have) in [
        ("nothing", None, false),
        ("without a client", Some(provisioned()), false),
        ("with one", Some(with_client()), true),
        ("half-way to one", Some(half_way()), true),
        ("met a stranger's", Some(strangers()), false),
        ("it was removed", Some(dropped()), false),
        ("gone", Some(gone(Millis(5), None)), false),
    ] {
        for operation in [Operation::Provision, Operation::Update, Operation::Upgrade] {
            for (defined, wanted) in [(true, &keeps[..]), (false, if may_have { &removes[..] } else { &[] })] {
                let legs = legs(operation, Some(&plan()), old.as_ref(), &left(defined));
                let wanted: Vec<&Step> = wanted.iter().collect();
                assert_eq!(clients(&legs.itinerary), wanted, "{what}, {operation:?}, {defined}");
            }
        }
        for defined in [true, false] {
            let legs = |operation| legs(operation, Some(&plan()), old.as_ref(), &left(defined));
            assert_eq!(
                clients(&legs(Operation::Deprovision).itinerary).len(),
                usize::from(may_have),
                "{what}, {defined}"
            );
            assert!(clients(&legs(Operation::Recreate).itinerary).is_empty(), "{what}");
        }
    }
}

#[test]
fn the_errands_are_those_that_the_catalog_has_now() {
    let old = copied();
    let copy = old.plan();
    let deploys = |operation| words(&legs(operation, copy, Some(&old), &catalog()));
    for operation in [Operation::Provision, Operation::Upgrade, Operation::Update] {
        assert_eq!(deploys(operation), ["deploy", "dashboard", "+smoke", "+health"]);
    }
    assert_eq!(deploys(Operation::Recreate), ["recreate", "+smoke", "+health"]);
    let deletes = ["bindings", "-backup", "delete deployment", "tidy", "last look"];
    assert_eq!(deploys(Operation::Deprovision), deletes);

    let none = offering(false);
    assert_eq!(
        words(&legs(Operation::Recreate, copy, Some(&old), &none)),
        ["recreate"],
        "the catalog says: none"
    );
}

#[test]
fn of_a_plan_that_left_the_catalog_the_copy_counts() {
    let old = copied();
    let recreate = legs(Operation::Recreate, old.plan(), Some(&old), &left(false));
    assert_eq!(words(&recreate), ["recreate", "+old smoke"]);
    assert_eq!(recreate.deadline, Duration::from_secs(9));
    let delete = legs(Operation::Deprovision, old.plan(), Some(&old), &left(false));
    assert_eq!(words(&delete)[1..3], ["-old backup", "-old goodbye"]);
    assert_eq!(delete.deadline, Duration::from_secs(11));
    let nothing = legs(Operation::Deprovision, None, Some(&old), &left(false));
    assert_eq!(nothing.deadline, Duration::from_secs(7), "nobody knows its plan");
}

#[test]
fn what_never_succeeded_is_deleted_without_errands() {
    for old in [provisioning(), provision_failed()] {
        for shelf in [catalog(), left(false)] {
            let plan = plan_with(errands(&[], &["backup"]));
            let legs = legs(Operation::Deprovision, Some(&plan), Some(&old), &shelf);
            assert_eq!(words(&legs), ["bindings", "delete deployment", "tidy", "last look"]);
        }
    }
}

#[test]
fn each_errand_has_its_time() {
    let old = copied();
    for (operation, seconds) in [
        (Operation::Provision, 120),
        (Operation::Update, 120),
        (Operation::Upgrade, 120),
        (Operation::Recreate, 120),
        (Operation::Deprovision, 110),
    ] {
        let legs = legs(operation, old.plan(), Some(&old), &catalog());
        assert_eq!(legs.deadline, Duration::from_secs(seconds), "{operation:?}");
    }
    let never = legs(
        Operation::Deprovision,
        Some(&plan()),
        Some(&provision_failed()),
        &catalog(),
    );
    assert_eq!(never.deadline, Duration::from_secs(100));
    let endless = Times {
        instance: Duration::MAX,
        errand: Duration::MAX,
    };
    assert_eq!(endless.with(usize::MAX), Duration::MAX);
}

#[test]
fn jobs_are_accepted_with_them() {
    let shelf = catalog().with_instances(InstanceRules {
        clients: true,
        times: Times::default(),
        ..InstanceRules::default()
    });
    let same = |record: &Record, plan: &PlanCopy, old: Option<&Record>| {
        let legs = legs(record.job.operation, Some(plan), old, &shelf);
        assert_eq!(record.job.itinerary, legs.itinerary);
        assert_eq!(record.job.deadline, NOW.plus(legs.deadline));
        let touches = !record.job.operation.deletes() || old.is_some_and(Record::may_have_client);
        assert_eq!(!clients(&record.job.itinerary).is_empty(), touches);
        assert!(record.job.itinerary.iter().any(|leg| matches!(leg, Step::Errands(_))));
    };
    same(&accepted(provision(&put(1, "a"), None, &shelf, NOW)), &plan(), None);
    let old = provision_failed();
    let again = accepted(provision(&put(2, "a"), Some(&old), &shelf, NOW));
    same(&again, &plan(), Some(&old));
    let old = copied();
    let delete = accepted(deprovision(&delete(3), Some(&old), &shelf, NOW));
    same(&delete, old.plan().unwrap(), Some(&old));
    let patch = Update {
        fits: Ok(()),
        birth: birth(4),
        asynchronous: true,
        service_id: "s".into(),
        plan_id: None,
        bare: false,
        maintenance: None,
        previous_maintenance: None,
        context: None,
        made_for: "p".into(),
        fingerprint: "u".into(),
        request: sealed("patch"),
    };
    let updating = accepted(update(&patch, &shelf, Some(&old), NOW));
    same(&updating, &plan(), Some(&old));
    assert_eq!(
        updating.job.wanted.unwrap().plan.lifecycle_errands,
        errands(&["smoke", "health"], &["backup"]),
        "the new copy"
    );
}

#[test]
fn a_client_that_a_pending_provision_may_have_left_is_not_forgotten() {
    let mut pending = pending(Some(&half_way()));
    pending.job.itinerary = legs(Operation::Provision, Some(&plan()), Some(&half_way()), &left(false)).itinerary;
    let given_up = given_up(&pending, NOW);
    assert_eq!(given_up.job.facts.own_client, Some(OwnClient::Had));
    assert!(given_up.may_have_client());
    let delete = accepted(deprovision(&delete(5), Some(&given_up), &left(false), NOW));
    assert_eq!(clients(&delete.job.itinerary), [&Step::UaaClients(Remove)]);
    assert_eq!(delete.job.itinerary.first(), Some(&Step::Provisioning(P::Bindings)));
}

/// Whoever takes the place of a job knows what became of the client; a stranger's stays nobody's.
#[test]
fn the_next_job_is_told_of_the_client() {
    let shelf = catalog().with_instances(InstanceRules {
        clients: true,
        times: times(),
        ..InstanceRules::default()
    });
    let told = |record: Record| record.job.facts.own_client;
    for (old, wanted) in [
        (half_way(), Some(OwnClient::Had)),
        (strangers(), None),
        (provision_failed(), None),
    ] {
        let again = provision(&put(2, "a"), Some(&old), &shelf, NOW);
        assert_eq!(told(accepted(again)), wanted);
        let delete = accepted(deprovision(&delete(3), Some(&old), &shelf, NOW));
        assert_eq!(clients(&delete.job.itinerary).len(), usize::from(wanted.is_some()));
        assert_eq!(told(delete), wanted);
    }
    // One that runs is cancelled: what it has made isn't in force anywhere yet.
    let mut running = half_way();
    running.job.state = State::Running;
    let cancelling = accepted(deprovision(&delete(3), Some(&running), &shelf, NOW));
    assert_eq!(clients(&cancelling.job.itinerary), [&Step::UaaClients(Remove)]);
    assert_eq!(told(cancelling), Some(OwnClient::Made));
    for (old, wanted) in [
        (with_client(), Some(OwnClient::Had)),
        (dropped(), None),
        (provisioned(), None),
    ] {
        let delete = accepted(deprovision(&delete(3), Some(&old), &shelf, NOW));
        assert_eq!(told(delete), wanted);
    }
}
