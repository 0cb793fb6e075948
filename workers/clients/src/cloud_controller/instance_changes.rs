//! `PATCH` and `DELETE` of `/v3/service_instances/:guid`.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::Serialize;
use tokio::time::Instant;

use super::answer::fault;
use super::{CloudController, Deletion, JobRef};
use crate::{CallContext, Fault};

#[derive(Serialize)]
struct Upgrade<'a> {
    maintenance_info: Version<'a>,
}

#[derive(Serialize)]
struct Version<'a> {
    version: &'a str,
}

impl CloudController {
    /// Upgrades an instance to this version of its plan's maintenance info, once; `None` when there is nothing to do for its broker. `limit` is
    /// the time that is left for the whole call.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether it may be under way.
    pub async fn upgrade_instance(
        &self,
        guid: &str,
        version: &str,
        call: &CallContext,
        limit: Duration,
    ) -> Result<Option<JobRef>, Fault> {
        let until = Instant::now() + limit;
        let body = Upgrade {
            maintenance_info: Version { version },
        };
        let place: (_, &[&str]) = (Method::PATCH, &["service_instances", guid]);
        let answer = self.write_json(place, &body, call, until).await?;
        match answer.status {
            StatusCode::ACCEPTED => JobRef::started_by(&answer).map(Some),
            StatusCode::OK => Ok(None),
            _ => Err(fault(&answer, None)),
        }
    }

    /// Deletes an instance and all its bindings, once, through its broker. `limit` is the time that is left for the whole call.
    /// Cloud Controller doesn't wait for a binding whose broker answers 202: the job fails with `… is in progress`, and a later call finds it gone.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether it may be under way.
    pub async fn delete_instance(&self, guid: &str, call: &CallContext, limit: Duration) -> Result<Deletion, Fault> {
        self.delete(guid, &[], call, limit).await
    }

    /// Removes an instance and all its bindings from Cloud Controller, once; its broker isn't told. `limit` is the time that is left for the
    /// whole call.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether it may be gone.
    pub async fn purge_instance(&self, guid: &str, call: &CallContext, limit: Duration) -> Result<Deletion, Fault> {
        self.delete(guid, &[("purge", "true")], call, limit).await
    }

    async fn delete(
        &self,
        guid: &str,
        query: &[(&str, &str)],
        call: &CallContext,
        limit: Duration,
    ) -> Result<Deletion, Fault> {
        let until = Instant::now() + limit;
        let request = self.request(Method::DELETE, &["service_instances", guid], query, call)?;
        Deletion::of(&self.write(request, until).await?)
    }
}
