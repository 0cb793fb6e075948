use super::*;
use chandler_proto::step::{BindingStep, Step};

fn over(ask: &Unbind, record: Option<&Record>) -> Verdict {
    unbind(ask, &offering(false), record, NOW)
}

#[test]
fn an_unbind_replaces_whatever_job_there_was() {
    let mut acting = binding();
    acting.job.act_until = Some(Millis(NOW.0 + 20_000));
    for (old, what) in [
        (acting, "running"),
        (bind_failed(), "failed"),
        (bound(), "there"),
        (unbind_failed(), "half deleted"),
    ] {
        let ask = Unbind {
            force: true,
            synchronous: true,
            ..unbind_ask(5)
        };
        let record = accepted(over(&ask, Some(&old)));
        let job = &record.job;
        assert_eq!(
            (
                job.operation,
                job.force,
                job.synchronous,
                job.accepted_revision,
                job.turns
            ),
            (Operation::Unbind, true, true, None, 0),
            "{what}"
        );
        assert_eq!(
            (job.act_until, &record.phase),
            (old.job.act_until, &Phase::Admitted),
            "{what}"
        );
        assert_eq!(job.itinerary, [Step::Binding(BindingStep::Delete)], "{what}");
        let begins = old.job.act_until.map_or(NOW, |until| until.plus(CLOCK_SLACK));
        assert_eq!(job.deadline, begins.plus(Duration::from_secs(3)), "{what}");
        assert!(job.sealed.is_empty(), "{what}: nothing of the bind's request is left");
        assert_eq!(
            (&record.in_force, &record.before, record.plan()),
            (&old.in_force, &Some(Past::of(&old.job, NOW)), Some(&plan())),
            "{what}"
        );
        assert_eq!(record.key(), old.key(), "{what}");
    }
    let with_credhub = accepted(unbind(&unbind_ask(5), &offering(true), Some(&bound()), NOW));
    let revoke = Step::Binding(BindingStep::Revoke);
    assert_eq!(
        with_credhub.job.itinerary.last(),
        Some(&revoke),
        "it may have credentials there"
    );
}

#[test]
fn an_unbind_of_what_runs_out_or_is_gone_changes_nothing() {
    assert_eq!(over(&unbind_ask(5), Some(&unbinding(&bound()))), Verdict::Same);
    let gone = played(unbinding(&bound()));
    let Verdict::Renew(renewed) = over(&unbind_ask(5), Some(&gone)) else {
        panic!("the write is the point: a PUT on its way must find its revision passed")
    };
    assert_eq!((renewed.job.id, renewed.gone()), (gone.job.id, true));
    let put = bind(
        &bind_ask(9, "z"),
        &offering(false),
        Some(&renewed),
        Some(&provisioned()),
        None,
        Millis(NOW.0 + 1_000),
    );
    assert!(is_concurrency(put), "its id is closed once more");
}

#[test]
fn an_unbind_of_what_nobody_knows_leaves_a_stray_mark() {
    let mut undecided = binding();
    undecided.phase = Phase::Pending;
    for old in [None, Some(&undecided)] {
        let record = accepted(over(&unbind_ask(5), old));
        assert!(matches!(record.phase, Phase::Gone { stray: true, .. }) && !record.unfinished());
        assert_eq!(
            (record.key().as_str(), told(&record, 4)),
            ("binding.i.b", Answer::Gone(Thing::Binding))
        );
        assert!(record.job.sealed.is_empty() && record.job.operation == Operation::Unbind);
    }
}
