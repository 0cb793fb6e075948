//! Who sees a plan, and where it can be used.

use super::access::Who;
use crate::cloud_controller::model::*;
use crate::cloud_controller::state::State;

/// How far a plan reaches: what is said of it, or the space of its broker.
pub(super) enum Reach<'a> {
    Admin,
    Public,
    Organizations(&'a std::collections::BTreeSet<String>),
    Space(&'a str),
}

/// How far a plan reaches.
pub(super) fn reach<'a>(state: &'a State, plan: &'a Plan) -> Reach<'a> {
    let broker = state
        .offerings
        .get(&plan.offering)
        .and_then(|it| state.brokers.get(&it.broker));
    if let Some(space) = broker.and_then(|it| it.space.as_deref()) {
        return Reach::Space(space);
    }
    match &plan.visibility {
        Visibility::Public => Reach::Public,
        Visibility::Organizations(all) if !all.is_empty() => Reach::Organizations(all),
        Visibility::Admin | Visibility::Organizations(_) => Reach::Admin,
    }
}

/// `visibility_type`.
pub(super) fn visibility_type(state: &State, plan: &Plan) -> &'static str {
    match reach(state, plan) {
        Reach::Admin => "admin",
        Reach::Public => "public",
        Reach::Organizations(_) => "organization",
        Reach::Space(_) => "space",
    }
}

/// Whether somebody sees a plan at all. Developers here are developers of every space, so members of every organization.
pub(super) fn sees_plan(state: &State, who: &Who, plan: &Plan) -> bool {
    match reach(state, plan) {
        _ if who.sees_all() => true,
        Reach::Public => true,
        Reach::Organizations(_) | Reach::Space(_) => !who.is_nobody(),
        Reach::Admin => false,
    }
}

/// Whether somebody sees an offering: one of its plans, or all there is.
pub(super) fn sees_offering(state: &State, who: &Who, offering: &Offering) -> bool {
    who.sees_all() || state.plans_of(&offering.guid).any(|plan| sees_plan(state, who, plan))
}

/// Whether a plan can be used in a space, active or not. It makes no difference who asks: an admin can't use what is for admins either.
pub(super) fn reaches_space(state: &State, plan: &Plan, space: &Space) -> bool {
    match reach(state, plan) {
        Reach::Admin => false,
        Reach::Public => true,
        Reach::Organizations(all) => all.contains(&space.organization),
        Reach::Space(guid) => guid == space.guid,
    }
}

/// The same for an organization: in one of its spaces, at least.
pub(super) fn reaches_organization(state: &State, plan: &Plan, organization: &str) -> bool {
    match reach(state, plan) {
        Reach::Admin => false,
        Reach::Public => true,
        Reach::Organizations(all) => all.contains(organization),
        Reach::Space(guid) => state.spaces.get(guid).is_some_and(|it| it.organization == organization),
    }
}

/// Whether somebody may change what a broker offers: an admin, or who writes in its space.
pub(super) fn writes_broker(who: &Who, broker: &Broker) -> bool {
    who.is_admin() || (broker.space.is_some() && who.writes())
}
