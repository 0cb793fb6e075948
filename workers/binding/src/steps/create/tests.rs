use super::*;
use crate::scenes::{self, TEXTS};
use chandler_proto::operation::Operation;

fn seen() -> Seen {
    Seen {
        obstacle: None,
        credhub: true,
        texts: TEXTS,
    }
}
fn bind() -> Scene {
    scenes::scene(Operation::Bind)
}
fn act_of(decision: Decision<Act>) -> Act {
    match decision {
        Decision::Act { act, facts, .. } => {
            assert_eq!(facts.unsure, Some(true), "from now on nobody knows");
            act
        }
        other => panic!("no act: {other:?}"),
    }
}
fn failure(decision: Decision<Act>) -> Failure {
    match decision {
        Decision::Fail(failure) => failure,
        other => panic!("it goes on: {other:?}"),
    }
}

#[test]
fn only_an_answer_in_the_record_ends_the_leg() {
    let mut scene = bind();
    assert_eq!(act_of(Create::decide(&scene, seen())), Act::Create);
    scene.record.job.facts.unsure = Some(true);
    assert_eq!(
        act_of(Create::decide(&scene, seen())),
        Act::Undo,
        "there may be a binding"
    );
    scene.record.job.facts.unsure = Some(false);
    assert_eq!(act_of(Create::decide(&scene, seen())), Act::Create, "it was undone");
    let done = Decision::Done(Facts::default());
    assert_eq!(Create::decide(&scenes::answered(bind()), seen()), done);
    assert_eq!(
        Create::decide(&scenes::answered(scenes::late(Operation::Bind)), seen()),
        done
    );
}

#[test]
fn nothing_is_created_where_it_could_not_be_kept() {
    for unsure in [None, Some(true), Some(false)] {
        let mut scene = bind();
        scene.record.job.facts.unsure = unsure;
        let going = Seen {
            obstacle: Some("the service instance is being deleted"),
            ..seen()
        };
        let said = failure(Create::decide(&scene, going));
        assert!(said.for_user.contains("is being deleted"), "{said:?}");
        let without = Seen {
            credhub: false,
            ..seen()
        };
        assert!(
            failure(Create::decide(&scene, without))
                .for_operator
                .contains("no section credhub")
        );
        let mut late = scenes::late(Operation::Bind);
        late.record.job.facts.unsure = unsure;
        late.record.job.last_fault = Some("the adapter hangs".into());
        assert!(
            failure(Create::decide(&late, seen()))
                .for_operator
                .contains("the adapter hangs")
        );
    }
    let mut plain = bind();
    plain
        .record
        .job
        .wanted
        .as_mut()
        .unwrap()
        .binding
        .as_mut()
        .unwrap()
        .secure = false;
    let without = Seen {
        credhub: false,
        ..seen()
    };
    assert_eq!(act_of(Create::decide(&plain, without)), Act::Create);
}

#[test]
fn a_conflict_is_one_only_at_the_very_first_attempt() {
    let mut scene = bind();
    scene.record.job.attempts = 1;
    assert!(first(&scene));
    let mut again = scene.clone();
    again.record.job.attempts = 3;
    assert!(!first(&again));
    let before = chandler_proto::records::Past::of(&scene.record.job, scene.now);
    scene.record.before = Some(before);
    assert!(!first(&scene), "a job before it may have created it");
}

#[test]
fn a_try_is_a_create_that_may_have_run() {
    let counted = |scene: &Scene| match Create::decide(scene, seen()) {
        Decision::Act { facts, .. } => facts.creates.unwrap(),
        other => panic!("no act: {other:?}"),
    };
    let mut scene = bind();
    assert_eq!(counted(&scene), Creates { ran: 0, open: true });
    for (act_until, ran) in [(Some(scene.now), 1), (None, 0)] {
        scene.record.job.facts.creates = Some(Creates { ran: 0, open: true });
        scene.record.job.facts.unsure = Some(true);
        scene.record.job.act_until = act_until;
        let undone = Creates { ran, open: false };
        assert_eq!(
            counted(&scene),
            undone,
            "a create without an answer counts if it was sent"
        );
        scene.record.job.facts.creates = Some(undone);
        assert_eq!(counted(&scene), undone, "an undo doesn't count, however often");
        scene.record.job.facts.unsure = Some(false);
        assert_eq!(counted(&scene), Creates { ran, open: true });
    }
    let tried = |ran| {
        let mut scene = bind();
        scene.record.job.attempts = 9;
        scene.record.job.facts.creates = Some(Creates { ran, open: true });
        last_try(&scene)
    };
    assert_eq!([0, 1, 2].map(tried), [false, false, true]);
}
