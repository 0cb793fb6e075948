//! Who sees each plan.

use super::place::Place;
use super::wanted::{PlanWanted, Wanted};
use super::{CALL, Desk, failed};
use crate::say::{Exit, complain, line};
use chandler_clients::cloud_controller::{OfferingFilter, Plan, PlanFilter, Visibility, VisibilityKind};
use chandler_proto::catalog::Access;
use std::collections::BTreeMap;

/// Sets what isn't as it should be; a plan that Cloud Controller doesn't know is told, and the others are set all the same.
pub(super) async fn set(desk: &Desk, wanted: &Wanted, place: &Place, broker: &str) -> Result<(), Exit> {
    let known = plans(desk, broker).await?;
    let mut whole = true;
    for plan in &wanted.plans {
        let title = format!("plan {}/{}", plan.offering_name, plan.name);
        let Some(found) = known.get(&(plan.offering.clone(), plan.id.clone())) else {
            complain(format_args!(
                "error: planID \"{}\" not found while updating plan access (offering {}): does the broker at this address have the same configuration?",
                plan.name, plan.offering_name
            ));
            whole = false;
            continue;
        };
        if place.space.is_some() {
            line(format_args!("{title}: for the space of the broker"));
            continue;
        }
        let (visibility, told) = match target(plan, place) {
            Target::Leave => {
                line(format_args!(
                    "{title}: left as it is (manual; now {})",
                    found.visibility.as_str()
                ));
                continue;
            }
            Target::Set(visibility, told) => (visibility, told),
        };
        if is_so(desk, found, &visibility).await? {
            line(format_args!("{title}: {told}, as before"));
            continue;
        }
        let set = desk
            .cloud
            .set_visibility(&found.guid, &visibility, &desk.call, CALL)
            .await;
        set.map_err(|fault| {
            let exit = failed(&fault);
            complain(format_args!(
                "{title}: who sees it may not be as the file says; run this again"
            ));
            exit
        })?;
        line(format_args!("{title}: {told}"));
    }
    match whole {
        true => Ok(()),
        false => Err(Exit::Failure),
    }
}

/// What is to become of a plan.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    Leave,
    /// And how that is told.
    Set(Visibility, String),
}

fn target(plan: &PlanWanted, place: &Place) -> Target {
    match &plan.access {
        Access::Enable => Target::Set(Visibility::Public, "for everybody".to_owned()),
        Access::Disable => Target::Set(Visibility::Admin, "for administrators only".to_owned()),
        Access::Manual => Target::Leave,
        Access::OrgRestricted { organization } => {
            // It was looked up before anything was changed.
            let guids = place.organizations.get(organization).cloned().into_iter().collect();
            Target::Set(
                Visibility::Organizations(guids),
                format!("for the organization {organization}"),
            )
        }
    }
}

/// Whether Cloud Controller has it so already. Of organizations the plan itself tells nothing.
async fn is_so(desk: &Desk, plan: &Plan, wanted: &Visibility) -> Result<bool, Exit> {
    if plan.visibility != wanted.kind() {
        return Ok(false);
    }
    if wanted.kind() != VisibilityKind::Organization {
        return Ok(true);
    }
    let now = desk.cloud.visibility(&plan.guid, &desk.call).await;
    let now = now.map_err(|fault| failed(&fault))?;
    Ok(now.as_ref() == Some(wanted))
}

/// The broker's available plans, by the ids of offering and plan in the catalog.
async fn plans(desk: &Desk, broker: &str) -> Result<BTreeMap<(String, String), Plan>, Exit> {
    let brokers = Some(vec![broker.to_owned()]);
    let offerings = OfferingFilter {
        broker_guids: brokers.clone(),
        ..OfferingFilter::default()
    };
    let plans = PlanFilter {
        broker_guids: brokers,
        ..PlanFilter::default()
    };
    let offerings = desk.cloud.offerings(&offerings, &desk.call).await;
    let offerings = offerings.map_err(|fault| failed(&fault))?;
    let plans = desk
        .cloud
        .plans(&plans, &desk.call)
        .await
        .map_err(|fault| failed(&fault))?;
    let by_guid: BTreeMap<String, String> = offerings.into_iter().map(|it| (it.guid, it.catalog_id)).collect();
    let of = |plan: Plan| {
        let offering = by_guid.get(&plan.offering_guid)?.clone();
        Some(((offering, plan.catalog_id.clone()), plan))
    };
    Ok(plans.into_iter().filter(|plan| plan.available).filter_map(of).collect())
}
