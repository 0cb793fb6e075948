//! The one call, and who gets through to it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::StatusCode;

use super::options::{Instance, Options};
use crate::common::answer::Answer;
use crate::common::request::Request;
use crate::common::site::Site;

/// Where the list is.
pub(super) const LIST: &str = "/service_instances";

/// A service instances API without its listener.
pub(super) struct Desk {
    state: Mutex<State>,
}

/// What it knows.
pub(super) struct State {
    pub(super) username: String,
    pub(super) password: String,
    pub(super) instances: Vec<Instance>,
}

impl Desk {
    pub(super) fn new(options: Options) -> Self {
        let state = State {
            username: options.username,
            password: options.password,
            instances: options.instances,
        };
        Self {
            state: Mutex::new(state),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Site for Desk {
    fn template(&self, method: &str, path: &str) -> String {
        format!("{method} {path}")
    }

    async fn answer(&self, request: &Request, _now: f64) -> Answer {
        let state = self.state();
        let known = (state.username.clone(), state.password.clone());
        let Some((user, _)) = request.basic().filter(|asker| *asker == known) else {
            return Answer::empty(StatusCode::UNAUTHORIZED).with("www-authenticate", "Basic realm=\"instances\"");
        };
        let answer = match (request.path.as_str(), request.method.as_str()) {
            (LIST, "GET") => list(&state, request),
            (LIST, _) => Answer::empty(StatusCode::METHOD_NOT_ALLOWED).with("allow", "GET"),
            _ => Answer::empty(StatusCode::NOT_FOUND),
        };
        answer.by(user)
    }
}

fn list(state: &State, request: &Request) -> Answer {
    let fits = |key: &str, value: Option<&str>| request.query(key).is_none_or(|wanted| value == Some(wanted));
    let wanted = |it: &&Instance| {
        fits("service_instance_id", Some(&it.service_instance_id))
            && fits("plan_id", Some(&it.plan_id))
            && fits("space_guid", it.space_guid.as_deref())
    };
    let rows: Vec<&Instance> = state.instances.iter().filter(wanted).collect();
    Answer::json(StatusCode::OK, &serde_json::json!(rows))
}
