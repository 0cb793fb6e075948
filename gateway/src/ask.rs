//! The body of a PUT or PATCH, parsed once. Numbers stay as they were written, so values are kept as raw JSON.
mod bind;
mod maintenance;
mod manage;
mod update;

pub(crate) use bind::BindAsk;
pub(crate) use maintenance::MaintenanceAsk;
pub(crate) use manage::ManageAsk;
pub(crate) use update::UpdateAsk;

use crate::{
    answer::Refusal,
    routes::Query,
    shelf::{Offer, Shelf},
};
use chandler_proto::canonical::{self, canonical};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What the platform may send. Other members are ignored, whatever they hold; `null` is as good as absent.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, default)]
    service_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    plan_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    organization_guid: Option<&'a RawValue>,
    #[serde(borrow, default)]
    space_guid: Option<&'a RawValue>,
    #[serde(borrow, default)]
    context: Option<&'a RawValue>,
    #[serde(borrow, default)]
    parameters: Option<&'a RawValue>,
    #[serde(borrow, default)]
    maintenance_info: Option<&'a RawValue>,
}

/// The request parameters that the adapter gets.
#[derive(Serialize)]
struct ForAdapter<'a> {
    service_id: &'a str,
    plan_id: &'a str,
    organization_guid: &'a str,
    space_guid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a RawValue>,
    parameters: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    maintenance_info: Option<&'a RawValue>,
}

/// A PUT of an instance that is well-formed and names things of the catalog.
pub(crate) struct ProvisionAsk {
    /// The plan.
    pub(crate) offer: Offer,
    /// The platform can wait.
    pub(crate) asynchronous: bool,
    /// `maintenance_info`, if it was sent.
    pub(crate) maintenance: Option<MaintenanceAsk>,
    /// What makes two requests the same, as canonical JSON. May hold secrets.
    pub(crate) identity: String,
    /// The parameters as they were sent, `{}` for none. May hold secrets.
    pub(crate) parameters: Box<RawValue>,
    /// The adapter's request parameters, JSON. May hold secrets.
    pub(crate) for_adapter: String,
    /// The platform's `context`, JSON. May hold secrets.
    pub(crate) context: Option<String>,
}

impl ProvisionAsk {
    /// Parses a PUT.
    ///
    /// # Errors
    /// [`Refusal::Malformed`]; no text repeats what was sent.
    pub(crate) fn parse(body: &[u8], query: &Query, shelf: &Shelf) -> Result<Self, Refusal> {
        let malformed = |text: &str| Refusal::Malformed(text.to_owned());
        let body: Body<'_> = parsed(body)?;
        let (service_id, plan_id) = (name("service_id", body.service_id)?, name("plan_id", body.plan_id)?);
        let organization_guid = name("organization_guid", body.organization_guid)?;
        let space_guid = name("space_guid", body.space_guid)?;
        let offer = shelf.find(&service_id, &plan_id)?.clone();
        let parameters = match object("parameters", body.parameters)? {
            Some(raw) => raw.to_owned(),
            None => RawValue::from_string("{}".into()).map_err(|_| malformed("parameters"))?,
        };
        let context = object("context", body.context)?;
        let maintenance_info = object("maintenance_info", body.maintenance_info)?;
        let maintenance = maintenance_info.map(|info| MaintenanceAsk::parse(info, shelf.instances.maintenance_info));
        let maintenance = maintenance.transpose()?;
        let for_adapter = ForAdapter {
            service_id: &service_id,
            plan_id: &plan_id,
            organization_guid: &organization_guid,
            space_guid: &space_guid,
            context,
            parameters: &parameters,
            maintenance_info,
        };
        let identity = identity(&service_id, &plan_id, &parameters)?;
        Ok(ProvisionAsk {
            offer,
            asynchronous: query.is_true("accepts_incomplete"),
            maintenance,
            identity,
            for_adapter: serde_json::to_string(&for_adapter).map_err(|_| malformed("the body can't be passed on"))?,
            context: context.map(|raw| raw.get().to_owned()),
            parameters,
        })
    }
}

/// What makes two requests for an instance the same, as canonical JSON.
fn identity(service_id: &str, plan_id: &str, parameters: &RawValue) -> Result<String, Refusal> {
    let identity = canonical(&format!(
        r#"{{"service_id":{},"plan_id":{},"parameters":{}}}"#,
        serde_json::json!(service_id),
        serde_json::json!(plan_id),
        parameters.get()
    ));
    identity.map_err(|why| unusable("parameters", &why))
}

/// A body that is a JSON object.
fn parsed<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    let malformed = |text: &str| Refusal::Malformed(text.to_owned());
    let text = std::str::from_utf8(body).map_err(|_| malformed("the body is not valid UTF-8"))?;
    if !text.trim_start().starts_with('{') {
        return Err(malformed("the body must be a JSON object"));
    }
    serde_json::from_str(text).map_err(|_| malformed("the body is not valid JSON, or has a member twice"))
}

/// A text that must be there and say something.
fn name(member: &str, raw: Option<&RawValue>) -> Result<String, Refusal> {
    let raw = raw.ok_or_else(|| Refusal::Malformed(format!("{member} missing")))?;
    let text: String =
        serde_json::from_str(raw.get()).map_err(|_| Refusal::Malformed(format!("{member} must be a string")))?;
    if text.is_empty() {
        Err(Refusal::Malformed(format!("{member} missing")))
    } else {
        Ok(text)
    }
}

/// A text that may be left out; one that says nothing is as good as absent.
fn text(member: &str, raw: Option<&RawValue>) -> Result<Option<String>, Refusal> {
    let Some(raw) = raw else { return Ok(None) };
    let text: String =
        serde_json::from_str(raw.get()).map_err(|_| Refusal::Malformed(format!("{member} must be a string")))?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// An object that may be left out, and is not nested without end.
fn object<'a>(member: &str, raw: Option<&'a RawValue>) -> Result<Option<&'a RawValue>, Refusal> {
    let Some(raw) = raw else { return Ok(None) };
    if !raw.get().starts_with('{') {
        return Err(Refusal::Malformed(format!("{member} must be an object")));
    }
    canonical(raw.get()).map_err(|why| unusable(member, &why))?;
    Ok(Some(raw))
}

fn unusable(member: &str, why: &canonical::NotCanonical) -> Refusal {
    Refusal::Malformed(format!("{member}: {why}"))
}

#[cfg(test)]
mod tests;
