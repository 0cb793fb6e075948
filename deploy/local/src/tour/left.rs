//! What is left when everything was deleted: nothing, wherever one looks.

use super::witness::{Named, Picture, Witness, get};
use crate::say;
use anyhow::ensure;
use std::collections::BTreeSet;

/// What there could be somewhere, and what there is of it.
pub(super) type Left = (&'static str, BTreeSet<String>);

impl Witness<'_> {
    /// After everything was deleted: nothing is left anywhere, `more` included.
    pub(super) async fn nothing_is_left(&self, more: Vec<Left>) -> anyhow::Result<()> {
        say::head("What is left of all that");
        let deployments: Vec<Named> = get(self.director, "deployments").await?;
        let mut rows = vec![
            ("deployments", deployments.into_iter().map(|it| it.name).collect()),
            ("configs at the Director", self.configs().await?),
        ];
        if let Some(credhub) = self.bosh_credhub {
            let names: Vec<Named> = get(credhub, "credentials").await?;
            rows.push((
                "credentials in BOSH's CredHub",
                names.into_iter().map(|it| it.name).collect(),
            ));
        }
        let Picture {
            credentials,
            readers,
            users,
            links,
            clients,
        } = self.picture().await?;
        rows.push(("links", links));
        if self.credhub.is_some() {
            rows.extend([("credentials in CredHub", credentials), ("permissions there", readers)]);
        }
        if self.uaa.is_some() {
            rows.push(("clients at the UAA", clients));
        }
        if self.users.is_some() {
            rows.push(("users of the service", users));
        }
        rows.extend(more);
        let shown: Vec<String> = rows
            .iter()
            .map(|(what, left)| format!("{what}: {}", left.len()))
            .collect();
        say::line(format_args!("  {}", shown.join("; ")));
        let still = |(what, left): Left| {
            let left = left.into_iter().collect::<Vec<_>>().join(", ");
            (!left.is_empty()).then(|| format!("{what}: {left}"))
        };
        let left: Vec<String> = rows.into_iter().filter_map(still).collect();
        ensure!(left.is_empty(), "this should be gone: {}", left.join("; "));
        Ok(())
    }
}
