//! Checks of the `OTEL_*` variables that the SDK reads by itself: what it would ignore silently is a
//! finding here. No finding repeats a header's value.

use crate::env::Lookup;
use crate::findings::Findings;

const SAMPLERS: [&str; 6] = [
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
];

/// Asked for, but not built: refused instead of ignored. The second is what may be said.
const ONLY: [(&str, &[&str]); 6] = [
    ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", &["http/protobuf"]),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", &["http/protobuf"]),
    ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", &["none"]),
    ("OTEL_EXPORTER_OTLP_COMPRESSION", &["none"]),
    ("OTEL_PROPAGATORS", &["tracecontext", "tracecontext,baggage", "none"]),
    ("OTEL_TRACES_EXPORTER", &["otlp", "none"]),
];

const NOT_BUILT: [&str; 4] = [
    "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
];

const NUMBERS: [&str; 9] = [
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "OTEL_SPAN_LINK_COUNT_LIMIT",
];

/// Values that are not built, and numbers that are none.
pub(super) fn values(get: Lookup<'_>, findings: &mut Findings) {
    for (name, allowed) in ONLY {
        if let Some(value) = get(name).filter(|value| !allowed.contains(&value.as_str())) {
            findings.push(format!(
                "{name}: {value:?} is not supported, only {}",
                allowed.join(" or ")
            ));
        }
    }
    for name in NOT_BUILT {
        if get(name).is_some() {
            findings.push(format!(
                "{name}: client certificates for the trace exporter are not supported"
            ));
        }
    }
    for name in NUMBERS {
        // A limit of no attributes is a wish, a time or a queue of nothing is a mistake.
        let least = u32::from(!name.starts_with("OTEL_SPAN"));
        if let Some(value) = get(name).filter(|v| !v.parse::<u32>().is_ok_and(|n| n >= least)) {
            findings.push(format!("{name}: {value:?} is not a whole number of at least {least}"));
        }
    }
}

/// The sampler and its argument.
pub(super) fn sampler(get: Lookup<'_>, findings: &mut Findings) {
    let Some(sampler) = get("OTEL_TRACES_SAMPLER") else {
        return;
    };
    if !SAMPLERS.contains(&sampler.as_str()) {
        findings.push(format!(
            "OTEL_TRACES_SAMPLER: {sampler:?} is not supported, only {}",
            SAMPLERS.join(", ")
        ));
    }
    if sampler.ends_with("traceidratio") {
        let ratio = get("OTEL_TRACES_SAMPLER_ARG").and_then(|arg| arg.parse::<f64>().ok());
        if !ratio.is_some_and(|ratio| (0.0..=1.0).contains(&ratio)) {
            findings.push(format!("OTEL_TRACES_SAMPLER_ARG: {sampler} needs a number from 0 to 1"));
        }
    }
}

/// The form of a list of headers.
pub(super) fn headers(name: &str, get: Lookup<'_>, findings: &mut Findings) {
    let Some(headers) = get(name) else { return };
    for (place, header) in headers.split_terminator(',').enumerate() {
        let good = header.split_once('=').is_some_and(|(key, value)| {
            let value = value.trim();
            http::HeaderName::from_bytes(key.trim().as_bytes()).is_ok()
                && !value.is_empty()
                && http::HeaderValue::from_str(value).is_ok()
        });
        if !good {
            findings.push(format!("{name}: entry {} is not name=value", place + 1));
        }
    }
}
