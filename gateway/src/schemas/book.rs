//! What is published for one plan.
use chandler_schemas::{PlanSchemas, Published};
use serde::Deserialize;

/// What is published for one plan, ready to be used.
#[derive(Debug)]
pub(crate) struct Book {
    /// The offering that the plan is of, as the worker has it.
    pub(super) service_id: String,
    /// Of the plan as the worker has it.
    pub(super) plan_digest: String,
    pub(super) says: Says,
}

/// What the worker found out.
#[derive(Debug)]
pub(super) enum Says {
    /// They can be used.
    Good(PlanSchemas),
    /// Why they can't be: texts of the adapter may be among them, so they are for whoever asks for the catalog alone.
    Wrong(Vec<String>),
}

/// What every shape has.
#[derive(Deserialize)]
struct AnyShape {
    schema: u32,
}

impl Book {
    /// Reads what lies on the bus for a plan. It may take some hundred milliseconds: not on a thread that serves.
    ///
    /// # Errors
    /// Why this release can't use it, for operators.
    pub(super) fn read(plan: &str, value: &[u8]) -> Result<Self, String> {
        let unreadable = |error: serde_json::Error| {
            let (line, column) = (error.line(), error.column());
            format!("it isn't of the form that it should be (line {line}, column {column})")
        };
        let AnyShape { schema } = serde_json::from_slice(value).map_err(unreadable)?;
        if schema > Published::SCHEMA {
            return Err(format!(
                "a later release wrote it (shape {schema}, this one knows {})",
                Published::SCHEMA
            ));
        }
        let it: Published = serde_json::from_slice(value).map_err(unreadable)?;
        if it.plan_id != plan {
            return Err("it names another plan than its key".to_owned());
        }
        let says = match (it.schemas, it.wrong) {
            (Some(document), _) => Says::Good(PlanSchemas::read(&document).map_err(|wrong| {
                let all: Vec<_> = wrong.iter().map(ToString::to_string).collect();
                all.join("; ")
            })?),
            (None, wrong) if wrong.is_empty() => return Err("it says nothing".to_owned()),
            (None, wrong) => Says::Wrong(wrong),
        };
        Ok(Book {
            service_id: it.service_id,
            plan_digest: it.plan_digest,
            says,
        })
    }

    /// The schemas, if they can be used.
    pub(super) fn good(&self) -> Option<&PlanSchemas> {
        match &self.says {
            Says::Good(schemas) => Some(schemas),
            Says::Wrong(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemas::testing::{document, published};
    use serde_json::{Value, json};

    fn why(value: &Value) -> String {
        Book::read("p", value.to_string().as_bytes()).unwrap_err()
    }

    #[test]
    fn schemas_or_what_is_wrong_with_them() {
        let mut value = published("p", Ok(document("size")));
        value["of a later release"] = json!(true);
        let book = Book::read("p", value.to_string().as_bytes()).unwrap();
        assert_eq!((book.service_id.as_str(), book.plan_digest.as_str()), ("s", "digest"));
        assert_eq!(book.good().unwrap().to_osbapi(), document("size"));
        let wrong = published("p", Err(vec!["too bad"]));
        let book = Book::read("p", wrong.to_string().as_bytes()).unwrap();
        assert!(matches!(&book.says, Says::Wrong(texts) if texts == &["too bad"]) && book.good().is_none());
    }

    #[test]
    fn what_cannot_be_used() {
        let mut later = json!({"schema": 2, "all else": "is different"});
        assert_eq!(why(&later), "a later release wrote it (shape 2, this one knows 1)");
        later["schema"] = json!(1);
        assert!(why(&later).starts_with("it isn't of the form"), "{}", why(&later));
        assert!(why(&json!("x")).starts_with("it isn't of the form"));
        let other = published("q", Ok(document("size")));
        assert_eq!(why(&other), "it names another plan than its key");
        assert_eq!(why(&published("p", Err(vec![]))), "it says nothing");
        let mut broken = document("size");
        broken["service_instance"]["update"]["parameters"]["type"] = json!("no such type");
        let text = why(&published("p", Ok(broken)));
        assert!(
            text.starts_with("Error validating plan schemas for instance update - failed validating schema - "),
            "{text}"
        );
    }
}
