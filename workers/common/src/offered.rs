//! What a worker finds in its configuration for a record: the plan, and the adapter of the service offering.
use chandler_clients::{Fault, FaultKind, adapter::Adapter};
use chandler_engine::step::Stop;
use chandler_proto::{
    catalog::{Offering, Plan},
    config::Config,
    failure::Failure,
    records::{PlanCopy, Record},
};
use std::collections::BTreeMap;

/// How the name of a call ends that failed because the configuration lacks something.
const CONFIGURATION: &str = " of the configuration";

/// The service authors' executables, by the ids of their offerings.
#[derive(Clone, Debug)]
pub struct Adapters {
    all: BTreeMap<String, Adapter>,
    /// An offering that isn't there is one that has left: `chandler.allow_missing_plans`.
    are_final: bool,
}

impl Adapters {
    /// Of offerings and their adapters.
    pub fn new(config: &Config, all: impl IntoIterator<Item = (String, Adapter)>) -> Self {
        Adapters {
            all: all.into_iter().collect(),
            are_final: config.chandler.allow_missing_plans,
        }
    }

    /// The one for the thing of a record. Never that of another offering: it would look for what it doesn't know.
    ///
    /// # Errors
    /// A [`Fault`] when the configuration doesn't have the offering: another process may have it.
    pub fn of(&self, record: &Record) -> Result<&Adapter, Fault> {
        let copy = record.plan();
        let own = copy.and_then(|copy| self.all.get(&copy.service_id));
        own.ok_or_else(|| match copy {
            Some(copy) => missing("offering", &copy.service_name, &copy.service_id),
            None => missing("offering", "?", "?"),
        })
    }

    /// The one of an offering.
    pub fn of_offering(&self, offering: &Offering) -> Option<&Adapter> {
        self.all.get(&offering.id)
    }

    /// Whether nobody will have an adapter that isn't here: there is no use in waiting for one.
    pub fn are_final(&self) -> bool {
        self.are_final
    }
}

/// The plan that was copied into a record, with its offering, as the configuration has them now.
///
/// # Errors
/// A [`Fault`] when it doesn't: the job waits for a process that has it. What `gone` says when
/// `chandler.allow_missing_plans` tells that none will.
pub fn plan<'a>(
    config: &'a Config,
    copy: &PlanCopy,
    gone: impl FnOnce() -> Failure,
) -> Result<(&'a Offering, &'a Plan), Stop> {
    let offering = config.catalog.service(&copy.service_id);
    let found = offering.and_then(|offering| Some((offering, offering.plan(&copy.plan_id)?)));
    found.ok_or_else(|| match config.chandler.allow_missing_plans {
        true => Stop::Failure(gone()),
        false => Stop::Fault(missing("plan", &copy.plan_name, &copy.plan_id)),
    })
}

/// Whether a fault is that the configuration lacks something.
pub fn is_missing(fault: &Fault) -> bool {
    fault.call.ends_with(CONFIGURATION)
}

/// Whom the job waits for then.
pub const WHOM: &str = "a worker whose configuration has its plan";

fn missing(what: &str, name: &str, id: &str) -> Fault {
    let text = format!(
        "{what} {name} ({id}) is not in the configuration of this process. Put it back, or start the process with the \
         configuration that has it"
    );
    Fault::new(
        FaultKind::NotSent,
        format!("a call by the {what}s{CONFIGURATION}"),
        text,
    )
}
