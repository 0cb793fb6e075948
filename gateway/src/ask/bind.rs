//! The body of a PUT of a binding.
use super::{name, object, parsed, text, unusable};
use crate::{answer::Refusal, routes::Query};
use chandler_proto::{canonical::canonical, ids::BindingId};
use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};

/// What the platform may send. Other members are ignored; `null` is as good as absent.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, default)]
    service_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    plan_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    app_guid: Option<&'a RawValue>,
    #[serde(borrow, default)]
    bind_resource: Option<&'a RawValue>,
    #[serde(borrow, default)]
    context: Option<&'a RawValue>,
    #[serde(borrow, default)]
    parameters: Option<&'a RawValue>,
    #[serde(borrow, default)]
    predecessor_binding_id: Option<&'a RawValue>,
}

/// The members of `bind_resource` that the adapter gets; texts that say nothing are left out.
#[derive(Deserialize)]
struct ResourceBody<'a> {
    #[serde(borrow, default)]
    app_guid: Option<&'a RawValue>,
    #[serde(borrow, default)]
    space_guid: Option<&'a RawValue>,
    #[serde(borrow, default)]
    route: Option<&'a RawValue>,
    #[serde(borrow, default)]
    credential_client_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    backup_agent: Option<&'a RawValue>,
}

/// What a binding is for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Resource {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    app_guid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    space_guid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    route: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credential_client_id: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    backup_agent: bool,
}

/// The request parameters that the adapter gets.
#[derive(Serialize, Deserialize)]
struct ForAdapter {
    app_guid: String,
    plan_id: String,
    service_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bind_resource: Option<Resource>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    context: Option<Box<RawValue>>,
    parameters: Box<RawValue>,
}

/// A PUT of a binding that is well-formed.
pub(crate) struct BindAsk {
    /// Only a rotation may leave it out.
    pub(crate) service_id: Option<String>,
    /// Only a rotation may leave it out.
    pub(crate) plan_id: Option<String>,
    /// The binding that it takes the place of.
    pub(crate) predecessor: Option<BindingId>,
    /// The platform can wait.
    pub(crate) asynchronous: bool,
    app_guid: Option<String>,
    resource: Option<Resource>,
    context: Option<Box<RawValue>>,
    pub(crate) parameters: Option<Box<RawValue>>,
}

/// The request as the adapter gets it, and what the broker needs to know of it.
pub(crate) struct Whole {
    /// JSON. May hold secrets.
    pub(crate) for_adapter: String,
    /// Who may read the credentials in CredHub, if anybody was named.
    pub(crate) reader: Option<String>,
    /// It is for a backup agent.
    pub(crate) backup_agent: bool,
}

impl BindAsk {
    /// Parses a PUT.
    ///
    /// # Errors
    /// [`Refusal::Malformed`]; no text repeats what was sent.
    pub(crate) fn parse(body: &[u8], query: &Query) -> Result<Self, Refusal> {
        let body: Body<'_> = parsed(body)?;
        let predecessor = text("predecessor_binding_id", body.predecessor_binding_id)?;
        let predecessor = predecessor.map(|id| BindingId::parse(&id)).transpose();
        let predecessor = predecessor.map_err(|bad| Refusal::Malformed(format!("predecessor_binding_id: {bad}")))?;
        let id = |member, raw: Option<&RawValue>| match raw {
            None if predecessor.is_some() => Ok(None),
            raw => name(member, raw).map(Some),
        };
        Ok(BindAsk {
            service_id: id("service_id", body.service_id)?,
            plan_id: id("plan_id", body.plan_id)?,
            asynchronous: query.is_true("accepts_incomplete"),
            app_guid: text("app_guid", body.app_guid)?,
            resource: object("bind_resource", body.bind_resource)?
                .map(Resource::parse)
                .transpose()?,
            context: object("context", body.context)?.map(ToOwned::to_owned),
            parameters: object("parameters", body.parameters)?.map(ToOwned::to_owned),
            predecessor,
        })
    }

