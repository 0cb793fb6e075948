//! HTTP Basic, compared in constant time; without it a client certificate, where the configuration takes one.
use crate::tls::{Clients, Peer};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chandler_proto::{ids::Millis, secret::Secret};
use http::{HeaderMap, header::AUTHORIZATION};
use ring::{hmac, rand::SystemRandom};
use std::fmt;
use subtle::{Choice, ConstantTimeEq as _};
use zeroize::Zeroizing;

/// Who may call. Credentials are kept as keyed digests only, under a key of this process.
pub(crate) struct Doorkeeper {
    key: hmac::Key,
    known: Vec<hmac::Tag>,
    clients: Option<Clients>,
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
        Ok(Doorkeeper {
            key,
            known,
            clients: None,
        })
    }

    /// And whoever has one of these certificates.
    pub(crate) fn with(self, clients: Option<Clients>) -> Self {
        Doorkeeper { clients, ..self }
    }

    /// Whether the request may go on. Credentials that are brought have to be right, whatever the client has shown
    /// beside.
    pub(crate) fn lets_in(&self, headers: &HeaderMap, peer: Option<&Peer>, now: Millis) -> bool {
        if headers.contains_key(AUTHORIZATION) {
            return self.knows(headers);
        }
        let both = self.clients.as_ref().zip(peer);
        both.is_some_and(|(clients, peer)| clients.lets_in(peer, now))
    }

    /// Every known pair is looked at, whichever fits.
    fn knows(&self, headers: &HeaderMap) -> bool {
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

    fn lets_in(door: &Doorkeeper, headers: &HeaderMap) -> bool {
        door.lets_in(headers, None, Millis(1))
    }

    #[test]
    fn each_known_pair_is_let_in_and_nobody_else() {
        let (one, two) = (Secret::new("p:1"), Secret::new("pä2"));
        let door = Doorkeeper::new([("a", &one), ("b", &two)]).unwrap();
        assert!(lets_in(&door, &basic("a:p:1")), "a password may hold a colon");
        assert!(lets_in(&door, &basic("b:pä2")));
        assert!(
            lets_in(&door, &asks(&format!("bAsIc  {}", STANDARD.encode("a:p:1")))),
            "schemes have no case"
        );
        for wrong in ["a:pä2", "a:p:", "a:p:1 ", "A:p:1", "a", "", ":"] {
            assert!(!lets_in(&door, &basic(wrong)), "{wrong}");
        }
        for wrong in ["Basic", "Basic ", "Basic !!!", "Bearer YTpwOjE=", "YTpwOjE="] {
            assert!(!lets_in(&door, &asks(wrong)), "{wrong}");
        }
        assert!(!lets_in(&door, &HeaderMap::new()));
        assert!(
            !lets_in(&Doorkeeper::new([]).unwrap(), &basic(":")),
            "without credentials nobody is let in"
        );
        assert_eq!(format!("{door:?}"), "Doorkeeper(2 credentials)");
    }
}
