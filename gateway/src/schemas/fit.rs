//! Whether the parameters of a request fit.
use super::{book::Book, required::TO_DO};
use crate::{
    answer::{Answer, Refusal},
    desk::Desk,
};
use chandler_schemas::Parameters;
use serde_json::Value;
use std::sync::Arc;

/// Why a request with these parameters isn't accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// They don't fit; the text repeats none of their values.
    Invalid(String),
    /// Nobody knows what they should be like.
    NoSchemas(String),
}

impl From<Unfit> for Answer {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Invalid(text) => Refusal::Malformed(text).into(),
            Unfit::NoSchemas(text) => Answer::SchemasMissing(text),
        }
    }
}

/// Whether `parameters`, the text of an object (`{}` when a request has none), fit what is published for the plan. Of a plan that has left the catalog
/// nothing is asked: nobody publishes it any more.
///
/// # Errors
/// [`Unfit`]. Whoever is told nothing of what is accepted needn't hear it: it counts only where a job would begin.
pub(crate) async fn fit(desk: &Desk, what: Parameters, plan_id: &str, parameters: &str) -> Result<(), Unfit> {
    let Some(plan) = desk.shelf.schemas.as_ref().and_then(|required| required.plan(plan_id)) else {
        return Ok(());
    };
    let book = match desk.library.of(plan_id).book {
        Some(book) if book.good().is_some() => book,
        Some(_) => {
            return Err(Unfit::NoSchemas(format!(
                "The JSON schemas of the plan {} can't be used, so that parameters can't be checked; nothing was changed. Please contact your \
                 operations team: GET /v2/catalog tells what is wrong.",
                plan.name
            )));
        }
        None => {
            return Err(Unfit::NoSchemas(format!(
                "The JSON schemas of the plan {} aren't known yet, so that parameters can't be checked; nothing was changed. {TO_DO}",
                plan.name
            )));
        }
    };
    let parameters = zeroize::Zeroizing::new(parameters.to_owned());
    let turn = desk.library.turn().await;
    // Also few bytes may take long, and much stack: both depend on the schema.
    let checking = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        check(&book, what, &parameters)
    });
    checking.await.unwrap_or_else(|_| {
        tracing::error!(plan_id, "checking parameters ended by a panic");
        Err(Unfit::Invalid("the parameters can't be checked".to_owned()))
    })
}

fn check(book: &Arc<Book>, what: Parameters, parameters: &str) -> Result<(), Unfit> {
    let Some(schemas) = book.good() else { return Ok(()) };
    // It is JSON, not nested without end: it was parsed before. What is left are numbers that nobody can hold.
    let value: Value = serde_json::from_str(parameters)
        .map_err(|_| Unfit::Invalid("parameters: there is something in them that can't be checked".to_owned()))?;
    let checked = schemas.check(what, &value);
    checked.map_err(|invalid| Unfit::Invalid(invalid.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemas::testing::{document, published};

    #[test]
    fn the_text_is_odbs_and_no_value_is_in_it() {
        let book = published("p", Ok(document("size")));
        let book = Arc::new(Book::read("p", book.to_string().as_bytes()).unwrap());
        assert_eq!(check(&book, Parameters::Create, r#"{"size":3}"#), Ok(()));
        for what in [Parameters::Create, Parameters::Update, Parameters::Bind] {
            let Err(Unfit::Invalid(text)) = check(&book, what, r#"{"size":"s3cr3t"}"#) else {
                panic!("{what}")
            };
            assert!(
                text.starts_with("validation against JSON schema failed:\n/size") && !text.contains("s3cr3t"),
                "{text}"
            );
        }
        let huge = check(&book, Parameters::Bind, r#"{"size":1e999}"#);
        assert!(matches!(huge, Err(Unfit::Invalid(text)) if text.starts_with("parameters: ")));
    }
}
