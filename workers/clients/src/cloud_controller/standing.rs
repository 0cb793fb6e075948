//! Whether it takes us.

use reqwest::{Method, StatusCode};
use serde::de::IgnoredAny;

use super::CloudController;
use super::answer::fault;
use super::list::Page;
use crate::{CallContext, Fault};

/// Who we are there, with credentials that were tried just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What our token may, for example `cloud_controller.admin`; `None` when the UAA says nothing about it.
    pub scopes: Option<Vec<String>>,
}

impl CloudController {
    /// Tries a token straight from the UAA, so that credentials which were changed there are noticed, at the list of the brokers.
    ///
    /// # Errors
    /// A [`Fault`]: of the UAA, which its [`Fault::call`] names, when that refuses us; otherwise of Cloud Controller, which doesn't take the
    /// token, or wasn't asked because the UAA can't be reached.
    pub async fn standing(&self, call: &CallContext) -> Result<Standing, Fault> {
        let request = self.request(Method::GET, &["service_brokers"], &[("per_page", "1")], call)?;
        let (answer, token) = self.read_anew(request).await?;
        if answer.status != StatusCode::OK {
            return Err(fault(&answer, None));
        }
        // A page of something in between doesn't know us.
        answer.json::<Page<IgnoredAny>>()?;
        Ok(Standing {
            scopes: token.scopes().map(<[String]>::to_vec),
        })
    }
}
