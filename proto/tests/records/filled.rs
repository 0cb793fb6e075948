//! Records with everything filled in that their release wrote.
use crate::make::{LOOK, errands, record, stamp, succeed, with_job};
use chandler_proto::{
    failure::Failure,
    ids::{BindingId, Millis},
    itinerary::{ClientWish, Wishes},
    job::{Address, ClientCopy, Creates, Displaced, Event, Facts, Learnt, OwnClient, sealed},
    operation::Operation,
    records::{Past, Phase, Record},
    seal::Sealed,
};

fn sealed() -> Sealed {
    serde_json::from_str(r#"{"key":"k1","nonce":"AAAA","data":"BBBB"}"#).unwrap()
}

fn done() -> Event {
    Event::LegDone {
        facts: Facts::default(),
    }
}

/// A deprovision over a provision whose act window is open, with everything filled in.
pub(crate) fn cancelling() -> Record {
    let mut provision = record(Operation::Provision);
    let acting = Event::Acting {
        learnt: Learnt::from(Facts {
            bosh_task: Some(41),
            labels: Some([("a".to_owned(), "b".to_owned())].into()),
            log_read_at: Some(Millis(900)),
            dashboard_url: Some("https://dashboard".into()),
            ..Facts::default()
        }),
        note: Some("handing the deployment to BOSH".into()),
        until: Millis(21_000),
    };
    provision.job.sealed.insert("request".into(), sealed());
    let provision = provision.apply(acting, stamp(1_000, 1, 7), LOOK).unwrap();
    let mut deprovision = record(Operation::Deprovision);
    deprovision.before = Some(Past::of(&provision.job, Millis(2_000)));
    deprovision.job.act_until = provision.job.act_until;
    deprovision.job.facts = provision.job.facts;
    deprovision.job.sealed = provision.job.sealed;
    deprovision.job.note = provision.job.note;
    deprovision.job.traceparent = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into());
    deprovision.job.request_identity = Some("req".into());
    deprovision.job.last_fault = Some("GET /tasks of the Director was not sent".into());
    deprovision.job.force = true;
    if let Some(wanted) = &mut deprovision.job.wanted {
        wanted.context = Some(sealed());
        wanted.maintenance_version = Some("1.0.0".into());
    }
    deprovision
}

/// A bind at its second leg, with everything filled in.
pub(crate) fn binding() -> Record {
    let mut bind = record(Operation::Bind);
    bind.job.synchronous = true;
    bind.job.sealed.insert(sealed::REQUEST.into(), sealed());
    if let Some(wanted) = bind.job.wanted.as_mut().and_then(|w| w.binding.as_mut()) {
        wanted.predecessor = BindingId::parse("b-0").ok();
    }
    let address = Address {
        link: Some("5".into()),
        address: Some("q-s0.kv.default.service-instance-i-1.bosh".into()),
        dropped: true,
    };
    let facts = Facts {
        addresses: [("master".to_owned(), address)].into(),
        left_links: ["6".to_owned()].into(),
        ..Facts::default()
    };
    let done = Event::LegDone { facts };
    let bind = bind.apply(done, stamp(1_500, 1, 7), LOOK).unwrap();
    let acting = |facts| Event::Acting {
        learnt: Learnt::from(facts),
        note: Some("creating the binding".into()),
        until: Millis(21_000),
    };
    let unsure = Facts {
        creates: Some(Creates { ran: 1, open: true }),
        unsure: Some(true),
        ..Facts::default()
    };
    let bind = bind.apply(acting(unsure), stamp(1_600, 1, 8), LOOK).unwrap();
    let answered = Event::Answered {
        learnt: Learnt {
            facts: Facts {
                unsure: Some(false),
                was_gone: Some(false),
                put_off: Some(Failure::new("for the user", "for the operator")),
                ..Facts::default()
            },
            sealed: [(sealed::ANSWER.to_owned(), sealed())].into(),
        },
    };
    bind.apply(answered, stamp(1_700, 1, 9), LOOK).unwrap()
}

fn client() -> ClientCopy {
    let list = |item: &str| vec![item.to_owned(), "openid".to_owned()];
    ClientCopy {
        client_id: "i-1".into(),
        name: Some("my-store".into()),
        scopes: list("example-kv.space.user"),
        resource_ids: list("none"),
        authorities: list("example-kv.space.read"),
        authorized_grant_types: list("authorization_code"),
        redirect_uri: list("https://dashboard"),
        allow_public: true,
        later: Default::default(),
    }
}

