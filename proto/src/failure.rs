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
            for_user: cut(for_user.into(), LONGEST),
            for_operator: cut(for_operator.into(), LONGEST),
            instance_usable: None,
            update_repeatable: None,
            error: None,
        }
    }
}

/// The most bytes of a text that are kept.
const LONGEST: usize = 4096;

fn cut(mut text: String, longest: usize) -> String {
    if text.len() > longest {
        text.truncate(text.floor_char_boundary(longest));
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
    /// The job's id.
    pub job: &'a str,
    /// What it was at.
    pub step: Option<&'a str>,
    /// The trace's id.
    pub trace: Option<&'a str>,
    /// The BOSH task that failed.
    pub task: Option<u64>,
    /// What was asked for.
    pub operation: Operation,
    /// Whether it was forced.
    pub force: bool,
}

/// The text that users of the Go broker know, with what else helps an operator to find the case: the job, where it was, and
/// the trace.
pub fn generic(case: &Case<'_>) -> String {
    let mut text = format!(
        "There was a problem completing your request. Please contact your operations team providing the following \
         information: service: {}, service-instance-guid: {}, broker-request-id: {}",
        case.service, case.instance, case.request
    );
    if let Some(task) = case.task {
        text.push_str(&format!(", task-id: {task}"));
    }
    text.push_str(&format!(
        ", operation: {}, operation-id: {}",
        case.operation.word(case.force),
        case.job
    ));
    for (name, value) in [("step", case.step), ("trace-id", case.trace)] {
        if let Some(value) = value {
            text.push_str(&format!(", {name}: {value}"));
        }
    }
    text
}

/// A text that says by itself what happened, and after it, in brackets, how an operator finds the case. However long the
/// text is, the brackets stay.
pub fn told(text: &str, case: &Case<'_>) -> String {
    let mut trail = format!(" (broker-request-id: {}, operation-id: {}", case.request, case.job);
    if let Some(trace) = case.trace {
        trail.push_str(&format!(", trace-id: {trace}"));
    }
    trail.push(')');
    let room = LONGEST.saturating_sub(trail.len() + '…'.len_utf8());
    cut(text.trim().to_owned(), room) + &trail
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(trace: Option<&str>) -> Case<'_> {
        Case {
            service: "redis",
            instance: "i",
            request: "the-request",
            job: "the-job",
            step: Some("deploy"),
            trace,
            task: None,
            operation: Operation::Update,
            force: false,
        }
    }

    #[test]
    fn a_text_of_its_own_is_followed_by_how_the_case_is_found() {
        let all = "no. (broker-request-id: the-request, operation-id: the-job, trace-id: the-trace)";
        assert_eq!(told(" no.\n", &case(Some("the-trace"))), all);
        let untraced = "no. (broker-request-id: the-request, operation-id: the-job)";
        assert_eq!(told("no.", &case(None)), untraced);
    }

    #[test]
    fn a_long_text_is_cut_before_that() {
        let long = Failure::new(told(&"ä".repeat(LONGEST), &case(None)), "");
        assert!(long.for_user.len() <= LONGEST && long.for_user.len() > LONGEST - 4);
        let end = "ä… (broker-request-id: the-request, operation-id: the-job)";
        assert!(long.for_user.ends_with(end), "{}", long.for_user);
        assert!(Failure::new("x".repeat(LONGEST + 1), "").for_user.ends_with("x…"));
    }
}
