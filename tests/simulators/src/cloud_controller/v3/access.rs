//! Who asks, and what he may.

use crate::cloud_controller::broker::User;
use crate::cloud_controller::refusal::Refusal;
use crate::common::request::Request;
use crate::uaa::{Claims, Verifier};

/// What a call asks of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// No token is looked at.
    Open,
    /// None is needed; who has none sees what is public.
    Marketplace,
    /// One that may read.
    Read,
    /// One that may write.
    Write,
    /// One that may read, or one of a dashboard that asks about permissions.
    Permissions,
}

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Who {
    /// For the broker: the id of the user, or the client.
    pub(super) user: Option<User>,
    /// For the journal.
    pub(super) name: Option<String>,
    power: Power,
}

/// What the scopes of a token allow. Real users have roles in organizations and spaces beside their scopes; there are no roles here: who has
/// `cloud_controller.read` or `.write` is a space developer of every space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Power {
    Nobody,
    Admin,
    /// `cloud_controller.admin_read_only`: sees everything, secrets too.
    Reader,
    /// `cloud_controller.global_auditor`: sees everything but secrets.
    Auditor,
    Developer {
        read: bool,
        write: bool,
    },
}

impl Who {
    /// Who sent this request.
    ///
    /// # Errors
    /// 401 10002 without a token where one is needed, 401 1000 with a bad one, 403 10003 when its scopes are too few.
    pub(super) fn sent(request: &Request, uaa: &Verifier, access: Access, now: f64) -> Result<Self, Refusal> {
        let who = match (access, request.header("authorization")) {
            (Access::Open, _) | (Access::Marketplace, None) => return Ok(Self::nobody()),
            (Access::Read | Access::Write | Access::Permissions, None) => return Err(not_authenticated()),
            (_, Some(_)) => request.bearer().ok_or_else(invalid_token)?,
        };
        let claims = uaa.verify(who, now).map_err(|_| invalid_token())?;
        let ours = ["cloud_controller", "cloud_controller_service_permissions"];
        if !claims.aud.iter().any(|it| ours.contains(&it.as_str())) {
            return Err(invalid_token());
        }
        let power = Power::of(&claims);
        let permissions = claims.has("cloud_controller_service_permissions.read");
        let enough = match access {
            Access::Open | Access::Marketplace => true,
            Access::Read => power.reads(),
            Access::Write => power.writes(),
            Access::Permissions => power.reads() || permissions,
        };
        match enough {
            true => Ok(Self {
                name: Some(claims.name().to_owned()),
                user: Some(claims.user_id.unwrap_or(claims.client_id)),
                power,
            }),
            false => Err(Refusal::not_authorized()),
        }
    }

    fn nobody() -> Self {
        Self {
            user: None,
            name: None,
            power: Power::Nobody,
        }
    }

    pub(super) fn is_nobody(&self) -> bool {
        self.power == Power::Nobody
    }

    pub(super) fn is_admin(&self) -> bool {
        self.power == Power::Admin
    }

    /// Whether he sees all there is, whoever it belongs to.
    pub(super) fn sees_all(&self) -> bool {
        match self.power {
            Power::Admin | Power::Reader | Power::Auditor => true,
            Power::Nobody | Power::Developer { .. } => false,
        }
    }

    pub(super) fn reads(&self) -> bool {
        self.power.reads()
    }

    pub(super) fn writes(&self) -> bool {
        self.power.writes()
    }

    /// Whether he sees credentials.
    pub(super) fn sees_secrets(&self) -> bool {
        match self.power {
            Power::Admin | Power::Reader | Power::Developer { .. } => true,
            Power::Nobody | Power::Auditor => false,
        }
    }

    /// 403 for everybody but an admin.
    pub(super) fn admin(&self) -> Result<(), Refusal> {
        match self.is_admin() {
            true => Ok(()),
            false => Err(Refusal::not_authorized()),
        }
    }
}

impl Power {
    fn of(claims: &Claims) -> Self {
        let has = |scope: &str| claims.has(&format!("cloud_controller.{scope}"));
        match () {
            () if has("admin") => Self::Admin,
            () if has("admin_read_only") => Self::Reader,
            () if has("global_auditor") => Self::Auditor,
            () => Self::Developer {
                read: has("read"),
                write: has("write"),
            },
        }
    }

    fn reads(self) -> bool {
        match self {
            Self::Admin | Self::Reader | Self::Auditor => true,
            Self::Developer { read, .. } => read,
            Self::Nobody => false,
        }
    }

    fn writes(self) -> bool {
        match self {
            Self::Admin => true,
            Self::Developer { write, .. } => write,
            Self::Nobody | Self::Reader | Self::Auditor => false,
        }
    }
}

pub(super) fn not_authenticated() -> Refusal {
    Refusal::new(401, 10002, "CF-NotAuthenticated", "Authentication error")
}

fn invalid_token() -> Refusal {
    Refusal::new(401, 1000, "CF-InvalidAuthToken", "Invalid Auth Token")
}
