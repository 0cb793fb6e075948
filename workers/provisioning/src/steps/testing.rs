//! Records and scenes for the tests of this room.
use chandler_clients::CallContext;
use chandler_engine::{step::Scene, texts::Texts};
use chandler_proto::{
    failure::Failure,
    ids::{BindingId, InstanceId, JobId, Millis},
    itinerary::{Wishes, itinerary},
    job::{Birth, Job, Later, State},
    layout::Lane,
    operation::Operation,
    records::{InForce, Phase, PlanCopy, Record, SCHEMA},
};
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

pub(super) const NOW: Millis = Millis(1_000_000_000);
pub(super) const TEXTS: Texts = Texts { expose: false };
pub(super) const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn birth(job: u128) -> Birth {
    Birth {
        job: JobId(Uuid::from_u128(job)),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        tracestate: None,
        originating_identity: Some("cloudfoundry e30=".into()),
        request_identity: Some("a-request".into()),
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
    PlanCopy {
        service_id: "a-service".into(),
        service_name: "kv".into(),
        plan_id: "a-plan".into(),
        plan_name: "small".into(),
        binding_with_dns: vec![],
        later: Later::new(),
    }
}

/// An instance `i`, or with an id its binding, that was made once.
pub(super) fn record(binding: Option<&str>, job: Job) -> Record {
    let in_force = InForce {
        plan: plan(),
        fingerprint: "f".into(),
        maintenance_version: None,
        context: None,
        dashboard_url: None,
        labels: BTreeMap::new(),
        maybe: vec![],
        binding: None,
        later: Later::new(),
    };
    Record {
        schema: SCHEMA,
        instance: InstanceId::parse("i").unwrap(),
        binding: binding.map(|id| BindingId::parse(id).unwrap()),
        phase: Phase::Admitted,
        in_force: Some(in_force),
        job,
        before: None,
        created_at: NOW,
        later: Later::new(),
    }
}

/// A scene of the instance, read at revision 20.
pub(super) fn scene(job: Job) -> Scene {
    Scene {
        record: record(None, job),
        revision: 20,
        now: NOW,
        call: CallContext::default(),
    }
}
