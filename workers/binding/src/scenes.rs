//! Scenes for the tables.
use chandler_clients::CallContext;
use chandler_engine::{step::Scene, texts::Texts};
use chandler_proto::{
    catalog::BindingDns,
    ids::{BindingId, InstanceId, JobId, Millis},
    itinerary::{Wishes, itinerary},
    job::{Birth, sealed},
    layout::Lane,
    operation::Operation,
    records::{BindingWanted, InForce, Phase, PlanCopy, Record, SCHEMA, Wanted},
    seal::Sealed,
};
use std::time::Duration;
use uuid::Uuid;

pub(crate) const TEXTS: Texts = Texts { expose: false };
pub(crate) const READER: &str = "mtls-app:app";
const BEGUN: Millis = Millis(1_000_000);

pub(crate) fn dns(name: &str) -> BindingDns {
    BindingDns {
        name: name.into(),
        link_provider: "kv".into(),
        instance_group: "kv".into(),
        azs: vec!["z1".into()],
        status: None,
    }
}

pub(crate) fn plan() -> PlanCopy {
    PlanCopy {
        service_id: "s".into(),
        service_name: "example-kv".into(),
        plan_id: "p".into(),
        plan_name: "small".into(),
        binding_with_dns: vec![dns("master"), dns("replica")],
        later: Default::default(),
    }
}

fn birth(n: u128) -> Birth {
    Birth {
        job: JobId(Uuid::from_u128(n)),
        traceparent: None,
        tracestate: None,
        originating_identity: None,
        request_identity: None,
    }
}

fn record(operation: Operation, binding: Option<BindingId>) -> Record {
    let plan = plan();
    let wishes = Wishes {
        addresses: &plan.binding_with_dns,
        secure: true,
        ..Wishes::default()
    };
    let legs = itinerary(operation, wishes);
    let mut job = birth(1).job(operation, Lane::User, legs, Duration::from_secs(600), BEGUN);
    job.wanted = Some(Wanted {
        plan,
        fingerprint: "f".into(),
        maintenance_version: None,
        context: None,
        binding: Some(BindingWanted {
            secure: true,
            reader: Some(READER.into()),
            ..BindingWanted::default()
        }),
        later: Default::default(),
    });
    Record {
        schema: SCHEMA,
        instance: InstanceId::parse("i-1").unwrap(),
        binding,
        phase: Phase::Admitted,
        in_force: None,
        job,
        before: None,
        created_at: BEGUN,
        later: Default::default(),
    }
}

/// A secure binding with two addresses, a minute after its job was accepted.
pub(crate) fn scene(operation: Operation) -> Scene {
    Scene {
        record: record(operation, Some(BindingId::parse("b-1").unwrap())),
        revision: 5,
        now: BEGUN.plus(Duration::from_secs(60)),
        call: CallContext::default(),
    }
}

/// The same, past its deadline.
pub(crate) fn late(operation: Operation) -> Scene {
    let scene = scene(operation);
    Scene {
        now: scene.job().deadline.plus(Duration::from_secs(1)),
        ..scene
    }
}

/// The same, when nothing is waited for any more.
pub(crate) fn given_up(operation: Operation) -> Scene {
    let scene = scene(operation);
    Scene {
        now: scene.job().deadline.plus(Duration::from_secs(600)),
        ..scene
    }
}

/// The job has its answer.
pub(crate) fn answered(mut scene: Scene) -> Scene {
    let answer = Sealed {
        key: "k".into(),
        nonce: String::new(),
        data: String::new(),
    };
    scene.record.job.sealed.insert(sealed::ANSWER.into(), answer);
    scene
}

/// An instance that was provisioned.
pub(crate) fn instance() -> Record {
    let record = record(Operation::Provision, None);
    Record {
        in_force: Some(InForce {
            plan: plan(),
            fingerprint: "f".into(),
            maintenance_version: None,
            context: None,
            dashboard_url: None,
            labels: Default::default(),
            maybe: vec![],
            binding: None,
            later: Default::default(),
        }),
        ..record
    }
}
