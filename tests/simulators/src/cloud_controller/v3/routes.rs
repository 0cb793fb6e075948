//! The one list of routes.

use futures::future::BoxFuture;
use http::StatusCode;
use serde_json::json;

use super::access::Access::{self, Marketplace, Open, Permissions, Read, Write};
use super::access::Who;
use super::calls::*;
use crate::cloud_controller::broker::{Brokers, Work};
use crate::cloud_controller::refusal::Refusal;
use crate::cloud_controller::state::{Shared, State};
use crate::common::answer::Answer;
use crate::common::request::Request;
use crate::common::site::{Site, find};

/// The routes over the state.
#[derive(Clone)]
pub(in crate::cloud_controller) struct Routes {
    pub(in crate::cloud_controller) shared: Shared,
    pub(in crate::cloud_controller) brokers: Brokers,
}

/// A request on its way to a handler.
pub(super) struct Call<'a> {
    pub(super) shared: &'a Shared,
    pub(super) brokers: &'a Brokers,
    pub(super) request: &'a Request,
    pub(super) who: Who,
    pub(super) now: f64,
    args: Vec<&'a str>,
}

pub(super) type Outcome = Result<Answer, Refusal>;

enum Handler {
    Now(fn(&Call<'_>) -> Outcome),
    /// A broker is asked before it answers.
    Later(for<'a> fn(&'a Call<'_>) -> BoxFuture<'a, Outcome>),
}

use Handler::{Later, Now};

/// Method, template (`{}` stands for one word of the path), what it asks of the token, handler.
const ROUTES: &[(&str, &str, Access, Handler)] = &[
    ("GET", "/", Open, Now(about::root)),
    ("GET", "/v3", Open, Now(about::v3)),
    ("GET", "/v3/info", Open, Now(about::info)),
    ("GET", "/v2/info", Open, Now(about::v2_info)),
    ("GET", "/v3/service_brokers", Read, Now(brokers::list)),
    ("POST", "/v3/service_brokers", Write, Now(brokers_write::create)),
    ("GET", "/v3/service_brokers/{}", Read, Now(brokers::show)),
    ("PATCH", "/v3/service_brokers/{}", Write, Now(brokers_write::update)),
    ("DELETE", "/v3/service_brokers/{}", Write, Now(brokers_write::delete)),
    ("GET", "/v3/service_offerings", Marketplace, Now(offerings::list)),
    ("GET", "/v3/service_offerings/{}", Marketplace, Now(offerings::show)),
    ("DELETE", "/v3/service_offerings/{}", Write, Now(offerings::delete)),
    ("GET", "/v3/service_plans", Marketplace, Now(plans::list)),
    ("GET", "/v3/service_plans/{}", Marketplace, Now(plans::show)),
    ("GET", "/v3/service_plans/{}/visibility", Read, Now(visibility::show)),
    ("POST", "/v3/service_plans/{}/visibility", Write, Now(visibility::add)),
    (
        "PATCH",
        "/v3/service_plans/{}/visibility",
        Write,
        Now(visibility::replace),
    ),
    (
        "DELETE",
        "/v3/service_plans/{}/visibility/{}",
        Write,
        Now(visibility::delete),
    ),
    ("GET", "/v3/service_instances", Read, Now(instances::list)),
    ("POST", "/v3/service_instances", Write, Now(instance_create::create)),
    ("GET", "/v3/service_instances/{}", Read, Now(instances::show)),
    ("PATCH", "/v3/service_instances/{}", Write, Now(instance_update::update)),
    (
        "DELETE",
        "/v3/service_instances/{}",
        Write,
        Now(instance_delete::delete),
    ),
    (
        "GET",
        "/v3/service_instances/{}/parameters",
        Read,
        Later(instances::parameters),
    ),
    (
        "GET",
        "/v3/service_instances/{}/permissions",
        Permissions,
        Now(instances::permissions),
    ),
    (
        "GET",
        "/v3/service_instances/{}/credentials",
        Read,
        Now(instances::credentials),
    ),
    (
        "GET",
        "/v3/service_instances/{}/relationships/shared_spaces",
        Read,
        Now(shared::spaces),
    ),
    (
        "GET",
        "/v3/service_instances/{}/relationships/shared_spaces/usage_summary",
        Read,
        Now(shared::usage),
    ),
    ("GET", "/v3/service_credential_bindings", Read, Now(bindings::list)),
    (
        "POST",
        "/v3/service_credential_bindings",
        Write,
        Now(binding_create::create),
    ),
    ("GET", "/v3/service_credential_bindings/{}", Read, Now(bindings::show)),
    (
        "PATCH",
        "/v3/service_credential_bindings/{}",
        Write,
        Now(bindings::update),
    ),
    (
        "DELETE",
        "/v3/service_credential_bindings/{}",
        Write,
        Now(bindings::delete),
    ),
    (
        "GET",
        "/v3/service_credential_bindings/{}/details",
        Read,
        Later(binding_read::details),
    ),
    (
        "GET",
        "/v3/service_credential_bindings/{}/parameters",
        Read,
        Later(binding_read::parameters),
    ),
    ("GET", "/v3/service_route_bindings", Read, Now(bindings::routes)),
    ("GET", "/v3/jobs/{}", Read, Now(about::job)),
    ("GET", "/v3/organizations", Read, Now(organizations::list)),
    ("POST", "/v3/organizations", Write, Now(organizations::create)),
    ("GET", "/v3/organizations/{}", Read, Now(organizations::show)),
    ("GET", "/v3/spaces", Read, Now(spaces::list)),
    ("POST", "/v3/spaces", Write, Now(spaces::create)),
    ("GET", "/v3/spaces/{}", Read, Now(spaces::show)),
    ("GET", "/v3/apps", Read, Now(apps::list)),
    ("POST", "/v3/apps", Write, Now(apps::create)),
    ("GET", "/v3/apps/{}", Read, Now(apps::show)),
    ("GET", "/v3/feature_flags", Read, Now(flags::list)),
    ("GET", "/v3/feature_flags/{}", Read, Now(flags::show)),
];

impl Call<'_> {
    pub(super) fn arg(&self, at: usize) -> &str {
        self.args.get(at).copied().unwrap_or_default()
    }

    /// Begins work, and tells where its job is. The state mustn't be locked.
    pub(super) fn begun(&self, job: &str, work: Work) -> Answer {
        self.brokers.start(job, work);
        let url = self.shared.lock().url.clone();
        Answer::empty(StatusCode::ACCEPTED).with("location", format!("{url}/v3/jobs/{job}"))
    }

    /// A new job; `resource` as in the job's row.
    pub(super) fn job(&self, state: &mut State, operation: &str, kind: &'static str, guid: &str) -> String {
        state.add_job(operation, Some((kind, guid)), self.now)
    }
}

fn table() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.iter().map(|(verb, template, _, _)| (*verb, *template))
}

