//! Records as gateways write them.
use crate::site::Site;
use chandler_proto::{
    ids::{BindingId, InstanceId, JobId, Millis},
    itinerary::{Wishes, itinerary},
    job::{Birth, Job, Later, State, sealed},
    layout::Lane,
    operation::Operation,
    records::{BindingInForce, BindingWanted, InForce, Past, Phase, PlanCopy, Record, SCHEMA, Wanted},
};
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

pub(crate) const SERVICE: &str = "a-service";
pub(crate) const SMALL: &str = "a-plan";
pub(crate) const LARGE: &str = "another-plan";

fn plan(id: &str) -> PlanCopy {
    PlanCopy {
        service_id: SERVICE.into(),
        service_name: "example-kv".into(),
        plan_id: id.into(),
        plan_name: "a-name".into(),
        binding_with_dns: vec![],
        later: Later::new(),
    }
}

pub(crate) fn wanted(plan_id: &str) -> Wanted {
    Wanted {
        plan: plan(plan_id),
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
        pending_check: true,
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
            plan: plan(SMALL),
            fingerprint: "f".into(),
            maintenance_version: None,
            context: None,
            dashboard_url: None,
            labels: BTreeMap::new(),
            maybe: vec![],
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
    record.job.wanted = Some(wanted(SMALL));
    asks(site, record, r#"{"parameters":{}}"#)
}

fn asks(site: &Site, mut record: Record, request: &str) -> Record {
    let request = site.outside.sealer.seal(&record.key(), request, [7; 12]).unwrap();
    record.job.sealed.insert(sealed::REQUEST.into(), request);
    record
}

/// What the platform asks for with an update.
pub(crate) const UPDATE: &str = r#"{"parameters":{"maxclients":7},"previous_values":{"plan_id":"a-plan"}}"#;

fn over(site: &Site, old: &Record, operation: Operation, plan_id: &str) -> Record {
    let mut record = old.clone();
    record.before = Some(Past::of(&old.job, site.now()));
    record.job = job(operation, site.now());
    record.job.wanted = Some(Wanted {
        fingerprint: "g".into(),
        ..wanted(plan_id)
    });
    record
}

/// The instance is to have the larger plan.
pub(crate) fn update(site: &Site, old: &Record) -> Record {
    asks(site, over(site, old, Operation::Update, LARGE), UPDATE)
}

/// The instance is to have what its plan is now.
pub(crate) fn upgrade(site: &Site, old: &Record, context: Option<&str>) -> Record {
    let mut record = over(site, old, Operation::Upgrade, SMALL);
    let seal = |text| site.outside.sealer.seal(&record.key(), text, [8; 12]).unwrap();
    let context = context.map(seal);
    record.job.wanted.as_mut().unwrap().context = context;
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
