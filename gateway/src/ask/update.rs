//! The body of a PATCH of an instance.
use super::{MaintenanceAsk, identity, name, object, parsed, text, unusable};
use crate::{answer::Refusal, routes::Query};
use chandler_proto::{canonical::canonical, catalog::MaintenanceShown};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What the platform may send. Other members are ignored; `null` is as good as absent.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, default)]
    service_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    plan_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    context: Option<&'a RawValue>,
    #[serde(borrow, default)]
    parameters: Option<&'a RawValue>,
    #[serde(borrow, default)]
    maintenance_info: Option<&'a RawValue>,
    #[serde(borrow, default)]
    previous_values: Option<&'a RawValue>,
}

/// Any of them may be missing.
#[derive(Deserialize)]
struct PreviousBody<'a> {
    #[serde(borrow, default)]
    plan_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    service_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    organization_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    space_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    maintenance_info: Option<&'a RawValue>,
}

/// What the platform says that the instance has.
#[derive(Debug, Default)]
struct Previous {
    plan_id: Option<String>,
    service_id: Option<String>,
    organization_id: String,
    space_id: String,
    maintenance_info: Option<Box<RawValue>>,
    maintenance: MaintenanceAsk,
}

/// The request parameters that the adapter gets with an update.
#[derive(Serialize)]
struct ForAdapter<'a> {
    service_id: &'a str,
    plan_id: &'a str,
    parameters: &'a RawValue,
    previous_values: PreviousForAdapter<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maintenance_info: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct PreviousForAdapter<'a> {
    plan_id: &'a str,
    service_id: &'a str,
    organization_id: &'a str,
    space_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    maintenance_info: Option<&'a RawValue>,
}

/// A PATCH of an instance that is well-formed.
pub(crate) struct UpdateAsk {
    pub(crate) service_id: String,
    /// `None`: the plan in force.
    pub(crate) plan_id: Option<String>,
    /// The platform can wait.
    pub(crate) asynchronous: bool,
    /// It brings no parameters: Cloud Controller sends `{}` when the user gave none.
    pub(crate) bare: bool,
    /// `maintenance_info`, if it was sent.
    pub(crate) maintenance: Option<MaintenanceAsk>,
    /// The platform's `context`, JSON. May hold secrets.
    pub(crate) context: Option<Box<RawValue>>,
    /// As they were sent, `{}` for none. May hold secrets.
    pub(crate) parameters: Box<RawValue>,
    maintenance_info: Option<Box<RawValue>>,
    previous: Option<Previous>,
}

impl UpdateAsk {
    /// Parses a PATCH for a catalog that shows so much of maintenance info.
    ///
    /// # Errors
    /// [`Refusal::Malformed`]; no text repeats what was sent.
    pub(crate) fn parse(body: &[u8], query: &Query, shown: MaintenanceShown) -> Result<Self, Refusal> {
        let body: Body<'_> = parsed(body)?;
        let service_id = name("service_id", body.service_id)?;
        let parameters = object("parameters", body.parameters)?.map_or("{}", RawValue::get);
        let maintenance_info = object("maintenance_info", body.maintenance_info)?;
        Ok(UpdateAsk {
            service_id,
            plan_id: text("plan_id", body.plan_id)?,
            asynchronous: query.is_true("accepts_incomplete"),
            bare: canonical(parameters).map_err(|why| unusable("parameters", &why))? == "{}",
            maintenance: maintenance_info
                .map(|info| MaintenanceAsk::parse(info, shown))
                .transpose()?,
            context: object("context", body.context)?.map(ToOwned::to_owned),
            parameters: RawValue::from_string(parameters.to_owned())
                .map_err(|_| Refusal::Malformed("parameters".to_owned()))?,
            maintenance_info: maintenance_info.map(ToOwned::to_owned),
            previous: object("previous_values", body.previous_values)?
                .map(|raw| Previous::parse(raw, shown))
                .transpose()?,
        })
    }

    /// What the platform says that the instance has: nothing, or this (which may say nothing).
    pub(crate) fn previous_maintenance(&self) -> Option<MaintenanceAsk> {
        self.previous.as_ref().map(|previous| previous.maintenance.clone())
    }

    /// What makes two requests the same, as canonical JSON. May hold secrets.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub(crate) fn identity(&self, plan_in_force: &str) -> Result<String, Refusal> {
        identity(&self.service_id, self.plan(plan_in_force), &self.parameters)
    }

    /// What the adapter gets with an update of an instance of this plan, JSON. May hold secrets.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub(crate) fn for_adapter(&self, plan_in_force: &str) -> Result<String, Refusal> {
        let previous = self.previous.as_ref();
        let said = |it: fn(&Previous) -> Option<&String>| previous.and_then(it);
        let whole = ForAdapter {
            service_id: &self.service_id,
            plan_id: self.plan(plan_in_force),
            parameters: &self.parameters,
            previous_values: PreviousForAdapter {
                plan_id: said(|it| it.plan_id.as_ref()).map_or(plan_in_force, String::as_str),
                service_id: said(|it| it.service_id.as_ref()).map_or(&self.service_id, String::as_str),
                organization_id: previous.map_or("", |it| &it.organization_id),
                space_id: previous.map_or("", |it| &it.space_id),
                maintenance_info: previous.and_then(|it| it.maintenance_info.as_deref()),
            },
            context: self.context.as_deref(),
            maintenance_info: self.maintenance_info.as_deref(),
        };
        let text = serde_json::to_string(&whole);
        text.map_err(|_| Refusal::Malformed("the body can't be passed on".to_owned()))
    }

    /// The plan that it asks for.
    pub(crate) fn plan<'a>(&'a self, plan_in_force: &'a str) -> &'a str {
        self.plan_id.as_deref().unwrap_or(plan_in_force)
    }
}

impl Previous {
    fn parse(raw: &RawValue, shown: MaintenanceShown) -> Result<Self, Refusal> {
        let body: PreviousBody<'_> = serde_json::from_str(raw.get())
            .map_err(|_| Refusal::Malformed("previous_values has a member twice".to_owned()))?;
        let info = object("previous_values.maintenance_info", body.maintenance_info)?;
        Ok(Previous {
            plan_id: text("previous_values.plan_id", body.plan_id)?,
            service_id: text("previous_values.service_id", body.service_id)?,
            organization_id: text("previous_values.organization_id", body.organization_id)?.unwrap_or_default(),
            space_id: text("previous_values.space_id", body.space_id)?.unwrap_or_default(),
            // It only informs: one that says nothing is as good as none.
            maintenance: info
                .and_then(|info| MaintenanceAsk::parse(info, shown).ok())
                .unwrap_or_default(),
            maintenance_info: info.map(ToOwned::to_owned),
        })
    }
}

#[cfg(test)]
mod tests;
