//! How streams and consumers differ from what is wanted.

use async_nats::jetstream::consumer;
use async_nats::jetstream::stream::Config;
use std::fmt;
use std::time::Duration;

/// One setting that isn't as wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deviation {
    pub(crate) setting: &'static str,
    pub(crate) wanted: String,
    pub(crate) found: String,
    pub(crate) change: Change,
}

/// What it would mean to make it as wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing is lost.
    Harmless,
    /// Data or copies of it may be lost.
    Shrinks,
    /// It would be another thing.
    Impossible,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}, wanted {}", self.setting, self.found, self.wanted)
    }
}

/// Compares fields of the same name; each that differs would be a change of the given kind.
macro_rules! differ {
    ($all:ident, $wanted:ident, $found:ident, $change:expr, $($field:ident)*) => {
        $(differ(&mut $all, stringify!($field), &$wanted.$field, &$found.$field, $change);)*
    };
}

/// How a stream differs from what is wanted.
pub(crate) fn of_stream(wanted: &Config, found: &Config) -> Vec<Deviation> {
    let mut all = Vec::new();
    differ!(all, wanted, found, Change::Impossible,
        subjects retention storage discard discard_new_per_subject max_messages_per_subject
        deny_delete deny_purge sealed);
    differ!(all, wanted, found, Change::Harmless, allow_rollup allow_direct allow_message_ttl no_ack);
    let limits = [
        ("max_messages", wanted.max_messages, found.max_messages),
        ("max_bytes", wanted.max_bytes, found.max_bytes),
        (
            "max_message_size",
            wanted.max_message_size.into(),
            found.max_message_size.into(),
        ),
        ("max_consumers", wanted.max_consumers.into(), found.max_consumers.into()),
    ];
    for (setting, wanted, found) in limits {
        let (wanted, found) = (limit(wanted), limit(found));
        differ(&mut all, setting, &wanted, &found, shrinks(wanted < found));
    }
    let (want, is) = (age(wanted.max_age), age(found.max_age));
    differ(&mut all, "max_age", &want, &is, shrinks(want < is));
    let (want, is) = (wanted.num_replicas, found.num_replicas);
    differ(&mut all, "num_replicas", &want, &is, shrinks(want < is));
    all
}

/// How a consumer differs from what is wanted.
pub(crate) fn of_consumer(wanted: &consumer::Config, found: &consumer::Config) -> Vec<Deviation> {
    let mut all = Vec::new();
    differ!(all, wanted, found, Change::Impossible,
        filter_subject filter_subjects ack_policy deliver_policy deliver_subject);
    differ!(all, wanted, found, Change::Harmless, max_deliver ack_wait backoff max_ack_pending);
    all
}

fn differ<T: PartialEq + fmt::Debug>(
    all: &mut Vec<Deviation>,
    setting: &'static str,
    wanted: &T,
    found: &T,
    change: Change,
) {
    if wanted != found {
        let (wanted, found) = (format!("{wanted:?}"), format!("{found:?}"));
        all.push(Deviation {
            setting,
            wanted,
            found,
            change,
        });
    }
}

fn shrinks(less: bool) -> Change {
    if less { Change::Shrinks } else { Change::Harmless }
}

/// A limit of which 0 and anything negative mean none.
#[derive(PartialEq, PartialOrd)]
struct Limit(u64);

fn limit(value: i64) -> Limit {
    Limit(u64::try_from(value).ok().filter(|value| *value > 0).unwrap_or(u64::MAX))
}

fn age(value: Duration) -> Limit {
    limit(i64::try_from(value.as_secs()).unwrap_or(i64::MAX))
}

impl fmt::Debug for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            u64::MAX => f.write_str("unlimited"),
            value => write!(f, "{value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bootstrap::BootstrapSettings;
    use crate::wanted;
    use async_nats::jetstream::stream::StorageType;
    use chandler_proto::layout::Layout;

    fn wanted() -> [Config; 3] {
        wanted::streams(
            &Layout::new("t").expect("a prefix"),
            &BootstrapSettings::new(["provisioning"]),
        )
    }

    #[test]
    fn a_smaller_limit_shrinks_and_a_larger_one_does_not() {
        let [_, _, events] = wanted();
        let cases = [
            (
                Config {
                    max_bytes: -1,
                    ..events.clone()
                },
                Change::Shrinks,
            ),
            (
                Config {
                    max_bytes: 1,
                    ..events.clone()
                },
                Change::Harmless,
            ),
            (
                Config {
                    num_replicas: 3,
                    ..events.clone()
                },
                Change::Shrinks,
            ),
            (
                Config {
                    max_age: Duration::ZERO,
                    ..events.clone()
                },
                Change::Shrinks,
            ),
            (
                Config {
                    max_age: Duration::from_secs(1),
                    ..events.clone()
                },
                Change::Harmless,
            ),
            (
                Config {
                    storage: StorageType::Memory,
                    ..events.clone()
                },
                Change::Impossible,
            ),
            (
                Config {
                    subjects: vec!["x".into()],
                    ..events.clone()
                },
                Change::Impossible,
            ),
        ];
        for (found, change) in cases {
            let all = of_stream(&events, &found);
            assert_eq!(all.iter().map(|it| it.change).collect::<Vec<_>>(), [change], "{all:?}");
        }
        assert_eq!(of_stream(&events, &events), []);
    }

    #[test]
    fn a_deviation_reads_well() {
        let [records, _, _] = wanted();
        let found = Config {
            max_bytes: 5,
            ..records.clone()
        };
        let line = of_stream(&records, &found).pop().map(|it| it.to_string());
        assert_eq!(line.as_deref(), Some("max_bytes is 5, wanted unlimited"));
    }
}
