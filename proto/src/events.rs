//! The history for people: what happened to a record, as a CloudEvent 1.0. Nobody reads one to decide anything.
use crate::{
    ids::Millis,
    job::State,
    records::{Phase, Record},
};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

/// What all kinds begin with.
pub const KIND_PREFIX: &str = "org.chandler.";
/// A job was accepted.
pub const ACCEPTED: &str = "org.chandler.job.accepted";
/// A turn is about to act.
pub const ACTING: &str = "org.chandler.job.acting";
/// The line for people changed.
pub const NOTED: &str = "org.chandler.job.noted";
/// A call to the outside went wrong and will be repeated.
pub const FAULTED: &str = "org.chandler.job.faulted";
/// A leg is done, others follow.
pub const LEG_DONE: &str = "org.chandler.job.leg_done";
/// A job ended well.
pub const SUCCEEDED: &str = "org.chandler.job.succeeded";
/// A job ended badly.
pub const FAILED: &str = "org.chandler.job.failed";
/// A last look found something; the job goes round once more.
pub const LOOKED_AND_FOUND: &str = "org.chandler.job.looked_and_found";
/// A job that nobody was told of was taken back.
pub const WITHDRAWN: &str = "org.chandler.job.withdrawn";

/// The end of the event's subject on the bus: the kind without its prefix.
pub fn subject_tail(kind: &str) -> &str {
    kind.strip_prefix(KIND_PREFIX).unwrap_or(kind)
}

/// The event `kind` (`org.chandler.job.accepted`, say) about the record as it was written. It holds no secret:
/// neither parameters, nor the platform's context, nor who asked.
pub fn cloud_event(kind: &str, record: &Record, now: Millis, id: Uuid) -> Value {
    let job = &record.job;
    let plan = record.plan();
    let state = match &job.state {
        State::Running => "in progress",
        State::Succeeded { .. } => "succeeded",
        State::Failed { .. } => "failed",
    };
    let phase = match record.phase {
        Phase::Pending => "pending",
        Phase::Admitted => "admitted",
        Phase::Gone { .. } => "gone",
    };
    let mut event = json!({
        "specversion": "1.0",
        "id": id,
        "source": "/chandler",
        "type": kind,
        "subject": subject(record),
        "time": rfc3339(now),
        "datacontenttype": "application/json",
        "data": {
            "instance": record.instance,
            "binding": record.binding,
            "phase": phase,
            "service": plan.map(|p| &p.service_name),
            "plan": plan.map(|p| &p.plan_name),
            "job": job.id,
            "operation": job.operation,
            "force": job.force,
            "lane": job.lane,
            "leg": job.leg,
            "step": job.step().map(crate::step::Step::name),
            "attempts": job.attempts,
            "turns": job.turns,
            "faults": job.faults,
            "bosh_task": job.facts.bosh_task,
            "note": job.note,
            "state": state,
            "request_identity": job.request_identity,
        },
    });
    if let (Some(traceparent), Some(members)) = (&job.traceparent, event.as_object_mut()) {
        // The extension attribute of CloudEvents for distributed tracing.
        members.insert("traceparent".into(), json!(traceparent));
    }
    event
}

/// `<instance>`, or `<instance>/<binding>`.
fn subject(record: &Record) -> String {
    match &record.binding {
        None => record.instance.to_string(),
        Some(binding) => format!("{}/{binding}", record.instance),
    }
}

fn rfc3339(at: Millis) -> String {
    let nanos = i128::from(at.0).saturating_mul(1_000_000);
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    // Only years beyond 9999 have no RFC 3339 form, and those are outside of the type.
    time.format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_cloud_event_without_secrets() {
        let sealed = json!({ "key": "k1", "nonce": "bm9uY2U=", "data": "c2VhbGVk" });
        let plan = json!({ "service_id": "s", "service_name": "kv", "plan_id": "p", "plan_name": "small" });
        let record = json!({
            "schema": 1, "instance": "a.b", "phase": "admitted", "created_at": 1,
            "job": {
                "id": Uuid::from_u128(7), "operation": "provision", "lane": "user", "leg": 0,
                "itinerary": [{ "provisioning": "deploy" }], "accepted_at": 1, "deadline": 9, "touched_at": 1, "state": "running",
                "wanted": { "plan": plan, "fingerprint": "f00d", "context": sealed },
                "sealed": { "request": sealed }, "traceparent": "00-tp", "originating_identity": "cloudfoundry who",
            },
        });
        let record: Record = serde_json::from_value(record).unwrap();
        let event = cloud_event(ACCEPTED, &record, Millis(1_700_000_000_123), Uuid::from_u128(1));
        for (name, value) in [
            ("specversion", "1.0"),
            ("id", "00000000-0000-0000-0000-000000000001"),
            ("type", "org.chandler.job.accepted"),
            ("subject", "a.b"),
            ("time", "2023-11-14T22:13:20.123Z"),
            ("traceparent", "00-tp"),
        ] {
            assert_eq!(event[name], value, "{name}");
        }
        let data = &event["data"];
        assert_eq!(
            (&data["service"], &data["plan"], &data["step"]),
            (&json!("kv"), &json!("small"), &json!("deploy"))
        );
        assert_eq!(
            (&data["operation"], &data["state"]),
            (&json!("provision"), &json!("in progress"))
        );
        let text = event.to_string();
        for hidden in ["c2VhbGVk", "f00d", "who"] {
            assert!(!text.contains(hidden), "{hidden}");
        }
        assert_eq!(subject_tail(ACCEPTED), "job.accepted");
    }
}
