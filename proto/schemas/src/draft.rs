//! The versions of JSON Schema, as `$schema` names them.

use serde_json::Value;

/// A version of JSON Schema that a plan's schemas may be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Draft {
    /// Draft 4, the only one that ODB takes.
    Draft4,
    /// Draft 6.
    Draft6,
    /// Draft 7.
    Draft7,
    /// Draft 2019-09.
    Draft201909,
    /// Draft 2020-12.
    Draft202012,
}

impl Draft {
    pub(crate) const ALL: [Self; 5] = [
        Self::Draft4,
        Self::Draft6,
        Self::Draft7,
        Self::Draft201909,
        Self::Draft202012,
    ];

    /// The version that this value of `$schema` names, with or without the `#` at its end. Nothing else names one: no other scheme, no
    /// version-less address.
    pub fn named(schema: &str) -> Option<Self> {
        let schema = schema.strip_suffix('#').unwrap_or(schema);
        Self::ALL
            .into_iter()
            .find(|draft| draft.uri().trim_end_matches('#') == schema)
    }

    /// The address of its metaschema.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Draft4 => "http://json-schema.org/draft-04/schema#",
            Self::Draft6 => "http://json-schema.org/draft-06/schema#",
            Self::Draft7 => "http://json-schema.org/draft-07/schema#",
            Self::Draft201909 => "https://json-schema.org/draft/2019-09/schema",
            Self::Draft202012 => "https://json-schema.org/draft/2020-12/schema",
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft4 => "draft-04",
            Self::Draft6 => "draft-06",
            Self::Draft7 => "draft-07",
            Self::Draft201909 => "draft 2019-09",
            Self::Draft202012 => "draft 2020-12",
        }
    }

    /// Whether Cloud Controller takes a catalog with it (its validator knows drafts up to 4, and 6).
    pub fn suits_cloud_controller(self) -> bool {
        matches!(self, Self::Draft4 | Self::Draft6)
    }

    /// Whether a schema conforms to the metaschema; where it doesn't, and why.
    pub(crate) fn conforms(self, schema: &Value) -> Result<(), String> {
        let validated = match self {
            Self::Draft4 => jsonschema::draft4::meta::validate(schema),
            Self::Draft6 => jsonschema::draft6::meta::validate(schema),
            Self::Draft7 => jsonschema::draft7::meta::validate(schema),
            Self::Draft201909 => jsonschema::draft201909::meta::validate(schema),
            Self::Draft202012 => jsonschema::draft202012::meta::validate(schema),
        };
        validated.map_err(|error| {
            let path = error.instance_path().as_str();
            let path = if path.is_empty() { "(root)" } else { path };
            format!("{path}: {}", error.masked())
        })
    }

    /// As the library calls it.
    pub(crate) fn library(self) -> referencing::Draft {
        match self {
            Self::Draft4 => referencing::Draft::Draft4,
            Self::Draft6 => referencing::Draft::Draft6,
            Self::Draft7 => referencing::Draft::Draft7,
            Self::Draft201909 => referencing::Draft::Draft201909,
            Self::Draft202012 => referencing::Draft::Draft202012,
        }
    }

    /// Where a schema says which name it has.
    pub(crate) fn id_keyword(self) -> &'static str {
        match self {
            Self::Draft4 => "id",
            Self::Draft6 | Self::Draft7 | Self::Draft201909 | Self::Draft202012 => "$id",
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The metaschema of draft 4, as it is published.
    pub(crate) fn metaschema() -> Value {
        serde_json::from_str(include_str!("../tests/schemas/draft-04.json")).unwrap()
    }

    #[test]
    fn names_are_taken_as_they_are() {
        for draft in Draft::ALL {
            let uri = draft.uri().trim_end_matches('#');
            assert_eq!(Draft::named(uri), Some(draft));
            assert_eq!(Draft::named(&format!("{uri}#")), Some(draft));
            for other in [
                format!("{uri}##"),
                format!("{uri}/"),
                format!(" {uri}"),
                uri.replace("http", "ftp"),
            ] {
                assert_eq!(Draft::named(&other), None, "{other}");
            }
        }
        for other in [
            "",
            "#",
            "draft-04",
            "http://json-schema.org/schema#",
            "https://json-schema.org/draft-04/schema#",
            "http://json-schema.org/draft-03/schema#",
        ] {
            assert_eq!(Draft::named(other), None, "{other}");
        }
    }
}
