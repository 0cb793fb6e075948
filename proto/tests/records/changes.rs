//! What a change of an instance does to what is in force.
use crate::make::{acting, apply, done, fail, record, succeed, with_job};
use chandler_proto::{
    failure::Failure,
    ids::Millis,
    itinerary::Wishes,
    job::{Event, State},
    operation::Operation,
    records::Record,
    step::Step,
};
use std::collections::BTreeMap;

#[test]
fn an_update_changes_what_is_in_force_only_when_it_succeeds_and_keeps_what_nobody_spoke_of() {
    let mut provisioned = apply(record(Operation::Provision), done(), 1_100, 1);
    provisioned.job.facts.dashboard_url = Some("https://d".into());
    provisioned.job.facts.labels = Some(BTreeMap::from([("a".to_owned(), "b".to_owned())]));
    let provisioned = apply(provisioned, done(), 1_200, 1);
    let mut updating = record(Operation::Update);
    updating.in_force = provisioned.in_force.clone();
    if let Some(force) = &mut updating.in_force {
        force.later.insert("of_a_later_release".into(), true.into());
    }
    let provisioned = updating.clone();
    if let Some(wanted) = &mut updating.job.wanted {
        wanted.fingerprint = "f2".into();
        wanted.plan.plan_id = "large".into();
    }
    assert_eq!(
        updating.fingerprint(),
        Some("f1"),
        "a repeated PUT is compared with what is in force"
    );
    let failed = apply(updating.clone(), Event::Failed(Failure::new("u", "o")), 1_300, 1);
    assert_eq!(failed.in_force, provisioned.in_force, "nothing was deployed");
    let deploying = apply(updating.clone(), acting(2_000), 1_250, 1);
    let failed = apply(deploying, Event::Failed(Failure::new("u", "o")), 1_300, 1);
    let force = failed.in_force.clone().unwrap();
    assert_eq!(
        (&force.plan, &force.fingerprint),
        (&provisioned.plan().unwrap().clone(), &"f1".to_owned())
    );
    let maybe: Vec<_> = force.maybe.iter().map(|plan| plan.plan_id.as_str()).collect();
    assert_eq!(maybe, ["large"], "it may be deployed");
    let updated = apply(apply(updating, done(), 1_300, 1), done(), 1_400, 1);
    let force = updated.in_force.unwrap();
    assert_eq!(
        (force.fingerprint.as_str(), force.plan.plan_id.as_str()),
        ("f2", "large")
    );
    assert_eq!(
        (force.dashboard_url.as_deref(), force.labels["a"].as_str()),
        (Some("https://d"), "b")
    );
}

#[test]
fn labels_are_those_that_the_adapter_named_last() {
    let of = |names: &[&str]| {
        names
            .iter()
            .map(|it| ((*it).to_owned(), "b".to_owned()))
            .collect::<BTreeMap<_, _>>()
    };
    let before = in_force();
    assert_eq!(before.in_force.as_ref().map(|it| &it.labels), Some(&of(&["a"])));
    for (said, kept) in [
        (None, of(&["a"])),
        (Some(of(&[])), of(&[])),
        // All of them, not one by one.
        (Some(of(&["c"])), of(&["c"])),
    ] {
        let mut updating = with_job(&before, Operation::Update, Wishes::default());
        updating.job.wanted = record(Operation::Update).job.wanted;
        updating.job.facts.labels = said;
        let failed = fail(apply(updating.clone(), acting(12_000), 11_000, 1));
        assert_eq!(
            failed.in_force.map(|it| it.labels),
            Some(of(&["a"])),
            "those of what is in force"
        );
        assert_eq!(succeed(updating).in_force.map(|it| it.labels), Some(kept));
    }
}

/// An instance with a dashboard, labels and a plan that a failed update may have left.
fn in_force() -> Record {
    let mut provisioned = succeed(record(Operation::Provision));
    if let Some(force) = &mut provisioned.in_force {
        force.maintenance_version = Some("1.0.0".into());
        force.context = serde_json::from_str(r#"{"key":"k","nonce":"n","data":"context"}"#).ok();
        force.dashboard_url = Some("https://d".into());
        force.labels = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
        force.maybe = vec![force.plan.clone()];
        force.uaa_client = true;
    }
    provisioned
}

#[test]
fn a_recreate_has_nothing_wanted_and_leaves_in_force_what_is() {
    let before = in_force();
    let recreating = with_job(&before, Operation::Recreate, Wishes::default());
    let names: Vec<_> = recreating.job.itinerary.iter().map(Step::name).collect();
    assert_eq!(names, ["recreate"]);
    assert_eq!(recreating.job.wanted, None);
    assert_eq!(recreating.fingerprint(), Some("f1"), "an identical PUT is still one");
    let acted = apply(recreating.clone(), acting(12_000), 11_000, 1);
    for end in [succeed(acted.clone()), fail(acted), fail(recreating)] {
        assert_eq!(end.in_force, before.in_force, "{:?}", end.job.state);
        assert!(!end.gone() && !end.unfinished() && end.ever_succeeded());
        assert_eq!(end.before.as_ref().map(|past| past.job), Some(before.job.id));
    }
    let ended = succeed(with_job(&before, Operation::Recreate, Wishes::default()));
    assert_eq!(ended.job.state, State::Succeeded { at: Millis(20_000) });
}

#[test]
fn a_recreate_needs_an_operation_string_of_its_own_and_changes_what_is_there() {
    let recreate = Operation::Recreate;
    assert!(recreate.changes() && !recreate.deletes() && !recreate.of_binding());
    let string = record(recreate).job.operation_string(9).to_string();
    assert_eq!(string, "r.00000000-0000-0000-0000-000000000001.9");
    let parsed: chandler_proto::operation::OperationString = string.parse().unwrap();
    assert_eq!((parsed.operation, parsed.accepted), (recreate, 9));
    assert_eq!(
        (recreate.word(false), recreate.noun(false)),
        ("recreate", "Instance recreate")
    );
}
