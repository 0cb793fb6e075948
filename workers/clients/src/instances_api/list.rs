//! `GET` of the address.

use reqwest::StatusCode;
use serde::Deserialize;

use super::InstancesApi;
use crate::{CallContext, Fault};

/// An instance as the platform has it. Members that aren't known are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ListedInstance {
    /// The instance's id.
    pub service_instance_id: String,
    /// The id of its plan.
    pub plan_id: String,
    /// The space that it is in, where there are spaces.
    #[serde(default)]
    pub space_guid: Option<String>,
}

impl InstancesApi {
    /// All instances that the platform has, as far as the filters of the address let them through, in the order in which they came. `null`, as servers
    /// in Go write an empty list, is one.
    ///
    /// # Errors
    /// A [`Fault`]; an entry without one of the ids makes the whole answer [`crate::FaultKind::Garbled`].
    pub async fn list(&self, call: &CallContext) -> Result<Vec<ListedInstance>, Fault> {
        let answer = self.get(call).await?;
        if answer.status != StatusCode::OK {
            return Err(answer.unquoted_fault());
        }
        let listed: Option<Vec<ListedInstance>> = answer.json()?;
        let mut listed = listed.unwrap_or_default();
        let nameless = |it: &ListedInstance| it.service_instance_id.is_empty() || it.plan_id.is_empty();
        if let Some(at) = listed.iter().position(nameless) {
            return Err(answer.garbled(format!("entry {at} of the list has an empty id")));
        }
        for it in &mut listed {
            it.space_guid.take_if(|guid| guid.is_empty());
        }
        Ok(listed)
    }
}
