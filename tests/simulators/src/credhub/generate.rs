//! Passwords and users that CredHub makes itself.

use rand::Rng as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::kind::{self, Kind};
use super::refusal::Refusal;

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";
const SPECIAL: &str = "!\"#$%&'()*,-./:;<=>?@[\\]^_`{|}~";
/// Characters of a password when no length (or none from 4 to 200) is asked for.
const LENGTH: usize = 30;

/// What a generated credential is made from; the same recipe makes it anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recipe {
    length: usize,
    charset: String,
    /// The name that a user was asked to have.
    username: Option<String>,
}

/// The parameters as they are sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Parameters {
    length: Option<usize>,
    include_special: bool,
    exclude_upper: bool,
    exclude_lower: bool,
    exclude_number: bool,
    username: Option<String>,
}

/// When a credential that is there already is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Always.
    Overwrite,
    /// Never.
    Keep,
    /// When it was made from another recipe, or set.
    Converge,
}

impl Mode {
    /// From the two keys of a body that speak of it.
    pub(super) fn parse(mode: Option<&Value>, overwrite: Option<&Value>) -> Result<Self, Refusal> {
        let sent = |value: Option<&Value>| value.is_some_and(|v| !v.is_null());
        if sent(mode) && sent(overwrite) {
            return Err(Refusal::ModeAndOverwrite);
        }
        match (mode, overwrite) {
            (Some(Value::String(mode)), _) => match mode.as_str() {
                "overwrite" => Ok(Self::Overwrite),
                "no-overwrite" => Ok(Self::Keep),
                "converge" => Ok(Self::Converge),
                _ => Err(Refusal::UnknownMode),
            },
            (None | Some(Value::Null), None | Some(Value::Null)) => Ok(Self::Converge),
            (_, Some(Value::Bool(true))) => Ok(Self::Overwrite),
            (_, Some(Value::Bool(false))) => Ok(Self::Keep),
            (_, Some(_)) => Err(Refusal::BadRequest),
            (Some(_), None) => Err(Refusal::UnknownMode),
        }
    }
}

impl Recipe {
    /// From a body's `parameters` (and `value`, where the CLI names a user).
    pub(super) fn parse(kind: Kind, parameters: Option<&Value>, value: Option<&Value>) -> Result<Self, Refusal> {
        let mut known = vec![
            "length",
            "include_special",
            "exclude_upper",
            "exclude_lower",
            "exclude_number",
        ];
        match kind {
            Kind::Password => {}
            Kind::User => known.push("username"),
            Kind::Value | Kind::Json => return Err(Refusal::CannotGenerate),
            Kind::Certificate | Kind::Rsa | Kind::Ssh => return Err(Refusal::NotSimulated(kind)),
        }
        let parameters: Parameters = match parameters {
            None | Some(Value::Null) => Parameters::default(),
            Some(Value::Object(map)) => {
                if let Some(key) = map.keys().find(|key| !known.contains(&key.as_str())) {
                    return Err(Refusal::UnknownKey(key.clone()));
                }
                serde_json::from_value(Value::Object(map.clone())).map_err(|_| Refusal::BadRequest)?
            }
            Some(_) => return Err(Refusal::BadRequest),
        };
        let charset: String = [
            (parameters.exclude_upper, UPPER),
            (parameters.exclude_lower, LOWER),
            (parameters.exclude_number, DIGITS),
            (!parameters.include_special, SPECIAL),
        ]
        .into_iter()
        .filter_map(|(left_out, set)| (!left_out).then_some(set))
        .collect();
        if charset.is_empty() {
            return Err(Refusal::NoCharset);
        }
        let named = value.and_then(|v| v["username"].as_str()).map(str::to_owned);
        Ok(Self {
            length: parameters.length.filter(|n| (4..=200).contains(n)).unwrap_or(LENGTH),
            charset,
            username: match kind {
                Kind::User => named.or(parameters.username),
                Kind::Value | Kind::Json | Kind::Password | Kind::Certificate | Kind::Rsa | Kind::Ssh => None,
            },
        })
    }

    /// A new value.
    pub(super) fn make(&self, kind: Kind) -> Result<Value, Refusal> {
        let password = random(&self.charset, self.length);
        match kind {
            Kind::Password => Ok(json!(password)),
            Kind::User => {
                let name = self
                    .username
                    .clone()
                    .unwrap_or_else(|| random(&format!("{LOWER}{UPPER}"), 20));
                kind::user(&json!(name), &password)
            }
            Kind::Value | Kind::Json => Err(Refusal::CannotGenerate),
            Kind::Certificate | Kind::Rsa | Kind::Ssh => Err(Refusal::NotSimulated(kind)),
        }
    }
}

