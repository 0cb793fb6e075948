//! The one list of routes.

use http::StatusCode;

use super::answer::Answer;
use super::calls::{configs, deployments, errands, info, instances, links, locks, output, tasks, uploads};
use super::fault::Outage;
use super::request::Request;
use super::world::World;

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

/// A handler: the world, the request, the user's name, the words of the path that vary.
pub(super) type Handler = fn(&mut World, &Call<'_>) -> Answer;

/// A request on its way to a handler.
pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    pub(super) user: &'a str,
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
        let id = world.start(job, deployment, self.user, context);
        Answer::redirect(self.host(), id)
    }
}

/// Method, template (`{}` stands for one word of the path), handler.
const ROUTES: &[(&str, &str, Handler)] = &[
    ("GET", "/deployments", deployments::list),
    ("POST", "/deployments", deployments::create),
    ("GET", "/deployments/{}", deployments::show),
    ("DELETE", "/deployments/{}", deployments::delete),
    ("PUT", "/deployments/{}/jobs/{}", deployments::change_jobs),
    ("PUT", "/deployments/{}/jobs/{}/{}", deployments::change_jobs),
    (
        "POST",
        "/deployments/{}/instance_groups/{}/{}/actions/{}",
        deployments::act,
    ),
    ("GET", "/deployments/{}/variables", deployments::variables),
    ("GET", "/deployments/{}/errands", errands::list),
    ("POST", "/deployments/{}/errands/{}/runs", errands::run),
    ("GET", "/deployments/{}/instances", instances::instances),
    ("GET", "/deployments/{}/vms", instances::vms),
    ("GET", "/tasks", tasks::list),
    ("GET", "/tasks/{}", tasks::show),
    ("GET", "/tasks/{}/output", output::show),
    ("DELETE", "/task/{}", tasks::cancel),
    ("GET", "/locks", locks::list),
    ("GET", "/link_providers", links::providers),
    ("GET", "/link_consumers", links::consumers),
    ("GET", "/links", links::links),
    ("POST", "/links", links::create),
    ("DELETE", "/links/{}", links::delete),
    ("GET", "/link_address", links::address),
    ("GET", "/configs", configs::list),
    ("POST", "/configs", configs::create),
    ("DELETE", "/configs", configs::delete_named),
    ("GET", "/configs/{}", configs::show),
    ("DELETE", "/configs/{}", configs::delete),
    ("GET", "/stemcells", uploads::stemcells),
    ("GET", "/releases", uploads::releases),
];

/// The handler's place in the table and the varying words.
fn find<'a>(method: &str, path: &'a str) -> Option<(usize, Vec<&'a str>)> {
    ROUTES.iter().enumerate().find_map(|(at, (verb, template, _))| {
        if *verb != method {
            return None;
        }
        let mut args = Vec::new();
        let mut words = path.split('/');
        for part in template.split('/') {
            let word = words.next()?;
            match part {
                "{}" if !word.is_empty() => args.push(word),
                part if part == word => {}
                _ => return None,
            }
        }
        words.next().is_none().then_some((at, args))
    })
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
        .is_some_and(|(at, _)| starts.iter().any(|h| std::ptr::fn_addr_eq(*h, ROUTES[at].2)))
}

/// Answers a request, after letting everything happen that was due.
pub(super) fn answer(world: &mut World, request: &Request) -> Answer {
    world.advance();
    let path = request.path.as_str();
    let user = request
        .basic()
        .filter(|(n, p)| *n == world.options.username && *p == world.options.password)
        .map(|(name, _)| name);
    match world.outage {
        Some(Outage::Api) => return Answer::gateway_error(StatusCode::BAD_GATEWAY),
        Some(Outage::Database | Outage::Connections) | None => {}
    }
    if path == "/info" && request.method == "GET" {
        return info::show(&world.options, user.as_deref());
    }
    let prefix = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    if !PREFIXES.contains(&prefix) {
        return Answer::not_found(path);
    }
    if world.outage == Some(Outage::Database) {
        return Answer::empty(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let Some(user) = user else {
        return Answer::unauthorized(path);
    };
    match find(&request.method, path) {
        Some((at, args)) => (ROUTES[at].2)(
            world,
            &Call {
                request,
                user: &user,
                args,
            },
        ),
        None => Answer::no_endpoint(path),
    }
}
