//! A token, and how long it is good for.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;
use serde::Deserialize;
use tokio::time::Instant;

use crate::Secret;

/// So long before its end a token is renewed, while calls still use it; a quarter of its life when that is shorter.
const EARLY: Duration = Duration::from_secs(60);
/// In this last time it isn't used any more; a tenth of its life when that is shorter.
const LAST: Duration = Duration::from_secs(10);
/// What an absurd `expires_in` counts as.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// An access token. Clones are the same token.
#[derive(Clone)]
pub struct Token {
    inner: Arc<Inner>,
}

struct Inner {
    text: Secret,
    header: HeaderValue,
    scopes: Option<Vec<String>>,
    from: Instant,
    renew_at: Instant,
    ends_at: Instant,
}

/// The UAA's answer. Whatever else is in it, a refresh token for example, is not read.
#[derive(Deserialize)]
pub(super) struct Wire {
    access_token: Secret,
    expires_in: Option<f64>,
    scope: Option<String>,
}

impl Token {
    /// The token that was asked for at `from`; `None` when it can't stand in a header. One that says no `expires_in` is good for the
    /// calls that waited for it.
    pub(super) fn of(wire: Wire, from: Instant) -> Option<Self> {
        if wire.access_token.expose().is_empty() {
            return None;
        }
        let mut header = HeaderValue::from_str(&format!("Bearer {}", wire.access_token.expose())).ok()?;
        header.set_sensitive(true);
        let seconds = wire.expires_in.unwrap_or_default().max(0.0);
        let life = Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST);
        let inner = Inner {
            text: wire.access_token,
            header,
            scopes: wire
                .scope
                .map(|all| all.split_whitespace().map(str::to_owned).collect()),
            from,
            renew_at: from + (life - EARLY.min(life / 4)),
            ends_at: from + (life - LAST.min(life / 10)),
        };
        Some(Self { inner: Arc::new(inner) })
    }

    /// The token itself.
    pub fn expose(&self) -> &str {
        self.inner.text.expose()
    }

    /// What its bearer may, as the UAA said beside it; `None` when the UAA said nothing about it.
    pub fn scopes(&self) -> Option<&[String]> {
        self.inner.scopes.as_deref()
    }

    /// The value of `Authorization`.
    pub(super) fn header(&self) -> HeaderValue {
        self.inner.header.clone()
    }

    /// Whether another one should be fetched soon.
    pub(super) fn is_ageing(&self, now: Instant) -> bool {
        now >= self.inner.renew_at
    }

    /// Whether it can be used no more.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        now >= self.inner.ends_at
    }

    /// How long ago it was asked for.
    pub(super) fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.inner.from)
    }

    /// Whether both are the same one.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(answer: &str, from: Instant) -> Option<Token> {
        Token::of(serde_json::from_str(answer).unwrap(), from)
    }

    #[test]
    fn is_renewed_before_it_ends() {
        let cases = [
            (43_199.0, 43_139.0, 43_189.0),
            (100.0, 75.0, 90.0),
            (2.0, 1.5, 1.8),
            (1e300, 604_740.0, 604_790.0),
        ];
        for (life, renewed, over) in cases {
            let from = Instant::now();
            let token = token(&format!(r#"{{"access_token":"t","expires_in":{life}}}"#), from).unwrap();
            let at = |seconds: f64| from + Duration::from_secs_f64(seconds);
            assert!(
                !token.is_ageing(at(renewed - 0.1)) && token.is_ageing(at(renewed + 0.01)),
                "{life}"
            );
            assert!(
                !token.is_over(at(over - 0.1)) && token.is_over(at(over + 0.01)),
                "{life}"
            );
        }
    }

    #[test]
    fn without_an_end_it_is_over_at_once() {
        let from = Instant::now();
        for answer in [
            r#"{"access_token":"t"}"#,
            r#"{"access_token":"t","expires_in":-5}"#,
            r#"{"access_token":"t","expires_in":null}"#,
        ] {
            assert!(token(answer, from).unwrap().is_over(from), "{answer}");
        }
    }

    #[test]
    fn what_cannot_be_sent_is_no_token() {
        for answer in [r#"{"access_token":""}"#, r#"{"access_token":"a\nb"}"#] {
            assert!(token(answer, Instant::now()).is_none(), "{answer}");
        }
    }

    #[test]
    fn says_what_its_bearer_may() {
        let scopes = |answer: &str| token(answer, Instant::now()).unwrap().scopes().map(<[String]>::to_vec);
        let cases: [(&str, Option<&[&str]>); 3] = [
            (r#"{"access_token":"t"}"#, None),
            (r#"{"access_token":"t","scope":""}"#, Some(&[])),
            (
                r#"{"access_token":"t","scope":"bosh.admin clients.read"}"#,
                Some(&["bosh.admin", "clients.read"]),
            ),
        ];
        for (answer, wanted) in cases {
            let wanted = wanted.map(|all| all.iter().map(|&it| it.to_owned()).collect());
            assert_eq!(scopes(answer), wanted, "{answer}");
        }
    }

    #[test]
    fn shows_itself_as_stars() {
        let token = token(r#"{"access_token":"very-secret","expires_in":5}"#, Instant::now()).unwrap();
        assert_eq!(format!("{token:?}"), "Token(***)");
        assert_eq!(format!("{:?}", token.header()), "Sensitive");
    }
}