/// An instance that was made with errands and a client.
fn equipped() -> Record {
    let mut instance = succeed(record(Operation::Provision));
    if let Some(force) = &mut instance.in_force {
        force.uaa_client = true;
        force.uaa_client_unsettled = true;
        force.plan.lifecycle_errands = errands();
        force.dashboard_url = Some("https://dashboard".into());
        force.labels = [("a".to_owned(), "b".to_owned())].into();
        force.maintenance_version = Some("1.0.0".into());
        force.context = Some(sealed());
        let mut maybe = force.plan.clone();
        maybe.plan_id = "large".into();
        force.maybe = vec![maybe];
    }
    instance
}

/// An update that has made a client, and puts it into the manifest.
pub(crate) fn client_made() -> Record {
    let errands = errands();
    let wishes = Wishes {
        pending_check: true,
        client: ClientWish::Keep,
        errands: Some(&errands),
        ..Wishes::default()
    };
    let old = equipped();
    let mut updating = with_job(&old, Operation::Update, wishes);
    old.hand_client_to(&mut updating.job);
    updating.job.sealed.insert(sealed::REQUEST.into(), sealed());
    if let Some(wanted) = &mut updating.job.wanted {
        wanted.plan.lifecycle_errands = errands.clone();
    }
    let checked = updating.apply(done(), stamp(10_100, 1, 7), LOOK).unwrap();
    let creating = Event::Acting {
        learnt: Learnt {
            facts: Facts {
                own_client: Some(OwnClient::Made),
                ..Facts::default()
            },
            sealed: [(sealed::CLIENT_SECRET.to_owned(), sealed())].into(),
        },
        note: Some("creating UAA client".into()),
        until: Millis(30_100),
    };
    let creating = checked.apply(creating, stamp(10_200, 2, 8), LOOK).unwrap();
    let made = Event::LegDone {
        facts: Facts {
            uaa_client: Some(client()),
            ..Facts::default()
        },
    };
    creating.apply(made, stamp(10_300, 2, 9), LOOK).unwrap()
}

fn costing(record: &mut Record, plan_id: &str) {
    if let Some(wanted) = &mut record.job.wanted {
        wanted.plan.plan_id = plan_id.into();
        wanted.plan.costs = [("ips".to_owned(), 1), ("memory".to_owned(), 8)].into();
    }
}

/// A provision for which a quota is being counted.
pub(crate) fn pending() -> Record {
    let mut pending = record(Operation::Provision);
    pending.phase = Phase::Pending;
    costing(&mut pending, "p");
    pending.job.sealed.insert(sealed::REQUEST.into(), sealed());
    pending
}

/// A change of the plan for which a quota is being counted.
pub(crate) fn undecided() -> Record {
    let old = equipped();
    let mut changing = with_job(&old, Operation::Update, Wishes::default());
    costing(&mut changing, "large");
    changing.job.sealed.insert(sealed::REQUEST.into(), sealed());
    changing.job.undecided = Some(Box::new(Displaced {
        job: old.job,
        before: old.before,
        later: Default::default(),
    }));
    changing
}

/// A recreate whose first errand runs.
pub(crate) fn recreating() -> Record {
    let errands = errands();
    let wishes = Wishes {
        client: ClientWish::Keep,
        errands: Some(&errands),
        ..Wishes::default()
    };
    let old = equipped();
    let mut recreating = with_job(&old, Operation::Recreate, wishes);
    old.hand_client_to(&mut recreating.job);
    let recreated = recreating.apply(done(), stamp(10_100, 1, 7), LOOK).unwrap();
    let running = Event::Acting {
        learnt: Learnt::from(Facts {
            bosh_task: Some(43),
            ..Facts::default()
        }),
        note: Some("running errand health-check".into()),
        until: Millis(30_100),
    };
    recreated.apply(running, stamp(10_200, 2, 8), LOOK).unwrap()
}

/// A forced deprovision whose errand can't be run.
pub(crate) fn giving_up() -> Record {
    let errands = errands();
    let wishes = Wishes {
        client: ClientWish::Drop,
        errands: Some(&errands),
        ..Wishes::default()
    };
    let old = equipped();
    let mut deleting = with_job(&old, Operation::Deprovision, wishes);
    old.hand_client_to(&mut deleting.job);
    deleting.job.force = true;
    let unbound = deleting.apply(done(), stamp(10_100, 1, 7), LOOK).unwrap();
    let given_up = Event::Noted {
        note: "running errand cleanup-data".into(),
        facts: Facts {
            gave_up: Some("errand cleanup-data: exit code 1".into()),
            ..Facts::default()
        },
    };
    unbound.apply(given_up, stamp(10_200, 2, 8), LOOK).unwrap()
}
