//! Records as gateways write them, at the leg of an errand.
use crate::site::Site;
use chandler_proto::{
    catalog::{Errand, ErrandInstance, LifecycleErrands},
    itinerary::{Wishes, itinerary},
    job::{Birth, Job},
    layout::Lane,
    operation::Operation,
    records::Record,
    step::Step,
};
use chandler_testing::{
    records::{birth, done, in_force, plan, record, wanted},
    settings::{PLAN, SERVICE},
};
use std::time::Duration;
use uuid::Uuid;

pub(crate) const I: &str = "instance.i";
/// The job's time.
pub(crate) const TIME: Duration = Duration::from_secs(3600);

/// An errand, and where it runs (`group` or `group/id-or-index`).
pub(crate) fn errand(name: &str, at: &[&str]) -> Errand {
    let instances = at.iter().map(|at| ErrandInstance::parse(at).unwrap()).collect();
    Errand {
        name: name.into(),
        instances,
    }
}

fn job(site: &Site, operation: Operation, errands: &LifecycleErrands) -> Job {
    let birth = Birth {
        request_identity: Some("a-request".into()),
        ..birth(Uuid::now_v7())
    };
    let wishes = Wishes {
        errands: Some(errands),
        ..Wishes::default()
    };
    let mut job = birth.job(
        operation,
        Lane::User,
        itinerary(operation, wishes),
        TIME,
        site.ground.now(),
    );
    let first = |step: &Step| matches!(step, Step::Errands(_));
    job.leg = job.itinerary.iter().position(first).unwrap();
    job
}

/// An instance that is being made: deployed, and at its first errand.
pub(crate) fn provision(site: &Site, errands: &[Errand]) -> Record {
    let errands = LifecycleErrands {
        post_deploy: errands.to_vec(),
        pre_delete: vec![],
    };
    let mut job = job(site, Operation::Provision, &errands);
    job.wanted = Some(wanted(plan(SERVICE, PLAN)));
    record("i", job)
}

/// An instance that once was there and is being deleted: its bindings are gone, it is at its first errand.
pub(crate) fn deprovision(site: &Site, errands: &[Errand], force: bool) -> Record {
    let errands = LifecycleErrands {
        post_deploy: vec![],
        pre_delete: errands.to_vec(),
    };
    let mut job = job(site, Operation::Deprovision, &errands);
    job.force = force;
    let mut record = provision(site, &[errand("unused", &[])]);
    record.job = job;
    record.in_force = Some(in_force(plan(SERVICE, PLAN)));
    record
}

/// The leg of the errand is over, or the job is.
pub(crate) fn left(record: &Record) -> bool {
    done(record) || !matches!(record.job.step(), Some(Step::Errands(_)))
}

/// The errand is behind the job, which goes on to delete.
pub(crate) fn went_on(record: &Record) {
    assert!(!done(record) && left(record), "{:#?}", record.job);
}
