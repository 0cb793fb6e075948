//! What was seen → fine, or what is wrong and what to do. ODB's texts come first where it has one.
mod bus;
mod cloud_controller;

pub use bus::{Asked, bus_sync, copies};
pub use cloud_controller::{
    UNREACHED, cloud_controller, cloud_controller_version, is_of_uaa, no_cloud_controller, not_taken,
};

use super::{
    Verdict,
    version::{self, DirectorVersion},
};
use chandler_clients::{Fault, FaultKind};
use chandler_proto::catalog::{Catalog, Errand, Plan};
use std::collections::BTreeSet;

/// So much of a version that is none is shown.
const LONGEST: usize = 80;

/// Which plans need what of the Director, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Those with lifecycle errands.
    pub errands: Vec<String>,
    /// Those with an errand that runs on VMs of the service (`instances`).
    pub colocated: Vec<String>,
    /// Those with `binding_with_dns`.
    pub dns: Vec<String>,
}

impl Needs {
    /// What the catalog uses.
    pub fn of(catalog: &Catalog) -> Self {
        let plans = |uses: fn(&Plan) -> bool| {
            let all = catalog.offerings.iter().flat_map(|offering| &offering.plans);
            all.filter(|plan| uses(plan)).map(|plan| plan.name.clone()).collect()
        };
        Needs {
            errands: plans(|plan| !plan.lifecycle_errands.is_empty()),
            colocated: plans(|plan| errands(plan).any(|errand| !errand.instances.is_empty())),
            dns: plans(|plan| !plan.binding_with_dns.is_empty()),
        }
    }
}

fn errands(plan: &Plan) -> impl Iterator<Item = &Errand> {
    let errands = &plan.lifecycle_errands;
    errands.post_deploy.iter().chain(&errands.pre_delete)
}

/// Whether a Director of this version, as `/info` has it, serves what the plans use. A release before 257 is refused, too, which
/// ODB's rule forgets as it forgets co-located errands.
pub fn director_version(told: &str, needs: &Needs) -> Verdict {
    const INSUFFICIENT: &str = "BOSH Director error: API version is insufficient,";
    let word = version::first_word(told);
    let Some(version) = DirectorVersion::parse(told) else {
        let told: String = told.chars().take(LONGEST).collect();
        return Verdict::Wrong(format!(
            "BOSH Director error: unrecognised BOSH Director version: \"{told}\". ODB requires BOSH v257+. \
             Is a Director at bosh.url?"
        ));
    };
    if !version.serves() {
        return Verdict::Wrong(format!(
            "{INSUFFICIENT} ODB requires BOSH v257+. Upgrade the Director (it is {word})."
        ));
    }
    let mut wrong = Vec::new();
    let mut lacks = |lacking: bool, plans: &[String], text: String, key: &str| {
        if lacking && !plans.is_empty() {
            let plans = plans.join(", ");
            wrong.push(format!(
                "{text} Upgrade the Director (it is {word}), or take {key} out of the plans {plans}."
            ));
        }
    };
    lacks(
        !version.has_dns(),
        &needs.dns,
        format!(
            "BOSH Director error: API version for 'binding_with_dns' feature is insufficient. This feature requires \
             BOSH v266.12+ / v267.6+ (got v{word})."
        ),
        "binding_with_dns",
    );
    let errands = version.is_at_least(261);
    lacks(
        !errands,
        &needs.errands,
        format!("{INSUFFICIENT} one or more plans are configured with lifecycle_errands which require BOSH v261+."),
        "lifecycle_errands",
    );
    lacks(
        errands && !version.is_at_least(263),
        &needs.colocated,
        format!(
            "{INSUFFICIENT} one or more plans are configured with co-located lifecycle_errands which require BOSH v263+."
        ),
        "the errands' instances",
    );
    match wrong.is_empty() {
        true => Verdict::Fine(format!("{word} serves what the plans use")),
        false => Verdict::Wrong(wrong.join(" ")),
    }
}

/// Whether the Director knows us, and whether our token, if we have one, lets us deploy. `uuid` is the Director's.
pub fn director_credentials(user: Option<&str>, scopes: Option<&[String]>, uuid: &str) -> Verdict {
    let Some(user) = user else {
        return Verdict::Wrong(
            "BOSH Director error: not authenticated. Put credentials that the Director accepts into bosh.authentication; with a UAA, \
             the Director must have that UAA's present keys."
                .into(),
        );
    };
    let Some(scopes) = scopes else {
        return Verdict::Fine(format!("known as {user}"));
    };
    let own = format!("bosh.{uuid}.admin");
    let team = |scope: &str| scope.starts_with("bosh.teams.") && scope.ends_with(".admin");
    let enough = |scope: &&String| *scope == "bosh.admin" || **scope == own || team(scope);
    match scopes.iter().find(enough) {
        Some(scope) => Verdict::Fine(format!("known as {user}, who has {scope}")),
        None => Verdict::Wrong(format!(
            "{user} may not deploy: its token has {}. Give the client bosh.admin, or bosh.teams.TEAM.admin, among its authorities \
             at the Director's UAA.",
            listed(scopes)
        )),
    }
}

