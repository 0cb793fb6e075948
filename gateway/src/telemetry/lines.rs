//! The lines, in the Go broker's shapes.
use super::{Count, Offered};
use chandler_proto::ids::Millis;
use serde::Serialize;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// Consumers tell the lines by it.
const SOURCE: &str = "on-demand-broker";

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Event {
    item: &'static str,
    operation: &'static str,
}

#[derive(Clone, Copy, Serialize)]
struct Line<'a> {
    #[serde(rename = "telemetry-time")]
    time: &'a str,
    #[serde(rename = "telemetry-source")]
    source: &'static str,
    #[serde(rename = "service-offering")]
    offering: Named<'a>,
    event: Event,
    #[serde(rename = "service-instances", skip_serializing_if = "Option::is_none")]
    all: Option<All>,
    #[serde(rename = "service-instances-per-plan", skip_serializing_if = "Option::is_none")]
    of_plan: Option<OfPlan<'a>>,
}

#[derive(Clone, Copy, Serialize)]
struct Named<'a> {
    name: &'a str,
}

#[derive(Clone, Copy, Serialize)]
struct All {
    total: u64,
}

#[derive(Clone, Copy, Serialize)]
struct OfPlan<'a> {
    #[serde(rename = "plan-id")]
    plan_id: &'a str,
    total: u64,
}

impl Event {
    /// The counting begins.
    pub(super) fn startup() -> Self {
        Event {
            item: "broker",
            operation: "startup",
        }
    }

    /// An operation on an instance was asked about.
    pub(super) fn instance(operation: &'static str) -> Self {
        Event {
            item: "instance",
            operation,
        }
    }
}

/// A line for all instances of the offering, and one for each of its plans. Each ends with a newline.
pub(super) fn lines(now: Millis, offered: &Offered, event: Event, count: &Count) -> String {
    let time = stamp(now);
    let base = Line {
        time: &time,
        source: SOURCE,
        offering: Named { name: &offered.name },
        event,
        all: None,
        of_plan: None,
    };
    let all = Line {
        all: Some(All { total: count.total }),
        ..base
    };
    let plans = offered.plans.iter().map(|plan_id| Line {
        of_plan: Some(OfPlan {
            plan_id,
            total: count.plans.get(plan_id.as_str()).copied().unwrap_or_default(),
        }),
        ..base
    });
    // Texts and numbers can't fail to be written.
    let text = |line| serde_json::to_string(&line).unwrap_or_default() + "\n";
    std::iter::once(all).chain(plans).map(text).collect()
}

/// RFC 3339 in local time, whole seconds.
fn stamp(now: Millis) -> String {
    let seconds = i64::try_from(now.0 / 1000).unwrap_or_default();
    let utc = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    // Where the machine doesn't say where it is, UTC is a time as good.
    let here = UtcOffset::local_offset_at(utc).unwrap_or(UtcOffset::UTC);
    // Offsets of before the railways have seconds, for which the format has no place.
    let here = UtcOffset::from_hms(here.whole_hours(), here.minutes_past_hour(), 0).unwrap_or(UtcOffset::UTC);
    utc.to_offset(here).format(&Rfc3339).unwrap_or_default()
}
