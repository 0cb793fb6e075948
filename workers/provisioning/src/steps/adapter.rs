//! Runs of the adapter, and what becomes of a leg when one brings nothing.
use super::previous::Previous;
use crate::room::Outside;
use chandler_clients::{
    Fault, FaultKind,
    adapter::{AdapterError, GenerateManifest, Generated},
};
use chandler_common::offered;
use chandler_engine::{
    step::{Scene, Stop},
    texts::Texts,
};
use chandler_proto::catalog::{Offering, Plan};

/// After so many time-outs in a row the adapter is given up.
const TRIES: u32 = 3;

/// The plan that the job is to bring, with its offering, as they are in the catalog now.
///
/// # Errors
/// [`Stop`], as [`offered::plan`] says; `blame` puts the cause of a failure into words.
pub(super) fn wanted_plan<'a>(
    outside: &'a Outside,
    scene: &Scene,
    blame: impl Fn(&str) -> String,
) -> Result<(&'a Offering, &'a Plan), Stop> {
    let failure = |why: &str| outside.tasks.texts.failure(scene, None, &blame(why));
    let Some(wanted) = &scene.job().wanted else {
        return Err(Stop::Failure(failure("the job has no plan to deploy")));
    };
    let copy = &wanted.plan;
    offered::plan(&outside.config, copy, || {
        let (name, id) = (&copy.plan_name, &copy.plan_id);
        failure(&format!("plan {name} ({id}) is not in the catalog any more"))
    })
}

/// One run of `generate-manifest`; it has no effect outside.
///
/// # Errors
/// [`Stop`], as [`stop`] says.
pub(super) async fn generate(
    outside: &Outside,
    scene: &Scene,
    (offering, plan): (&Offering, &Plan),
    request: String,
    previous: Previous,
    uaa_client: String,
) -> Result<Generated, Stop> {
    let name = scene.record.instance.deployment();
    let input = GenerateManifest {
        service_deployment: offering.deployment.adapter_json(&name).to_string(),
        plan: plan.adapter_json().to_string(),
        request_parameters: request,
        previous_plan: previous.plan,
        previous_manifest: previous.manifest,
        previous_secrets: previous.secrets,
        previous_configs: previous.configs,
        uaa_client,
    };
    let adapter = outside.adapters.of(&scene.record)?;
    let run = adapter.generate_manifest(input, &name, &scene.call, outside.adapter_limit());
    run.await.map_err(|error| {
        let cause = error.to_string();
        stop(&outside.tasks.texts, scene, error, "generate-manifest", &cause)
    })
}

/// ODB's rules for exit codes: stdout is for the user; everything else, with `cause`, is for the operator.
pub(super) fn stop(texts: &Texts, scene: &Scene, error: AdapterError, command: &str, cause: &str) -> Stop {
    match error {
        AdapterError::Exited { for_user, .. } => Stop::Failure(texts.from_adapter(scene, for_user, cause)),
        AdapterError::TooLarge { .. } | AdapterError::InvalidOutput { .. } => {
            Stop::Failure(texts.failure(scene, None, cause))
        }
        AdapterError::TimedOut { .. } if scene.job().prepare_faults + 1 >= TRIES => {
            Stop::Failure(texts.failure(scene, None, cause))
        }
        // Another machine may have it, or have it back.
        AdapterError::TimedOut { .. } | AdapterError::NotStarted { .. } => Stop::Fault(Fault::new(
            FaultKind::NotSent,
            format!("{command} of the service adapter"),
            cause,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::testing::{TEXTS, job, scene};
    use chandler_proto::operation::Operation;
    use std::time::Duration;

    fn of(error: AdapterError, faults: u32) -> Stop {
        let mut scene = scene(job(Operation::Update));
        scene.record.job.prepare_faults = faults;
        stop(&TEXTS, &scene, error, "a-command", "the cause")
    }

    #[test]
    fn what_the_adapter_says_is_for_the_user_and_a_time_out_is_tried_three_times() {
        let seen = || "seen".to_owned();
        let exited = |for_user: Option<&str>| AdapterError::Exited {
            code: Some(1),
            for_user: for_user.map(str::to_owned),
            for_operator: seen(),
        };
        let Stop::Failure(said) = of(exited(Some("too small")), 0) else {
            panic!()
        };
        assert_eq!(
            (said.for_user.as_str(), said.for_operator.as_str()),
            ("too small", "the cause")
        );
        assert_eq!((said.instance_usable, said.update_repeatable), (Some(true), Some(true)));
        for error in [
            exited(None),
            AdapterError::TooLarge {
                max: 1,
                for_operator: seen(),
            },
            AdapterError::InvalidOutput { for_operator: seen() },
        ] {
            let Stop::Failure(quiet) = of(error, 0) else { panic!() };
            assert!(
                quiet
                    .for_user
                    .starts_with("Instance update failed: There was a problem"),
                "{quiet:?}"
            );
        }
        let late = || AdapterError::TimedOut {
            limit: Duration::ZERO,
            for_operator: seen(),
        };
        for (faults, again) in [(0, true), (1, true), (2, false)] {
            let stop = of(late(), faults);
            assert_eq!(
                matches!(&stop, Stop::Fault(fault) if fault.nothing_happened()),
                again,
                "{stop:?}"
            );
        }
        let Stop::Fault(fault) = of(AdapterError::NotStarted { for_operator: seen() }, 9) else {
            panic!()
        };
        assert_eq!(fault.call, "a-command of the service adapter");
    }
}
