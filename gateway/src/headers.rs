//! The headers of the Open Service Broker API.
use crate::answer::Refusal;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue};
use serde::de::IgnoredAny;
use std::collections::HashMap;

/// `X-Broker-API-Request-Identity`: comes back on every answer.
pub(crate) const REQUEST_IDENTITY: &str = "x-broker-api-request-identity";
const VERSION: &str = "x-broker-api-version";
const ORIGINATING_IDENTITY: &str = "x-broker-api-originating-identity";

/// The longest originating identity that a record keeps, bytes.
const LONGEST_ORIGIN: usize = 4096;
/// The longest request identity that a record or a log line keeps, bytes.
const LONGEST_IDENTITY: usize = 1024;

/// Refuses a request whose API version we don't speak. Every 2.x is fine: within a major version nothing goes
/// away and everything new is optional.
pub(crate) fn check_version(headers: &HeaderMap) -> Result<(), Refusal> {
    let value = headers
        .get(VERSION)
        .ok_or(Refusal::BadVersion("X-Broker-API-Version Header not set"))?;
    let unreadable = Refusal::BadVersion("X-Broker-API-Version Header must contain a version, for example 2.17");
    let number = |text: &str| !text.is_empty() && text.len() <= 9 && text.bytes().all(|b| b.is_ascii_digit());
    match value.to_str().ok().and_then(|text| text.trim().split_once('.')) {
        Some((major, minor)) if number(major) && number(minor) => {
            if major.trim_start_matches('0') == "2" {
                Ok(())
            } else {
                Err(Refusal::OtherVersion)
            }
        }
        Some(_) | None => Err(unreadable),
    }
}

/// The request identity as it came, to be sent back.
pub(crate) fn request_identity(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers.get(REQUEST_IDENTITY).filter(|value| !value.is_empty())
}

/// The request identity as text for logs and records.
pub(crate) fn request_identity_text(headers: &HeaderMap) -> Option<String> {
    let text = request_identity(headers)?.to_str().ok()?;
    (text.len() <= LONGEST_IDENTITY).then(|| text.to_owned())
}

/// The originating identity as sent. One that can't be read is ignored with a log line: it is information for
/// people, and no reason to refuse a user's request. One that is too long is not kept.
pub(crate) fn originating_identity(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(ORIGINATING_IDENTITY)?;
    match value.to_str().ok().filter(|text| is_origin(text)) {
        Some(text) if text.len() <= LONGEST_ORIGIN => Some(text.to_owned()),
        Some(_) => {
            tracing::warn!(bytes = value.len(), "the originating identity is too long to be kept");
            None
        }
        None => {
            tracing::warn!("the originating identity can't be read and is ignored");
            None
        }
    }
}

/// `<platform> <base64 of a JSON object>`.
fn is_origin(text: &str) -> bool {
    let Some((platform, coded)) = text.split_once(' ') else {
        return false;
    };
    let object = STANDARD.decode(coded.trim()).ok();
    let object = object.map(|json| serde_json::from_slice::<HashMap<String, IgnoredAny>>(&json).is_ok());
    !platform.is_empty() && object == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &[u8]) -> HeaderMap {
        HeaderMap::from_iter([(
            http::HeaderName::from_static(name),
            HeaderValue::from_bytes(value).unwrap(),
        )])
    }

    #[test]
    fn every_2_x_is_spoken_and_nothing_else() {
        for good in ["2.0", "2.13", "2.17", "2.99", " 2.15 ", "02.1"] {
            assert_eq!(check_version(&with(VERSION, good.as_bytes())), Ok(()), "{good}");
        }
        for other in ["1.0", "3.0", "20.1", "0.2"] {
            assert_eq!(
                check_version(&with(VERSION, other.as_bytes())),
                Err(Refusal::OtherVersion),
                "{other}"
            );
        }
        for unreadable in [
            "",
            "2",
            "two",
            "2.",
            ".2",
            "2.x",
            "2.1.3",
            "-2.1",
            "2,1",
            "9999999999.1",
            "\u{fc}",
        ] {
            let refused = check_version(&with(VERSION, unreadable.as_bytes()));
            assert!(
                matches!(refused, Err(Refusal::BadVersion(_))),
                "{unreadable}: {refused:?}"
            );
        }
        assert!(matches!(check_version(&HeaderMap::new()), Err(Refusal::BadVersion(_))));
    }

    #[test]
    fn an_originating_identity_is_kept_when_it_is_one() {
        let kept = |text: &str| originating_identity(&with(ORIGINATING_IDENTITY, text.as_bytes()));
        let good = format!("cloudfoundry {}", STANDARD.encode(r#"{"user_id":"u","more":[1]}"#));
        assert_eq!(kept(&good), Some(good.clone()));
        assert!(kept(&format!("anything-else {}", STANDARD.encode("{}"))).is_some());
        for bad in [
            "",
            "cloudfoundry",
            "cloudfoundry ",
            "cloudfoundry !",
            "cloudfoundry W10=",
            "cloudfoundry Zm9v",
            " e30=",
        ] {
            assert_eq!(kept(bad), None, "{bad}");
        }
        let long = format!(
            "p {}",
            STANDARD.encode(format!(r#"{{"a":"{}"}}"#, "x".repeat(LONGEST_ORIGIN)))
        );
        assert_eq!(kept(&long), None);
    }
}
