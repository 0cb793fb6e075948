//! Records and scenes for the tests of this room.
use chandler_engine::{step::Scene, texts::Texts};
use chandler_proto::{
    failure::Failure,
    ids::{BindingId, Millis},
    itinerary::{Wishes, itinerary},
    job::{Birth, Job, State},
    layout::Lane,
    operation::Operation,
    records::{PlanCopy, Record},
};
use chandler_testing::records;
use std::time::Duration;
use uuid::Uuid;

pub(super) const NOW: Millis = Millis(1_000_000_000);
pub(super) const TEXTS: Texts = Texts { expose: false };
pub(super) const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn birth(job: u128) -> Birth {
    Birth {
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        originating_identity: Some("cloudfoundry e30=".into()),
        request_identity: Some("a-request".into()),
        ..records::birth(Uuid::from_u128(job))
    }
}

pub(super) fn job(operation: Operation) -> Job {
    birth(1).job(
        operation,
        Lane::User,
        itinerary(operation, Wishes::default()),
        HOUR,
        NOW,
    )
}

pub(super) fn failed(text: &str) -> State {
    let failure = Failure::new(format!("for the user: {text}"), format!("for the operator: {text}"));
    State::Failed { at: NOW, failure }
}

pub(super) fn plan() -> PlanCopy {
    records::plan("a-service", "a-plan")
}

/// An instance `i`, or with an id its binding, that was made once.
pub(super) fn record(binding: Option<&str>, job: Job) -> Record {
    Record {
        binding: binding.map(|id| BindingId::parse(id).unwrap()),
        in_force: Some(records::in_force(plan())),
        ..records::record("i", job)
    }
}

/// A scene of the instance, read at revision 20.
pub(super) fn scene(job: Job) -> Scene {
    records::scene(record(None, job), 20, NOW)
}
