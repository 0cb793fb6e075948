//! HTTP Basic, compared in constant time.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chandler_proto::secret::Secret;
use http::{HeaderMap, header::AUTHORIZATION};
use ring::{hmac, rand::SystemRandom};
use std::fmt;
use subtle::{Choice, ConstantTimeEq as _};
use zeroize::Zeroizing;

/// Who may call. Credentials are kept as keyed digests only, under a key of this process.
pub(crate) struct Doorkeeper {
    key: hmac::Key,
    known: Vec<hmac::Tag>,
}

/// The machine has no randomness to give.
#[derive(Debug, thiserror::Error)]
#[error("the system's random number generator fails")]
pub(crate) struct NoRandomness;

impl fmt::Debug for Doorkeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Doorkeeper({} credentials)", self.known.len())
    }
}

impl Doorkeeper {
    /// Lets in whoever brings one of the pairs of user name and password.
    pub(crate) fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a Secret)>) -> Result<Self, NoRandomness> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).map_err(|_| NoRandomness)?;
        let known = pairs
            .into_iter()
            .map(|(user, password)| {
                hmac::sign(&key, Zeroizing::new(format!("{user}:{}", password.expose())).as_bytes())
            })
            .collect();
        Ok(Doorkeeper { key, known })
    }

    /// Whether the request may go on. Every known pair is looked at, whichever fits.
    pub(crate) fn lets_in(&self, headers: &HeaderMap) -> bool {
        let Some(pair) = brought(headers) else { return false };
        let brought = hmac::sign(&self.key, &pair);
        let fits = self.known.iter().fold(Choice::from(0), |fits, known| {
            fits | known.as_ref().ct_eq(brought.as_ref())
        });
        fits.into()
    }
}

/// `user:password` as the request says it.
fn brought(headers: &HeaderMap) -> Option<Zeroizing<Vec<u8>>> {
    let (scheme, coded) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    STANDARD.decode(coded.trim()).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())])
    }
    fn basic(pair: &str) -> HeaderMap {
        asks(&format!("Basic {}", STANDARD.encode(pair)))
    }

    #[test]
    fn each_known_pair_is_let_in_and_nobody_else() {
        let (one, two) = (Secret::new("p:1"), Secret::new("pä2"));
        let door = Doorkeeper::new([("a", &one), ("b", &two)]).unwrap();
        assert!(door.lets_in(&basic("a:p:1")), "a password may hold a colon");
        assert!(door.lets_in(&basic("b:pä2")));
        assert!(
            door.lets_in(&asks(&format!("bAsIc  {}", STANDARD.encode("a:p:1")))),
            "schemes have no case"
        );
        for wrong in ["a:pä2", "a:p:", "a:p:1 ", "A:p:1", "a", "", ":"] {
            assert!(!door.lets_in(&basic(wrong)), "{wrong}");
        }
        for wrong in ["Basic", "Basic ", "Basic !!!", "Bearer YTpwOjE=", "YTpwOjE="] {
            assert!(!door.lets_in(&asks(wrong)), "{wrong}");
        }
        assert!(!door.lets_in(&HeaderMap::new()));
        assert!(
            !Doorkeeper::new([]).unwrap().lets_in(&basic(":")),
            "without credentials nobody is let in"
        );
        assert_eq!(format!("{door:?}"), "Doorkeeper(2 credentials)");
    }
}
