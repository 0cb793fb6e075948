//! What operators do: a newer configuration, for which each instance is upgraded, and a recreate by the management API.

use super::compare::{Kind, Operation};
use super::direct::managed;
use super::director;
use super::osb::{Poll, instance_path, managed_path};
use super::platform::{Instance, Underway};
use super::stories::Tour;
use crate::say;
use crate::stack::Rollout;
use anyhow::ensure;
use reqwest::StatusCode;

impl Tour<'_> {
    /// A newer configuration is deployed and the instance follows it, if there can be one; then its VMs are made anew.
    pub(super) async fn upkeep(&self, it: &Instance, plan: &str) -> anyhow::Result<Vec<Operation>> {
        let mut done = Vec::new();
        if let Some(next) = self.next {
            self.deployed(next).await?;
            done.push(self.upgraded(it, plan, next).await?);
        }
        done.push(self.recreated(it, plan).await?);
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
        self.platform.hears(new, &self.plans()).await
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
            self.platform.hears(old, &self.plans()).await?;
        }
        Ok(())
    }

    /// The catalog offers this maintenance version, in every plan.
    async fn offers(&self, version: &str) -> anyhow::Result<()> {
        let catalog = self.platform.osb().catalog().await?;
        let others = catalog.plans.iter().filter(|it| it.version() != Some(version));
        let others: Vec<_> = others.map(|it| (&it.name, it.version())).collect();
        ensure!(others.is_empty(), "the catalog should offer {version}, not {others:?}");
        Ok(())
    }

    async fn upgraded(&self, it: &Instance, plan: &str, next: &Rollout<'_>) -> anyhow::Result<Operation> {
        let [old, new] = &next.versions;
        say::head(format_args!("The instance is upgraded: {}", it.name));
        let dashboard = self.platform.there(it, plan).await?;
        self.maintained(it, old).await?;
        self.is_offered(it, true).await?;
        let before = director::stemcell(self.witness.director, &it.id).await?;
        let underway = self.platform.upgrade(it, plan).await?;
        let operation = self.went(Kind::Upgrade, it, plan, &underway, &dashboard).await?;
        self.maintained(it, new).await?;
        self.is_offered(it, false).await?;
        let now = director::stemcell(self.witness.director, &it.id).await?;
        if let Some((before, now)) = before.zip(now) {
            ensure!(before != now, "the instance still has stemcell {before}");
            say::line(format_args!("  the Director: stemcell {before} before, {now} now"));
        }
        if self.right_client(&it.id, &dashboard).await?.is_some() {
            say::line("  its client at the UAA is as it was");
        }
        let path = managed_path(&it.id, "upgrade");
        say::step(format_args!("PATCH {path}  once more"));
        let (status, body) = self.platform.osb().manage(&path, plan).await?;
        ensure!(
            status == StatusCode::NO_CONTENT,
            "204 was expected, not {status} {body}"
        );
        say::line("  204: it is up to date");
        Ok(operation)
    }

    async fn recreated(&self, it: &Instance, plan: &str) -> anyhow::Result<Operation> {
        say::head(format_args!("An operator has its VMs made anew: {}", it.name));
        let vms = director::vms(self.witness.director, &it.id).await?;
        let dashboard = self.platform.there(it, plan).await?;
        let underway = managed(self.platform.osb(), it, Kind::Recreate.word(), plan).await?;
        let operation = self.went(Kind::Recreate, it, plan, &underway, &dashboard).await?;
        let made = director::recreated(self.witness.director, &it.id).await?;
        ensure!(made == vms, "of {vms} VM(s) {made} were made anew");
        say::line(format_args!("  the Director: {vms} VM(s), each of them new"));
        Ok(operation)
    }

    /// To the end; the instance is as it was.
    async fn went(
        &self,
        kind: Kind,
        it: &Instance,
        plan: &str,
        underway: &Underway<'_>,
        dashboard: &str,
    ) -> anyhow::Result<Operation> {
        let what = kind.word();
        let seen = self.watch(what, underway).await?;
        ensure!(
            matches!(seen.end, Poll::Succeeded(_)),
            "the {what} should have succeeded: {:?}",
            seen.end
        );
        let now = self.platform.there(it, plan).await?;
        ensure!(now == dashboard, "the dashboard was {dashboard}, and is {now}");
        let beside = self.beside(kind, plan, None);
        Ok(Operation { kind, beside, seen })
    }

    /// The instance has this maintenance version.
    async fn maintained(&self, it: &Instance, version: &str) -> anyhow::Result<()> {
        let (_, body) = self.platform.osb().get(&instance_path(&it.id)).await?;
        let found = &body["maintenance_info"]["version"];
        ensure!(
            found == version,
            "the maintenance version of {}: {found}, not {version}",
            it.id
        );
        Ok(())
    }

    /// Its user is told that an upgrade can be had, or that there is none.
    async fn is_offered(&self, it: &Instance, wanted: bool) -> anyhow::Result<()> {
        let offered = self.platform.upgradable(it).await?;
        ensure!(
            offered.is_none_or(|offered| offered == wanted),
            "an upgrade of {} should be offered: {wanted}",
            it.name
        );
        Ok(())
    }
}
