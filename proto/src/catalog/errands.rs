//! The errands of a plan, which the Director runs after a deployment or before its deletion.
use serde::{Deserialize, Serialize};
use std::fmt;

/// The errands of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LifecycleErrands {
    /// Run after each deployment, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub post_deploy: Vec<Errand>,
    /// Run before the deployment is deleted, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pre_delete: Vec<Errand>,
}

/// An errand of the instance's deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// The name of the errand: a release job, or an instance group whose lifecycle is `errand`.
    pub name: String,
    /// Where it runs; empty: wherever it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instances: Vec<ErrandInstance>,
}

/// A place where an errand runs, written as `group` or `group/id-or-index`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrandInstance {
    /// The instance group.
    pub group: String,
    /// The id or the index of one VM in it; all of them without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl LifecycleErrands {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.post_deploy.is_empty() && self.pre_delete.is_empty()
    }

    /// The most that one operation runs.
    pub fn longest(&self) -> usize {
        self.post_deploy.len().max(self.pre_delete.len())
    }
}

impl fmt::Display for ErrandInstance {
    /// As it is configured.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.group)?;
        self.id.iter().try_for_each(|id| write!(f, "/{id}"))
    }
}

impl ErrandInstance {
    /// Reads `group` or `group/id-or-index`. `None`: it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let (group, id) = match text.split_once('/') {
            Some((group, id)) => (group, Some(id)),
            None => (text, None),
        };
        let is_name = |part: &str| !part.trim().is_empty() && !part.contains('/');
        (is_name(group) && id.is_none_or(is_name)).then(|| ErrandInstance {
            group: group.to_owned(),
            id: id.map(str::to_owned),
        })
    }
}
