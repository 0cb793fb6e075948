//! The rule of the leg, line by line.
use super::*;
use crate::steps::testing::{NOW, TEXTS, job, scene};
use chandler_clients::FaultKind;
use chandler_common::tasks::{notes::Look, sight, table::Sight};
use chandler_proto::operation::Operation;

const POLL: Duration = Duration::from_secs(5);

fn seen(active: Option<u64>, replaced: Vec<u64>, compared: Option<Result<PendingChanges, Stop>>) -> Seen {
    let sight = Sight {
        own: vec![],
        replaced,
        active,
        locked: None,
        exists: true,
        touched: NOW,
    };
    let view = View {
        seen: sight::Seen::of(sight),
        look: Look::default(),
        texts: TEXTS,
        poll: POLL,
    };
    Seen { view, compared }
}

fn update() -> Scene {
    scene(job(Operation::Update))
}

fn decide(compared: Result<PendingChanges, Stop>) -> Decision<Act> {
    PendingCheck::decide(&update(), seen(None, vec![], Some(compared)))
}

#[test]
fn no_change_is_done_and_a_change_fails_with_odbs_text() {
    assert!(matches!(decide(Ok(PendingChanges::default())), Decision::Done(facts) if facts == Facts::default()));
    let changes = PendingChanges {
        parts: vec!["releases", "stemcells"],
    };
    let Decision::Fail(failure) = decide(Ok(changes)) else {
        panic!()
    };
    let trail = format!("{OUT_OF_DATE} (broker-request-id: ");
    assert!(failure.for_user.starts_with(&trail), "{failure:?}");
    assert_eq!(
        failure.for_operator,
        "the manifest would change without the update, too: releases, stemcells"
    );
    assert_eq!(
        (failure.instance_usable, failure.update_repeatable),
        (Some(true), Some(false))
    );
}

#[test]
fn what_may_pass_is_repeated_and_the_rest_fails() {
    let fault = Fault::new(FaultKind::NotSent, "generate-manifest of the service adapter", "late");
    let again = decide(Err(Stop::Fault(fault.clone())));
    assert!(matches!(again, Decision::Act { act: Act::Stop(Stop::Fault(kept)), .. } if kept == fault));
    let failure = Failure::new("u", "o");
    assert!(matches!(decide(Err(Stop::Failure(failure.clone()))), Decision::Fail(kept) if kept == failure));
}

#[test]
fn nothing_is_compared_while_the_deployment_may_change() {
    let busy = PendingCheck::decide(&update(), seen(Some(7), vec![], None));
    assert!(matches!(busy, Decision::Wait { after: POLL, note: Some(note), .. } if note.contains("BOSH task 7")));
    let replaced = PendingCheck::decide(&update(), seen(Some(7), vec![7], None));
    assert!(matches!(
        replaced,
        Decision::Act {
            act: Act::Cancel(7),
            ..
        }
    ));
    let mut late = update();
    late.now = late.job().deadline.plus(Duration::from_millis(1));
    assert!(matches!(
        PendingCheck::decide(&late, seen(None, vec![], None)),
        Decision::Fail(_)
    ));
}
