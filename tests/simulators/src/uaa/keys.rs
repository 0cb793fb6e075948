//! Signing keys. There are two, so that they can rotate; which one a key id stands for follows from its number.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

const PEMS: [&str; 2] = [include_str!("keys/test-1.pem"), include_str!("keys/test-2.pem")];

/// What comes before a PKCS#1 public key of 2048 bits (and exponent 65537) in a `SubjectPublicKeyInfo`.
const SPKI: [u8; 24] = [
    0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    0x03, 0x82, 0x01, 0x0f, 0x00,
];

/// The key pair behind `key-N`.
fn pair(number: u64) -> anyhow::Result<KeyPair> {
    let pem = if number.is_multiple_of(2) { PEMS[1] } else { PEMS[0] };
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|error| anyhow::anyhow!("{error}"))?;
    KeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|error| anyhow::anyhow!("{error}"))
}

/// A key's id in tokens.
pub(super) fn kid(number: u64) -> String {
    format!("key-{number}")
}

/// The number in a key's id.
pub(super) fn number(kid: &str) -> Option<u64> {
    kid.strip_prefix("key-")?.parse().ok()
}

/// `HEADER.CLAIMS.SIGNATURE`.
pub(super) fn sign(number: u64, jku: &str, claims: &Value) -> anyhow::Result<String> {
    let header = json!({"alg": "RS256", "jku": jku, "kid": kid(number), "typ": "JWT"});
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(&header), encode(claims));
    let pair = pair(number)?;
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// True when `signature` is that key's.
pub(super) fn is_signed(number: u64, signed: &str, signature: &[u8]) -> bool {
    pair(number).is_ok_and(|pair| {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref())
            .verify(signed.as_bytes(), signature)
            .is_ok()
    })
}

/// A key as `/token_key` shows it.
pub(super) fn shown(number: u64) -> anyhow::Result<Value> {
    let pair = pair(number)?;
    let parts = PublicKeyComponents::<Vec<u8>>::from(pair.public());
    let spki = STANDARD.encode([&SPKI, pair.public_key().as_ref()].concat());
    let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
    let mut rest = spki.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END PUBLIC KEY-----");
    Ok(json!({
        "kty": "RSA", "e": URL_SAFE_NO_PAD.encode(parts.e), "use": "sig", "kid": kid(number), "alg": "RS256",
        "value": pem, "n": URL_SAFE_NO_PAD.encode(parts.n),
    }))
}
