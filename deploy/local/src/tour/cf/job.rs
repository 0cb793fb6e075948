//! Following an operation: the job tells when it is over, the row of what it changes how far it is.

use super::api::Api;
use super::text;
use crate::tour::osb::Poll;
use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

/// An operation of Cloud Controller.
#[derive(Debug)]
pub(in crate::tour) struct Job<'a> {
    api: &'a Api,
    url: String,
    /// Where the row is.
    row: String,
    /// `create`, `update` or `delete`.
    kind: &'static str,
}

impl<'a> Job<'a> {
    /// Without a row, that which the job names.
    pub(super) async fn followed(
        api: &'a Api,
        url: String,
        row: Option<&str>,
        kind: &'static str,
    ) -> anyhow::Result<Job<'a>> {
        let job = api.get(&url, &[]).await?;
        let row = match row {
            Some(row) => row.to_owned(),
            None => {
                let links = job["links"].as_object().into_iter().flatten();
                let mut own = links.filter(|(name, _)| *name != "self");
                let (_, link) = own.next().with_context(|| format!("the job names nothing: {job}"))?;
                text(link, "href").to_owned()
            }
        };
        Ok(Job { api, url, row, kind })
    }

    /// The guid of what is changed.
    pub(super) fn guid(&self) -> anyhow::Result<String> {
        let (_, guid) = self.row.rsplit_once('/').context("a row without a guid")?;
        Ok(guid.to_owned())
    }

    /// Where it stands; what is in progress without a text isn't at the broker yet.
    pub(in crate::tour) async fn poll(&self) -> anyhow::Result<Poll> {
        let job = self.api.get(&self.url, &[]).await?;
        let row = self.api.look(&self.row, &[]).await?;
        let last = row.as_ref().map_or(&Value::Null, |row| &row["last_operation"]);
        let said = text(last, "description").to_owned();
        match text(&job, "state") {
            // The row may be ahead of the job, or still tell of the operation before.
            "PROCESSING" | "POLLING" => match last["state"] == "in progress" && last["type"] == self.kind {
                true => Ok(Poll::InProgress(said)),
                false => Ok(Poll::InProgress(String::new())),
            },
            "COMPLETE" if self.kind == "delete" => {
                ensure!(row.is_none(), "{} is still there: {last}", self.row);
                Ok(Poll::Gone)
            }
            "COMPLETE" => {
                let fits = last["state"] == "succeeded" && last["type"] == self.kind;
                ensure!(fits, "the job of {} is complete, and it says {last}", self.row);
                Ok(Poll::Succeeded(said))
            }
            "FAILED" => {
                let told = text(&job["errors"][0], "detail");
                ensure!(
                    told.contains(&said),
                    "the job says {told:?}, and {} says {said:?}",
                    self.row
                );
                Ok(Poll::Failed(told.to_owned()))
            }
            other => bail!("a job in the state {other:?}"),
        }
    }
}
