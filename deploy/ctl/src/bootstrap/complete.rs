//! The key `meta.complete`: the bus knows every instance that there is.
//!
//! An empty bucket would make gateways tell the platform that its instances are gone, and it would
//! forget them. So the mark is written only when nothing can be missing, or when the operator says so.

use super::director::{self, Seen};
use super::streams::ending;
use crate::cli::Bootstrap;
use crate::say::{Exit, complain, line};
use chandler_bus::{Bus, SureError};
use chandler_process::{Clock, SystemClock};
use chandler_proto::config::Config;
use chandler_proto::layout::complete_key;
use serde_json::json;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// How long a write is repeated under its name.
const LIMIT: Duration = Duration::from_secs(20);
/// The most deployments that are told by name.
const TOLD: usize = 10;

/// Whether the mark may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    /// Yes, and by whom it is said.
    Write(&'static str),
    /// No, and what to do.
    Leave(String),
}

/// Writes the mark if it is missing and may be written.
pub(super) async fn settle(bus: &Bus, options: &Bootstrap, config: &Config) -> Result<(), Exit> {
    let found = bus.read(&complete_key()).await.map_err(|error| {
        complain(format_args!("error: {error}"));
        ending(&error)
    })?;
    if found.entry.is_some() {
        line("meta.complete: is there already");
        return Ok(());
    }
    let verdict = match &options.i_know_the_bus_has_every_instance {
        Some(_) => Verdict::Write("operator"),
        None => decide(&director::look(config).await),
    };
    match verdict {
        Verdict::Write(by) => write(bus, by, found.revision).await,
        Verdict::Leave(text) => {
            complain(text);
            Err(Exit::Incomplete)
        }
    }
}

fn decide(seen: &Seen) -> Verdict {
    let (why, what) = match seen {
        Seen::Nothing => return Verdict::Write("bootstrap"),
        Seen::Deployments(names) => {
            let mut told = names
                .iter()
                .take(TOLD)
                .map(|name| format!("\n  {name}"))
                .collect::<String>();
            if names.len() > TOLD {
                told.push_str(&format!("\n  and {} more", names.len() - TOLD));
            }
            let number = names.len();
            (
                format!("the Director has {number} deployment(s) of service instances:{told}"),
                "If the bus lost its data, its records have to be written anew first.",
            )
        }
        Seen::Unknown(text) => (
            format!("the Director can't be asked for deployments of service instances:\n{text}"),
            "Run this again with a configuration whose section bosh reaches the Director.",
        ),
    };
    Verdict::Leave(format!(
        "meta.complete: NOT written, because {why}\n\
         Without it gateways answer 503 for ids that they don't know, so that the platform forgets no live instance.\n\
         {what} If you know that none of these deployments is missing on the bus (they belong to another broker, or \
         their records are there), run this again with --i-know-the-bus-has-every-instance yes"
    ))
}

async fn write(bus: &Bus, by: &str, expected: u64) -> Result<(), Exit> {
    let value = json!({ "by": by, "at": now()? }).to_string();
    match bus.write_sure(&complete_key(), value.into(), expected, LIMIT).await {
        Ok(_) => {
            line(format_args!("meta.complete: written (by {by})"));
            Ok(())
        }
        Err(SureError::Conflict { .. }) => {
            line("meta.complete: somebody else wrote it just now");
            Ok(())
        }
        Err(error @ SureError::Refused(_)) => {
            complain(format_args!("error: meta.complete: {error}"));
            Err(Exit::Failure)
        }
        Err(error @ (SureError::Unknown(_) | SureError::NotSent(_))) => {
            complain(format_args!("error: meta.complete: {error}"));
            Err(Exit::Unavailable)
        }
    }
}

fn now() -> Result<String, Exit> {
    let nanos = i128::from(SystemClock::new().now_ms()) * 1_000_000;
    let now = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok();
    now.and_then(|now| now.format(&Rfc3339).ok()).ok_or_else(|| {
        complain("error: the clock of this machine can't be read");
        Exit::Failure
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_director_without_instances_lets_it_be_written() {
        assert_eq!(decide(&Seen::Nothing), Verdict::Write("bootstrap"));
        let names: Vec<String> = (0..12).map(|n| format!("service-instance_{n}")).collect();
        let Verdict::Leave(text) = decide(&Seen::Deployments(names)) else {
            panic!("written")
        };
        assert!(text.contains("12 deployment(s)"), "{text}");
        assert!(text.contains("service-instance_9\n  and 2 more"), "{text}");
        assert!(text.contains("--i-know-the-bus-has-every-instance yes"), "{text}");
        let Verdict::Leave(text) = decide(&Seen::Unknown("no way".into())) else {
            panic!("written")
        };
        assert!(text.contains("no way"), "{text}");
    }
}
