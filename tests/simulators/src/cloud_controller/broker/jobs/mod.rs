//! Work for jobs: each kind has a file.

mod bind;
mod create;
mod delete;
mod follow;
mod rows;
mod synchronise;
mod unbind;
mod update;

use super::request::Origin;
use super::{Brokers, User, Work};
use crate::cloud_controller::model::JobState;
use crate::cloud_controller::refusal::Refusal;

/// The work of one job.
struct Task {
    brokers: Brokers,
    job: String,
    origin: Origin,
    /// When it began, Unix seconds.
    started: f64,
}

/// How a job ends.
enum End {
    /// With warnings.
    Done(Vec<String>),
    Failed(Refusal),
    /// Its row is gone, or somebody else's, who has ended the job.
    Lost(Row),
}

/// What a job works on.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Row {
    Instance(String),
    Binding(String),
}

impl Row {
    fn guid(&self) -> &str {
        match self {
            Row::Instance(guid) | Row::Binding(guid) => guid,
        }
    }

    fn not_found(&self) -> Refusal {
        let text = match self {
            Row::Instance(guid) => format!("The service instance could not be found: {guid}."),
            Row::Binding(guid) => format!("The binding could not be found: {guid}"),
        };
        Refusal::new(404, 10010, "CF-ResourceNotFound", text)
    }
}

impl Work {
    fn user(&self) -> Option<&User> {
        match self {
            Work::DeleteBroker { .. } => None,
            Work::Synchronise { user, .. }
            | Work::Create { user, .. }
            | Work::Update { user, .. }
            | Work::Delete { user, .. }
            | Work::Bind { user, .. }
            | Work::Unbind { user, .. } => user.as_ref(),
        }
    }

    /// The row, and whether the job that has it may get it back.
    fn row(&self) -> Option<(Row, bool)> {
        match self {
            Work::Synchronise { .. } | Work::DeleteBroker { .. } => None,
            Work::Create { instance, .. } | Work::Update { instance, .. } => {
                Some((Row::Instance(instance.clone()), false))
            }
            Work::Delete { instance, .. } => Some((Row::Instance(instance.clone()), true)),
            Work::Bind { binding, .. } => Some((Row::Binding(binding.clone()), false)),
            Work::Unbind { binding, .. } => Some((Row::Binding(binding.clone()), true)),
        }
    }
}

impl Brokers {
    /// Begins work for a job that waits. The state mustn't be locked.
    pub(in crate::cloud_controller) fn start(&self, job: &str, work: Work) {
        let row = work.row();
        if let Some((row, tentatively)) = &row {
            self.ledger.take(row.guid(), job, *tentatively);
            if let (Row::Instance(guid), Some(row)) = (row, self.shared.lock().instances.get_mut(row.guid())) {
                tracing::debug!(instance = guid, job, "a job begins");
                row.job = Some(job.to_owned());
            }
        }
        let task = self.task(job, work.user().cloned());
        self.spawn(async move {
            let end = task.run(work).await;
            task.end(end, row.as_ref().map(|(row, _)| row));
        });
    }

    fn task(&self, job: &str, user: Option<User>) -> Task {
        Task {
            brokers: self.clone(),
            job: job.to_owned(),
            origin: self.origin(user),
            started: self.controls.now(),
        }
    }
}

impl Task {
    async fn run(&self, work: Work) -> End {
        match work {
            Work::Synchronise { broker, .. } => self.synchronise(&broker).await,
            Work::DeleteBroker { broker } => self.delete_broker(&broker),
            Work::Create {
                instance, parameters, ..
            } => self.create(&instance, parameters.as_ref()).await,
            Work::Update { instance, change, .. } => self.update(&instance, &change).await,
            Work::Delete { instance, .. } => self.delete(&instance).await,
            Work::Bind {
                binding, parameters, ..
            } => self.bind(&binding, parameters.as_ref()).await,
            Work::Unbind { binding, .. } => self.unbind(&binding).await,
        }
    }

    /// Writes down how the job has ended, and leaves its row.
    fn end(&self, end: End, row: Option<&Row>) {
        let now = self.now();
        let mut state = self.brokers.shared.lock();
        match end {
            End::Done(warnings) => {
                if let Some(job) = state.jobs.get_mut(&self.job) {
                    job.warnings = warnings;
                }
                state.job_is(&self.job, JobState::Complete, now);
            }
            End::Failed(why) => state.job_failed(&self.job, &why, now),
            End::Lost(row) => {
                let ended = state.jobs.get(&self.job).is_none_or(|it| it.state == JobState::Failed);
                if !ended {
                    state.job_failed(&self.job, &row.not_found(), now);
                }
            }
        }
        if let Some(row) = row {
            self.brokers.ledger.leave(row.guid(), &self.job);
        }
    }

    fn now(&self) -> f64 {
        self.brokers.controls.now()
    }
}
