//! The calls themselves: what is asked of a broker, out of the rows.

use http::Method;
use serde_json::{Map, Value, json};

use super::Change;
use super::request::{Ask, Purpose, Target};
use crate::cloud_controller::model::{Binding, BindingKind, Instance, Metadata, Offering, Plan};
use crate::cloud_controller::state::State;

/// Our client at CredHub's UAA, to whom brokers grant the credentials of service keys.
const KEY_CLIENT: &str = "cc_service_key_client";

/// An instance with the rows that it hangs on, as they are now.
pub(super) struct Roots<'a> {
    state: &'a State,
    pub(super) instance: &'a Instance,
    pub(super) plan: &'a Plan,
    pub(super) offering: &'a Offering,
    pub(super) target: Target,
}

impl<'a> Roots<'a> {
    /// None when one of the rows is gone.
    pub(super) fn of(state: &'a State, instance: &str) -> Option<Self> {
        let instance = state.instances.get(instance)?;
        let (plan, offering, broker) = state.roots(instance)?;
        Some(Self {
            state,
            instance,
            plan,
            offering,
            target: Target::of(broker),
        })
    }

    fn path(&self) -> String {
        format!("/v2/service_instances/{}", self.instance.guid)
    }

    fn binding_path(&self, binding: &str) -> String {
        format!("{}/service_bindings/{binding}", self.path())
    }

    fn ids(&self, ask: Ask) -> Ask {
        ask.with("plan_id", &self.plan.catalog_id)
            .with("service_id", &self.offering.catalog_id)
    }

    pub(super) fn provision(&self, parameters: Option<&Map<String, Value>>) -> Ask {
        let (organization, space) = self.place();
        let mut context = self.context();
        context["instance_name"] = json!(self.instance.name);
        context["instance_annotations"] = public(&self.instance.metadata);
        let mut body = json!({
            "service_id": self.offering.catalog_id,
            "plan_id": self.plan.catalog_id,
            "organization_guid": organization,
            "space_guid": space,
            "context": context,
        });
        put_parameters(&mut body, parameters);
        if let Some(info) = self.plan.maintenance_info.as_ref().filter(|it| !it.is_empty()) {
            body["maintenance_info"] = json!(info);
        }
        Ask::new(Purpose::Provision, Method::PUT, self.path())
            .asynchronous()
            .saying(body)
    }

    pub(super) fn update(&self, change: &Change) -> Option<Ask> {
        let (organization, space) = self.place();
        let plan = match &change.plan {
            Some(plan) => self.state.plans.get(plan)?,
            None => self.plan,
        };
        let mut context = self.context();
        context["instance_name"] = json!(change.name.as_ref().unwrap_or(&self.instance.name));
        let mut body = json!({
            "service_id": self.offering.catalog_id,
            "plan_id": plan.catalog_id,
            "previous_values": {
                "plan_id": self.plan.catalog_id,
                "service_id": self.offering.catalog_id,
                "organization_id": organization,
                "space_id": space,
                "maintenance_info": self.instance.maintenance_info,
            },
            "context": context,
            "parameters": change.parameters.clone().unwrap_or_default(),
        });
        if let Some(Some(info)) = self.maintenance_info(change) {
            body["maintenance_info"] = json!(info);
        }
        Some(
            Ask::new(Purpose::Update, Method::PATCH, self.path())
                .asynchronous()
                .saying(body),
        )
    }

    /// What the instance's maintenance info becomes, if an update changes it: the version alone.
    pub(super) fn maintenance_info(&self, change: &Change) -> Option<Option<Map<String, Value>>> {
        let only_version = |version: Value| Map::from_iter([("version".to_owned(), version)]);
        if let Some(plan) = change.plan.as_ref().filter(|it| **it != self.plan.guid) {
            let info = self.state.plans.get(plan).and_then(|it| it.maintenance_info.as_ref());
            return Some(info.and_then(|it| it.get("version")).cloned().map(only_version));
        }
        let version = change.maintenance_version.clone()?;
        Some(Some(only_version(json!(version))))
    }

