//! What a user and an operator read when a job fails.
use crate::step::Scene;
use chandler_clients::bosh::redact;
use chandler_proto::{
    failure::{Case, Failure, generic},
    operation::Operation,
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
        let generic = generic(&case(scene, &job.id.to_string(), task));
        let mut for_user = format!("{} failed: {generic}", job.operation.noun(job.force));
        if self.expose {
            for_user.push_str(&format!(", error-message: {}", redact::for_user(cause)));
        }
        self.with_flags(scene, Failure::new(for_user, with_task(task, cause)))
    }

    /// A failure whose text for the user came from the adapter.
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
            Operation::Update | Operation::Upgrade => {
                failure.instance_usable = Some(true);
                failure.update_repeatable = Some(true);
            }
            // Half deleted: nobody should use it.
            Operation::Deprovision => failure.instance_usable = Some(false),
        }
        failure
    }
}

fn case<'a>(scene: &'a Scene, job_id: &'a str, task: Option<u64>) -> Case<'a> {
    let job = scene.job();
    Case {
        service: scene.record.plan().map_or("(unknown)", |p| p.service_name.as_str()),
        instance: scene.record.instance.as_str(),
        request: job.request_identity.as_deref().unwrap_or(job_id),
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
