//! What all steps say when they write, wait or give up.
use chandler_clients::{Fault, FaultKind};
use chandler_engine::{
    fault::back_off,
    step::{Decision, Scene},
    texts::Texts,
};
use chandler_proto::{
    failure::Failure,
    job::{Facts, sealed},
};
use std::time::Duration;

/// Whom every call of this worker is for.
pub(super) const THE_UAA: &str = "the UAA";
/// After so many writes in a leg, the last of them answered well, nothing is expected of a further one; a forced job expects
/// nothing after so many faults in a row, either.
pub(super) const ENOUGH: u32 = 6;
/// So long after an answered write the next one waits, from the second on.
const APART: Duration = Duration::from_secs(5);

/// One more write, unless it is too late or too early for one.
pub(super) fn write<A>(texts: Texts, scene: &Scene, act: A, note: &str) -> Decision<A> {
    let job = scene.job();
    if scene.expired() {
        return Decision::Fail(too_late(texts, scene));
    }
    // The UAA took it and doesn't show it: no reason to hurry. After a fault the engine has waited already.
    if job.attempts > 1 && job.faults == 0 && scene.now.since(job.touched_at) < APART {
        return Decision::Wait {
            after: back_off(job.attempts),
            note: Some("waiting for the UAA to show what it was told".into()),
            facts: Facts::default(),
        };
    }
    Decision::Act {
        act,
        facts: Facts::default(),
        note: Some(note.into()),
    }
}

/// Whether the UAA took the same write again and again and doesn't show it.
pub(super) fn in_vain(scene: &Scene) -> bool {
    scene.job().attempts >= ENOUGH && scene.job().faults == 0
}

/// Whether the job knows, or has at least chosen, the secret of the client.
pub(super) fn has_secret(scene: &Scene) -> bool {
    scene.job().sealed.contains_key(sealed::CLIENT_SECRET)
}

/// Whether the UAA itself said that there was a client before the job's own: a create of ours came late.
pub(super) fn is_late(scene: &Scene) -> bool {
    scene.job().facts.unsure == Some(true)
}

/// A failure that names the client.
pub(super) fn failure(texts: Texts, scene: &Scene, cause: &str) -> Failure {
    texts.failure(scene, None, &format!("UAA client {}: {cause}", scene.record.instance))
}

/// How a fault ends a job.
pub(super) fn failed(texts: Texts, scene: &Scene, fault: &Fault) -> Failure {
    let lacks = match fault.kind {
        FaultKind::MissingScope | FaultKind::Refused { status: 403, .. } => true,
        FaultKind::Refused { .. }
        | FaultKind::NotSent
        | FaultKind::Unknown
        | FaultKind::Unauthorized
        | FaultKind::Garbled => false,
    };
    let needed = match fault.call.starts_with("GET ") {
        _ if !lacks => "",
        true => "; our own client there needs the authority clients.read",
        false => "; our own client there needs the authority clients.write",
    };
    failure(texts, scene, &format!("{fault}{needed}"))
}

/// How a deadline ends a job.
fn too_late(texts: Texts, scene: &Scene) -> Failure {
    let last = scene.job().last_fault.as_deref().unwrap_or("none");
    let cause = format!("the operation's deadline passed before it was done; the last fault: {last}");
    failure(texts, scene, &cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes::{self, TEXTS};
    use chandler_proto::operation::Operation;

    #[test]
    fn a_write_comes_at_once_then_at_a_distance_and_never_late() {
        let decide = |scene: &Scene| write(TEXTS, scene, (), "note");
        let acts =
            |scene: &Scene| matches!(decide(scene), Decision::Act { note, .. } if note.as_deref() == Some("note"));
        let fresh = scenes::scene(Operation::Provision);
        assert!(acts(&fresh) && acts(&scenes::answered(fresh.clone(), 1)));
        let mut again = scenes::answered(fresh.clone(), 2);
        assert!(matches!(decide(&again), Decision::Wait { .. }));
        again.record.job.faults = 1;
        assert!(acts(&again), "it has waited already");
        again.record.job.faults = 0;
        again.now = again.now.plus(APART);
        assert!(acts(&again));
        let mut late = scenes::late(Operation::Provision);
        late.record.job.last_fault = Some("seen".into());
        let Decision::Fail(failure) = decide(&late) else {
            panic!("it goes on")
        };
        assert!(
            failure
                .for_operator
                .contains("UAA client i-1: the operation's deadline passed"),
            "{failure:?}"
        );
        assert!(failure.for_operator.ends_with("the last fault: seen"), "{failure:?}");
    }

    #[test]
    fn only_answered_writes_are_in_vain() {
        let mut scene = scenes::answered(scenes::scene(Operation::Update), ENOUGH);
        assert!(in_vain(&scene));
        scene.record.job.faults = 1;
        assert!(!in_vain(&scene), "the last one was lost");
        assert!(!in_vain(&scenes::answered(scene, ENOUGH - 1)));
    }

    #[test]
    fn a_missing_authority_is_named() {
        let scene = scenes::scene(Operation::Provision);
        let refused = |status| FaultKind::Refused { status, code: None };
        for (call, kind, wanted) in [
            (
                "POST /oauth/clients of the UAA",
                FaultKind::MissingScope,
                Some("clients.write"),
            ),
            (
                "DELETE /oauth/clients/i-1 of the UAA",
                refused(403),
                Some("clients.write"),
            ),
            (
                "GET /oauth/clients of the UAA",
                FaultKind::MissingScope,
                Some("clients.read"),
            ),
            ("POST /oauth/clients of the UAA", refused(400), None),
            ("POST /oauth/clients of the UAA", FaultKind::Unauthorized, None),
        ] {
            let said = failed(TEXTS, &scene, &Fault::new(kind, call, "what it said")).for_operator;
            assert!(
                said.starts_with(&format!("UAA client i-1: {call} ")) && said.contains("what it said"),
                "{said}"
            );
            match wanted {
                Some(authority) => assert!(said.ends_with(&format!("needs the authority {authority}")), "{said}"),
                None => assert!(!said.contains("authority"), "{said}"),
            }
        }
    }
}