    pub(super) fn deprovision(&self, purpose: Purpose) -> Ask {
        self.ids(Ask::new(purpose, Method::DELETE, self.path()).asynchronous())
    }

    /// The path of its polls, and a poll.
    pub(super) fn poll(&self) -> Ask {
        self.operation(
            format!("{}/last_operation", self.path()),
            &self.instance.last_operation.operation,
        )
    }

    pub(super) fn poll_binding(&self, binding: &Binding) -> Ask {
        let path = format!("{}/last_operation", self.binding_path(&binding.guid));
        self.operation(path, &binding.last_operation.operation)
    }

    fn operation(&self, path: String, operation: &Option<String>) -> Ask {
        let ask = self.ids(Ask::new(Purpose::Poll, Method::GET, path));
        match operation {
            Some(operation) => ask.with("operation", operation),
            None => ask,
        }
    }

    pub(super) fn fetch(&self) -> Ask {
        Ask::new(Purpose::Fetch, Method::GET, self.path())
    }

    pub(super) fn fetch_binding(&self, binding: &str) -> Ask {
        Ask::new(Purpose::Fetch, Method::GET, self.binding_path(binding))
    }

    pub(super) fn bind(&self, binding: &Binding, parameters: Option<&Map<String, Value>>) -> Ask {
        let mut body = json!({
            "service_id": self.offering.catalog_id,
            "plan_id": self.plan.catalog_id,
            "context": self.context(),
        });
        match &binding.kind {
            BindingKind::Key => body["bind_resource"] = json!({"credential_client_id": KEY_CLIENT}),
            BindingKind::App { app } => {
                let space = self.state.apps.get(app).map(|it| it.space.as_str()).unwrap_or_default();
                body["app_guid"] = json!(app);
                body["bind_resource"] = json!({"app_guid": app, "space_guid": space, "app_annotations": {}});
            }
        }
        put_parameters(&mut body, parameters);
        let ask = Ask::new(Purpose::Bind, Method::PUT, self.binding_path(&binding.guid));
        ask.asynchronous().saying(body)
    }

    pub(super) fn unbind(&self, binding: &str, purpose: Purpose) -> Ask {
        self.ids(Ask::new(purpose, Method::DELETE, self.binding_path(binding)).asynchronous())
    }

    /// Guids of the organization and the space.
    fn place(&self) -> (&'a str, &'a str) {
        let space = self.state.spaces.get(&self.instance.space);
        (
            space.map(|it| it.organization.as_str()).unwrap_or_default(),
            &self.instance.space,
        )
    }

    /// What every body has. Organizations and spaces have no annotations here.
    fn context(&self) -> Value {
        let (organization, space) = self.place();
        let organization_name = self.state.organizations.get(organization).map(|it| &it.name);
        json!({
            "platform": "cloudfoundry",
            "organization_guid": organization,
            "organization_name": organization_name,
            "organization_annotations": {},
            "space_guid": space,
            "space_name": self.state.spaces.get(space).map(|it| &it.name),
            "space_annotations": {},
        })
    }
}

/// `GET` of the catalog.
pub(super) fn catalog() -> Ask {
    Ask::new(Purpose::Catalog, Method::GET, "/v2/catalog")
}

fn put_parameters(body: &mut Value, parameters: Option<&Map<String, Value>>) {
    if let Some(parameters) = parameters.filter(|it| !it.is_empty()) {
        body["parameters"] = json!(parameters);
    }
}

/// Brokers are told of annotations with a prefix (`company.example/team`) only.
fn public(metadata: &Metadata) -> Value {
    let shown = metadata.annotations.iter().filter(|(key, _)| key.contains('/'));
    Value::Object(shown.map(|(key, value)| (key.clone(), value.clone())).collect())
}