/// Whether a CredHub is new enough, and our token may read and write there. `section` is that of the configuration.
pub fn credhub(section: &str, told: Option<&str>, scopes: Option<&[String]>) -> Verdict {
    let lacking = lacking(scopes, &["credhub.read", "credhub.write"]);
    if !lacking.is_empty() {
        let lacking = lacking.join(" and ");
        return Verdict::Wrong(format!(
            "the client of the section {section} lacks {lacking}: give it both authorities, credhub.read and credhub.write, at CredHub's UAA"
        ));
    }
    let Some(told) = told else {
        return Verdict::Fine("it accepts us, and doesn't tell its version".into());
    };
    match version::credhub(told) {
        Some(version) if version >= (1, 6) => Verdict::Fine(format!("version {told} accepts us")),
        Some(_) => Verdict::Wrong(format!("CredHub is {told}, and 1.6 or later is needed: upgrade it")),
        None => Verdict::Fine(format!("it accepts us; its version `{told}` can't be compared")),
    }
}

/// Whether our client at Cloud Foundry's UAA may keep clients of instances; `keeps`: whether instances get any.
pub fn uaa(keeps: bool, scopes: Option<&[String]>) -> Verdict {
    if !keeps {
        return Verdict::Fine("it knows us; no instance gets a client".into());
    }
    let Some(scopes) = scopes else {
        return Verdict::Fine("it knows us, and doesn't tell what we may".into());
    };
    let all = |scope: &String| matches!(scope.as_str(), "clients.admin" | "uaa.admin");
    let lacking = lacking(Some(scopes), &["clients.read", "clients.write"]);
    if lacking.is_empty() || scopes.iter().any(all) {
        return Verdict::Fine("it knows us, and we may keep clients of instances".into());
    }
    Verdict::Wrong(format!(
        "the client of cf.uaa.authentication lacks {}: give it both authorities, clients.read and clients.write (or clients.admin), or \
         take cf.uaa.client_definition away",
        lacking.join(" and ")
    ))
}

/// How many instances were listed. One that is listed twice makes a list that nothing can be compared with.
pub fn instances_api<'a>(ids: impl Iterator<Item = &'a str>) -> Verdict {
    let (mut seen, mut twice) = (BTreeSet::new(), 0);
    for id in ids {
        twice += usize::from(!seen.insert(id));
    }
    let number = match seen.len() {
        1 => "1 instance".to_owned(),
        number => format!("{number} instances"),
    };
    match twice {
        0 => Verdict::Fine(format!("it lists {number}")),
        _ => Verdict::Wrong(format!(
            "it lists {number}, and {twice} of its entries repeat one of them: see that service_instances_api.url lists each instance once"
        )),
    }
}

/// Why there is no list, and what to do.
pub fn no_list(fault: &Fault) -> String {
    let todo = match fault.kind {
        FaultKind::Unauthorized | FaultKind::MissingScope => {
            "put the present user and password into service_instances_api.authentication.basic"
        }
        FaultKind::Refused { status: 403, .. } => {
            "let the user of service_instances_api.authentication.basic read the list"
        }
        FaultKind::Refused { .. } | FaultKind::Garbled => {
            "see that service_instances_api.url is the address of the list itself, with the filters that it wants"
        }
        FaultKind::NotSent | FaultKind::Unknown => {
            "see that it runs, that service_instances_api.url leads to it from here, and that service_instances_api.root_ca_cert \
             is the authority of its certificate"
        }
    };
    format!("error querying instances: {fault}. What to do: {todo}")
}

/// What stands in the way of a call, and what to do, for a `section` of the configuration whose address is its key `address`.
pub fn hindrance(fault: &Fault, section: &str, address: &str) -> String {
    let todo = match fault.kind {
        FaultKind::Unauthorized => format!("put the client's present id and secret into the section {section}"),
        FaultKind::MissingScope => "give the client the authorities that it needs at the UAA".to_owned(),
        FaultKind::NotSent | FaultKind::Unknown | FaultKind::Garbled | FaultKind::Refused { .. } => format!(
            "see that it runs, that {section}.{address} and the addresses which it names lead to it from here, and that the \
             configured certificate authority is that of its certificate"
        ),
    };
    format!("{fault}. What to do: {todo}")
}

/// The text of a request for a token that failed at Cloud Foundry's UAA.
pub fn no_token(fault: &Fault) -> String {
    const WHERE: &str = "Please ensure that the UAA urls and credentials under properties.<broker-job> are correct";
    match fault.kind {
        FaultKind::Unauthorized => format!(
            "Error authenticating (401): {}. {WHERE} and try again. (cf.uaa.authentication)",
            fault.detail
        ),
        FaultKind::Refused { status, .. } => {
            format!(
                "Error authenticating ({status}): {}. {WHERE} and try again. (cf.uaa)",
                fault.detail
            )
        }
        FaultKind::MissingScope | FaultKind::NotSent | FaultKind::Unknown | FaultKind::Garbled => {
            format!("Error reaching UAA: {fault}. {WHERE} and reachable. (cf.uaa.url, cf.root_ca_cert)")
        }
    }
}

/// Those that aren't there; none when nothing is known.
fn lacking<'a>(scopes: Option<&[String]>, wanted: &[&'a str]) -> Vec<&'a str> {
    let Some(scopes) = scopes else { return vec![] };
    let missing = |it: &&&str| !scopes.iter().any(|scope| scope == **it);
    wanted.iter().filter(missing).copied().collect()
}

fn listed(scopes: &[String]) -> String {
    match scopes.is_empty() {
        true => "no scopes".into(),
        false => scopes.join(", "),
    }
}

#[cfg(test)]
mod tests;
