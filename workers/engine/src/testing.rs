//! A scene for the tests of this crate.
use crate::step::Scene;
use chandler_clients::CallContext;
use chandler_proto::{
    ids::{InstanceId, JobId, Millis},
    itinerary::{Wishes, itinerary},
    job::{Birth, Later},
    layout::Lane,
    operation::Operation,
    records::{Phase, Record, SCHEMA},
};
use std::time::Duration;

/// A provision of instance `i`, accepted at 0, with ten seconds to go.
pub(crate) fn scene(now: u64) -> Scene {
    let birth = Birth {
        job: JobId(uuid::Uuid::nil()),
        traceparent: None,
        tracestate: None,
        originating_identity: None,
        request_identity: None,
    };
    let legs = itinerary(Operation::Provision, Wishes::default());
    let record = Record {
        schema: SCHEMA,
        instance: InstanceId::parse("i").unwrap(),
        binding: None,
        phase: Phase::Admitted,
        in_force: None,
        job: birth.job(
            Operation::Provision,
            Lane::User,
            legs,
            Duration::from_secs(10),
            Millis(0),
        ),
        before: None,
        created_at: Millis(0),
        later: Later::new(),
    };
    Scene {
        record,
        revision: 1,
        now: Millis(now),
        call: CallContext::default(),
    }
}
