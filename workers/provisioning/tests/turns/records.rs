//! Records as gateways write them.
use crate::site::Site;
use chandler_proto::{
    ids::{BindingId, Millis},
    itinerary::{ClientWish, Wishes, itinerary},
    job::{Birth, ClientCopy, Job, Later, OwnClient, State, sealed},
    layout::Lane,
    operation::Operation,
    records::{BindingInForce, BindingWanted, InForce, Past, Record, Wanted},
};
use chandler_testing::records::{self as basic, birth, in_force, plan};
use std::time::Duration;
use uuid::Uuid;

pub(crate) const SERVICE: &str = "a-service";
pub(crate) const SMALL: &str = "a-plan";
pub(crate) const LARGE: &str = "another-plan";

pub(crate) fn wanted(plan_id: &str) -> Wanted {
    basic::wanted(plan(SERVICE, plan_id))
}

/// What the jobs here want; their instances have no clients.
const WISHES: Wishes<'_> = Wishes {
    addresses: &[],
    secure: false,
    pending_check: true,
    client: ClientWish::None,
    errands: None,
};

pub(crate) fn job(operation: Operation, now: Millis) -> Job {
    let birth = Birth {
        request_identity: Some("a-request".into()),
        ..birth(Uuid::now_v7())
    };
    let wishes = Wishes {
        secure: operation.of_binding(),
        ..WISHES
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
    let in_force = InForce {
        binding: binding.map(|_| BindingInForce {
            answer: None,
            made,
            later: Later::new(),
        }),
        ..in_force(plan(SERVICE, SMALL))
    };
    Record {
        binding: binding.map(|id| BindingId::parse(id).unwrap()),
        in_force: Some(in_force),
        ..basic::record(instance, job)
    }
}

/// An instance that is being made.
pub(crate) fn provision(site: &Site, instance: &str) -> Record {
    let mut record = record(instance, None, job(Operation::Provision, site.ground.now()));
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
    record.before = Some(Past::of(&old.job, site.ground.now()));
    record.job = job(operation, site.ground.now());
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

/// The VMs of the instance are to be made anew.
pub(crate) fn recreate(site: &Site, old: &Record) -> Record {
    let mut record = old.clone();
    record.before = Some(Past::of(&old.job, site.ground.now()));
    record.job = job(Operation::Recreate, site.ground.now());
    record
}

/// An instance that is being deleted, at the leg of this index.
pub(crate) fn deprovision(site: &Site, instance: &str, leg: usize) -> Record {
    let mut record = record(instance, None, job(Operation::Deprovision, site.ground.now()));
    record.job.leg = leg;
    record
}

/// The same job for an instance that keeps a UAA client, at the same leg: what another worker does comes as it does there.
pub(crate) fn keeping_a_client(mut record: Record) -> Record {
    let wishes = Wishes {
        client: ClientWish::Keep,
        ..WISHES
    };
    record.job.itinerary = itinerary(record.job.operation, wishes);
    record
}

/// What the uaa-clients worker's first leg found or made, and the secret if that is known.
pub(crate) fn with_client(site: &Site, mut record: Record, secret: Option<&str>) -> Record {
    record.job.facts.uaa_client = Some(client());
    record.job.facts.own_client = Some(match secret {
        Some(_) => OwnClient::Made,
        None => OwnClient::Had,
    });
    let key = record.key();
    let seal = |secret| site.outside.sealer.seal(&key, secret, [9; 12]).unwrap();
    let secret = secret.map(|secret| (sealed::CLIENT_SECRET.to_owned(), seal(secret)));
    record.job.sealed.extend(secret);
    record
}

pub(crate) fn client() -> ClientCopy {
    let list = |all: &[&str]| all.iter().map(|&text| text.to_owned()).collect();
    ClientCopy {
        client_id: "i".into(),
        name: Some("a-name".into()),
        scopes: list(&["openid", "kv.user"]),
        resource_ids: list(&["none"]),
        authorities: list(&["kv.read", "kv.write"]),
        authorized_grant_types: list(&["authorization_code", "refresh_token"]),
        redirect_uri: list(&["https://kv.example/i"]),
        allow_public: false,
        later: Later::new(),
    }
}

pub(crate) fn bound(site: &Site, instance: &str, binding: &str) -> Record {
    let mut record = record(instance, Some(binding), job(Operation::Bind, site.ground.now()));
    record.job.state = State::Succeeded { at: site.ground.now() };
    record.job.accepted_revision = Some(1);
    record
}
