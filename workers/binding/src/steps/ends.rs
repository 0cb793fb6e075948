//! What all steps say when they wait or give up.
use chandler_clients::{
    Fault, FaultKind,
    adapter::{AdapterError, ExitMeaning},
    manifest_secrets,
};
use chandler_common::offered;
use chandler_engine::{others::THE_BUS, step::Scene, texts::Texts};
use chandler_proto::failure::Failure;

/// Without it jobs with secure bindings can't be carried on.
pub(super) const NO_CREDHUB: &str = "the credentials of this binding belong in the platform's CredHub, and the \
    configuration of this worker has no section credhub (or secure_binding_credentials)";

/// There is nothing to bind to, as ODB says it.
pub(super) const NO_DEPLOYMENT: &str = "instance does not exist";

/// A bind that can't be carried out, for a reason that its user may know.
pub(super) fn refused(texts: Texts, scene: &Scene, why: &str) -> Failure {
    let job = scene.job();
    let for_user = format!("{} failed: {why}.", job.operation.noun(job.force));
    texts.told(scene, &for_user, why)
}

/// Whom a call that went wrong was for.
pub(super) fn whom(fault: &Fault) -> &'static str {
    let of = |name: &str| fault.call.ends_with(name);
    if offered::is_missing(fault) {
        offered::WHOM
    } else if of("of the service adapter") {
        "the service adapter"
    } else if of("of the UAA") {
        "the UAA"
    } else if of(manifest_secrets::BOSH) {
        "BOSH CredHub"
    } else if of("of CredHub") {
        "CredHub"
    } else if of(THE_BUS) {
        THE_BUS
    } else {
        "the BOSH Director"
    }
}

/// How a fault ends a job.
pub(super) fn failed(texts: Texts, scene: &Scene, fault: &Fault) -> Failure {
    texts.failure(scene, None, &fault.to_string())
}

/// How a deadline ends a job.
pub(super) fn too_late(texts: Texts, scene: &Scene) -> Failure {
    let last = scene.job().last_fault.as_deref().unwrap_or("none");
    let cause = format!("the operation's deadline passed before it was done; the last fault: {last}");
    texts.failure(scene, None, &cause)
}

/// What can be said of a run of the adapter that brought nothing.
pub(super) enum Run {
    /// It didn't take place.
    Not(Fault),
    /// It was ended by us, at its limit: it may have done its work.
    TimedOut(Fault),
    /// It was ended by something else: it may have done its work.
    Killed(Fault),
    /// It ended by itself, and said so.
    Ended {
        /// What the code means, if it has a meaning.
        meaning: Option<ExitMeaning>,
        /// What it wants the user to read.
        for_user: Option<String>,
        /// For the operator.
        cause: String,
    },
}

/// Sorts the ends of `command`.
pub(super) fn run(error: AdapterError, command: &str) -> Run {
    let (meaning, cause) = (error.meaning(), error.to_string());
    let fault = |kind| Fault::new(kind, format!("{command} of the service adapter"), &cause);
    match error {
        AdapterError::NotStarted { .. } => Run::Not(fault(FaultKind::NotSent)),
        AdapterError::TimedOut { .. } => Run::TimedOut(fault(FaultKind::Unknown)),
        AdapterError::Exited { code: None, .. } => Run::Killed(fault(FaultKind::Unknown)),
        AdapterError::Exited { for_user, .. } => Run::Ended {
            meaning,
            for_user,
            cause,
        },
        AdapterError::TooLarge { .. } | AdapterError::InvalidOutput { .. } => Run::Ended {
            meaning: None,
            for_user: None,
            cause,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_job_waits_for_stands_at_the_end_of_the_call() {
        let cases = [
            ("create-binding of the service adapter", "the service adapter"),
            ("the offerings of the configuration", offered::WHOM),
            ("POST /oauth/token of the UAA", "the UAA"),
            ("PUT /api/v1/data of CredHub", "CredHub"),
            ("GET /api/v1/data of BOSH CredHub", "BOSH CredHub"),
            ("a read of a record by the message bus", "the message bus"),
            ("GET /links of the Director", "the BOSH Director"),
        ];
        for (call, wanted) in cases {
            assert_eq!(whom(&Fault::new(FaultKind::Unknown, call, "")), wanted, "{call}");
        }
    }

    #[test]
    fn a_run_that_was_cut_short_may_have_done_its_work() {
        let text = || "seen".to_owned();
        let exited = |code| AdapterError::Exited {
            code,
            for_user: None,
            for_operator: text(),
        };
        let timed_out = AdapterError::TimedOut {
            limit: std::time::Duration::ZERO,
            for_operator: text(),
        };
        let not_started = AdapterError::NotStarted { for_operator: text() };
        assert!(matches!(run(not_started, "c"), Run::Not(f) if f.nothing_happened()));
        assert!(matches!(run(timed_out, "c"), Run::TimedOut(f) if !f.nothing_happened()));
        assert!(matches!(run(exited(None), "c"), Run::Killed(f) if whom(&f) == "the service adapter"));
        for (code, wanted) in [(1, None), (49, Some(ExitMeaning::BindingExists))] {
            assert!(matches!(run(exited(Some(code)), "c"), Run::Ended { meaning, .. } if meaning == wanted));
        }
        let too_large = AdapterError::TooLarge {
            max: 1,
            for_operator: text(),
        };
        assert!(matches!(run(too_large, "c"), Run::Ended { meaning: None, .. }));
    }
}
