//! Reads and writes what lies on the bus.
use super::rule::{There, Why, writes};
use chandler_engine::store::{Bus, SureError};
use chandler_proto::layout::schemas_key;
use chandler_schemas::Published;
use serde::Deserialize;
use std::time::Duration;

/// For how long one write is repeated.
const LIMIT: Duration = Duration::from_secs(10);

/// How often somebody else may write first, one after another.
const TRIES: usize = 8;

#[derive(Deserialize)]
struct AnyShape {
    schema: u32,
}

/// Brings what was found out to where the rule wants it: whether it was written.
///
/// # Errors
/// What is in the way, with what to do.
pub(super) async fn bring(bus: &Bus, found: &Published, why: Why) -> Result<bool, String> {
    let key = schemas_key(&found.plan_id);
    let read = bus
        .read(&key)
        .await
        .map_err(|why| format!("the bus can't be read: {why}"))?;
    let (mut there, mut over) = (there(read.entry.as_ref().map(|it| it.value.as_ref())), read.revision);
    for _ in 0..TRIES {
        if !writes(&there, found, why) {
            return Ok(false);
        }
        let value = serde_json::to_vec(found).map_err(|why| why.to_string())?;
        match bus.write_sure(&key, value.into(), over, LIMIT).await {
            Ok(_) => return Ok(true),
            Err(SureError::Conflict { found, revision }) => {
                (there, over) = (self::there(found.as_ref().map(|it| it.value.as_ref())), revision);
            }
            Err(SureError::NotSent(why) | SureError::Unknown(why) | SureError::Refused(why)) => {
                return Err(format!(
                    "they can't be published: {why}. See that our user on the bus may write the key {key}"
                ));
            }
        }
    }
    Err("they can't be published: others write again and again".to_owned())
}

fn there(value: Option<&[u8]>) -> There {
    let Some(value) = value else { return There::Nothing };
    match serde_json::from_slice::<AnyShape>(value) {
        Ok(AnyShape { schema }) if schema > Published::SCHEMA => There::Later,
        Ok(_) => serde_json::from_slice(value).map_or(There::Garbage, |it| There::Says(Box::new(it))),
        Err(_) => There::Garbage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_lies_there() {
        let of = |value: serde_json::Value| there(Some(value.to_string().as_bytes()));
        assert_eq!(there(None), There::Nothing);
        assert_eq!(of(json!({"schema": 2, "service_id": []})), There::Later);
        assert_eq!(of(json!({"schema": 1})), There::Garbage);
        assert_eq!(there(Some(b"x")), There::Garbage);
        let says = json!({"schema": 1, "service_id": "s", "plan_id": "p", "plan_digest": "d", "at": 1, "wrong": ["bad"], "more": 1});
        assert!(matches!(of(says), There::Says(it) if it.wrong == ["bad"] && it.schemas.is_none()));
    }
}
