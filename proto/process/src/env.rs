//! The one place of this crate that reads the environment. Everything else takes a [`Lookup`],
//! so that its rules can be tried without touching the process.

/// Looks up a variable; unset, empty and blank are the same (OpenTelemetry's rule, kept for ours).
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The environment of this process. A value that is no UTF-8 counts as unset.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where a process reads its OTEL_* and log variables"
)]
pub(crate) fn process(name: &str) -> Option<String> {
    std::env::var(name).ok().and_then(set)
}

/// `None` for a blank value, else the value without blanks around it.
pub(crate) fn set(value: String) -> Option<String> {
    let trimmed = value.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}