    /// What makes two requests the same, as canonical JSON. May hold secrets. It is made of what was sent, so that it
    /// doesn't change with the predecessor.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub(crate) fn identity(&self, service_id: &str, plan_id: &str) -> Result<String, Refusal> {
        let resource = self.resource.clone().map(|resource| Resource {
            app_guid: None,
            ..resource
        });
        let resource = resource.filter(|resource| *resource != Resource::default());
        let parameters = match (&self.parameters, &self.predecessor) {
            (Some(parameters), _) => parameters.get(),
            (None, Some(_)) => "null",
            (None, None) => "{}",
        };
        let identity = format!(
            r#"{{"service_id":{},"plan_id":{},"app_guid":{},"bind_resource":{},"parameters":{parameters},"predecessor_binding_id":{}}}"#,
            json!(service_id),
            json!(plan_id),
            json!(app_of(self.app_guid.as_deref(), self.resource.as_ref())),
            json!(resource),
            json!(self.predecessor),
        );
        canonical(&identity).map_err(|why| unusable("parameters", &why))
    }

    /// The whole request. `earlier` is that of the predecessor, of which the app and what the binding is for, the
    /// parameters and the context are taken where this one leaves them out. `None`: `earlier` can't be read.
    pub(crate) fn whole(self, service_id: &str, plan_id: &str, earlier: Option<&str>) -> Option<Whole> {
        let mut it = match earlier {
            Some(earlier) => serde_json::from_str::<ForAdapter>(earlier).ok()?,
            None => ForAdapter {
                app_guid: String::new(),
                plan_id: String::new(),
                service_id: String::new(),
                bind_resource: None,
                context: None,
                parameters: RawValue::from_string("{}".to_owned()).ok()?,
            },
        };
        it.plan_id = plan_id.to_owned();
        it.service_id = service_id.to_owned();
        if self.app_guid.is_some() || self.resource.is_some() {
            it.app_guid = self.app_guid.unwrap_or_default();
            it.bind_resource = self.resource;
        }
        it.context = self.context.or(it.context);
        it.parameters = self.parameters.unwrap_or(it.parameters);
        let resource = it.bind_resource.as_ref();
        let app = app_of(Some(&it.app_guid), resource).map(|app| format!("mtls-app:{app}"));
        let client = || resource.and_then(|resource| resource.credential_client_id.as_ref());
        Some(Whole {
            reader: app.or_else(|| client().map(|client| format!("uaa-client:{client}"))),
            backup_agent: resource.is_some_and(|resource| resource.backup_agent),
            for_adapter: serde_json::to_string(&it).ok()?,
        })
    }
}

impl Resource {
    fn parse(raw: &RawValue) -> Result<Self, Refusal> {
        let body: ResourceBody<'_> = serde_json::from_str(raw.get())
            .map_err(|_| Refusal::Malformed("bind_resource has a member twice".to_owned()))?;
        let backup_agent = body.backup_agent.map(|raw| serde_json::from_str::<bool>(raw.get()));
        Ok(Resource {
            app_guid: text("bind_resource.app_guid", body.app_guid)?,
            space_guid: text("bind_resource.space_guid", body.space_guid)?,
            route: text("bind_resource.route", body.route)?,
            credential_client_id: text("bind_resource.credential_client_id", body.credential_client_id)?,
            backup_agent: backup_agent
                .transpose()
                .map_err(|_| Refusal::Malformed("bind_resource.backup_agent must be a boolean".to_owned()))?
                .unwrap_or_default(),
        })
    }
}

/// The app that a binding is for, wherever it was named.
fn app_of<'a>(app_guid: Option<&'a str>, resource: Option<&'a Resource>) -> Option<&'a str> {
    app_guid
        .filter(|guid| !guid.is_empty())
        .or_else(|| resource.and_then(|resource| resource.app_guid.as_deref()))
}

#[cfg(test)]
mod tests;
