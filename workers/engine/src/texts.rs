//! What a user and an operator read when a job fails.
use crate::step::Scene;
use chandler_clients::bosh::redact;
use chandler_proto::{
    failure::{Case, Failure, generic, told},
    operation::Operation,
    step::Step,
};

/// How texts are made.
#[derive(Clone, Copy, Debug)]
pub struct Texts {
    /// `broker.expose_operational_errors`: users see the first line of the cause, too.
    pub expose: bool,
}

impl Texts {
    /// A failure with the generic text for the user, and the cause for the operator.
    pub fn failure(&self, scene: &Scene, task: Option<u64>, cause: &str) -> Failure {
        let job = scene.job();
        let step = job.step().map(Step::title);
        let generic = generic(&case(scene, &job.id.to_string(), step.as_deref(), task));
        let mut for_user = format!("{} failed: {generic}", job.operation.noun(job.force));
        if self.expose {
            for_user.push_str(&format!(", error-message: {}", redact::for_user(cause)));
        }
        self.with_flags(scene, Failure::new(for_user, with_task(task, cause)))
    }

    /// A failure with a text of our own for the user: it says what happened and whose turn it is, and begins as ODB's if ODB
    /// has one. How an operator finds the case is added here.
    pub fn told(&self, scene: &Scene, text: &str, cause: &str) -> Failure {
        let job = scene.job();
        let for_user = told(text, &case(scene, &job.id.to_string(), None, None));
        self.with_flags(scene, Failure::new(for_user, redact::for_operator(cause)))
    }

    /// A failure whose text for the user came from the adapter: it stays as it is. What we write ourselves goes through
    /// [`Texts::told`].
    pub fn from_adapter(&self, scene: &Scene, for_user: Option<String>, cause: &str) -> Failure {
        match for_user {
            Some(text) => self.with_flags(scene, Failure::new(text.trim(), redact::for_operator(cause))),
            None => self.failure(scene, None, cause),
        }
    }

    fn with_flags(&self, scene: &Scene, mut failure: Failure) -> Failure {
        match scene.job().operation {
            Operation::Provision | Operation::Bind | Operation::Unbind => {}
            // What was in force is in force; the deployment may be half changed, and the same update may mend it.
            Operation::Update | Operation::Upgrade | Operation::Recreate => {
                failure.instance_usable = Some(true);
                failure.update_repeatable = Some(true);
            }
            // Half deleted: nobody should use it.
            Operation::Deprovision => failure.instance_usable = Some(false),
        }
        failure
    }
}

fn case<'a>(scene: &'a Scene, job_id: &'a str, step: Option<&'a str>, task: Option<u64>) -> Case<'a> {
    let job = scene.job();
    Case {
        service: scene.record.plan().map_or("(unknown)", |p| p.service_name.as_str()),
        instance: scene.record.instance.as_str(),
        request: job.request_identity.as_deref().unwrap_or(job_id),
        job: job_id,
        step,
        trace: job.traceparent.as_deref().and_then(|t| t.split('-').nth(1)),
        task,
        operation: job.operation,
        force: job.force,
    }
}

fn with_task(task: Option<u64>, cause: &str) -> String {
    let cause = redact::for_operator(cause); // it is kept with the job
    task.map_or_else(|| cause.clone(), |id| format!("BOSH task {id}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scene;
    use chandler_proto::{catalog::Errand, step::ErrandsStep};

    #[test]
    fn our_own_texts_have_a_trail_and_the_adapters_have_none() {
        let mut scene = scene(1_000);
        let job = &mut scene.record.job;
        job.operation = Operation::Update;
        job.request_identity = Some("the-request".into());
        job.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into());
        let trail = format!(
            " (broker-request-id: the-request, operation-id: {}, trace-id: 0af7651916cd43dd8448eb211c80319c)",
            job.id
        );
        for expose in [false, true] {
            let texts = Texts { expose };
            let own = texts.told(&scene, "Out of date.", "the cause");
            assert_eq!(own.for_user, format!("Out of date.{trail}"));
            assert_eq!(own.for_operator, "the cause");
            assert_eq!((own.instance_usable, own.update_repeatable), (Some(true), Some(true)));
            let adapters = texts.from_adapter(&scene, Some("not today\n".into()), "the cause");
            assert_eq!(adapters.for_user, "not today");
        }
    }

    #[test]
    fn a_failure_says_whose_turn_it_is_and_how_to_find_the_case() {
        let mut scene = scene(1_000);
        let job = &mut scene.record.job;
        job.request_identity = Some("the-request".into());
        job.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into());
        let id = job.id.to_string();
        let quiet = Texts { expose: false }.failure(&scene, Some(7), "the cause\nand more");
        assert_eq!(
            quiet.for_user,
            format!(
                "Instance provisioning failed: There was a problem completing your request. Please contact your operations \
                 team providing the following information: service: (unknown), service-instance-guid: i, \
                 broker-request-id: the-request, task-id: 7, operation: create, operation-id: {id}, step: deploy, \
                 trace-id: 0af7651916cd43dd8448eb211c80319c"
            )
        );
        assert!(quiet.for_operator.starts_with("BOSH task 7: the cause"), "{quiet:?}");
        let open = Texts { expose: true }.failure(&scene, None, "the cause\nand more");
        assert!(
            open.for_user.ends_with(", error-message: the cause"),
            "{}",
            open.for_user
        );
        let errand = Errand {
            name: "health-check".into(),
            instances: vec![],
        };
        scene.record.job.itinerary[0] = Step::Errands(ErrandsStep::PostDeploy(errand));
        let named = Texts { expose: false }.failure(&scene, None, "");
        assert!(
            named.for_user.contains(", step: post-deploy errand health-check"),
            "{}",
            named.for_user
        );
    }
}
