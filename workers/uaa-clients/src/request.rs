//! What the platform has told of the instance: opened, and forgotten but for what a client depends on.
use chandler_engine::step::Scene;
use chandler_proto::{
    job::sealed,
    seal::{Sealed, Sealer},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// What a client depends on besides the pattern; nothing in it is secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The instance's space.
    pub(crate) space_guid: Option<String>,
    /// The instance's name.
    pub(crate) instance_name: Option<String>,
}

/// OSBAPI's `context`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Context {
    space_guid: Value,
    instance_name: Value,
}

/// The request as the adapter gets it: a provision's has the first, an update's the second.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Request {
    space_guid: Value,
    previous_values: Option<Previous>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Previous {
    space_id: Value,
}

/// Reads it of the job. An upgrade has a context only, that of the record.
///
/// # Errors
/// A text for the operator: something can't be opened or read. It shows nothing of it.
pub(crate) fn asked(sealer: &Sealer, scene: &Scene) -> Result<Asked, String> {
    let job = scene.job();
    let context = job.wanted.as_ref().and_then(|wanted| wanted.context.as_ref());
    let context: Context = open(sealer, scene, context, "context")?;
    let request: Request = open(sealer, scene, job.sealed.get(sealed::REQUEST), "request")?;
    let space_id = request.previous_values.map(|previous| previous.space_id);
    let spaces = [context.space_guid, request.space_guid, space_id.unwrap_or_default()];
    Ok(Asked {
        space_guid: spaces.into_iter().find_map(text),
        instance_name: text(context.instance_name),
    })
}

fn open<T: DeserializeOwned + Default>(
    sealer: &Sealer,
    scene: &Scene,
    kept: Option<&Sealed>,
    what: &str,
) -> Result<T, String> {
    let Some(kept) = kept else { return Ok(T::default()) };
    let opened = sealer.open(&scene.record.key(), kept);
    let opened = opened.map_err(|why| format!("the {what} kept in the record: {why}"))?;
    // What serde says may show what it read.
    let read: Result<Option<T>, _> = serde_json::from_str(opened.expose());
    read.map(Option::unwrap_or_default)
        .map_err(|_| format!("the {what} kept in the record is not JSON of the expected shape"))
}

/// A text with something in it.
fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes;
    use chandler_proto::operation::Operation;

    /// What is read of these texts, `None` for one that the job doesn't have.
    fn read(context: Option<&str>, request: Option<&str>) -> Result<Asked, String> {
        let mut scene = scenes::scene(Operation::Update);
        let seal = |text: &str| scenes::sealer().seal(&scene.record.key(), text, [1; 12]).unwrap();
        let (context, request) = (context.map(seal), request.map(seal));
        scene.record.job.wanted.as_mut().unwrap().context = context;
        scene.record.job.sealed.clear();
        scene
            .record
            .job
            .sealed
            .extend(request.map(|it| (sealed::REQUEST.to_owned(), it)));
        asked(&scenes::sealer(), &scene)
    }

    #[test]
    fn the_space_is_that_of_the_context_else_of_the_request_else_the_one_before() {
        let context = r#"{"platform":"cloudfoundry","space_guid":"in context","instance_name":"mine"}"#;
        let provision = r#"{"space_guid":"in request","parameters":{"space_guid":"no"},"context":{"space_guid":"no"}}"#;
        let update = r#"{"previous_values":{"plan_id":"p","space_id":"before"}}"#;
        for (given, request, space, name) in [
            (Some(context), Some(provision), Some("in context"), Some("mine")),
            (Some(context), None, Some("in context"), Some("mine")),
            (None, Some(provision), Some("in request"), None),
            (None, Some(update), Some("before"), None),
            (Some(r#"{"space_guid":""}"#), Some(update), Some("before"), None),
            (
                Some(r#"{"space_guid":7,"instance_name":{}}"#),
                Some(update),
                Some("before"),
                None,
            ),
            (
                Some("null"),
                Some(r#"{"previous_values":null,"space_guid":null}"#),
                None,
                None,
            ),
            (
                Some(r#"{"namespace":"n"}"#),
                Some(r#"{"previous_values":{"space_id":""}}"#),
                None,
                None,
            ),
            (None, None, None, None),
        ] {
            let wanted = Asked {
                space_guid: space.map(str::to_owned),
                instance_name: name.map(str::to_owned),
            };
            assert_eq!(read(given, request), Ok(wanted), "{given:?} {request:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_and_not_shown() {
        let why = read(Some(r#""hunter2""#), None).unwrap_err();
        assert_eq!(why, "the context kept in the record is not JSON of the expected shape");
        let why = read(None, Some(r#"{"previous_values":"hunter2"}"#)).unwrap_err();
        assert_eq!(why, "the request kept in the record is not JSON of the expected shape");
        let mut scene = scenes::scene(Operation::Update);
        let elsewhere = scenes::sealer().seal("instance.other", "{}", [1; 12]).unwrap();
        scene.record.job.sealed.insert(sealed::REQUEST.into(), elsewhere);
        let why = asked(&scenes::sealer(), &scene).unwrap_err();
        assert!(
            why.contains("the request kept in the record: a sealed value can't be opened"),
            "{why}"
        );
    }
}
