//! How a job ends badly. One failure speaks to the user and to the operator.
use crate::operation::Operation;
use serde::{Deserialize, Serialize};

/// Why a job failed. Neither text holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// For the person at the `cf` prompt.
    pub for_user: String,
    /// For the operator: the cause.
    pub for_operator: String,
    /// Whether the instance can still be used; only for a failed update or deprovision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_usable: Option<bool>,
    /// Whether the same update may work another time; only for a failed update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_repeatable: Option<bool>,
    /// What a synchronous answer says besides 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<SyncError>,
}

/// Codes of a synchronous answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SyncError {
    /// The binding needs an app.
    RequiresApp,
    /// It isn't there any more.
    Gone,
    /// It is there already, and different.
    Conflict,
}

impl Failure {
    /// A failure with two texts and nothing else. Each text is cut to 4 KiB.
    pub fn new(for_user: impl Into<String>, for_operator: impl Into<String>) -> Self {
        Failure {
            for_user: cut(for_user.into()),
            for_operator: cut(for_operator.into()),
            instance_usable: None,
            update_repeatable: None,
            error: None,
        }
    }
}

fn cut(mut text: String) -> String {
    const LONGEST: usize = 4096;
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
    text
}

/// What the generic text names, so that an operator finds the case.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The service offering's name.
    pub service: &'a str,
    /// The instance's id.
    pub instance: &'a str,
    /// The platform's request identity, or the job's id.
    pub request: &'a str,
    /// The trace's id.
    pub trace: Option<&'a str>,
    /// The BOSH task that failed.
    pub task: Option<u64>,
    /// What was asked for.
    pub operation: Operation,
    /// Whether it was forced.
    pub force: bool,
}

/// The text that users of the Go broker know, with the trace id added.
pub fn generic(case: &Case<'_>) -> String {
    let mut text = format!(
        "There was a problem completing your request. Please contact your operations team providing the following \
         information: service: {}, service-instance-guid: {}, broker-request-id: {}",
        case.service, case.instance, case.request
    );
    if let Some(task) = case.task {
        text.push_str(&format!(", task-id: {task}"));
    }
    text.push_str(&format!(", operation: {}", case.operation.word(case.force)));
    if let Some(trace) = case.trace {
        text.push_str(&format!(", trace-id: {trace}"));
    }
    text
}
