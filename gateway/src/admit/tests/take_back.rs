use super::*;

fn waited_for(mut record: Record) -> Record {
    record.job.synchronous = true;
    record
}
/// For the request of job 11.
fn ask(even_ended: bool, record: Option<&Record>) -> Verdict {
    let (job, by) = (JobId(Uuid::from_u128(11)), JobId(Uuid::from_u128(20)));
    take_back(job, even_ended, by, &offering(false), record, NOW)
}

#[test]
fn a_bind_that_takes_too_long_gives_way_to_an_unbind() {
    let old = waited_for(binding());
    let record = accepted(ask(false, Some(&old)));
    assert_eq!(
        (record.job.id, record.job.operation, record.job.synchronous),
        (JobId(Uuid::from_u128(20)), Operation::Unbind, false)
    );
    assert!(record.job.sealed.is_empty());
    assert_eq!(
        (
            record.job.traceparent.as_deref(),
            record.job.request_identity.as_deref()
        ),
        (Some("tp"), Some("req")),
        "it is the same request's"
    );
    assert_eq!(record.before.as_ref().map(|past| past.job), Some(old.job.id));
    assert_eq!(ask(false, Some(&record)), Verdict::Same, "its own write arrived");
}

#[test]
fn what_has_ended_is_taken_back_only_when_nobody_listens() {
    for ended in [waited_for(bound()), waited_for(bind_failed())] {
        assert_eq!(ask(false, Some(&ended)), Verdict::Leave, "its end is told");
        assert!(matches!(ask(true, Some(&ended)), Verdict::Accept(_)));
    }
}

#[test]
fn what_somebody_else_was_told_of_stays() {
    let mut other = waited_for(binding());
    other.job.id = JobId(Uuid::from_u128(12));
    for even_ended in [false, true] {
        for (record, what) in [
            (Some(binding()), "told of"),
            (Some(bound()), "told of its end"),
            (Some(other.clone()), "another request's"),
            (Some(unbinding(&waited_for(binding()))), "replaced"),
            (Some(played(unbinding(&bound()))), "gone"),
            (None, "nothing"),
        ] {
            assert_eq!(ask(even_ended, record.as_ref()), Verdict::Leave, "{what}");
        }
    }
}

#[test]
fn only_who_was_told_is_noted() {
    let mut acting = waited_for(binding());
    acting.job.act_until = Some(Millis(NOW.0 + 20_000));
    acting.job.written_by = Some(chandler_proto::ids::TurnId(Uuid::from_u128(7)));
    acting.job.turns = 1;
    acting.job.accepted_revision = Some(4);
    let told = noted(&acting, 9).unwrap();
    assert!(!told.job.synchronous && acting.is_but_touched(&told));
    assert_eq!(told.job.accepted_revision, Some(4));
    assert_eq!(ask(false, Some(&told)), Verdict::Leave, "it isn't taken back");
    assert_eq!(noted(&told, 10), None, "once is enough");

    let told = noted(&binding(), 9).unwrap();
    assert_eq!(told.job.accepted_revision, Some(9), "its accept is confirmed");
    assert!(binding().is_but_touched(&told));
}

#[test]
fn an_unbind_is_not_taken_back_so_who_waits_for_it_stays_as_it_is() {
    let unbind = waited_for(unbinding(&bound()));
    let told = noted(&unbind, 9).unwrap();
    assert!(told.job.synchronous && unbind.is_but_touched(&told));
    assert_eq!(told.job.accepted_revision, Some(9));
    assert_eq!(noted(&told, 10), None, "nothing is written while a worker may act");
}
