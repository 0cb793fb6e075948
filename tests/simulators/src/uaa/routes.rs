//! The one list of routes.

use super::calls::{check, clients, discovery, keys, revoke, secret, token};
use super::refusal::Refusal;
use super::state::Shared;
use crate::common::answer::Answer;
use crate::common::request::Request;
use crate::common::site::{Site, find};

/// A request on its way to a handler.
pub(super) struct Call<'a> {
    pub(super) shared: &'a Shared,
    pub(super) request: &'a Request,
    /// The UAA's own clock, which may be ahead of the others.
    pub(super) now: f64,
    args: Vec<&'a str>,
}

impl Call<'_> {
    pub(super) fn arg(&self, at: usize) -> &str {
        self.args.get(at).copied().unwrap_or_default()
    }

    pub(super) fn url(&self) -> String {
        self.shared.lock().url.clone()
    }
}

type Handler = fn(&Call<'_>) -> Result<Answer, Refusal>;

/// Method, template (`{}` stands for one word of the path), handler.
const ROUTES: &[(&str, &str, Handler)] = &[
    ("GET", "/info", discovery::info),
    ("GET", "/login", discovery::login),
    ("GET", "/healthz", discovery::healthz),
    ("GET", "/.well-known/openid-configuration", discovery::openid),
    ("GET", "/token_key", keys::current),
    ("GET", "/token_keys", keys::all),
    ("POST", "/oauth/token", token::grant),
    ("DELETE", "/oauth/token/revoke/{}", revoke::token),
    ("GET", "/oauth/token/revoke/client/{}", revoke::client),
    ("POST", "/check_token", check::check_token),
    ("POST", "/introspect", check::introspect),
    ("GET", "/oauth/clients", clients::list),
    ("POST", "/oauth/clients", clients::create),
    ("GET", "/oauth/clients/{}", clients::show),
    ("PUT", "/oauth/clients/{}", clients::update),
    ("DELETE", "/oauth/clients/{}", clients::delete),
    ("PUT", "/oauth/clients/{}/secret", secret::change),
];

/// The routes over the state.
#[derive(Clone)]
pub(super) struct Routes {
    pub(super) shared: Shared,
}

fn table() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.iter().map(|(verb, template, _)| (*verb, *template))
}

impl Site for Routes {
    fn template(&self, method: &str, path: &str) -> String {
        match find(table(), method, path) {
            Some((at, _)) => format!("{method} {}", ROUTES[at].1),
            None => format!("{method} {path}"),
        }
    }

    async fn answer(&self, request: &Request, now: f64) -> Answer {
        let Some((at, args)) = find(table(), &request.method, &request.path) else {
            let other = ["GET", "POST", "PUT", "DELETE"].map(|verb| find(table(), verb, &request.path).is_some());
            return match other.contains(&true) {
                true => Refusal::method(&request.method).into(),
                false => Refusal::no_route().into(),
            };
        };
        let now = now + self.shared.lock().options.skew_seconds;
        let call = Call {
            shared: &self.shared,
            request,
            now,
            args,
        };
        (ROUTES[at].2)(&call).unwrap_or_else(Answer::from)
    }
}
