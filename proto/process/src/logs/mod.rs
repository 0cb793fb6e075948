//! Log lines to stderr, as JSON for machines or as text for people.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::env::{self, Lookup};
use crate::findings::Findings;
use crate::traces;

mod json;

/// The filter when nothing else is said.
pub const DEFAULT_FILTER: &str = "info,async_nats=error";

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line: `timestamp` (RFC 3339, UTC), `level`, `target`, `message`,
    /// `trace_id` and `span_id` when there is a trace, then the fields of the event and of the
    /// spans around it, the inner ones first.
    Json,
    /// Text, coloured when stderr is a terminal.
    Human,
}

/// What is logged and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// The form of a line.
    pub format: LogFormat,
    /// Directives of tracing's `EnvFilter`, such as `info,chandler_engine=debug`.
    pub filter: String,
}

/// Why logs could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// The filter can't be read.
    #[error("log filter {filter:?}: {reason}")]
    Filter {
        /// The filter as given.
        filter: String,
        /// What the parser says.
        reason: String,
    },
    /// The process already has a subscriber; the first one stays in force.
    #[error("logs are set up already")]
    AlreadySet,
}

impl Default for LogSettings {
    fn default() -> Self {
        let format = if stderr().is_terminal() {
            LogFormat::Human
        } else {
            LogFormat::Json
        };
        Self {
            format,
            filter: DEFAULT_FILTER.to_owned(),
        }
    }
}

impl LogSettings {
    /// `CHANDLER_LOG`, else `RUST_LOG`, is the filter (default `info`); `CHANDLER_LOG_FORMAT` is
    /// `json` or `human` (default: human on a terminal, else JSON).
    ///
    /// # Errors
    /// A finding for each value that can't be read.
    pub fn from_env() -> Result<Self, Findings> {
        Self::read(&env::process)
    }

    /// [`LogSettings::from_env`], with the form that the command line asks for, if it does.
    ///
    /// # Errors
    /// As there.
    pub fn from_env_with(format: Option<LogFormat>) -> Result<Self, Findings> {
        let settings = Self::from_env()?;
        Ok(Self {
            format: format.unwrap_or(settings.format),
            ..settings
        })
    }

    fn read(get: Lookup<'_>) -> Result<Self, Findings> {
        let mut findings = Findings::new();
        let mut settings = Self::default();
        if let Some(filter) = get("CHANDLER_LOG").or_else(|| get("RUST_LOG")) {
            settings.filter = filter;
        }
        if let Err(error) = parse(&settings.filter) {
            findings.push(format!("CHANDLER_LOG or RUST_LOG: {error}"));
        }
        match get("CHANDLER_LOG_FORMAT").as_deref() {
            None => {}
            Some("json") => settings.format = LogFormat::Json,
            Some("human") => settings.format = LogFormat::Human,
            Some(other) => findings.push(format!("CHANDLER_LOG_FORMAT: {other:?} is neither json nor human")),
        }
        findings.into_result(settings)
    }
}

/// Sends the log lines of this process to stderr from now on, and connects spans to traces (they
/// get trace ids at once and are exported from [`traces::init`] on). Once per process.
///
/// # Errors
/// [`LogsError`].
pub fn init(format: LogFormat, filter: &str) -> Result<(), LogsError> {
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Json => fmt::layer()
            .fmt_fields(fmt::format::JsonFields::new())
            .event_format(json::JsonLine::default())
            .with_writer(stderr)
            .with_filter(parse(filter)?)
            .boxed(),
        LogFormat::Human => fmt::layer()
            .with_ansi(stderr().is_terminal())
            .with_writer(stderr)
            .with_filter(parse(filter)?)
            .boxed(),
    };
    tracing_subscriber::registry()
        .with(lines)
        .with(traces::layer())
        .try_init()
        .map_err(|_| LogsError::AlreadySet)
}

/// Checks a filter without using it.
///
/// # Errors
/// [`LogsError::Filter`].
pub(crate) fn parse(filter: &str) -> Result<EnvFilter, LogsError> {
    EnvFilter::try_new(filter).map_err(|error| LogsError::Filter {
        filter: filter.to_owned(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<LogSettings, Findings> {
        let vars: Vec<(String, String)> = vars
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        LogSettings::read(&move |name| {
            vars.iter()
                .find(|(known, _)| known == name)
                .and_then(|(_, value)| env::set(value.clone()))
        })
    }

    #[test]
    fn our_own_filter_wins_over_the_common_one() {
        let settings = read(&[("RUST_LOG", "debug"), ("CHANDLER_LOG", "warn,hyper=off")]).unwrap();
        assert_eq!(settings.filter, "warn,hyper=off");
        assert_eq!(
            read(&[("RUST_LOG", "debug"), ("CHANDLER_LOG", " ")]).unwrap().filter,
            "debug"
        );
        assert_eq!(read(&[]).unwrap().filter, DEFAULT_FILTER);
    }

    #[test]
    fn every_wrong_value_is_a_finding() {
        let findings = read(&[("RUST_LOG", "a=b=c"), ("CHANDLER_LOG_FORMAT", "xml")]).unwrap_err();
        assert_eq!(findings.iter().count(), 2, "{findings}");
        assert_eq!(
            read(&[("CHANDLER_LOG_FORMAT", "json")]).unwrap().format,
            LogFormat::Json
        );
        assert_eq!(
            read(&[("CHANDLER_LOG_FORMAT", "human")]).unwrap().format,
            LogFormat::Human
        );
    }
}
