//! CredHub's own answers, for faults that give them without a reason.

use super::auth::Denied;
use super::refusal::Refusal;
use crate::common::CallAction;

/// An answer that CredHub gives at times, for [`crate::common::CallFault`]: nothing is done, and the status and the
/// body are the real ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// 401: the token has just expired.
    TokenExpired,
    /// 401: the token isn't one of the UAA.
    TokenInvalid,
    /// 403 without a body: the token lacks a scope.
    ScopeMissing,
    /// 403: no write permission on the path.
    NotWritable,
    /// 404: no such credential, or no permission to see it.
    NotFound,
    /// 400: the credential has another type.
    OtherType,
    /// 409: there is such a permission.
    PermissionExists,
    /// 503: read-only mode.
    ReadOnly,
}

impl From<Trouble> for CallAction {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::TokenExpired => denied(Denied::Expired),
            Trouble::TokenInvalid => denied(Denied::from(crate::uaa::BadToken::Signature)),
            Trouble::ScopeMissing => denied(Denied::NoScope),
            Trouble::NotWritable => refused(&Refusal::NotWritable),
            Trouble::NotFound => refused(&Refusal::NoCredential),
            Trouble::OtherType => refused(&Refusal::OtherType),
            Trouble::PermissionExists => refused(&Refusal::PermissionExists),
            Trouble::ReadOnly => refused(&Refusal::ReadOnly),
        }
    }
}

fn denied(denied: Denied) -> CallAction {
    CallAction::Answer {
        status: denied.status().as_u16(),
        body: denied.body(),
    }
}

fn refused(refusal: &Refusal) -> CallAction {
    CallAction::Answer {
        status: refusal.status().as_u16(),
        body: Some(refusal.body().to_string()),
    }
}
