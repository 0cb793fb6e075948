//! What the configuration and the flags ask for.

use crate::cli::Register;
use chandler_clients::Secret;
use chandler_clients::cloud_controller::BrokerCredentials;
use chandler_proto::catalog::Access;
use chandler_proto::config::{Config, Finding, Findings};

/// What Cloud Controller is to be told.
pub(super) struct Wanted {
    /// The broker's name there.
    pub(super) name: String,
    pub(super) url: String,
    /// As whom it calls the broker.
    pub(super) credentials: BrokerCredentials,
    /// Organization and space, of a broker for one space.
    pub(super) space: Option<(String, String)>,
    pub(super) plans: Vec<PlanWanted>,
}

/// A plan of the catalog, and who is to see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlanWanted {
    /// The offering's id in the catalog.
    pub(super) offering: String,
    pub(super) offering_name: String,
    /// The plan's id in the catalog.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) access: Access,
}

impl Wanted {
    /// # Errors
    /// The file has no such user.
    pub(super) fn of(config: &Config, options: &Register) -> Result<Self, Findings> {
        let known = config.credentials()?;
        let named = options.username.as_deref();
        let found = known.iter().find(|it| named.is_none_or(|name| it.username == name));
        let credential = found.ok_or_else(|| {
            let names: Vec<_> = known.iter().map(|it| it.username.as_str()).collect();
            Findings(vec![Finding {
                path: "broker.username".to_owned(),
                message: format!(
                    "--username names nobody whom the broker knows; it knows {}",
                    names.join(", ")
                ),
            }])
        })?;
        let plans = config.catalog.offerings.iter().flat_map(|offering| {
            offering.plans.iter().map(|plan| PlanWanted {
                offering: offering.id.to_string(),
                offering_name: offering.name.clone(),
                id: plan.id.to_string(),
                name: plan.name.clone(),
                access: plan.access.clone(),
            })
        });
        Ok(Self {
            name: options.name.clone(),
            url: options.url.clone(),
            credentials: BrokerCredentials {
                username: credential.username.clone(),
                password: Secret::new(credential.password.expose()),
            },
            space: options.space.clone(),
            plans: plans.collect(),
        })
    }

    /// The organizations that plans are for, each once.
    pub(super) fn organizations(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .plans
            .iter()
            .filter_map(|plan| match &plan.access {
                Access::OrgRestricted { organization } => Some(organization.clone()),
                Access::Enable | Access::Disable | Access::Manual => None,
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }
}
