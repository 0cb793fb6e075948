//! Records to start from.
use chandler_proto::{
    catalog::BindingDns,
    ids::{BindingId, InstanceId, JobId, Millis, TurnId},
    itinerary::{Wishes, itinerary},
    job::{Birth, Stamp},
    layout::Lane,
    operation::Operation,
    records::{BindingWanted, Phase, PlanCopy, Record, SCHEMA, Wanted},
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
