//! The rule of the leg, line by line.
use super::*;
use crate::steps::testing::{NOW, TEXTS, job, scene};
use chandler_proto::operation::Operation;

const POLL: Duration = Duration::from_secs(5);

fn names(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("n{n}")).collect()
}

/// So many configs, secrets and credentials.
fn left(there: [usize; 3], task: Option<u64>) -> Left {
    let [configs, secrets, credentials] = there.map(names);
    let remains = Remains {
        configs,
        secrets,
        credentials,
    };
    Left {
        task,
        remains,
        texts: TEXTS,
        poll: POLL,
    }
}

fn deprovision() -> Scene {
    let mut scene = scene(job(Operation::Deprovision));
    scene.record.job.touched_at = NOW;
    scene
}

#[test]
fn it_is_done_when_all_is_gone_and_no_task_is_active() {
    let scene = deprovision();
    assert_eq!(
        Tidy::decide(&scene, left([0; 3], None)),
        Decision::Done(Facts::default())
    );
    let wait = Tidy::decide(&scene, left([0; 3], Some(7)));
    let note = Some("waiting for BOSH task 7 of the same deployment".into());
    let facts = Facts::default();
    assert_eq!(
        wait,
        Decision::Wait {
            after: POLL,
            note,
            facts
        }
    );
}

#[test]
fn one_kind_after_another_is_deleted_some_at_once() {
    for (there, act, note) in [
        ([1, 1, 1], Act::Configs(names(1)), "removing BOSH configs"),
        ([0, 2, 1], Act::Secrets(names(2)), "removing secrets of the manifest"),
        (
            [0, 0, 3],
            Act::Credentials(names(3)),
            "removing credentials of bindings",
        ),
        (
            [0, 40, 3],
            Act::Secrets(names(AT_ONCE)),
            "removing secrets of the manifest",
        ),
    ] {
        for task in [None, Some(7)] {
            let (act, note, facts) = (act.clone(), Some(note.to_owned()), Facts::default());
            let decision = Tidy::decide(&deprovision(), left(there, task));
            assert_eq!(decision, Decision::Act { act, facts, note }, "{there:?}, {task:?}");
        }
    }
}

#[test]
fn what_does_not_go_is_no_reason_to_hurry() {
    let mut scene = deprovision();
    for (attempts, there, hurries) in [
        (2, 1, true),
        (3, 1, false),
        (10, 160 - 10 * AT_ONCE, true),
        (9, AT_ONCE, true),
    ] {
        scene.record.job.attempts = attempts;
        let decision = Tidy::decide(&scene, left([0, there, 0], None));
        let waits = matches!(decision, Decision::Wait { .. });
        assert_eq!(waits, !hurries, "{attempts} attempts, {there} there: {decision:?}");
    }
    scene.record.job.attempts = 3;
    scene.now = NOW.plus(POLL);
    assert!(matches!(
        Tidy::decide(&scene, left([0, 1, 0], None)),
        Decision::Act { .. }
    ));
}

#[test]
fn the_deadline_ends_it_unless_all_is_gone() {
    let mut scene = deprovision();
    scene.now = scene.job().deadline.plus(Duration::from_millis(1));
    scene.record.job.last_fault = Some("CredHub is away".into());
    for (there, task, cause) in [
        (
            [0, 2, 0],
            None,
            "the deadline passed with secrets of the manifest left; the last fault: CredHub is away",
        ),
        (
            [0; 3],
            Some(7),
            "BOSH task 7: the deadline passed with an active task left; the last fault: CredHub is away",
        ),
    ] {
        let Decision::Fail(failure) = Tidy::decide(&scene, left(there, task)) else {
            panic!()
        };
        assert_eq!(failure.for_operator, cause);
    }
    assert_eq!(
        Tidy::decide(&scene, left([0; 3], None)),
        Decision::Done(Facts::default())
    );
}
