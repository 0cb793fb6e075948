//! `cf create-service`, `service`, `update-service`, `upgrade-service` and `delete-service`.

use super::{Cf, guid, related, text, type_in};
use crate::say;
use crate::tour::platform::{Change, Instance, Underway};
use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::{Value, json};

/// What `cf service` wants to know of all that an instance belongs to.
const FIELDS: [(&str, &str); 5] = [
    ("fields[space]", "guid,name,relationships.organization"),
    ("fields[space.organization]", "guid,name"),
    ("fields[service_plan]", "guid,name,relationships.service_offering"),
    (
        "fields[service_plan.service_offering]",
        "guid,name,description,documentation_url,tags,relationships.service_broker",
    ),
    ("fields[service_plan.service_offering.service_broker]", "guid,name"),
];

pub(super) fn path(guid: &str) -> String {
    format!("/v3/service_instances/{guid}")
}

impl Cf<'_> {
    /// `cf create-service OFFERING PLAN NAME -c PARAMETERS`, with `--wait` for who is patient.
    pub(in crate::tour) async fn create(
        &self,
        name: &str,
        plan: &str,
        parameters: &Value,
        patient: bool,
    ) -> anyhow::Result<(Instance, Underway<'_>)> {
        let (offering, plan) = self.names(plan).await?;
        let flag = match parameters.as_object().is_some_and(|it| it.is_empty()) {
            true => String::new(),
            false => format!(" -c '{parameters}'"),
        };
        let wait = if patient { " --wait" } else { "" };
        type_in(format_args!("create-service {offering} {plan} {name}{flag}{wait}"));
        let query = [
            ("names", plan.as_str()),
            ("service_offering_names", &offering),
            ("space_guids", &self.space),
        ];
        let plan = guid(&self.api.one("/v3/service_plans", &query).await?)?;
        let mut body = json!({
            "type": "managed", "name": name,
            "relationships": {
                "space": { "data": { "guid": self.space } },
                "service_plan": { "data": { "guid": plan } },
            },
        });
        if !flag.is_empty() {
            body["parameters"] = parameters.clone();
        }
        let job = self
            .job(Method::POST, "/v3/service_instances", Some(&body), None, "create")
            .await?;
        let it = Instance {
            id: job.guid()?,
            name: name.to_owned(),
        };
        say::line(format_args!("  its guid: {}", it.id));
        Ok((it, Underway::Cf(job)))
    }

    /// `cf update-service NAME -c PARAMETERS`, or `-p PLAN`.
    pub(in crate::tour) async fn update(&self, it: &Instance, change: &Change) -> anyhow::Result<Underway<'_>> {
        let body = match change {
            Change::Parameters(parameters) => {
                type_in(format_args!("update-service {} -c '{parameters}' --wait", it.name));
                self.instance(it).await?;
                json!({ "parameters": parameters })
            }
            Change::Plan(plan) => {
                let (_, plan) = self.names(plan).await?;
                type_in(format_args!("update-service {} -p {plan} --wait", it.name));
                let (_, included) = self.whole(it).await?;
                let offering = guid(&included["service_offerings"][0])?;
                let query = [("names", plan.as_str()), ("service_offering_guids", &offering)];
                let plan = guid(&self.api.one("/v3/service_plans", &query).await?)?;
                json!({ "relationships": { "service_plan": { "data": { "guid": plan } } } })
            }
        };
        self.change(Method::PATCH, it, Some(&body), "update").await
    }

    /// `cf upgrade-service NAME`.
    pub(in crate::tour) async fn upgrade(&self, it: &Instance) -> anyhow::Result<Underway<'_>> {
        type_in(format_args!("upgrade-service {} --wait", it.name));
        let row = self.instance(it).await?;
        ensure!(row["upgrade_available"] == true, "no upgrade is available: {row}");
        let plan = format!("/v3/service_plans/{}", related(&row, "service_plan")?);
        let plan = self.api.get(&plan, &[]).await?;
        let version = &plan["maintenance_info"]["version"];
        let body = json!({ "maintenance_info": { "version": version } });
        self.change(Method::PATCH, it, Some(&body), "update").await
    }

    /// `cf delete-service NAME`.
    pub(in crate::tour) async fn delete(&self, it: &Instance) -> anyhow::Result<Underway<'_>> {
        type_in(format_args!("delete-service {} -f --wait", it.name));
        self.instance(it).await?;
        self.change(Method::DELETE, it, None, "delete").await
    }

    /// `cf service NAME`, in short.
    pub(in crate::tour) async fn service(&self, it: &Instance) -> anyhow::Result<()> {
        type_in(format_args!("service {}", it.name));
        let (row, included) = self.whole(it).await?;
        let flag = "/v3/feature_flags/service_instance_sharing";
        self.api.get(flag, &[]).await?;
        let offering = guid(&included["service_offerings"][0])?;
        let offering = format!("/v3/service_offerings/{offering}");
        let offering = self.api.get(&offering, &[]).await?;
        let shared = format!("{}/relationships/shared_spaces", path(&it.id));
        let fields = [
            ("fields[space]", "guid,name,relationships.organization"),
            ("fields[space.organization]", "guid,name"),
        ];
        self.api.get(&shared, &fields).await?;
        let mut upgrade = "none".to_owned();
        if row["upgrade_available"] == true {
            let plan = format!("/v3/service_plans/{}", related(&row, "service_plan")?);
            let plan = self.api.get(&plan, &[]).await?;
            text(&plan["maintenance_info"], "version").clone_into(&mut upgrade);
        }
        let query = [
            ("include", "app"),
            ("service_instance_guids", it.id.as_str()),
            ("type", "app"),
        ];
        let (bound, _) = self.api.included("/v3/service_credential_bindings", &query).await?;
        let last = &row["last_operation"];
        for (what, shown) in [
            ("offering", text(&offering, "name")),
            ("plan", text(&included["service_plans"][0], "name")),
            ("broker", text(&included["service_brokers"][0], "name")),
            ("dashboard", row["dashboard_url"].as_str().unwrap_or("none")),
            ("status", &format!("{} {}", text(last, "type"), text(last, "state"))),
            ("message", text(last, "description")),
            ("upgrade", &upgrade),
            ("bound apps", &bound.len().to_string()),
        ] {
            say::line(format_args!("    {what:<12} {shown}"));
        }
        Ok(())
    }

    /// The row has what the broker tells of the instance.
    pub(in crate::tour) async fn agrees(&self, it: &Instance, told: &Value) -> anyhow::Result<()> {
        let row = self.api.get(&path(&it.id), &[]).await?;
        let plan = format!("/v3/service_plans/{}", related(&row, "service_plan")?);
        let plan = self.api.get(&plan, &[]).await?;
        let pairs = [
            ("plan", &plan["broker_catalog"]["id"], &told["plan_id"]),
            ("dashboard", &row["dashboard_url"], &told["dashboard_url"]),
        ];
        for (what, here, there) in pairs {
            ensure!(
                here == there,
                "Cloud Controller has the {what} {here} for {}, the broker {there}",
                it.name
            );
        }
        Ok(())
    }

    /// Whether `cf upgrade-service` would do something.
    pub(in crate::tour) async fn upgradable(&self, it: &Instance) -> anyhow::Result<bool> {
        let row = self.api.get(&path(&it.id), &[]).await?;
        let told = row["upgrade_available"].as_bool();
        told.with_context(|| format!("upgrade_available is missing: {row}"))
    }

    /// It is gone.
    pub(in crate::tour) async fn no_instance(&self, it: &Instance) -> anyhow::Result<()> {
        let left = self.api.look(&path(&it.id), &[]).await?;
        ensure!(left.is_none(), "Cloud Controller still has {}: {left:?}", it.name);
        Ok(())
    }

    /// The row, found by its name as the command does it.
    pub(super) async fn instance(&self, it: &Instance) -> anyhow::Result<Value> {
        let found = self.found("/v3/service_instances", &it.name).await?;
        found.with_context(|| format!("Service instance {} not found", it.name))
    }

    /// The same with all that it belongs to.
    async fn whole(&self, it: &Instance) -> anyhow::Result<(Value, Value)> {
        let named = [("names", it.name.as_str()), ("space_guids", &self.space)];
        let query = [&named[..], &FIELDS].concat();
        let (mut rows, included) = self.api.included("/v3/service_instances", &query).await?;
        let row = rows.pop();
        let row = row.with_context(|| format!("Service instance {} not found", it.name))?;
        Ok((row, included))
    }

    async fn change(
        &self,
        method: Method,
        it: &Instance,
        body: Option<&Value>,
        kind: &'static str,
    ) -> anyhow::Result<Underway<'_>> {
        let path = path(&it.id);
        let job = self.job(method, &path, body, Some(&path), kind).await?;
        Ok(Underway::Cf(job))
    }
}
