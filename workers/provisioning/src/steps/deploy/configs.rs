//! BOSH configs that come with a deployment: posted before it, under its name.
use chandler_clients::Secret;
use serde_json::{Map, Value};

/// The configs to post, type and content. The Director takes any type.
///
/// # Errors
/// A text for the operator, when the operator has switched configs off and the adapter returns some.
pub(super) fn wanted(configs: Option<Map<String, Value>>, off: bool) -> Result<Vec<(String, Secret)>, String> {
    let configs = configs.unwrap_or_default();
    if off && !configs.is_empty() {
        return Err("adapter returned bosh configs but feature is turned off".into());
    }
    // That each is a text was checked when the adapter's output was read.
    let text = |content: Value| match content {
        Value::String(text) => Secret::new(text),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Secret::new(other.to_string())
        }
    };
    Ok(configs
        .into_iter()
        .map(|(kind, content)| (kind, text(content)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configs_are_posted_unless_they_are_switched_off() {
        let map = |json: Value| json.as_object().cloned();
        let two = || map(serde_json::json!({"cloud": "a: 1", "cpi": "b: 2"}));
        let posted = [
            ("cloud".to_owned(), Secret::new("a: 1")),
            ("cpi".to_owned(), Secret::new("b: 2")),
        ];
        assert_eq!(wanted(two(), false).unwrap(), posted);
        let why = wanted(two(), true).unwrap_err();
        assert_eq!(why, "adapter returned bosh configs but feature is turned off");
        for off in [false, true] {
            assert_eq!(wanted(None, off), Ok(vec![]));
            assert_eq!(wanted(Some(Map::new()), off), Ok(vec![]), "none at all is none");
        }
    }
}
