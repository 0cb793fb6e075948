//! The platform: whose calls the stories make.

mod bindings;

pub(super) use bindings::{Made, Purpose};

use super::cf::{self, Cf};
use super::direct::Direct;
use super::osb::{Catalog, Osb, Poll, instance_path};
use super::watch::PAUSE;
use anyhow::ensure;
use reqwest::StatusCode;
use serde_json::Value;

/// Either this program itself, or Cloud Controller, asked as the command `cf` asks it.
#[derive(Debug)]
pub(super) enum Platform<'a> {
    /// It speaks OSBAPI.
    Direct(Direct<'a>),
    /// It speaks to Cloud Controller, which speaks OSBAPI.
    Cf(Cf<'a>),
}

/// A service instance.
#[derive(Debug, Clone)]
pub(super) struct Instance {
    /// The broker's id for it.
    pub(super) id: String,
    /// What its user calls it; the id where there is no user.
    pub(super) name: String,
}

/// What is changed.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// Its parameters.
    Parameters(Value),
    /// Its plan: the id of another one.
    Plan(String),
}

/// An operation that was accepted.
#[derive(Debug)]
pub(super) enum Underway<'a> {
    /// The broker is polled.
    Osb {
        osb: &'a Osb,
        path: String,
        operation: String,
    },
    /// Cloud Controller is polled, which polls the broker.
    Cf(cf::Job<'a>),
}

impl Underway<'_> {
    /// Where it stands. In progress with an empty text: nothing is known about it.
    pub(super) async fn poll(&self) -> anyhow::Result<Poll> {
        match self {
            Underway::Osb { osb, path, operation } => osb.poll(path, operation).await,
            Underway::Cf(job) => job.poll().await,
        }
    }
}

impl<'a> Platform<'a> {
    pub(super) fn osb(&self) -> &'a Osb {
        match self {
            Platform::Direct(direct) => direct.osb,
            Platform::Cf(cf) => cf.osb,
        }
    }

    /// The space that its instances are in.
    pub(super) fn space(&self) -> &str {
        match self {
            Platform::Direct(_) => super::osb::SPACE,
            Platform::Cf(cf) => &cf.space,
        }
    }

    /// How often the broker is polled, seconds.
    pub(super) fn polling_seconds(&self) -> f64 {
        match self {
            Platform::Direct(_) => PAUSE.as_secs_f64(),
            Platform::Cf(cf) => cf.polling_seconds(),
        }
    }

    /// Shows what is offered. Through Cloud Controller, the plans with these ids can be used from now on.
    pub(super) async fn offers(&self, catalog: &Catalog, plans: &[&str]) -> anyhow::Result<()> {
        match self {
            Platform::Direct(direct) => {
                direct.offers(catalog);
                Ok(())
            }
            Platform::Cf(cf) => cf.offers(catalog, plans).await,
        }
    }

    /// The broker's catalog has changed, and has this maintenance version in each plan.
    pub(super) async fn hears(&self, version: &str, plans: &[&str]) -> anyhow::Result<()> {
        match self {
            // It reads the catalog whenever it likes.
            Platform::Direct(_) => Ok(()),
            Platform::Cf(cf) => cf.hears(version, plans).await,
        }
    }

    /// What a new instance will be called, where its user may choose.
    pub(super) fn named(&self, name: &str) -> String {
        match self {
            Platform::Direct(_) => uuid::Uuid::new_v4().to_string(),
            Platform::Cf(_) => name.to_owned(),
        }
    }

    /// An instance is to be made. Who is patient means to wait for it.
    pub(super) async fn create(
        &self,
        name: &str,
        plan: &str,
        parameters: &Value,
        patient: bool,
    ) -> anyhow::Result<(Instance, Underway<'_>)> {
        match self {
            Platform::Direct(direct) => direct.create(name, plan, parameters).await,
            Platform::Cf(cf) => cf.create(name, plan, parameters, patient).await,
        }
    }

    /// An instance with this plan is to be changed.
    pub(super) async fn update(&self, it: &Instance, plan: &str, change: &Change) -> anyhow::Result<Underway<'_>> {
        match self {
            Platform::Direct(direct) => direct.update(it, plan, change).await,
            Platform::Cf(cf) => cf.update(it, change).await,
        }
    }

    /// An instance with this plan is to get what is offered now.
    pub(super) async fn upgrade(&self, it: &Instance, plan: &str) -> anyhow::Result<Underway<'_>> {
        match self {
            Platform::Direct(direct) => direct.upgrade(it, plan).await,
            Platform::Cf(cf) => cf.upgrade(it).await,
        }
    }

    /// An instance with this plan is to go.
    pub(super) async fn delete(&self, it: &Instance, plan: &str) -> anyhow::Result<Underway<'_>> {
        match self {
            Platform::Direct(direct) => direct.delete(it, plan).await,
            Platform::Cf(cf) => cf.delete(it).await,
        }
    }

    /// A deletion ended with this text: whether it may be asked for once more, and then it can be.
    pub(super) async fn once_more(&self, it: &Instance, text: &str) -> anyhow::Result<bool> {
        match self {
            // The broker takes bindings along.
            Platform::Direct(_) => Ok(false),
            Platform::Cf(cf) => cf.once_more(it, text).await,
        }
    }

    /// It is there and has this plan, for all who know of it: its dashboard.
    pub(super) async fn there(&self, it: &Instance, plan: &str) -> anyhow::Result<String> {
        let (status, body) = self.osb().get(&instance_path(&it.id)).await?;
        ensure!(status == StatusCode::OK, "GET of the instance: {status} {body}");
        ensure!(
            body["plan_id"] == plan,
            "the plan should be {plan}, says GET of the instance: {body}"
        );
        match self {
            Platform::Direct(_) => {}
            Platform::Cf(cf) => cf.agrees(it, &body).await?,
        }
        Ok(body["dashboard_url"].as_str().unwrap_or("none").to_owned())
    }

    /// Shows it to its user.
    pub(super) async fn show(&self, it: &Instance, catalog: &Catalog, plan: &str) -> anyhow::Result<()> {
        match self {
            Platform::Direct(direct) => direct.show(it, catalog, plan).await,
            Platform::Cf(cf) => cf.service(it).await,
        }
    }

    /// Whether an upgrade is offered; `None`: nobody is told without asking for it.
    pub(super) async fn upgradable(&self, it: &Instance) -> anyhow::Result<Option<bool>> {
        match self {
            Platform::Direct(_) => Ok(None),
            Platform::Cf(cf) => cf.upgradable(it).await.map(Some),
        }
    }

    /// Nobody knows of it any more.
    pub(super) async fn gone(&self, it: &Instance) -> anyhow::Result<()> {
        let (status, body) = self.osb().get(&instance_path(&it.id)).await?;
        ensure!(status == StatusCode::NOT_FOUND, "GET after the delete: {status} {body}");
        match self {
            Platform::Direct(_) => Ok(()),
            Platform::Cf(cf) => cf.no_instance(it).await,
        }
    }
}
