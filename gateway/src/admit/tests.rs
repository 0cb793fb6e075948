//! Tables: a request, the records as read, a verdict.
mod bind;
mod delete;
mod legs;
mod managed;
mod put;
mod quota;
mod take_back;
mod unbind;
mod update;

use super::*;
use crate::{
    answer::Refusal,
    shelf::{BindingRules, InstanceRules, Offer, Shelf, Times},
};
use chandler_proto::{
    ids::JobId,
    itinerary::{Wishes, itinerary},
    job::{CLOCK_SLACK, Stamp},
    records::{InForce, PlanCopy, Wanted},
    seal::Sealed,
};
use std::collections::BTreeMap;
use uuid::Uuid;

const NOW: Millis = Millis(10_000_000);

fn id() -> InstanceId {
    InstanceId::parse("i").unwrap()
}
fn sealed(data: &str) -> Sealed {
    Sealed {
        key: "k".into(),
        nonce: "n".into(),
        data: data.into(),
    }
}
fn plan() -> PlanCopy {
    PlanCopy {
        service_id: "s".into(),
        service_name: "S".into(),
        plan_id: "p".into(),
        plan_name: "P".into(),
        binding_with_dns: Vec::new(),
        lifecycle_errands: Default::default(),
        costs: Default::default(),
        later: Default::default(),
    }
}
fn birth(job: u128) -> Birth {
    Birth {
        job: JobId(Uuid::from_u128(job)),
        traceparent: Some("tp".into()),
        tracestate: None,
        originating_identity: Some("who".into()),
        request_identity: Some("req".into()),
    }
}
fn wanted(fingerprint: &str) -> Wanted {
    Wanted {
        plan: plan(),
        fingerprint: fingerprint.into(),
        maintenance_version: None,
        maintenance_digest: None,
        context: Some(sealed("c")),
        binding: None,
        later: Default::default(),
    }
}
fn put(job: u128, fingerprint: &str) -> Provision {
    Provision {
        fits: Ok(()),
        instance: id(),
        birth: birth(job),
        asynchronous: true,
        wanted: wanted(fingerprint),
        request: sealed("r"),
    }
}
fn delete(job: u128) -> Deprovision {
    Deprovision {
        instance: id(),
        birth: birth(job),
        force: false,
    }
}
/// 7 s, and 2 s for each errand.
fn times() -> Times {
    Times {
        instance: Duration::from_secs(7),
        errand: Duration::from_secs(2),
    }
}
fn shelf() -> Shelf {
    Shelf::of_plans([]).with_instances(InstanceRules {
        clients: false,
        times: times(),
        ..InstanceRules::default()
    })
}
fn accepted(verdict: Verdict) -> Record {
    match verdict {
        Verdict::Accept(record) => *record,
        other => panic!("{other:?}"),
    }
}
fn failed() -> State {
    State::Failed {
        at: Millis(5),
        failure: Failure::new("u", "o"),
    }
}
/// A record with job 1, which asked for fingerprint `a`.
fn provisioning() -> Record {
    accepted(provision(&put(1, "a"), None, &shelf(), Millis(1)))
}
fn provision_failed() -> Record {
    let mut record = provisioning();
    record.job.state = failed();
    record
}
fn provisioned() -> Record {
    let mut record = provisioning();
    record.job.state = State::Succeeded { at: Millis(5) };
    let Wanted {
        plan,
        fingerprint,
        maintenance_version,
        maintenance_digest,
        context,
        binding: _,
        later,
    } = record.job.wanted.take().unwrap();
    let dashboard_url = Some("https://d".to_owned());
    record.in_force = Some(InForce {
        plan,
        fingerprint,
        maintenance_version,
        maintenance_digest,
        context,
        dashboard_url,
        labels: BTreeMap::new(),
        maybe: Vec::new(),
        uaa_client: false,
        uaa_client_unsettled: false,
        binding: None,
        later,
    });
    record
}
/// Written, not decided.
fn pending(over: Option<&Record>) -> Record {
    let mut record = accepted(provision(&put(1, "a"), over, &shelf(), Millis(1_000_000)));
    record.phase = Phase::Pending;
    record
}
fn deleting(of: &Record) -> Record {
    accepted(deprovision(&delete(2), Some(of), &shelf(), Millis(6)))
}
fn gone(at: Millis, look_at: Option<Millis>) -> Record {
    let mut record = deleting(&provisioned());
    record.job.state = State::Succeeded { at };
    record.in_force = None;
    record.phase = Phase::Gone {
        at,
        look_at,
        stray: false,
    };
    record
}
fn says(verdict: Verdict) -> Answer {
    match verdict {
        Verdict::Say(answer) => answer,
        other => panic!("{other:?}"),
    }
}
fn is_concurrency(verdict: Verdict) -> bool {
    matches!(says(verdict), Answer::Refused(Refusal::Concurrency(_)))
}

/// The catalog with plan `p` of service `s`, and what goes for bindings.
fn offering(secure: bool) -> Shelf {
    let offer = Offer {
        plan: plan(),
        maintenance_version: None,
        maintenance_digest: String::new(),
        is_maintained: false,
        facts: Default::default(),
        times: times(),
        updatable: true,
        bindable: true,
        binding_deadline: Duration::from_secs(3),
        quotas: Default::default(),
    };
    Shelf::of_plans([offer]).with(BindingRules {
        secure,
        backup_agent: false,
        deadline: Duration::from_secs(5),
    })
}
fn binding_id(id: &str) -> BindingId {
    BindingId::parse(id).unwrap()
}
fn bind_ask(job: u128, fingerprint: &str) -> Bind {
    Bind {
        fits: Ok(()),
        instance: id(),
        binding: binding_id("b"),
        birth: birth(job),
        synchronous: false,
        service_id: "s".into(),
        plan_id: "p".into(),
        fingerprint: fingerprint.into(),
        reader: Some("mtls-app:a".into()),
        backup_agent: false,
        predecessor: None,
        request: Some(sealed("bind")),
    }
}
fn unbind_ask(job: u128) -> Unbind {
    Unbind {
        instance: id(),
        binding: binding_id("b"),
        birth: birth(job),
        synchronous: false,
        force: false,
    }
}
/// A binding with job 11, which asked for fingerprint `a`.
fn binding() -> Record {
    accepted(bind(
        &bind_ask(11, "a"),
        &offering(false),
        None,
        Some(&provisioned()),
        None,
        Millis(6),
    ))
}
fn bind_failed() -> Record {
    let mut record = binding();
    record.job.state = failed();
    record
}
/// As a worker leaves it, with an answer.
fn played(mut record: Record) -> Record {
    record.job.sealed.insert("answer".into(), sealed("answer"));
    while !record.job.finished() {
        let event = chandler_proto::job::Event::LegDone {
            facts: Default::default(),
        };
        let by = Stamp {
            now: Millis(7),
            turn: chandler_proto::ids::TurnId(Uuid::nil()),
            over: 3,
        };
        record = record.apply(event, by, Duration::ZERO).unwrap();
    }
    record
}
fn bound() -> Record {
    played(binding())
}
fn unbinding(of: &Record) -> Record {
    accepted(unbind(&unbind_ask(12), &offering(false), Some(of), Millis(8)))
}
fn unbind_failed() -> Record {
    let mut record = unbinding(&bound());
    record.job.state = failed();
    record
}
