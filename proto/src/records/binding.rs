//! What a record holds for a binding, and how an unbind takes its place.
use super::{Past, Phase, Record};
use crate::{
    ids::{BindingId, Millis},
    itinerary::{Wishes, itinerary},
    job::{Birth, CLOCK_SLACK, Later},
    layout::Lane,
    operation::Operation,
    seal::Sealed,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a bind is to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingWanted {
    /// Its credentials go to CredHub.
    #[serde(default)]
    pub secure: bool,
    /// Who may read them there: `mtls-app:<app guid>` or `uaa-client:<id>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
    /// The binding that it will take the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predecessor: Option<BindingId>,
    /// The request as the adapter gets it, sealed for this record. It is kept as long as the binding is there: one that
    /// takes its place (rotation) is made of the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Sealed>,
    /// Members of a later release.
    #[serde(flatten)]
    pub later: Later,
}

/// A binding that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingInForce {
    /// What the platform is answered, a JSON object, sealed. With secure bindings its credentials are the reference.
    #[serde(default)]
    pub answer: Option<Sealed>,
    /// As it was made.
    pub made: BindingWanted,
    /// Members of a later release.
    #[serde(flatten)]
    pub later: Later,
}

impl Record {
    /// The record with an unbind in the place of whatever job this binding has. The act window stays: somebody may
    /// still be acting. `secure`: bindings go to CredHub now, so this one may have.
    #[must_use]
    pub fn unbound(&self, birth: &Birth, lane: Lane, secure: bool, deadline: Duration, now: Millis) -> Record {
        let wishes = Wishes {
            addresses: self
                .plan()
                .map(|plan| plan.binding_with_dns.as_slice())
                .unwrap_or_default(),
            secure: secure || self.secure(),
            ..Wishes::default()
        };
        let mut job = birth.job(
            Operation::Unbind,
            lane,
            itinerary(Operation::Unbind, wishes),
            deadline,
            now,
        );
        job.takes_over(&self.job);
        if let Some(until) = job.act_until {
            // It can't begin before: its time begins then.
            job.deadline = job.deadline.max(until.plus(CLOCK_SLACK).plus(deadline));
        }
        // What was to be is all that is known of a binding that never was.
        job.wanted = self.job.wanted.clone().filter(|_| self.in_force.is_none());
        let mut record = Record {
            phase: Phase::Admitted,
            job,
            before: Some(Past::of(&self.job, now)),
            ..self.clone()
        };
        record.forget_request();
        record
    }

    /// Where CredHub has the credentials of this binding: `/c/<service>/<instance>/<binding>/credentials`, as ODB
    /// writes it. `None` for the record of an instance.
    pub fn credhub_name(&self) -> Option<String> {
        let (binding, plan) = (self.binding.as_ref()?, self.plan()?);
        Some(format!(
            "{}{binding}/credentials",
            bindings_path(&plan.service_id, self.instance.as_str())
        ))
    }
}

/// What the names of all credentials of an instance's bindings in CredHub begin with: `/c/<service>/<instance>/`.
pub fn bindings_path(service_id: &str, instance: &str) -> String {
    format!("/c/{service_id}/{instance}/")
}

/// What the names of all secrets that the broker keeps for an instance's manifest begin with:
/// `/odb/<service>/<deployment>/`.
pub fn secrets_path(service_id: &str, deployment: &str) -> String {
    format!("/odb/{service_id}/{deployment}/")
}
