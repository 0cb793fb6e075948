//! `cf service-brokers`, `service-access`, `enable-service-access` and `marketplace`; and a catalog that has changed.

use super::{Cf, guid, related, text, type_in};
use crate::say;
use crate::tour::osb::Catalog;
use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

const BROKER: (&str, &str) = ("fields[service_broker]", "name,guid");

impl Cf<'_> {
    /// Shows it all, and lets the tour's space use the plans with these ids.
    pub(in crate::tour) async fn offers(&self, catalog: &Catalog, plans: &[&str]) -> anyhow::Result<()> {
        type_in("service-brokers");
        let brokers = self.api.list("/v3/service_brokers", &[]).await?;
        let ours = self.foundation.registration.name();
        for broker in &brokers {
            say::line(format_args!("    {:<16} {}", text(broker, "name"), text(broker, "url")));
        }
        ensure!(brokers.iter().any(|it| it["name"] == ours), "there is no broker {ours}");
        self.access().await?;
        self.enable(plans).await?;
        let service = &catalog.service_name;
        type_in(format_args!("marketplace -e {service}"));
        let mut seen = 0;
        for plan in self.market(&[("service_offering_names", service)]).await? {
            let cost = if plan["free"] == true { "free" } else { "paid" };
            let (name, description) = (text(&plan, "name"), text(&plan, "description"));
            say::line(format_args!("    {name:<16} {cost}  {description}"));
            let id = text(&plan["broker_catalog"], "id");
            seen += plans.iter().filter(|it| **it == id).count();
        }
        ensure!(seen == plans.len(), "not all of {plans:?} are in the marketplace");
        Ok(())
    }

    /// `chandler register`, once more: Cloud Controller reads the catalog only when it is told to.
    pub(in crate::tour) async fn hears(&self, version: &str, plans: &[&str]) -> anyhow::Result<()> {
        self.foundation.registration.register().await?;
        self.enable(plans).await?;
        let market = self.market(&[]).await?;
        ensure!(!market.is_empty(), "the marketplace is empty");
        let others = market.iter().filter(|it| it["maintenance_info"]["version"] != version);
        let others: Vec<&str> = others.map(|it| text(it, "name")).collect();
        ensure!(
            others.is_empty(),
            "Cloud Controller doesn't know of {version} for {others:?}"
        );
        say::line(format_args!("  the marketplace has {version}, too"));
        Ok(())
    }

    /// The offering's and the plan's name.
    pub(super) async fn names(&self, plan: &str) -> anyhow::Result<(String, String)> {
        let market = self.market(&[]).await?;
        let found = market.iter().find(|it| it["broker_catalog"]["id"] == plan);
        let found = found.with_context(|| format!("the marketplace has no plan {plan}"))?;
        let offering = format!("/v3/service_offerings/{}", related(found, "service_offering")?);
        let offering = self.api.get(&offering, &[]).await?;
        Ok((text(&offering, "name").to_owned(), text(found, "name").to_owned()))
    }

    async fn access(&self) -> anyhow::Result<()> {
        type_in("service-access");
        let offerings = self.api.list("/v3/service_offerings", &[BROKER]).await?;
        let plans = self
            .api
            .list("/v3/service_plans", &[("include", "space.organization")])
            .await?;
        for plan in &plans {
            let offering = related(plan, "service_offering")?;
            let offering = offerings.iter().find(|it| it["guid"] == offering);
            let offering = offering.context("a plan without its offering")?;
            let organizations = match self.organizations(plan).await? {
                Some(names) => names.join(","),
                None => String::new(),
            };
            let shown = match text(plan, "visibility_type") {
                "public" => "all",
                "admin" => "none",
                _ => "limited",
            };
            let (offering, name) = (text(offering, "name"), text(plan, "name"));
            let line = format!("    {offering:<16} {name:<16} {shown:<8} {organizations}");
            say::line(line.trim_end());
        }
        Ok(())
    }

    /// `cf enable-service-access` for those plans that the tour's organization may not use yet.
    async fn enable(&self, plans: &[&str]) -> anyhow::Result<()> {
        for plan in self.api.list("/v3/service_plans", &[]).await? {
            let wanted = plans.contains(&text(&plan["broker_catalog"], "id"));
            if !wanted || plan["visibility_type"] == "public" {
                continue;
            }
            let organization = self.foundation.organization;
            let may = self.organizations(&plan).await?.unwrap_or_default();
            if may.iter().any(|it| it == organization) {
                continue;
            }
            let offering = format!("/v3/service_offerings/{}", related(&plan, "service_offering")?);
            let offering = self.api.get(&offering, &[]).await?;
            let (offering, name) = (text(&offering, "name"), text(&plan, "name"));
            type_in(format_args!(
                "enable-service-access {offering} -p {name} -o {organization}"
            ));
            let query = [BROKER, ("names", offering)];
            let offering = guid(&self.api.one("/v3/service_offerings", &query).await?)?;
            let query = [("names", name), ("service_offering_guids", offering.as_str())];
            let plan = guid(&self.api.one("/v3/service_plans", &query).await?)?;
            let body = json!({ "type": "organization", "organizations": [{ "guid": self.organization }] });
            self.api
                .made(&format!("/v3/service_plans/{plan}/visibility"), &body)
                .await?;
        }
        Ok(())
    }

    /// The names of the organizations that a plan is for, if it is for some only.
    async fn organizations(&self, plan: &Value) -> anyhow::Result<Option<Vec<String>>> {
        if plan["visibility_type"] != "organization" {
            return Ok(None);
        }
        let visibility = format!("/v3/service_plans/{}/visibility", guid(plan)?);
        let visibility = self.api.get(&visibility, &[]).await?;
        let rows = visibility["organizations"].as_array().into_iter().flatten();
        Ok(Some(rows.map(|it| text(it, "name").to_owned()).collect()))
    }

    /// The plans that the targeted space may use.
    async fn market(&self, more: &[(&str, &str)]) -> anyhow::Result<Vec<Value>> {
        let query = [
            ("available", "true"),
            ("fields[service_offering.service_broker]", "name,guid"),
            ("include", "service_offering"),
            ("per_page", "5000"),
            ("space_guids", self.space.as_str()),
        ];
        self.api.list("/v3/service_plans", &[&query[..], more].concat()).await
    }
}
