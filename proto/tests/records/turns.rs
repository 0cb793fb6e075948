//! What a turn writes besides the end of its leg: faults, names, who asked.
use crate::make::{LOOK, acting, apply, birth, noted, record};
use chandler_proto::{
    ids::Millis,
    job::{Birth, During, Event},
    layout::Lane,
    operation::Operation,
};

#[test]
fn faults_are_counted_until_something_goes_well() {
    let faulted = |during| Event::Faulted {
        note: "waiting for the BOSH Director".into(),
        what: "refused".into(),
        during,
    };
    let r = apply(record(Operation::Provision), faulted(During::Observe), 1_100, 1);
    let r = apply(r, faulted(During::Prepare), 1_200, 2);
    assert_eq!((r.job.faults, r.job.prepare_faults), (2, 1));
    assert_eq!(r.job.last_fault.as_deref(), Some("refused"));
    let well = apply(r.clone(), noted(), 1_300, 3);
    assert_eq!((well.job.faults, well.job.last_fault.as_deref()), (0, None));
    let open = apply(r, acting(2_000), 1_300, 3);
    assert_eq!(open.job.prepare_faults, 0, "it was prepared");
    let unknown = |until| faulted(During::UnknownAct { until: Millis(until) });
    let longer = apply(open.clone(), unknown(21_400), 1_400, 3);
    assert_eq!(longer.job.act_until, open.job.act_until, "it may still take effect");
    let shorter = apply(open.clone(), unknown(1_900), 1_400, 3);
    assert_eq!(
        shorter.job.act_until,
        Some(Millis(1_900)),
        "nothing is on its way any more"
    );
    let refused = apply(open, faulted(During::RefusedAct), 1_400, 3);
    assert_eq!(
        (refused.job.faults, refused.job.act_until),
        (3, None),
        "a refusal closes the window"
    );
}

#[test]
fn the_context_id_fits_the_director() {
    let r = record(Operation::Deprovision);
    assert_eq!(r.job.context_id(), "00000000-0000-0000-0000-000000000001.0");
    assert!(r.job.context_id().len() <= 64);
}

#[test]
fn a_child_job_is_of_the_same_request() {
    let mut parent = record(Operation::Deprovision).job;
    parent.traceparent = Some("00-t-s-01".into());
    parent.request_identity = Some("req".into());
    let child = Birth::of_child(birth(9).job, &parent);
    assert_eq!(
        (child.traceparent, child.request_identity),
        (parent.traceparent, parent.request_identity)
    );
    assert_ne!(child.job, parent.id);
}

#[test]
fn what_a_gateway_noted_is_told_from_what_somebody_did() {
    let mut read = record(Operation::Bind);
    read.job.synchronous = true;
    let mut noted = read.clone();
    noted.job.synchronous = false;
    noted.job.accepted_revision = Some(7);
    assert!(read.is_but_touched(&noted));
    let acted = apply(read.clone(), acting(2_000), 1_500, 1);
    assert!(!read.is_but_touched(&acted));
    let replaced = read.unbound(&birth(2), Lane::User, false, LOOK, Millis(1_500));
    assert!(!read.is_but_touched(&replaced));
}
