//! The one list of routes.

use http::StatusCode;

use super::access::{Access, Need};
use super::answer::Answer;
use super::calls::{configs, deployments, errands, info, instances, links, locks, output, tasks, uploads};
use super::world::World;
use crate::common::fault::Outage;
use crate::common::request::Request;
use crate::common::site;

/// Prefixes that a Director serves; below them everything wants credentials.
const PREFIXES: [&str; 17] = [
    "deployments",
    "tasks",
    "task",
    "locks",
    "configs",
    "links",
    "link_providers",
    "link_consumers",
    "link_address",
    "events",
    "stemcells",
    "releases",
    "disks",
    "orphan_disks",
    "director",
    "cleanup",
    "resurrection",
];

/// A handler: the world, the request, who asks, the words of the path that vary.
pub(super) type Handler = fn(&mut World, &Call<'_>) -> Answer;

/// A request on its way to a handler.
pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    pub(super) access: &'a Access,
    pub(super) args: Vec<&'a str>,
}

impl Call<'_> {
    pub(super) fn arg(&self, at: usize) -> &str {
        self.args.get(at).copied().unwrap_or_default()
    }

    pub(super) fn host(&self) -> &str {
        self.request.header("host").unwrap_or("127.0.0.1")
    }

    /// Starts a task and redirects to it, or refuses its context id.
    pub(super) fn start(&self, world: &mut World, deployment: &str, job: super::deployment::Job) -> Answer {
        let context = self.request.header("x-bosh-context-id").unwrap_or_default();
        if context.chars().count() > 64 {
            let text = "X-Bosh-Context-Id cannot be more than 64 characters in length";
            return Answer::bad_request(70_010, text);
        }
        let id = world.start(job, deployment, self.access, context);
        Answer::redirect(self.host(), id)
    }
}

/// Method, template (`{}` stands for one word of the path), what it wants, handler.
const ROUTES: &[(&str, &str, Need, Handler)] = &[
    ("GET", "/deployments", Need::List, deployments::list),
    ("POST", "/deployments", Need::Make, deployments::create),
    ("GET", "/deployments/{}", Need::ReadDeployment, deployments::show),
    ("DELETE", "/deployments/{}", Need::ChangeDeployment, deployments::delete),
    (
        "PUT",
        "/deployments/{}/jobs/{}",
        Need::ChangeDeployment,
        deployments::change_jobs,
    ),
    (
        "PUT",
        "/deployments/{}/jobs/{}/{}",
        Need::ChangeDeployment,
        deployments::change_jobs,
    ),
    (
        "POST",
        "/deployments/{}/instance_groups/{}/{}/actions/{}",
        Need::ChangeDeployment,
        deployments::act,
    ),
    (
        "GET",
        "/deployments/{}/variables",
        Need::ReadDeployment,
        deployments::variables,
    ),
    ("GET", "/deployments/{}/errands", Need::ReadDeployment, errands::list),
    (
        "POST",
        "/deployments/{}/errands/{}/runs",
        Need::ChangeDeployment,
        errands::run,
    ),
    (
        "GET",
        "/deployments/{}/instances",
        Need::ReadDeployment,
        instances::instances,
    ),
    ("GET", "/deployments/{}/vms", Need::ReadDeployment, instances::vms),
    ("GET", "/tasks", Need::List, tasks::list),
    ("GET", "/tasks/{}", Need::List, tasks::show),
    ("GET", "/tasks/{}/output", Need::Output, output::show),
    ("DELETE", "/task/{}", Need::ChangeTask, tasks::cancel),
    ("GET", "/locks", Need::Read, locks::list),
    ("GET", "/link_providers", Need::ReadAsked, links::providers),
    ("GET", "/link_consumers", Need::ReadAsked, links::consumers),
    ("GET", "/links", Need::ReadAsked, links::links),
    ("POST", "/links", Need::Make, links::create),
    ("DELETE", "/links/{}", Need::Make, links::delete),
    ("GET", "/link_address", Need::List, links::address),
    ("GET", "/configs", Need::List, configs::list),
    ("POST", "/configs", Need::Make, configs::create),
    ("DELETE", "/configs", Need::Make, configs::delete_named),
    ("GET", "/configs/{}", Need::List, configs::show),
    ("DELETE", "/configs/{}", Need::Make, configs::delete),
    ("GET", "/stemcells", Need::List, uploads::stemcells),
    ("GET", "/releases", Need::List, uploads::releases),
];

/// The handler's place in the table and the varying words.
fn find<'a>(method: &str, path: &'a str) -> Option<(usize, Vec<&'a str>)> {
    site::find(
        ROUTES.iter().map(|(verb, template, _, _)| (*verb, *template)),
        method,
        path,
    )
}

/// `METHOD template` for counts; the path itself when no route fits.
pub(super) fn template(method: &str, path: &str) -> String {
    match (path, find(method, path)) {
        (_, Some((at, _))) => format!("{method} {}", ROUTES[at].1),
        (path, None) => format!("{method} {path}"),
    }
}

/// True for the calls that start a task when they are accepted.
pub(super) fn starts_task(request: &Request) -> bool {
    let starts: [Handler; 5] = [
        deployments::create,
        deployments::delete,
        deployments::change_jobs,
        deployments::act,
        errands::run,
    ];
    find(&request.method, &request.path)
        .is_some_and(|(at, _)| starts.iter().any(|h| std::ptr::fn_addr_eq(*h, ROUTES[at].3)))
}

/// Answers a request, after letting everything happen that was due.
pub(super) fn answer(world: &mut World, request: &Request) -> Answer {
    world.advance();
    let path = request.path.as_str();
    let access = Access::of(&world.options, request, world.clock.now());
    match world.outage {
        Some(Outage::Api) => return Answer::gateway_error(StatusCode::BAD_GATEWAY),
        Some(Outage::Database | Outage::Connections) | None => {}
    }
    if path == "/info" && request.method == "GET" {
        return info::show(&world.options, access.as_ref().map(|a| a.user.as_str()));
    }
    let prefix = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    if !PREFIXES.contains(&prefix) {
        return Answer::not_found(path);
    }
    if world.outage == Some(Outage::Database) {
        return Answer::empty(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let Some(access) = access else {
        return Answer::unauthorized(path);
    };
    let Some((at, args)) = find(&request.method, path) else {
        return Answer::no_endpoint(path);
    };
    let (_, _, need, handler) = ROUTES[at];
    let arg = args.first().copied().unwrap_or_default();
    if let Err(refused) = access.check(need, world, request, arg) {
        return refused;
    }
    let access = &access;
    handler(world, &Call { request, access, args })
}
