//! The body of a PATCH of the management API.
use super::parsed;
use crate::answer::Refusal;
use chandler_proto::operation::Operation;
use serde::Deserialize;

/// What ODB's errands send. Other members (a `context`) are ignored.
#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    plan_id: Option<String>,
}

/// A PATCH of the management API that is well-formed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ManageAsk {
    /// The plan that the operator takes the instance to have.
    pub(crate) plan_id: String,
}

impl ManageAsk {
    /// Parses it. The texts are ODB's; without a plan it answers 500.
    ///
    /// # Errors
    /// [`Refusal::Impossible`].
    pub(crate) fn parse(body: &[u8], operation: Operation) -> Result<Self, Refusal> {
        let unreadable = |_| Refusal::Impossible("Error in request body. Invalid JSON".to_owned());
        let body: Body = parsed(body).map_err(unreadable)?;
        let plan_id = body.plan_id.filter(|id| !id.is_empty()).ok_or_else(|| {
            let word = operation.word(false);
            Refusal::Impossible(format!("no plan ID provided in {word} request body"))
        })?;
        Ok(ManageAsk { plan_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_needed_is_the_plan() {
        for (body, plan_id) in [
            (r#"{"plan_id":"p"}"#, "p"),
            (r#" {"plan_id":"p","context":{"space_guid":"s"},"more":[1]} "#, "p"),
        ] {
            let parsed = ManageAsk::parse(body.as_bytes(), Operation::Upgrade);
            assert_eq!(parsed.map(|it| it.plan_id), Ok(plan_id.to_owned()), "{body}");
        }
        let said = |body: &[u8], operation| match ManageAsk::parse(body, operation) {
            Err(Refusal::Impossible(text)) => text,
            other => panic!("{other:?}"),
        };
        let unreadable: [&[u8]; 7] = [b"", b"x", b"[\"p\"]", b"\xff", b"{", b"{\"plan_id\":1}", b"\"p\""];
        for body in unreadable {
            let text = said(body, Operation::Upgrade);
            assert_eq!(text, "Error in request body. Invalid JSON", "{body:?}");
        }
        for body in ["{}", r#"{"plan_id":null}"#, r#"{"plan_id":""}"#] {
            let text = said(body.as_bytes(), Operation::Recreate);
            assert_eq!(text, "no plan ID provided in recreate request body", "{body}");
        }
        let text = said(b"{}", Operation::Upgrade);
        assert_eq!(text, "no plan ID provided in upgrade request body");
    }
}
