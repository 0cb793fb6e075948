//! Records to start from.
use chandler_proto::{
    catalog::{BindingDns, Errand, ErrandInstance, LifecycleErrands},
    failure::Failure,
    ids::{BindingId, InstanceId, JobId, Millis, TurnId},
    itinerary::{Wishes, itinerary},
    job::{Birth, Event, Facts, Learnt, Stamp},
    layout::Lane,
    operation::Operation,
    records::{BindingWanted, Past, Phase, PlanCopy, Record, SCHEMA, Wanted},
};
use std::time::Duration;
use uuid::Uuid;

pub(crate) const LOOK: Duration = Duration::from_secs(600);

pub(crate) fn birth(id: u128) -> Birth {
    Birth {
        job: JobId(Uuid::from_u128(id)),
        traceparent: None,
        tracestate: None,
        originating_identity: None,
        request_identity: None,
    }
}

/// Errands before and after: the first one on VMs that are named.
pub(crate) fn errands() -> LifecycleErrands {
    let errand = |name: &str, places: &[&str]| Errand {
        name: name.into(),
        instances: places.iter().filter_map(|place| ErrandInstance::parse(place)).collect(),
    };
    LifecycleErrands {
        post_deploy: vec![errand("health-check", &["kv/0", "proxy"]), errand("smoke-tests", &[])],
        pre_delete: vec![errand("cleanup-data", &[])],
    }
}

/// The record with another job of this operation, as it is accepted when nothing runs.
pub(crate) fn with_job(old: &Record, operation: Operation, wishes: Wishes<'_>) -> Record {
    let legs = itinerary(operation, wishes);
    let mut job = birth(2).job(operation, Lane::User, legs, Duration::from_secs(999), Millis(10_000));
    job.wanted = match operation {
        Operation::Provision | Operation::Update | Operation::Upgrade => record(operation).job.wanted,
        Operation::Recreate | Operation::Deprovision | Operation::Bind | Operation::Unbind => None,
    };
    Record {
        before: Some(Past::of(&old.job, Millis(10_000))),
        job,
        ..old.clone()
    }
}

/// All legs are done.
pub(crate) fn succeed(mut record: Record) -> Record {
    while !record.job.finished() {
        record = apply(record, done(), 20_000, 1);
    }
    record
}

pub(crate) fn fail(record: Record) -> Record {
    apply(record, Event::Failed(Failure::new("u", "o")), 20_000, 1)
}

/// A record with a new job: of an instance, or of a secure binding with an address.
pub(crate) fn record(operation: Operation) -> Record {
    let of_binding = operation.of_binding();
    let dns = BindingDns {
        name: "master".into(),
        link_provider: "kv".into(),
        instance_group: "kv".into(),
        azs: vec!["z1".into()],
        status: Some("healthy".into()),
    };
    let plan = PlanCopy {
        service_id: "s".into(),
        service_name: "example-kv".into(),
        plan_id: "p".into(),
        plan_name: "small".into(),
        binding_with_dns: if of_binding { vec![dns] } else { vec![] },
        lifecycle_errands: Default::default(),
        costs: Default::default(),
        later: Default::default(),
    };
    let wishes = Wishes {
        addresses: &plan.binding_with_dns,
        secure: of_binding,
        ..Wishes::default()
    };
    let legs = itinerary(operation, wishes);
    let mut job = birth(1).job(operation, Lane::User, legs, Duration::from_secs(999), Millis(1_000));
    let binding = BindingWanted {
        secure: true,
        reader: Some("mtls-app:app".into()),
        request: serde_json::from_str(r#"{"key":"k","nonce":"n","data":"request"}"#).ok(),
        ..BindingWanted::default()
    };
    job.wanted = Some(Wanted {
        plan,
        fingerprint: "f1".into(),
        maintenance_version: None,
        maintenance_digest: None,
        context: None,
        binding: of_binding.then_some(binding),
        later: Default::default(),
    });
    Record {
        schema: SCHEMA,
        instance: InstanceId::parse("i-1").unwrap(),
        binding: of_binding.then(|| BindingId::parse("b-1").unwrap()),
        phase: Phase::Admitted,
        in_force: None,
        job,
        before: None,
        created_at: Millis(1_000),
        later: Default::default(),
    }
}

pub(crate) fn stamp(now: u64, turn: u128, over: u64) -> Stamp {
    Stamp {
        now: Millis(now),
        turn: TurnId(Uuid::from_u128(turn)),
        over,
    }
}

pub(crate) fn done() -> Event {
    Event::LegDone {
        facts: Facts::default(),
    }
}

pub(crate) fn noted() -> Event {
    Event::Noted {
        note: "n".into(),
        facts: Facts::default(),
    }
}

pub(crate) fn acting(until: u64) -> Event {
    Event::Acting {
        learnt: Learnt::default(),
        note: Some("deploying".into()),
        until: Millis(until),
    }
}

/// A deprovision whose bindings are gone.
pub(crate) fn deleting() -> Record {
    apply(record(Operation::Deprovision), done(), 1_500, 1)
}

pub(crate) fn apply(record: Record, event: Event, now: u64, turn: u128) -> Record {
    record.apply(event, stamp(now, turn, 7), LOOK).unwrap()
}
