//! The broker itself at Cloud Controller: made, changed, deleted.

use super::place::Place;
use super::wanted::Wanted;
use super::{CALL, Desk, failed, undecided, warn};
use crate::say::{Exit, complain, line};
use chandler_clients::cloud_controller::{
    BROKER_HAS_INSTANCES, Broker, BrokerChange, BrokerFilter, Deletion, JobError, JobRef, NewBroker,
};
use chandler_clients::{Fault, FaultKind, Secret};

/// Cloud Controller's words for a broker whose catalog is being read; its code is that of many refusals.
const IN_PROGRESS: &str = "already in progress";

/// Makes the broker, or changes the one that there is: its guid.
pub(super) async fn put(desk: &Desk, wanted: &Wanted, place: &Place) -> Result<String, Exit> {
    let known = find(desk, &wanted.name).await?;
    let (job, done, known) = match known {
        Some(known) => {
            stays_where_it_is(&known, place, wanted)?;
            let change = BrokerChange {
                name: None,
                url: Some(wanted.url.clone()),
                credentials: Some(wanted.credentials.clone()),
            };
            let job = desk.cloud.update_broker(&known.guid, &change, &desk.call, CALL).await;
            (job, "updated", Some(known.guid))
        }
        None => {
            warn_of_others(desk, wanted).await;
            let broker = NewBroker {
                name: wanted.name.clone(),
                url: wanted.url.clone(),
                credentials: wanted.credentials.clone(),
                space_guid: place.space.clone(),
            };
            let job = desk.cloud.create_broker(&broker, &desk.call, CALL).await;
            (job, "registered", None)
        }
    };
    let job = job.map_err(|fault| {
        let exit = undecided(&fault);
        if fault.detail.contains(IN_PROGRESS) {
            complain("What to do: Cloud Controller is still reading the catalog; run this again when it has ended");
        }
        exit
    })?;
    let left = match known {
        Some(_) => "the broker stays as it was at Cloud Controller: correct this and run it again",
        None => "the broker is registered, but has no catalog there yet: correct this and run it again",
    };
    let password = &wanted.credentials.password;
    ended(desk, &job, Some((left, password))).await?;
    line(format_args!("broker {}: {done} at {}", wanted.name, wanted.url));
    match known {
        Some(guid) => Ok(guid),
        None => match find(desk, &wanted.name).await? {
            Some(made) => Ok(made.guid),
            None => {
                complain(format_args!(
                    "error: somebody has taken the broker {} away again",
                    wanted.name
                ));
                Err(Exit::Failure)
            }
        },
    }
}

/// Deletes the broker of this name, if there is one.
pub(super) async fn delete(desk: &Desk, name: &str) -> Result<(), Exit> {
    let Some(known) = find(desk, name).await? else {
        line(format_args!("No service broker found with name: {name}"));
        return Ok(());
    };
    match desk.cloud.delete_broker(&known.guid, &desk.call, CALL).await {
        Ok(Deletion::Started(job)) => ended(desk, &job, None).await?,
        Ok(Deletion::Done | Deletion::Absent) => {}
        Err(fault) => {
            let exit = undecided(&fault);
            if has_instances(&fault) {
                complain(
                    "What to do: delete these service instances first. If their broker is gone for good, cf purge-service-offering \
                     makes Cloud Controller forget them; what was deployed for them stays then",
                );
            }
            return Err(exit);
        }
    }
    line(format_args!("broker {name}: deleted"));
    Ok(())
}

fn has_instances(fault: &Fault) -> bool {
    match fault.kind {
        FaultKind::Refused { code, .. } => code == Some(BROKER_HAS_INSTANCES),
        FaultKind::Unauthorized
        | FaultKind::MissingScope
        | FaultKind::NotSent
        | FaultKind::Unknown
        | FaultKind::Garbled => false,
    }
}

async fn find(desk: &Desk, name: &str) -> Result<Option<Broker>, Exit> {
    let filter = BrokerFilter {
        names: Some(vec![name.to_owned()]),
        space_guids: None,
    };
    let found = desk.cloud.brokers(&filter, &desk.call).await;
    let found = found.map_err(|fault| failed(&fault))?;
    Ok(found.into_iter().next())
}

/// Whoever gives the broker a new name gets a second one, which isn't what they meant. In spaces several of them are all right.
async fn warn_of_others(desk: &Desk, wanted: &Wanted) {
    if wanted.space.is_some() {
        return;
    }
    // A list that can't be read to its end keeps nobody from registering: what matters is told by the next call.
    let all = desk.cloud.brokers(&BrokerFilter::default(), &desk.call).await;
    let is_there = |it: &Broker| it.space_guid.is_none() && it.url.trim_end_matches('/') == wanted.url;
    for other in all.unwrap_or_default().iter().filter(|it| is_there(it)) {
        complain(format_args!(
            "warning: the broker {other} is registered at this address, too: users see each offering twice, and its instances stay with it. If {new} is \
             its new name, take {new} away with `chandler deregister`, rename it with `cf rename-service-broker {other} {new}`, and run this again",
            other = other.name,
            new = wanted.name
        ));
    }
}

/// A broker for all can't become one for a space, nor the other way round.
fn stays_where_it_is(known: &Broker, place: &Place, wanted: &Wanted) -> Result<(), Exit> {
    if known.space_guid == place.space {
        return Ok(());
    }
    let is = match known.space_guid {
        Some(_) => "is registered for one space",
        None => "is registered for all spaces",
    };
    complain(format_args!(
        "error: the broker {} {is}, and Cloud Controller can't move it: take it away with `chandler deregister`, or choose another --name",
        wanted.name
    ));
    complain("nothing was changed");
    Err(Exit::Failure)
}

/// Waits for a job. `read`, of one that reads the catalog: what there is now if it failed, and the password that it was sent with.
async fn ended(desk: &Desk, job: &JobRef, read: Option<(&str, &Secret)>) -> Result<(), Exit> {
    let wait = desk.cloud.wait(job, &desk.call, desk.wait, |job| {
        desk.seen.set(Some(job.state.as_str()))
    });
    let end = wait.await;
    desk.seen.set(None);
    let end = end.map_err(|error| match read {
        Some((_, password)) => error.hiding(password),
        None => error,
    });
    match end {
        Ok(warnings) => {
            warn(&warnings);
            Ok(())
        }
        Err(JobError::Fault(fault)) => {
            let exit = failed(&fault);
            complain("what became of it isn't known: run this again");
            Err(exit)
        }
        Err(error @ JobError::Unfinished { .. }) => {
            complain(format_args!(
                "error: {error}. It goes on there; --wait makes this command more patient. Run this again when it has ended"
            ));
            Err(Exit::Failure)
        }
        Err(error @ JobError::Failed { .. }) => {
            complain(format_args!("error: {error}"));
            if let JobError::Failed { warnings, .. } = &error {
                warn(warnings);
            }
            if let Some((left, _)) = read {
                complain(left);
            }
            Err(Exit::Failure)
        }
    }
}
