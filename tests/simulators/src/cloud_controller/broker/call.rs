//! One call of a broker, with what is armed for it, into the journal.

use std::pin::pin;

use futures::future::{Either, select};
use http::HeaderMap;

use super::Brokers;
use super::client::{self, NoReply, Reply};
use super::outgoing::{OutgoingAction, OutgoingCall, OutgoingFate};
use super::request::{Ask, Origin, Target};

impl Brokers {
    /// Sends a call as often as it is armed for; without a fault once.
    pub(super) async fn call(&self, target: &Target, ask: &Ask, origin: &Origin) -> Result<Reply, NoReply> {
        let headers = origin.headers(target, ask);
        let once = || self.send(target, ask, headers.clone());
        match self.outgoing.draw(ask) {
            None | Some(OutgoingAction::Stop) => once().await,
            Some(OutgoingAction::TimeOut) => {
                let place = self.noted(ask, OutgoingFate::TimedOut);
                let (brokers, target, ask) = (self.clone(), target.clone(), ask.clone());
                self.spawn(async move {
                    let late = client::send(&brokers.http, &target, &ask, headers).await;
                    tracing::debug!(place, arrived = late.is_ok(), "a call that nobody waited for");
                });
                Err(NoReply::TimedOut)
            }
            Some(OutgoingAction::AnswerLost) => {
                let place = self.noted(ask, OutgoingFate::Pending);
                let _lost = client::send(&self.http, target, ask, headers).await;
                self.outgoing.decide(place, OutgoingFate::TimedOut);
                Err(NoReply::TimedOut)
            }
            Some(OutgoingAction::TimeOutUnsent) => {
                self.noted(ask, OutgoingFate::TimedOut);
                Err(NoReply::TimedOut)
            }
            Some(OutgoingAction::Double) => {
                let _first = once().await;
                once().await
            }
            Some(OutgoingAction::DoubleAtOnce) => match select(pin!(once()), pin!(once())).await {
                Either::Left((_, later)) => later.await,
                Either::Right((_, later)) => later.await,
            },
        }
    }

    async fn send(&self, target: &Target, ask: &Ask, headers: HeaderMap) -> Result<Reply, NoReply> {
        let place = self.noted(ask, OutgoingFate::Pending);
        let answer = client::send(&self.http, target, ask, headers).await;
        let fate = match &answer {
            Ok(reply) => OutgoingFate::Answered(reply.status),
            Err(NoReply::TimedOut) => OutgoingFate::TimedOut,
            Err(NoReply::Unreachable) => OutgoingFate::Unreachable,
            Err(NoReply::Broken(_)) => OutgoingFate::Broken,
        };
        tracing::debug!(method = %ask.method, path = ask.path, ?fate, "called a broker");
        self.outgoing.decide(place, fate);
        answer
    }

    fn noted(&self, ask: &Ask, fate: OutgoingFate) -> usize {
        let query = ask.query.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
        self.outgoing.note(OutgoingCall {
            method: ask.method.to_string(),
            path: ask.path.clone(),
            query: query.collect(),
            purpose: ask.purpose.name(),
            fate,
            at: self.controls.now(),
        })
    }
}
