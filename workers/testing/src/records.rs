//! Records as gateways write them, and what became of them.
use chandler_clients::CallContext;
use chandler_engine::step::Scene;
use chandler_proto::{
    failure::Failure,
    ids::{InstanceId, JobId, Millis},
    job::{Birth, Job, State},
    records::{InForce, Phase, PlanCopy, Record, SCHEMA, Wanted},
};
use std::time::Duration;
use uuid::Uuid;

/// A job of this id that nobody traces.
pub fn birth(job: Uuid) -> Birth {
    Birth {
        job: JobId(job),
        traceparent: None,
        tracestate: None,
        originating_identity: None,
        request_identity: None,
    }
}

/// A plan without errands and addresses.
pub fn plan(service_id: &str, plan_id: &str) -> PlanCopy {
    PlanCopy {
        service_id: service_id.into(),
        service_name: "example-kv".into(),
        plan_id: plan_id.into(),
        plan_name: "small".into(),
        binding_with_dns: vec![],
        lifecycle_errands: Default::default(),
        costs: Default::default(),
        later: Default::default(),
    }
}

/// What a job is for: nothing but this plan.
pub fn wanted(plan: PlanCopy) -> Wanted {
    Wanted {
        plan,
        fingerprint: "f".into(),
        maintenance_version: None,
        maintenance_digest: None,
        context: None,
        binding: None,
        later: Default::default(),
    }
}

/// What an instance is: nothing but this plan.
pub fn in_force(plan: PlanCopy) -> InForce {
    InForce {
        plan,
        fingerprint: "f".into(),
        maintenance_version: None,
        maintenance_digest: None,
        context: None,
        dashboard_url: None,
        labels: Default::default(),
        maybe: vec![],
        uaa_client: false,
        uaa_client_unsettled: false,
        binding: None,
        later: Default::default(),
    }
}

/// The first record of an instance: nothing is in force yet.
pub fn record(instance: &str, job: Job) -> Record {
    Record {
        schema: SCHEMA,
        instance: InstanceId::parse(instance).unwrap(),
        binding: None,
        phase: Phase::Admitted,
        in_force: None,
        created_at: job.accepted_at,
        job,
        before: None,
        later: Default::default(),
    }
}

/// A turn sees the record of this revision now.
pub fn scene(record: Record, revision: u64, now: Millis) -> Scene {
    Scene {
        record,
        revision,
        now,
        call: CallContext::default(),
    }
}

/// The same, a second past its deadline.
pub fn late(scene: Scene) -> Scene {
    Scene {
        now: scene.job().deadline.plus(Duration::from_secs(1)),
        ..scene
    }
}

/// A job has come to its end.
pub fn done(record: &Record) -> bool {
    record.job.finished()
}

/// How a job failed.
pub fn failure(record: &Record) -> &Failure {
    match &record.job.state {
        State::Failed { failure, .. } => failure,
        State::Running | State::Succeeded { .. } => panic!("it didn't fail: {:#?}", record.job),
    }
}

/// Asserts that a job went well.
pub fn succeeded(record: &Record) {
    assert!(matches!(record.job.state, State::Succeeded { .. }), "{:#?}", record.job);
}
