//! What a simulator brings: its state and its routes. All else is done here.

use http::StatusCode;

use super::answer::Answer;
use super::controls::Controls;
use super::fault::Outage;
use super::journal::CallFate;
use super::listen::{Arrival, Service};
use super::request::Request;

/// The state and the routes of a simulated server. It locks its own state.
pub(crate) trait Site: Send + Sync + 'static {
    /// `METHOD template` for counts, such as `GET /oauth/clients/{}`; the path itself when no route fits.
    fn template(&self, method: &str, path: &str) -> String;

    /// Does what is asked. `now` is the simulator's clock, in Unix seconds.
    fn answer(&self, request: &Request, now: f64) -> impl Future<Output = Answer> + Send;
}

/// A site with its controls.
#[derive(Debug)]
pub(crate) struct Front<S> {
    pub(crate) site: S,
    pub(crate) controls: Controls,
}

impl<S: Site> Service for Front<S> {
    type Place = u64;

    fn is_closed(&self) -> bool {
        self.controls.outage() == Some(Outage::Connections)
    }

    fn receive(&self, request: &Request) -> Arrival<u64> {
        let (method, path) = (request.method.as_str(), request.path.as_str());
        self.controls.receive(self.site.template(method, path), method, path)
    }

    fn lost(&self, place: u64) {
        self.controls.decide(place, |call| call.fate = CallFate::Lost);
    }

    fn made_up(&self, place: u64, status: u16, body: Option<String>) -> Answer {
        let answer = Answer::made_up(status, body);
        self.decided(place, &answer, false);
        answer
    }

    async fn act(&self, place: u64, request: &Request, response_lost: bool) -> Answer {
        let alive = matches!(request.path.as_str(), "/info" | "/healthz" | "/health");
        let answer = match self.controls.outage() {
            Some(Outage::Api) => Answer::gateway_error(StatusCode::BAD_GATEWAY),
            Some(Outage::Database) if !alive => Answer::empty(StatusCode::INTERNAL_SERVER_ERROR),
            Some(Outage::Database | Outage::Connections) | None => self.site.answer(request, self.controls.now()).await,
        };
        self.decided(place, &answer, response_lost);
        answer
    }
}

impl<S: Site> Front<S> {
    fn decided(&self, place: u64, answer: &Answer, response_lost: bool) {
        self.controls.decide(place, |call| {
            let refused = answer.status.is_client_error() || answer.status.is_server_error();
            call.fate = if refused { CallFate::Refused } else { CallFate::Done };
            call.status = Some(answer.status.as_u16());
            call.actor.clone_from(&answer.actor);
            call.response_lost = response_lost;
        });
    }
}

/// The place of the first route that fits in a table of methods and templates (`{}` stands for one word of the path), and the
/// words that vary.
pub(crate) fn find<'a>(
    routes: impl IntoIterator<Item = (&'static str, &'static str)>,
    method: &str,
    path: &'a str,
) -> Option<(usize, Vec<&'a str>)> {
    routes.into_iter().enumerate().find_map(|(at, (verb, template))| {
        if verb != method {
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
