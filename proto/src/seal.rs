//! Sealing: what may be secret never reaches the bus in the clear.
use crate::secret::Secret;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{aead, hmac};
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroizing;

/// Bytes of a nonce; the caller brings fresh random ones.
pub const NONCE: usize = aead::NONCE_LEN;

/// A sealed text: ChaCha20-Poly1305, with the record's key as associated data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The id of the key that sealed it.
    pub key: String,
    /// 12 bytes, base64.
    pub nonce: String,
    /// Ciphertext and tag, base64.
    pub data: String,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed(by {})", self.key)
    }
}

/// Why a text could not be sealed or opened. No variant tells anything of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// No key of that id is configured.
    #[error("sealed with key {0:?}, which chandler.seal.keys doesn't hold; put the old key back behind the new one")]
    UnknownKey(String),
    /// Wrong key, wrong record, or damaged.
    #[error(
        "a sealed value can't be opened: it was sealed for another record or with another key of the same id, or it is damaged"
    )]
    CannotOpen,
    /// The configured key is not 32 bytes in base64.
    #[error("seal key {0:?} is not 32 bytes in base64")]
    BadKey(String),
}

/// Seals with the first key, opens with any.
pub struct Sealer {
    keys: Vec<(String, aead::LessSafeKey)>,
    fingerprints: hmac::Key,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(id, _)| id)).finish()
    }
}

fn key_bytes(id: &str, base64: &Secret) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let bytes = STANDARD.decode(base64.expose()).map(Zeroizing::new);
    bytes
        .ok()
        .filter(|b| b.len() == 32)
        .ok_or_else(|| SealError::BadKey(id.into()))
}

impl Sealer {
    /// From the configuration: keys as (id, base64 of 32 bytes), newest first, and the fingerprint key, which
    /// must stay when the others are rotated.
    ///
    /// # Errors
    /// [`SealError::BadKey`] names the key; the fingerprint key's name is `fingerprint_key`.
    pub fn new<'a>(
        keys: impl IntoIterator<Item = (&'a str, &'a Secret)>,
        fingerprint_key: &Secret,
    ) -> Result<Self, SealError> {
        let mut list = Vec::new();
        for (id, base64) in keys {
            let bytes = key_bytes(id, base64)?;
            let key =
                aead::UnboundKey::new(&aead::CHACHA20_POLY1305, &bytes).map_err(|_| SealError::BadKey(id.into()))?;
            list.push((id.to_owned(), aead::LessSafeKey::new(key)));
        }
        if list.is_empty() {
            return Err(SealError::BadKey("(none)".into()));
        }
        let fingerprints = hmac::Key::new(hmac::HMAC_SHA256, &key_bytes("fingerprint_key", fingerprint_key)?);
        Ok(Sealer {
            keys: list,
            fingerprints,
        })
    }

    /// From the section `chandler.seal`.
    ///
    /// # Errors
    /// As [`Sealer::new`].
    pub fn of(seal: &crate::config::Seal) -> Result<Self, SealError> {
        Self::new(seal.keys.iter().map(|k| (k.id.as_str(), &k.key)), &seal.fingerprint_key)
    }

    /// Seals `text` for the record `record`.
    pub fn seal(&self, record: &str, text: &str, nonce: [u8; NONCE]) -> Result<Sealed, SealError> {
        let (id, key) = self.keys.first().ok_or(SealError::CannotOpen)?;
        let mut data = text.as_bytes().to_vec();
        key.seal_in_place_append_tag(
            aead::Nonce::assume_unique_for_key(nonce),
            aead::Aad::from(record.as_bytes()),
            &mut data,
        )
        .map_err(|_| SealError::CannotOpen)?;
        Ok(Sealed {
            key: id.clone(),
            nonce: STANDARD.encode(nonce),
            data: STANDARD.encode(data),
        })
    }

    /// Opens what was sealed for the record `record`.
    pub fn open(&self, record: &str, sealed: &Sealed) -> Result<Secret, SealError> {
        let (_, key) = self
            .keys
            .iter()
            .find(|(id, _)| *id == sealed.key)
            .ok_or_else(|| SealError::UnknownKey(sealed.key.clone()))?;
        let nonce = STANDARD.decode(&sealed.nonce).map_err(|_| SealError::CannotOpen)?;
        let nonce = aead::Nonce::try_assume_unique_for_key(&nonce).map_err(|_| SealError::CannotOpen)?;
        let mut data = Zeroizing::new(STANDARD.decode(&sealed.data).map_err(|_| SealError::CannotOpen)?);
        let text = key
            .open_in_place(nonce, aead::Aad::from(record.as_bytes()), &mut data)
            .map_err(|_| SealError::CannotOpen)?;
        String::from_utf8(text.to_vec())
            .map(Secret::new)
            .map_err(|_| SealError::CannotOpen)
    }

    /// The keyed fingerprint of a canonical text (HMAC-SHA256, hex): equal requests have equal fingerprints, and
    /// nobody without the key can try out guesses.
    pub fn fingerprint(&self, canonical: &str) -> String {
        hmac::sign(&self.fingerprints, canonical.as_bytes())
            .as_ref()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(fill: u8) -> Secret {
        Secret::new(STANDARD.encode([fill; 32]))
    }

    #[test]
    fn opens_only_what_was_sealed_for_the_same_record_with_a_known_key() {
        let old = Sealer::new([("k1", &key(1))], &key(9)).unwrap();
        let sealed = old.seal("instance.a", "p4ssw0rd", [5; NONCE]).unwrap();
        assert!(!serde_json::to_string(&sealed).unwrap().contains("p4ssw0rd"));
        let rotated = Sealer::new([("k2", &key(2)), ("k1", &key(1))], &key(9)).unwrap();
        assert_eq!(rotated.open("instance.a", &sealed).unwrap().expose(), "p4ssw0rd");
        assert_eq!(
            rotated.seal("instance.a", "x", [6; NONCE]).unwrap().key,
            "k2",
            "the first key seals"
        );
        assert_eq!(rotated.open("instance.b", &sealed), Err(SealError::CannotOpen));
        let without = Sealer::new([("k2", &key(2))], &key(9)).unwrap();
        assert_eq!(
            without.open("instance.a", &sealed),
            Err(SealError::UnknownKey("k1".into()))
        );
        let mut damaged = sealed.clone();
        damaged.data = STANDARD.encode([0; 24]);
        assert_eq!(rotated.open("instance.a", &damaged), Err(SealError::CannotOpen));
        assert_eq!(
            rotated.fingerprint("x"),
            old.fingerprint("x"),
            "fingerprints outlive a rotation"
        );
    }

    #[test]
    fn bad_keys_are_named_and_nothing_is_shown() {
        let short = Secret::new("c2hvcnQ=");
        assert_eq!(
            Sealer::new([("k1", &short)], &key(9)).unwrap_err(),
            SealError::BadKey("k1".into())
        );
        assert_eq!(
            Sealer::new([("k1", &key(1))], &short).unwrap_err(),
            SealError::BadKey("fingerprint_key".into())
        );
        let shown = format!("{:?} {:?}", Sealer::new([("k1", &key(1))], &key(9)).unwrap(), key(3));
        assert_eq!(shown, "[\"k1\"] ***");
    }
}
