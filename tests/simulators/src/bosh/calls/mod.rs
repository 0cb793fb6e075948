//! The Director's calls, a file per subject.

pub(super) mod configs;
pub(super) mod deployments;
pub(super) mod errands;
pub(super) mod info;
pub(super) mod instances;
pub(super) mod links;
pub(super) mod locks;
pub(super) mod output;
pub(super) mod tasks;
pub(super) mod uploads;

/// What a Director says to a body that is no JSON.
pub(super) fn invalid_json(body: &[u8]) -> super::answer::Answer {
    let text = String::from_utf8_lossy(body);
    let text = format!("Invalid JSON request body: unexpected token at '{text}'");
    super::answer::Answer::bad_request(710_001, text)
}
