//! `POST`, `PATCH` and `DELETE` of `/v3/service_brokers`.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::Serialize;
use tokio::time::Instant;

use super::answer::fault;
use super::{CloudController, Deletion, JobRef};
use crate::http::{Answer, CallContext};
use crate::{Fault, FaultKind, Secret};

/// A broker that isn't registered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBroker {
    /// Its name.
    pub name: String,
    /// Where Cloud Controller calls it.
    pub url: String,
    /// As whom.
    pub credentials: BrokerCredentials,
    /// The space that it is for alone; `None` for all, which asks for `cloud_controller.admin`.
    pub space_guid: Option<String>,
}

/// What changes of a broker; what is `None` stays. With nothing in it nothing is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrokerChange {
    /// Its name.
    pub name: Option<String>,
    /// Where Cloud Controller calls it.
    pub url: Option<String>,
    /// As whom.
    pub credentials: Option<BrokerCredentials>,
}

/// As whom Cloud Controller calls a broker. It is sent and never read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerCredentials {
    /// The user.
    pub username: String,
    /// Its password.
    pub password: Secret,
}

#[derive(Serialize)]
struct Wire<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authentication: Option<Authentication<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    relationships: Option<Relationships<'a>>,
}

#[derive(Serialize)]
struct Authentication<'a> {
    r#type: &'static str,
    credentials: Pair<'a>,
}

#[derive(Serialize)]
struct Pair<'a> {
    username: &'a str,
    password: &'a str,
}

#[derive(Serialize)]
struct Relationships<'a> {
    space: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    data: Guid<'a>,
}

#[derive(Serialize)]
struct Guid<'a> {
    guid: &'a str,
}

impl<'a> Authentication<'a> {
    fn of(credentials: &'a BrokerCredentials) -> Self {
        Self {
            r#type: "basic",
            credentials: Pair {
                username: &credentials.username,
                password: credentials.password.expose(),
            },
        }
    }
}

impl CloudController {
    /// Registers a broker, once: its job reads the catalog. `limit` is the time that is left for the whole call. When the job fails the broker
    /// stays there without offerings, and can be updated.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether it may be there.
    pub async fn create_broker(
        &self,
        broker: &NewBroker,
        call: &CallContext,
        limit: Duration,
    ) -> Result<JobRef, Fault> {
        let until = Instant::now() + limit;
        let body = Wire {
            name: Some(&broker.name),
            url: Some(&broker.url),
            authentication: Some(Authentication::of(&broker.credentials)),
            relationships: broker.space_guid.as_deref().map(|guid| Relationships {
                space: Data { data: Guid { guid } },
            }),
        };
        let place: (_, &[&str]) = (Method::POST, &["service_brokers"]);
        let answer = self.write_json(place, &body, call, until).await?;
        started(&answer, Some(&broker.credentials))
    }

    /// Changes a broker, once; its job reads the catalog again. `limit` is the time that is left for the whole call.
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether it may be changed.
    pub async fn update_broker(
        &self,
        guid: &str,
        change: &BrokerChange,
        call: &CallContext,
        limit: Duration,
    ) -> Result<JobRef, Fault> {
        let until = Instant::now() + limit;
        let body = Wire {
            name: change.name.as_deref(),
            url: change.url.as_deref(),
            authentication: change.credentials.as_ref().map(Authentication::of),
            relationships: None,
        };
        let path = ["service_brokers", guid];
        if *change == BrokerChange::default() {
            let request = self.request(Method::PATCH, &path, &[], call)?;
            return Err(request.fault(FaultKind::NotSent, "it changes nothing"));
        }
        let answer = self.write_json((Method::PATCH, &path), &body, call, until).await?;
        started(&answer, change.credentials.as_ref())
    }

    /// Deletes a broker, once. `limit` is the time that is left for the whole call. One that has service instances is refused with
    /// [`BROKER_HAS_INSTANCES`](super::BROKER_HAS_INSTANCES).
    ///
    /// # Errors
    /// A [`Fault`]; [`Fault::nothing_happened`] says whether it may be gone.
    pub async fn delete_broker(&self, guid: &str, call: &CallContext, limit: Duration) -> Result<Deletion, Fault> {
        let until = Instant::now() + limit;
        let request = self.request(Method::DELETE, &["service_brokers", guid], &[], call)?;
        Deletion::of(&self.write(request, until).await?)
    }
}

fn started(answer: &Answer, sent: Option<&BrokerCredentials>) -> Result<JobRef, Fault> {
    match answer.status {
        StatusCode::ACCEPTED => JobRef::started_by(answer),
        _ => Err(fault(answer, sent.map(|sent| &sent.password))),
    }
}
