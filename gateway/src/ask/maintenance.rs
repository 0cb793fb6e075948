//! What a request says of the maintenance info.
use super::{name, text};
use crate::answer::Refusal;
use chandler_proto::catalog::MaintenanceShown;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The members that count, as far as they were sent. The description never does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MaintenanceAsk {
    pub(crate) version: Option<String>,
    pub(crate) public: Option<BTreeMap<String, String>>,
    pub(crate) private: Option<String>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow, default)]
    version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    public: Option<&'a RawValue>,
    #[serde(borrow, default)]
    private: Option<&'a RawValue>,
}

impl MaintenanceAsk {
    /// Parses it. What the catalog doesn't show nobody can have it from: then only the version counts, and it has to be
    /// there.
    ///
    /// # Errors
    /// [`Refusal::Malformed`]; no text repeats what was sent.
    pub(super) fn parse(info: &RawValue, shown: MaintenanceShown) -> Result<Self, Refusal> {
        let malformed = |text: &str| Refusal::Malformed(text.to_owned());
        let body: Body<'_> =
            serde_json::from_str(info.get()).map_err(|_| malformed("maintenance_info has a member twice"))?;
        match shown {
            MaintenanceShown::Minimal => Ok(MaintenanceAsk {
                version: Some(name("maintenance_info.version", body.version)?),
                ..MaintenanceAsk::default()
            }),
            MaintenanceShown::Full => {
                let public = body.public.map(|raw| serde_json::from_str(raw.get())).transpose();
                Ok(MaintenanceAsk {
                    version: text("maintenance_info.version", body.version)?,
                    public: public.map_err(|_| malformed("maintenance_info.public must be an object of strings"))?,
                    private: text("maintenance_info.private", body.private)?,
                })
            }
        }
    }

    /// Nothing but a version.
    #[cfg(test)]
    pub(crate) fn of_version(version: &str) -> Self {
        MaintenanceAsk {
            version: Some(version.to_owned()),
            ..MaintenanceAsk::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MaintenanceShown::{Full, Minimal};

    fn parse(json: &str, shown: MaintenanceShown) -> Result<MaintenanceAsk, Refusal> {
        let raw = RawValue::from_string(json.to_owned()).unwrap_or_else(|error| panic!("{json}: {error}"));
        MaintenanceAsk::parse(&raw, shown)
    }
    fn facts(version: Option<&str>, public: Option<&[(&str, &str)]>, private: Option<&str>) -> MaintenanceAsk {
        let public = public.map(|all| {
            all.iter()
                .map(|(name, fact)| ((*name).into(), (*fact).into()))
                .collect()
        });
        MaintenanceAsk {
            version: version.map(Into::into),
            public,
            private: private.map(Into::into),
        }
    }

    #[test]
    fn what_counts_is_what_the_catalog_shows() {
        let only = |version| facts(Some(version), None, None);
        for (json, minimal, full) in [
            (r#"{"version":"1"}"#, Some(only("1")), Some(only("1"))),
            (
                r#"{"version":"1","description":"d","x":[]}"#,
                Some(only("1")),
                Some(only("1")),
            ),
            (r#"{"version":"1","public":[],"private":7}"#, Some(only("1")), None),
            (r#"{"version":"1","public":{"a":1}}"#, Some(only("1")), None),
            (
                r#"{"version":"1","public":{"a":"b"},"private":"h"}"#,
                Some(only("1")),
                Some(facts(Some("1"), Some(&[("a", "b")]), Some("h"))),
            ),
            (
                r#"{"public":{},"private":null,"version":null}"#,
                None,
                Some(facts(None, Some(&[]), None)),
            ),
            (r#"{"private":"h"}"#, None, Some(facts(None, None, Some("h")))),
            (r#"{"private":"","version":""}"#, None, Some(MaintenanceAsk::default())),
            ("{}", None, Some(MaintenanceAsk::default())),
            (r#"{"version":1}"#, None, None),
            (r#"{"version":"1","version":"1"}"#, None, None),
        ] {
            for (shown, wanted) in [(Minimal, minimal), (Full, full)] {
                match parse(json, shown) {
                    Ok(ask) => assert_eq!(Some(ask), wanted, "{json} {shown:?}"),
                    Err(Refusal::Malformed(_)) => assert_eq!(None, wanted, "{json} {shown:?}"),
                    Err(other) => panic!("{json}: {other:?}"),
                }
            }
        }
        let Err(Refusal::Malformed(text)) = parse(r#"{"public":{"a":{"s3cret":1}}}"#, Full) else {
            panic!()
        };
        assert_eq!(text, "maintenance_info.public must be an object of strings");
    }
}
