//! Scenes for the tables.
use chandler_engine::{step::Scene, texts::Texts};
use chandler_proto::{
    catalog::BindingDns,
    ids::{BindingId, Millis},
    itinerary::{Wishes, itinerary},
    job::sealed,
    layout::Lane,
    operation::Operation,
    records::{BindingWanted, PlanCopy, Record, Wanted},
    seal::Sealed,
};
use chandler_testing::records;
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
        binding_with_dns: vec![dns("master"), dns("replica")],
        ..records::plan("s", "p")
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
    let mut job = records::birth(Uuid::from_u128(1)).job(operation, Lane::User, legs, Duration::from_secs(600), BEGUN);
    job.wanted = Some(Wanted {
        binding: Some(BindingWanted {
            secure: true,
            reader: Some(READER.into()),
            ..BindingWanted::default()
        }),
        ..records::wanted(plan)
    });
    Record {
        binding,
        ..records::record("i-1", job)
    }
}

/// A secure binding with two addresses, a minute after its job was accepted.
pub(crate) fn scene(operation: Operation) -> Scene {
    let record = record(operation, Some(BindingId::parse("b-1").unwrap()));
    records::scene(record, 5, BEGUN.plus(Duration::from_secs(60)))
}

/// The same, past its deadline.
pub(crate) fn late(operation: Operation) -> Scene {
    records::late(scene(operation))
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
        in_force: Some(records::in_force(plan())),
        ..record
    }
}
