//! `/v3/service_plans/:guid/visibility`: who sees a plan.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::{Deserialize, Deserializer, Serialize};
use tokio::time::Instant;

use super::CloudController;
use super::answer::fault;
use super::related::Guid;
use crate::{CallContext, Fault, FaultKind};

/// In which way a plan is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VisibilityKind {
    /// By everybody.
    Public,
    /// By admins only, as every new plan.
    Admin,
    /// By some organizations.
    Organization,
    /// In the space of its broker.
    Space,
    /// A way that this client doesn't know.
    Other,
}

/// Who sees a plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Wire")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Admins only.
    Admin,
    /// The organizations of these guids.
    Organizations(Vec<String>),
    /// The space of this guid, its broker's. It can be read and not be set.
    Space(String),
}

#[derive(Deserialize)]
struct Wire {
    r#type: VisibilityKind,
    organizations: Option<Vec<Guid>>,
    space: Option<Guid>,
}

#[derive(Serialize)]
struct Wanted<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    organizations: Option<Vec<Organization<'a>>>,
}

#[derive(Serialize)]
struct Organization<'a> {
    guid: &'a str,
}

impl VisibilityKind {
    /// Cloud Controller's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Admin => "admin",
            Self::Organization => "organization",
            Self::Space => "space",
            Self::Other => "unknown",
        }
    }
}

impl From<&str> for VisibilityKind {
    fn from(text: &str) -> Self {
        match text {
            "public" => Self::Public,
            "admin" => Self::Admin,
            "organization" => Self::Organization,
            "space" => Self::Space,
            _ => Self::Other,
        }
    }
}

impl<'de> Deserialize<'de> for VisibilityKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self::from(text.as_str()))
    }
}

impl TryFrom<Wire> for Visibility {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        match (wire.r#type, wire.space) {
            (VisibilityKind::Public, _) => Ok(Self::Public),
            (VisibilityKind::Admin, _) => Ok(Self::Admin),
            (VisibilityKind::Organization, _) => {
                let organizations = wire.organizations.unwrap_or_default();
                Ok(Self::Organizations(
                    organizations.into_iter().map(|it| it.guid).collect(),
                ))
            }
            (VisibilityKind::Space, Some(space)) => Ok(Self::Space(space.guid)),
            (VisibilityKind::Space, None) => Err("a space without its guid"),
            (VisibilityKind::Other, _) => Err("a type that this client doesn't know"),
        }
    }
}

impl Visibility {
    /// In which way.
    pub fn kind(&self) -> VisibilityKind {
        match self {
            Self::Public => VisibilityKind::Public,
            Self::Admin => VisibilityKind::Admin,
            Self::Organizations(_) => VisibilityKind::Organization,
            Self::Space(_) => VisibilityKind::Space,
        }
    }
}

impl CloudController {
    /// Who sees the plan of this guid; `None` when there is no such plan, or none for us.
    ///
    /// # Errors
    /// A [`Fault`]; it is [`FaultKind::Garbled`] for a way that this client doesn't know.
    pub async fn visibility(&self, plan_guid: &str, call: &CallContext) -> Result<Option<Visibility>, Fault> {
        self.get(&["service_plans", plan_guid, "visibility"], call).await
    }

    /// Says who sees a plan, once; it replaces what was said before. `limit` is the time that is left for the whole call.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether it may be in force. A space can't be set, and nothing is sent.
    pub async fn set_visibility(
        &self,
        plan_guid: &str,
        visibility: &Visibility,
        call: &CallContext,
        limit: Duration,
    ) -> Result<(), Fault> {
        let until = Instant::now() + limit;
        let path = ["service_plans", plan_guid, "visibility"];
        let organizations = match visibility {
            Visibility::Public | Visibility::Admin => None,
            Visibility::Organizations(guids) => Some(guids.iter().map(|guid| Organization { guid }).collect()),
            Visibility::Space(_) => {
                let request = self.request(Method::PATCH, &path, &[], call)?;
                return Err(request.fault(
                    FaultKind::NotSent,
                    "the plan of a broker for one space is seen there and nowhere else",
                ));
            }
        };
        let body = Wanted {
            r#type: visibility.kind().as_str(),
            organizations,
        };
        let answer = self.write_json((Method::PATCH, &path), &body, call, until).await?;
        match answer.status {
            StatusCode::OK => Ok(()),
            _ => Err(fault(&answer, None)),
        }
    }
}
