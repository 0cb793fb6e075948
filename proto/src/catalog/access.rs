//! Who sees a plan in the platform's marketplace.

/// `cf_service_access` of a plan, and `service_access_org`. It is for Cloud Controller, which keeps it: no record has it, and requests for a
/// plan are served whoever sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    #[default]
    Enable,
    /// Nobody but administrators.
    Disable,
    /// Whoever was given access by hand: it is left as it is.
    Manual,
    /// The members of an organization.
    OrgRestricted {
        /// Its name.
        organization: String,
    },
}

impl Access {
    /// As the configuration has it.
    pub fn name(&self) -> &'static str {
        match self {
            Access::Enable => "enable",
            Access::Disable => "disable",
            Access::Manual => "manual",
            Access::OrgRestricted { .. } => "org-restricted",
        }
    }
}
