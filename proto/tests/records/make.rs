//! Records to start from.
use chandler_proto::{
    ids::{InstanceId, JobId, Millis, TurnId},
    itinerary::itinerary,
    job::{Facts, Job, Stamp, State},
    layout::Lane,
    operation::Operation,
    records::{Phase, PlanCopy, Record, SCHEMA, Wanted},
};
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

pub(crate) const LOOK: Duration = Duration::from_secs(600);

pub(crate) fn record(operation: Operation) -> Record {
    let plan = PlanCopy {
        service_id: "s".into(),
        service_name: "example-kv".into(),
        plan_id: "p".into(),
        plan_name: "small".into(),
        later: Default::default(),
    };
    let wanted = Wanted {
        plan,
        fingerprint: "f1".into(),
        maintenance_version: None,
        context: None,
        later: Default::default(),
    };
    let job = Job {
        id: JobId(Uuid::from_u128(1)),
        operation,
        force: false,
        lane: Lane::User,
        itinerary: itinerary(operation),
        leg: 0,
        attempts: 0,
        accepted_at: Millis(1_000),
        accepted_revision: None,
        deadline: Millis(1_000_000),
        wanted: Some(wanted),
        facts: Facts::default(),
        sealed: BTreeMap::new(),
        note: None,
        act_until: None,
        traceparent: None,
        tracestate: None,
        originating_identity: None,
        request_identity: None,
        turns: 0,
        faults: 0,
        prepare_faults: 0,
        last_fault: None,
        round: 0,
        written_by: None,
        touched_at: Millis(1_000),
        state: State::Running,
        later: Default::default(),
    };
    Record {
        schema: SCHEMA,
        instance: InstanceId::parse("i-1").unwrap(),
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
