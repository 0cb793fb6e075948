//! `POST /api/v2/permissions`.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use tokio::time::Instant;

use super::answer::fault;
use super::{CredHub, NewPermission, Permission};
use crate::{CallContext, Fault};

impl CredHub {
    /// Adds a permission, once. One that is there already and allows the same is as good, so a repetition succeeds. `limit` is the
    /// time that is left for the whole call, with the look at the one that is there.
    ///
    /// # Errors
    /// A [`Fault`]. When the actor has another permission at this path, or one that we may not read, it is refused with 409.
    pub async fn add_permission(
        &self,
        wanted: &NewPermission,
        call: &CallContext,
        limit: Duration,
    ) -> Result<Permission, Fault> {
        let until = Instant::now() + limit;
        let request = self.request(Method::POST, &["api", "v2", "permissions"], &[], call)?;
        let answer = self.write(request.json(wanted)?, until).await?;
        match answer.status {
            StatusCode::CREATED | StatusCode::OK => answer.json(),
            StatusCode::CONFLICT => {
                let conflict = fault(&answer);
                let there = self.permission_until(&wanted.path, &wanted.actor, call, until).await?;
                there.filter(|there| there.allows_the_same_as(wanted)).ok_or(conflict)
            }
            _ => Err(fault(&answer)),
        }
    }
}
