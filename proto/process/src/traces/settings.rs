//! The standard `OTEL_*` variables, read before anything is opened. No finding repeats an endpoint's
//! text.

use std::path::PathBuf;
use std::time::Duration;

use http::Uri;

use super::checks;
use crate::env::Lookup;
use crate::findings::Findings;

/// The limit of one export when nothing is said (OpenTelemetry's default).
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where traces go and under which name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TraceSettings {
    /// `service.name`.
    pub(super) service_name: String,
    /// `None`: nothing is exported.
    pub(super) export: Option<Export>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Export {
    /// The whole URL, http or https.
    pub(super) endpoint: Uri,
    /// The limit of one export.
    pub(super) timeout: Duration,
    /// A PEM file of the certificates to trust instead of the system's.
    pub(super) ca_file: Option<PathBuf>,
}

impl TraceSettings {
    /// # Errors
    /// A finding for each variable that can't be followed.
    pub(crate) fn read(service_name: &str, get: Lookup<'_>) -> Result<Self, Findings> {
        let mut findings = Findings::new();
        let disabled = get("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let off = disabled || get("OTEL_TRACES_EXPORTER").as_deref() == Some("none");
        let endpoint = if off { None } else { endpoint(get, &mut findings) };
        if !disabled {
            checks::values(get, &mut findings);
            checks::sampler(get, &mut findings);
        }
        let export = endpoint.map(|endpoint| {
            for name in ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"] {
                checks::headers(name, get, &mut findings);
            }
            Export {
                endpoint,
                timeout: either(get, "TIMEOUT")
                    .and_then(|(_, ms)| ms.parse().ok())
                    .map_or(DEFAULT_TIMEOUT, Duration::from_millis),
                ca_file: either(get, "CERTIFICATE").map(|(_, path)| PathBuf::from(path)),
            }
        });
        findings.into_result(Self {
            service_name: service_name_of(get).unwrap_or_else(|| service_name.to_owned()),
            export,
        })
    }
}

/// The variable for traces, else the one for all signals, with its name.
fn either(get: Lookup<'_>, what: &str) -> Option<(String, String)> {
    ["OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_"]
        .iter()
        .find_map(|prefix| {
            let name = format!("{prefix}{what}");
            get(&name).map(|value| (name, value))
        })
}

/// `OTEL_SERVICE_NAME`, else `service.name` of `OTEL_RESOURCE_ATTRIBUTES`.
fn service_name_of(get: Lookup<'_>) -> Option<String> {
    get("OTEL_SERVICE_NAME").or_else(|| {
        let attributes = get("OTEL_RESOURCE_ATTRIBUTES")?;
        let name = attributes.split(',').find_map(|attribute| {
            let (key, value) = attribute.split_once('=')?;
            (key.trim() == "service.name").then(|| value.trim().to_owned())
        });
        name.filter(|name| !name.is_empty())
    })
}

/// The endpoint for traces is used as it is, the common one gets `/v1/traces`.
fn endpoint(get: Lookup<'_>, findings: &mut Findings) -> Option<Uri> {
    let (name, text) = either(get, "ENDPOINT")?;
    let url = if name.contains("TRACES") {
        text
    } else {
        format!("{}/v1/traces", text.trim_end_matches('/'))
    };
    let parsed = url.parse::<Uri>().ok().filter(|uri| {
        let scheme = uri.scheme_str();
        // A user in the URL would be sent to nobody but shown in error texts.
        let user = uri
            .authority()
            .is_some_and(|authority| authority.as_str().contains('@'));
        (scheme == Some("http") || scheme == Some("https")) && uri.host().is_some() && !user
    });
    if parsed.is_none() {
        findings.push(format!(
            "{name}: not a URL of the form http://host:port or https://host:port (without a user; headers carry credentials)"
        ));
    }
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<TraceSettings, Findings> {
        TraceSettings::read("gateway", &|name| {
            let found = vars.iter().find(|(known, _)| *known == name);
            found.and_then(|(_, value)| crate::env::set((*value).to_owned()))
        })
    }

    fn endpoint_of(vars: &[(&str, &str)]) -> Option<String> {
        read(vars).unwrap().export.map(|export| export.endpoint.to_string())
    }

    #[test]
    fn the_endpoint_is_found_as_the_standard_says() {
        const ALL: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
        type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);
        let table: [Case<'_>; 7] = [
            (&[], None),
            (&[(ALL, "http://c:4318")], Some("http://c:4318/v1/traces")),
            (&[(ALL, "https://c:4318/x/")], Some("https://c:4318/x/v1/traces")),
            (&[(ALL, "http://c"), (TRACES, "http://t/own")], Some("http://t/own")),
            (&[(ALL, "http://c"), (TRACES, " ")], Some("http://c/v1/traces")),
            (&[(ALL, "http://c"), ("OTEL_SDK_DISABLED", "TRUE")], None),
            (&[(ALL, "http://c"), ("OTEL_TRACES_EXPORTER", "none")], None),
        ];
        for (vars, expected) in table {
            assert_eq!(endpoint_of(vars).as_deref(), expected, "{vars:?}");
        }
    }

    #[test]
    fn the_service_name_comes_from_the_environment_first() {
        let name = |vars: &[(&str, &str)]| read(vars).unwrap().service_name;
        let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "a=b, service.name = from-attributes");
        assert_eq!(name(&[]), "gateway");
        assert_eq!(name(&[attributes]), "from-attributes");
        assert_eq!(name(&[attributes, ("OTEL_SERVICE_NAME", "own")]), "own");
    }

    #[test]
    fn what_would_be_ignored_is_a_finding() {
        let on = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c");
        let wrong = [
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "c:4318"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://c"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://me:hunter2@c"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/k"),
            ("OTEL_PROPAGATORS", "b3"),
            ("OTEL_TRACES_EXPORTER", "console"),
            ("OTEL_TRACES_SAMPLER", "xray"),
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
            ("OTEL_BSP_SCHEDULE_DELAY", "5s"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "good=x,hunter2"),
        ];
        for wrong in wrong {
            let findings = read(&[on, wrong]).expect_err(wrong.0);
            assert_eq!(findings.iter().count(), 1, "{wrong:?}: {findings}");
            assert!(findings.to_string().starts_with("OTEL_"), "{findings}");
            assert!(!findings.to_string().contains("hunter2"), "{findings}");
        }
        let all: Vec<_> = [on].into_iter().chain(wrong.into_iter().skip(3)).collect();
        assert_eq!(read(&all).unwrap_err().iter().count(), 9, "all at once, one name each");
    }
}
