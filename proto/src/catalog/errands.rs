//! The errands of a plan, which the Director runs after a deployment or before its deletion.

/// The errands of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LifecycleErrands {
    /// Run after each deployment, in this order.
    pub post_deploy: Vec<Errand>,
    /// Run before the deployment is deleted, in this order.
    pub pre_delete: Vec<Errand>,
}

/// An errand of the instance's deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    /// The name of the errand: a release job, or an instance group whose lifecycle is `errand`.
    pub name: String,
    /// Where it runs; empty: wherever it is.
    pub instances: Vec<ErrandInstance>,
}

/// A place where an errand runs, written as `group` or `group/id-or-index`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrandInstance {
    /// The instance group.
    pub group: String,
    /// The id or the index of one VM in it; all of them without.
    pub id: Option<String>,
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
