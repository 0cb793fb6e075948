//! `chandler register` and `chandler deregister`: the broker at Cloud Controller.
//!
//! | file | what |
//! |---|---|
//! | `wanted` | what the configuration asks for; nothing is sent |
//! | `place` | the organizations and the space that it names |
//! | `broker` | made, changed or deleted there, and the job that follows |
//! | `access` | who sees each plan |
//! | `patience` | a word now and then |

mod access;
mod broker;
mod patience;
mod place;
mod wanted;

use crate::cli::{Deregister, Register};
use crate::config::load;
use crate::say::{Exit, complain};
use chandler_clients::cloud_controller::CloudController;
use chandler_clients::{CallContext, Fault, FaultKind};
use chandler_common::access::Access;
use chandler_common::checks::rules;
use chandler_proto::config::{Config, Finding, Findings};
use patience::spoken;
use std::cell::Cell;
use std::time::Duration;
use wanted::Wanted;

/// How long one call may take that changes something.
const CALL: Duration = Duration::from_secs(60);

/// Whom the commands talk to, and how patient they are.
struct Desk {
    cloud: CloudController,
    call: CallContext,
    /// For a job.
    wait: Duration,
    /// Where the job stands that is waited for.
    seen: Cell<Option<&'static str>>,
}

/// Registers the broker, or brings it up to date, and sets who sees its plans.
pub(crate) async fn run(options: &Register) -> Exit {
    let made = |config: &Config| match (Desk::of(config, options.wait), Wanted::of(config, options)) {
        (Ok(desk), Ok(wanted)) => Ok((desk, wanted)),
        (desk, wanted) => {
            let findings = [desk.err(), wanted.err()].into_iter().flatten();
            Err(Findings(findings.flat_map(|Findings(found)| found).collect()))
        }
    };
    let (desk, wanted) = match load(&options.file, made) {
        Ok((_, made)) => made,
        Err(exit) => return exit,
    };
    ended(spoken(&desk, register(&desk, &wanted)).await)
}

async fn register(desk: &Desk, wanted: &Wanted) -> Result<(), Exit> {
    // Names are looked up before anything is changed.
    let place = place::look(desk, wanted).await?;
    let broker = broker::put(desk, wanted, &place).await?;
    access::set(desk, wanted, &place, &broker).await
}

/// Takes the broker away; one that isn't there is fine.
pub(crate) async fn undo(options: &Deregister) -> Exit {
    let desk = match load(&options.file, |config| Desk::of(config, options.wait)) {
        Ok((_, desk)) => desk,
        Err(exit) => return exit,
    };
    ended(spoken(&desk, broker::delete(&desk, &options.name)).await)
}

fn ended(end: Result<(), Exit>) -> Exit {
    match end {
        Ok(()) => Exit::Fine,
        Err(exit) => exit,
    }
}

impl Desk {
    fn of(config: &Config, wait: u64) -> Result<Self, Findings> {
        let mut access = Access::new(config);
        let cloud = access.cloud_controller();
        match access.finish(cloud)? {
            Some(cloud) => Ok(Self {
                cloud,
                call: CallContext::default(),
                wait: Duration::from_secs(wait),
                seen: Cell::new(None),
            }),
            None => Err(Findings(vec![Finding {
                path: "cf".to_owned(),
                message: "lacks url, uaa.url and uaa.authentication, which say where Cloud Controller is and who we are there".to_owned(),
            }])),
        }
    }
}

/// Tells a call that failed, and what to do.
fn failed(fault: &Fault) -> Exit {
    let of_uaa = rules::is_of_uaa(fault);
    let todo = match fault.kind {
        FaultKind::MissingScope => {
            "give the client or user cloud_controller.admin, or, with --space, cloud_controller.write and the role of a developer in that space"
        }
        FaultKind::Unauthorized if of_uaa => {
            "put the present credentials of the client, or of the user, into cf.uaa.authentication"
        }
        FaultKind::Unauthorized => "let cf.uaa.url be the UAA whose tokens Cloud Controller takes",
        FaultKind::Refused { .. } if of_uaa => {
            "see that the UAA gives tokens for cf.uaa.authentication: to a client by the grant client_credentials, to a user by the password \
             alone, without a second factor"
        }
        FaultKind::Refused { status: 429, .. } => "wait, and run this again",
        FaultKind::Refused { .. } => "",
        FaultKind::NotSent | FaultKind::Unknown | FaultKind::Garbled => rules::UNREACHED,
    };
    match todo.is_empty() {
        true => complain(format_args!("error: {fault}")),
        false => complain(format_args!("error: {fault}. What to do: {todo}")),
    }
    Exit::Failure
}

/// The same for one that was to change something.
fn undecided(fault: &Fault) -> Exit {
    let exit = failed(fault);
    if !fault.nothing_happened() {
        complain("it may have been done all the same: run this again");
    }
    exit
}

/// What Cloud Controller found worth a word.
fn warn(warnings: &[String]) {
    for warning in warnings {
        complain(format_args!("warning: {warning}"));
    }
}
