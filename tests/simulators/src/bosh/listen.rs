//! The Director behind its connections: what is noted of a request, and its fate.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::StatusCode;

use super::answer::Answer;
use super::journal::{Fate, Start};
use super::routes;
use super::world::World;
use crate::common::answer as common;
use crate::common::fault::Outage;
use crate::common::listen::{Arrival, Service};
use crate::common::request::Request;

/// The world, shared by the listeners and the tests.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub(super) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for Shared {
    /// The serial number of a request that would start a task.
    type Place = Option<u64>;

    fn is_closed(&self) -> bool {
        self.lock().outage == Some(Outage::Connections)
    }

    fn receive(&self, request: &Request) -> Arrival<Option<u64>> {
        self.lock().receive(request)
    }

    fn lost(&self, place: Option<u64>) {
        self.lock().decide(place, Fate::Lost, None, false);
    }

    fn made_up(&self, place: Option<u64>, status: u16, body: Option<String>) -> common::Answer {
        self.lock().decide(place, Fate::Refused, None, false);
        made_up(status, body).into()
    }

    async fn act(&self, place: Option<u64>, request: &Request, response_lost: bool) -> common::Answer {
        self.lock().act(request, place, response_lost).into()
    }
}

impl World {
    /// Notes a request and draws its fault.
    fn receive(&mut self, request: &Request) -> Arrival<Option<u64>> {
        if self.outage == Some(Outage::Connections) {
            return Arrival::Closed;
        }
        self.ledger.count(routes::template(&request.method, &request.path));
        let place = routes::starts_task(request).then(|| {
            self.ledger.start(Start {
                method: request.method.clone(),
                path: request.path.clone(),
                context_id: request.header("x-bosh-context-id").unwrap_or_default().to_owned(),
                at: self.clock.now(),
                fate: Fate::Pending,
                task: None,
                response_lost: false,
            })
        });
        Arrival::Noted {
            place,
            latency_ms: self.latency_ms,
            fault: self.call_fault(&request.method, &request.path),
        }
    }

    fn act(&mut self, request: &Request, place: Option<u64>, lost: bool) -> Answer {
        let answer = routes::answer(self, request);
        let fate = match answer.task {
            Some(_) => Fate::Started,
            None => Fate::Refused,
        };
        self.decide(place, fate, answer.task, lost);
        answer
    }

    fn decide(&mut self, place: Option<u64>, fate: Fate, task: Option<u64>, response_lost: bool) {
        if let Some(start) = place.and_then(|serial| self.ledger.find(serial)) {
            start.fate = fate;
            start.task = task;
            start.response_lost = response_lost;
        }
    }
}

fn made_up(status: u16, body: Option<String>) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match (status.as_u16(), body) {
        (_, Some(body)) => Answer::html(status, body),
        (502..=504, None) => Answer::gateway_error(status),
        (_, None) => Answer::empty(status),
    }
}
