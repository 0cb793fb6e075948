//! The instance's client at the UAA, with which its dashboard lets users log in.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::dashboard_url;
use crate::protocol::{Failure, json};
use crate::service::{Plan, ServiceDeployment};

/// The property of the top level that holds it.
pub(crate) const PROPERTY: &str = "uaa_client";
/// The name of its secret in a secure manifest.
const SECRET: &str = "client_secret";

/// What the broker tells of it.
#[derive(Deserialize)]
pub(crate) struct UaaClient {
    client_id: String,
    /// Empty: nobody but the deployment knows it any more.
    #[serde(default)]
    client_secret: String,
}

impl UaaClient {
    /// `None`: the instance has none.
    pub(crate) fn read(text: &str) -> Result<Option<Self>, Failure> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        json("uaa client", text)
    }

    /// What the dashboard is told. The redirect is its own URL, which the broker brings to the UAA when the deployment is
    /// there: what the UAA has until then is of no use. `secrets` is where a secret goes that the manifest only refers to.
    pub(crate) fn property(
        &self,
        deployment: &ServiceDeployment,
        plan: &Plan,
        previous: Option<&Value>,
        secrets: Option<&mut Map<String, Value>>,
    ) -> Result<Value, Failure> {
        let name = deployment.deployment_name.as_str();
        let instance = name.strip_prefix("service-instance_").unwrap_or(name);
        let mut property = json!({"client_id": self.client_id});
        if let Some(url) = dashboard_url::of(plan, instance)? {
            property["redirect_uri"] = url.into();
        }
        let before = previous.map(|previous| &previous["properties"][PROPERTY][SECRET]);
        match (self.client_secret.as_str(), secrets, before) {
            ("", _, None | Some(Value::Null)) => {}
            ("", _, Some(before)) => property[SECRET] = before.clone(),
            (secret, None, _) => property[SECRET] = secret.into(),
            (secret, Some(secrets), _) => {
                secrets.insert(SECRET.to_owned(), secret.into());
                property[SECRET] = format!("((odb_secret:{SECRET}))").into();
            }
        }
        Ok(property)
    }
}
