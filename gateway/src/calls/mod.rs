//! A file per call.
pub(crate) mod bind;
pub(crate) mod binding_last_operation;
pub(crate) mod catalog;
pub(crate) mod deprovision;
pub(crate) mod fetch;
pub(crate) mod fetch_binding;
pub(crate) mod last_operation;
pub(crate) mod provision;
pub(crate) mod unbind;
pub(crate) mod update;

use crate::headers;
use chandler_process::traces;
use chandler_proto::{ids::JobId, job::Birth};
use http::HeaderMap;
use uuid::Uuid;

/// What a job of this request is born with.
pub(crate) fn birth(headers: &HeaderMap) -> Birth {
    let trace = traces::current();
    Birth {
        job: JobId(Uuid::now_v7()),
        traceparent: trace.as_ref().map(|trace| trace.traceparent.clone()),
        tracestate: trace.and_then(|trace| trace.tracestate),
        originating_identity: headers::originating_identity(headers),
        request_identity: headers::request_identity_text(headers),
    }
}
