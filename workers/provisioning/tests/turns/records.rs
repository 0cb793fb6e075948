//! Records as gateways write them.
use crate::site::Site;
use chandler_proto::{
    ids::{BindingId, InstanceId, JobId, Millis},
    itinerary::{Wishes, itinerary},
    job::{Birth, Job, Later, State, sealed},
    layout::Lane,
    operation::Operation,
    records::{BindingInForce, BindingWanted, InForce, Phase, PlanCopy, Record, SCHEMA, Wanted},
};
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

pub(crate) const SERVICE: &str = "a-service";
pub(crate) const SMALL: &str = "a-plan";

fn plan() -> PlanCopy {
    PlanCopy {
        service_id: SERVICE.into(),
        service_name: "example-kv".into(),
        plan_id: SMALL.into(),
        plan_name: "small".into(),
        binding_with_dns: vec![],
        later: Later::new(),
    }
}

pub(crate) fn wanted() -> Wanted {
    Wanted {
        plan: plan(),
        fingerprint: "f".into(),
        maintenance_version: None,
        context: None,
        binding: None,
        later: Later::new(),
    }
}

pub(crate) fn job(operation: Operation, now: Millis) -> Job {
    let birth = Birth {
        job: JobId(Uuid::now_v7()),
        traceparent: None,
        tracestate: None,
        originating_identity: None,
        request_identity: Some("a-request".into()),
    };
    let wishes = Wishes {
        addresses: &[],
        secure: operation.of_binding(),
    };
    birth.job(
        operation,
        Lane::User,
        itinerary(operation, wishes),
        Duration::from_secs(3600),
        now,
    )
}

/// An instance, or with an id its binding, that was made once.
pub(crate) fn record(instance: &str, binding: Option<&str>, job: Job) -> Record {
    let made = BindingWanted {
        secure: true,
        ..BindingWanted::default()
    };
    Record {
        schema: SCHEMA,
        instance: InstanceId::parse(instance).unwrap(),
        binding: binding.map(|id| BindingId::parse(id).unwrap()),
        phase: Phase::Admitted,
        created_at: job.accepted_at,
        in_force: Some(InForce {
            plan: plan(),
            fingerprint: "f".into(),
            maintenance_version: None,
            context: None,
            dashboard_url: None,
            labels: BTreeMap::new(),
            binding: binding.map(|_| BindingInForce {
                answer: None,
                made,
                later: Later::new(),
            }),
            later: Later::new(),
        }),
        job,
        before: None,
        later: Later::new(),
    }
}

/// An instance that is being made.
pub(crate) fn provision(site: &Site, instance: &str) -> Record {
    let mut record = record(instance, None, job(Operation::Provision, site.now()));
    record.in_force = None;
    record.job.wanted = Some(wanted());
    let request = r#"{"parameters":{}}"#;
    let sealed_request = site.outside.sealer.seal(&record.key(), request, [7; 12]).unwrap();
    record.job.sealed.insert(sealed::REQUEST.into(), sealed_request);
    record
}

/// An instance that is being deleted, at the leg of this index.
pub(crate) fn deprovision(site: &Site, instance: &str, leg: usize) -> Record {
    let mut record = record(instance, None, job(Operation::Deprovision, site.now()));
    record.job.leg = leg;
    record
}

pub(crate) fn bound(site: &Site, instance: &str, binding: &str) -> Record {
    let mut record = record(instance, Some(binding), job(Operation::Bind, site.now()));
    record.job.state = State::Succeeded { at: site.now() };
    record.job.accepted_revision = Some(1);
    record
}
