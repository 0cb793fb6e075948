//! The table of calls, and who gets through to them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::StatusCode;

use super::auth;
use super::calls::{Call, about, data, generate, interpolate, permissions, permissions_v1};
use super::options::Options;
use super::permissions::Operation;
use super::refusal::Refusal;
use super::vault::Vault;
use crate::common::answer::Answer;
use crate::common::request::Request;
use crate::common::site::{self, Site};
use crate::uaa::Verifier;

type Handler = fn(&mut Vault, &Call<'_>) -> Result<Answer, Refusal>;

/// Method, template, whether it goes on in read-only mode, handler.
const ROUTES: &[(&str, &str, bool, Handler)] = &[
    ("GET", "/version", true, about::version),
    ("GET", "/api/v1/key-usage", true, about::key_usage),
    ("PUT", "/api/v1/data", false, data::set),
    ("POST", "/api/v1/data", false, generate::generate),
    ("GET", "/api/v1/data", true, data::find),
    ("DELETE", "/api/v1/data", false, data::delete),
    ("GET", "/api/v1/data/{}", true, data::by_id),
    ("POST", "/api/v1/regenerate", false, generate::regenerate),
    ("POST", "/api/v1/interpolate", true, interpolate::interpolate),
    ("GET", "/api/v1/permissions", true, permissions_v1::list),
    ("POST", "/api/v1/permissions", false, permissions_v1::create),
    ("DELETE", "/api/v1/permissions", false, permissions_v1::delete),
    ("GET", "/api/v2/permissions", true, permissions::find),
    ("POST", "/api/v2/permissions", false, permissions::create),
    ("GET", "/api/v2/permissions/{}", true, permissions::by_id),
    ("PUT", "/api/v2/permissions/{}", false, permissions::replace),
    ("PATCH", "/api/v2/permissions/{}", false, permissions::change),
    ("DELETE", "/api/v2/permissions/{}", false, permissions::delete),
];

/// A CredHub without its listener.
#[derive(Debug)]
pub(super) struct Desk {
    uaa: Verifier,
    version: String,
    vault: Mutex<Vault>,
}

impl Desk {
    pub(super) fn new(options: Options) -> Result<Self, Refusal> {
        let mut vault = Vault {
            acls: options.acls,
            ..Vault::default()
        };
        for (path, actor) in options.grants {
            let path = super::name::check_path(&path)?;
            vault.permissions.add(path, actor, Operation::ALL.into())?;
        }
        Ok(Self {
            uaa: options.uaa,
            version: options.version,
            vault: Mutex::new(vault),
        })
    }

    pub(super) fn vault(&self) -> MutexGuard<'_, Vault> {
        self.vault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn anonymous(&self, request: &Request) -> Option<Result<Answer, Refusal>> {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/info") => Some(Ok(about::info(self.uaa.url()))),
            ("GET", "/health") => Some(Ok(about::health())),
            ("GET", "/management") => Some(Ok(about::management(&self.vault()))),
            ("POST", "/management") => Some(about::set_management(&mut self.vault(), request)),
            _ => None,
        }
    }

    fn known(&self, request: &Request, actor: &str, now: f64) -> Result<Answer, Refusal> {
        let Some((at, args)) = find(&request.method, &request.path) else {
            return Ok(Answer::empty(StatusCode::NOT_FOUND));
        };
        let (_, _, reads, handler) = ROUTES[at];
        let mut vault = self.vault();
        if vault.read_only && !reads {
            return Err(Refusal::ReadOnly);
        }
        let call = Call {
            request,
            actor,
            now,
            args,
            version: &self.version,
        };
        handler(&mut vault, &call)
    }
}

impl Site for Desk {
    fn template(&self, method: &str, path: &str) -> String {
        match find(method, path) {
            Some((at, _)) => format!("{method} {}", ROUTES[at].1),
            None => format!("{method} {path}"),
        }
    }

    async fn answer(&self, request: &Request, now: f64) -> Answer {
        if let Some(answered) = self.anonymous(request) {
            return answered.unwrap_or_else(|refusal| refused(&refusal));
        }
        let actor = match auth::actor(&self.uaa, request, now) {
            Ok(actor) => actor,
            Err(denied) => return denied.answer(),
        };
        let answered = self.known(request, &actor, now);
        answered.unwrap_or_else(|refusal| refused(&refusal)).by(actor)
    }
}

fn find<'a>(method: &str, path: &'a str) -> Option<(usize, Vec<&'a str>)> {
    site::find(
        ROUTES.iter().map(|(verb, template, ..)| (*verb, *template)),
        method,
        path,
    )
}

fn refused(refusal: &Refusal) -> Answer {
    Answer::json(refusal.status(), &refusal.body())
}
