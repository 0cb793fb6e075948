//! What operators do to an instance, by the management API: an upgrade, and a recreate.

use super::compare::{Kind, Operation};
use super::director;
use super::platform::{Poll, instance_path, managed_path};
use super::stories::Tour;
use crate::say;
use crate::stack::Rollout;
use anyhow::{Context as _, ensure};
use reqwest::StatusCode;

impl Tour<'_> {
    /// A newer configuration is deployed and the instance follows it, if there can be one; then its VMs are made anew.
    pub(super) async fn upkeep(&self, id: &str, plan: &str) -> anyhow::Result<Vec<Operation>> {
        let mut done = Vec::new();
        if let Some(next) = self.next {
            self.deployed(next).await?;
            done.push(self.upgraded(id, plan, next).await?);
        }
        done.push(self.recreated(id, plan).await?);
        Ok(done)
    }

    /// The broker's processes are started again with the newer configuration; the instance isn't touched by that.
    async fn deployed(&self, next: &Rollout<'_>) -> anyhow::Result<()> {
        let [old, new] = &next.versions;
        say::head(format_args!(
            "The operator deploys a newer configuration: maintenance version {new}, after {old}"
        ));
        next.deploy().await?;
        self.offers(new).await?;
        say::line(format_args!(
            "  {} processes were started again, one after the other; the catalog offers {new}",
            next.processes()
        ));
        Ok(())
    }

    /// The configuration that was given is in force again.
    pub(super) async fn as_it_was(&self) -> anyhow::Result<()> {
        if let Some(next) = self.next {
            say::head("The operator goes back to the configuration as it was given");
            next.take_back().await?;
            let [old, _] = &next.versions;
            self.offers(old).await?;
            say::line(format_args!(
                "  {} processes were started again; the catalog offers {old}",
                next.processes()
            ));
        }
        Ok(())
    }

    /// The catalog offers this maintenance version, in every plan.
    async fn offers(&self, version: &str) -> anyhow::Result<()> {
        let catalog = self.platform.catalog().await?;
        let others = catalog.plans.iter().filter(|it| it.version() != Some(version));
        let others: Vec<_> = others.map(|it| (&it.name, it.version())).collect();
        ensure!(others.is_empty(), "the catalog should offer {version}, not {others:?}");
        Ok(())
    }

    async fn upgraded(&self, id: &str, plan: &str, next: &Rollout<'_>) -> anyhow::Result<Operation> {
        let [old, new] = &next.versions;
        say::head(format_args!("The instance is upgraded: {id}"));
        let dashboard = self.there(id, plan).await?;
        self.maintained(id, old).await?;
        let before = director::stemcell(self.witness.director, id).await?;
        let operation = self.managed(Kind::Upgrade, id, plan).await?;
        self.maintained(id, new).await?;
        let now = director::stemcell(self.witness.director, id).await?;
        if let Some((before, now)) = before.zip(now) {
            ensure!(before != now, "the instance still has stemcell {before}");
            say::line(format_args!("  the Director: stemcell {before} before, {now} now"));
        }
        if self.right_client(id, &dashboard).await?.is_some() {
            say::line("  its client at the UAA is as it was");
        }
        let path = managed_path(id, "upgrade");
        say::step(format_args!("PATCH {path}  once more"));
        let (status, body) = self.platform.manage(&path, plan).await?;
        ensure!(
            status == StatusCode::NO_CONTENT,
            "204 was expected, not {status} {body}"
        );
        say::line("  204: it is up to date");
        Ok(operation)
    }

    async fn recreated(&self, id: &str, plan: &str) -> anyhow::Result<Operation> {
        say::head(format_args!("Its VMs are made anew: {id}"));
        let vms = director::vms(self.witness.director, id).await?;
        let operation = self.managed(Kind::Recreate, id, plan).await?;
        let made = director::recreated(self.witness.director, id).await?;
        ensure!(made == vms, "of {vms} VM(s) {made} were made anew");
        say::line(format_args!("  the Director: {vms} VM(s), each of them new"));
        Ok(operation)
    }

    /// By the management API, to the end; the instance is as it was.
    async fn managed(&self, kind: Kind, id: &str, plan: &str) -> anyhow::Result<Operation> {
        let what = kind.word();
        let path = managed_path(id, what);
        let dashboard = self.there(id, plan).await?;
        say::step(format_args!("PATCH {path}"));
        let (status, body) = self.platform.manage(&path, plan).await?;
        ensure!(status == StatusCode::ACCEPTED, "202 was expected, not {status} {body}");
        let operation = body["operation"].as_str().context("the answer has no operation")?;
        let seen = self.watch(what, &instance_path(id), operation).await?;
        ensure!(
            matches!(seen.end, Poll::Succeeded(_)),
            "the {what} should have succeeded: {:?}",
            seen.end
        );
        let now = self.there(id, plan).await?;
        ensure!(now == dashboard, "the dashboard was {dashboard}, and is {now}");
        let beside = self.beside(kind, plan, None);
        Ok(Operation { kind, beside, seen })
    }

    /// The instance has this maintenance version.
    async fn maintained(&self, id: &str, version: &str) -> anyhow::Result<()> {
        let (_, body) = self.platform.get(&instance_path(id)).await?;
        let found = &body["maintenance_info"]["version"];
        ensure!(
            found == version,
            "the maintenance version of {id}: {found}, not {version}"
        );
        Ok(())
    }
}