impl Site for Routes {
    fn template(&self, method: &str, path: &str) -> String {
        match find(table(), method, path) {
            Some((at, _)) => format!("{method} {}", ROUTES[at].1),
            None => format!("{method} {path}"),
        }
    }

    async fn answer(&self, request: &Request, now: f64) -> Answer {
        let answer = self.routed(request, now).await;
        let id = request.header("x-vcap-request-id").map(|it| format!("{it}::"));
        let id = format!("{}{}", id.unwrap_or_default(), uuid::Uuid::new_v4());
        answer.with("x-vcap-request-id", id)
    }
}

impl Routes {
    async fn routed(&self, request: &Request, now: f64) -> Answer {
        let Some((at, args)) = find(table(), &request.method, &request.path) else {
            return unknown(&request.path);
        };
        let (_, _, access, handler) = &ROUTES[at];
        let uaa = self.shared.lock().options.uaa.clone();
        let who = match Who::sent(request, &uaa, *access, now) {
            Ok(who) => who,
            Err(refusal) => return refusal.into(),
        };
        let name = who.name.clone();
        let call = Call {
            shared: &self.shared,
            brokers: &self.brokers,
            request,
            who,
            now,
            args,
        };
        let outcome = match handler {
            Now(handler) => handler(&call),
            Later(handler) => handler(&call).await,
        };
        let answer = outcome.unwrap_or_else(Answer::from);
        match name {
            Some(name) => answer.by(name),
            None => answer,
        }
    }
}

/// 404 10000; v2 has its own shape of errors.
fn unknown(path: &str) -> Answer {
    let text = "Unknown request";
    match path == "/v2" || path.starts_with("/v2/") {
        true => {
            let body = json!({"description": text, "error_code": "CF-NotFound", "code": 10000});
            Answer::json(StatusCode::NOT_FOUND, &body)
        }
        false => Refusal::new(404, 10000, "CF-NotFound", text).into(),
    }
}