fn random(charset: &str, length: usize) -> String {
    let (mut random, letters) = (rand::rng(), charset.as_bytes());
    (0..length)
        .map(|_| char::from(letters[random.random_range(0..letters.len())]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(parameters: Value) -> String {
        let recipe = Recipe::parse(Kind::Password, Some(&parameters), None).expect("a recipe");
        let value = recipe.make(Kind::Password).expect("a password");
        value.as_str().expect("a text").to_owned()
    }

    #[test]
    fn passwords_have_the_length_and_the_characters_asked_for() {
        for (parameters, length) in [
            (json!(null), 30),
            (json!({}), 30),
            (json!({"length": 4}), 4),
            (json!({"length": 200}), 200),
            (json!({"length": 3}), 30),
            (json!({"length": 201}), 30),
        ] {
            let made = password(parameters.clone());
            assert_eq!(made.len(), length, "{parameters}");
            assert!(made.chars().all(|c| c.is_ascii_alphanumeric()), "{parameters}");
        }
        let digits = password(json!({"length": 200, "exclude_upper": true, "exclude_lower": true}));
        assert!(digits.chars().all(|c| c.is_ascii_digit()), "{digits}");
        let special = password(json!({"length": 200, "include_special": true, "exclude_upper": true,
            "exclude_lower": true, "exclude_number": true}));
        assert!(special.chars().all(|c| SPECIAL.contains(c)), "{special}");
        assert_ne!(password(json!({})), password(json!({})));
    }

    #[test]
    fn users_have_the_name_asked_for_or_a_random_one() {
        for (parameters, value) in [
            (json!({"username": "me"}), json!(null)),
            (json!({}), json!({"username": "me"})),
        ] {
            let recipe = Recipe::parse(Kind::User, Some(&parameters), Some(&value)).expect("a recipe");
            assert_eq!(recipe.make(Kind::User).expect("a user")["username"], "me");
        }
        let recipe = Recipe::parse(Kind::User, None, None).expect("a recipe");
        let user = recipe.make(Kind::User).expect("a user");
        assert_eq!(user["username"].as_str().map(str::len), Some(20));
        assert_eq!(user["password"].as_str().map(str::len), Some(30));
    }

    #[test]
    fn what_is_refused() {
        let all = json!({"exclude_upper": true, "exclude_lower": true, "exclude_number": true});
        for (kind, parameters, refusal) in [
            (Kind::Password, all, Refusal::NoCharset),
            (
                Kind::Password,
                json!({"size": 1}),
                Refusal::UnknownKey("size".to_owned()),
            ),
            (
                Kind::Password,
                json!({"username": "x"}),
                Refusal::UnknownKey("username".to_owned()),
            ),
            (Kind::Password, json!({"length": "x"}), Refusal::BadRequest),
            (Kind::Password, json!([]), Refusal::BadRequest),
            (Kind::Value, json!({}), Refusal::CannotGenerate),
            (Kind::Json, json!({}), Refusal::CannotGenerate),
            (Kind::Rsa, json!({}), Refusal::NotSimulated(Kind::Rsa)),
        ] {
            assert_eq!(
                Recipe::parse(kind, Some(&parameters), None),
                Err(refusal),
                "{kind:?} {parameters}"
            );
        }
    }

    #[test]
    fn modes() {
        for (body, mode) in [
            (json!({}), Ok(Mode::Converge)),
            (json!({"mode": null}), Ok(Mode::Converge)),
            (json!({"mode": "converge"}), Ok(Mode::Converge)),
            (json!({"mode": "overwrite"}), Ok(Mode::Overwrite)),
            (json!({"mode": "no-overwrite"}), Ok(Mode::Keep)),
            (json!({"mode": "never"}), Err(Refusal::UnknownMode)),
            (json!({"mode": 1}), Err(Refusal::UnknownMode)),
            (json!({"overwrite": true}), Ok(Mode::Overwrite)),
            (json!({"overwrite": false}), Ok(Mode::Keep)),
            (json!({"overwrite": "x"}), Err(Refusal::BadRequest)),
            (json!({"mode": null, "overwrite": true}), Ok(Mode::Overwrite)),
            (
                json!({"mode": "converge", "overwrite": true}),
                Err(Refusal::ModeAndOverwrite),
            ),
        ] {
            assert_eq!(Mode::parse(body.get("mode"), body.get("overwrite")), mode, "{body}");
        }
    }
}
