//! Where the UAA is: told by the configuration, or by the server that accepts its tokens.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Method, StatusCode, Url};
use tokio::time::Instant;

use super::Uaa;
use super::client::connections;
use crate::fault::{Fault, FaultKind};
use crate::http::{Answer, CallContext, Http, Request, Trust};

/// Where the UAA is.
pub(crate) enum Site {
    /// Where the configuration says.
    Fixed(Uaa),
    /// Where another server says.
    Advertised(Advertised),
}

/// The UAA that a server names in its `/info`. It is read once, and once more after each failure of that UAA: it may have moved.
pub(crate) struct Advertised {
    /// Connections to the server.
    server: Http,
    /// Its `/info`.
    info: Url,
    /// What faults call it.
    whom: &'static str,
    /// Finds the UAA's address in the answer.
    find: Find,
    /// Connections to the UAA.
    uaa: Http,
    timeout: Duration,
    found: Mutex<Option<Uaa>>,
}

/// Finds the UAA's address in an answer of `/info`.
///
/// # Errors
/// A [`Fault`]: it isn't there.
type Find = fn(&Answer) -> Result<String, Fault>;

impl Advertised {
    /// The UAA that `whom` names at `info`; `trust` is for the UAA.
    ///
    /// # Errors
    /// A text for the operator, when certificates can't be used.
    pub(crate) fn new(
        (server, info, whom): (Http, Url, &'static str),
        find: Find,
        trust: Trust,
        timeout: Duration,
        user_agent: String,
    ) -> Result<Self, String> {
        Ok(Self {
            server,
            info,
            whom,
            find,
            uaa: connections(trust, timeout, user_agent)?,
            timeout,
            found: Mutex::default(),
        })
    }

    async fn look(&self, call: &CallContext, until: Instant) -> Result<Uaa, Fault> {
        let request =
            Request::new(Method::GET, self.info.clone(), self.whom, call).header("accept", "application/json")?;
        let limit = until.saturating_duration_since(Instant::now());
        let answer = self.server.read(&request, limit).await?;
        if answer.status != StatusCode::OK {
            // `/info` refuses nobody: whatever says 404 here is something in between.
            let what = format!("answered {}", answer.status.as_u16());
            return Err(request.fault(FaultKind::Unknown, what));
        }
        let url = (self.find)(&answer)?;
        Uaa::at(&url, self.uaa.clone(), self.timeout).map_err(|why| answer.garbled(why))
    }
}

impl Site {
    /// How long one request for a token may take, the search for the UAA included.
    pub(super) fn timeout(&self) -> Duration {
        match self {
            Self::Fixed(uaa) => uaa.timeout(),
            Self::Advertised(advertised) => advertised.timeout,
        }
    }

    /// The UAA.
    ///
    /// # Errors
    /// A [`Fault`] of the server that should say where it is; never a refusal.
    pub(super) async fn uaa(&self, call: &CallContext, until: Instant) -> Result<Uaa, Fault> {
        let advertised = match self {
            Self::Fixed(uaa) => return Ok(uaa.clone()),
            Self::Advertised(advertised) => advertised,
        };
        let known = advertised.found.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(uaa) = known {
            return Ok(uaa);
        }
        let uaa = advertised.look(call, until).await?;
        *advertised.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(uaa.clone());
        Ok(uaa)
    }

    /// The UAA gave no token: next time it is looked for again.
    pub(super) fn doubt(&self) {
        match self {
            Self::Fixed(_) => {}
            Self::Advertised(advertised) => {
                *advertised.found.lock().unwrap_or_else(PoisonError::into_inner) = None;
            }
        }
    }
}
