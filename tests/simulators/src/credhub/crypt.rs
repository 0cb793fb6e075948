//! The hash of a user's password: crypt with SHA-512 and 5000 rounds (`$6$`), as `/etc/shadow` has it.

use rand::Rng as _;
use ring::digest::{Context, SHA512, digest};

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ROUNDS: usize = 5000;
/// Bytes of a digest.
const SIZE: usize = 64;

/// Eight random characters.
pub(super) fn new_salt() -> String {
    let mut random = rand::rng();
    (0..8)
        .map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())]))
        .collect()
}

/// `$6$salt$hash`; of the salt the first 16 bytes count.
pub(super) fn sha512(password: &str, salt: &str) -> String {
    let (key, salt) = (password.as_bytes(), salt.as_bytes());
    let salt = &salt[..salt.len().min(16)];
    let mut first = Context::new(&SHA512);
    first.update(key);
    first.update(salt);
    let second = digest(&SHA512, &[key, salt, key].concat());
    first.update(&stretch(second.as_ref(), key.len()));
    let mut bits = key.len();
    while bits > 0 {
        match bits & 1 {
            1 => first.update(second.as_ref()),
            _ => first.update(key),
        }
        bits >>= 1;
    }
    let mut sum = first.finish();
    let p = stretch(digest(&SHA512, &key.repeat(key.len())).as_ref(), key.len());
    let repeats = 16 + usize::from(sum.as_ref()[0]);
    let s = stretch(digest(&SHA512, &salt.repeat(repeats)).as_ref(), salt.len());
    for round in 0..ROUNDS {
        let mut next = Context::new(&SHA512);
        let odd = round % 2 == 1;
        next.update(if odd { &p } else { sum.as_ref() });
        if round % 3 != 0 {
            next.update(&s);
        }
        if round % 7 != 0 {
            next.update(&p);
        }
        next.update(if odd { sum.as_ref() } else { &p });
        sum = next.finish();
    }
    format!("$6${}${}", String::from_utf8_lossy(salt), encode(sum.as_ref()))
}

/// The digest repeated up to a length.
fn stretch(sum: &[u8], length: usize) -> Vec<u8> {
    sum.iter().copied().cycle().take(length).collect()
}

/// Three bytes to four characters, in crypt's own order of bytes.
fn encode(sum: &[u8]) -> String {
    let mut out = String::new();
    let (mut a, mut b, mut c) = (0, 21, 42);
    for _ in 0..21 {
        push(&mut out, [sum[a], sum[b], sum[c]], 4);
        (a, b, c) = (b + 1, c + 1, a + 1);
    }
    push(&mut out, [0, 0, sum[SIZE - 1]], 2);
    out
}

fn push(out: &mut String, bytes: [u8; 3], characters: usize) {
    let mut word = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
    for _ in 0..characters {
        out.push(char::from(ALPHABET[(word & 63) as usize]));
        word >>= 6;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `openssl passwd -6 -salt SALT PASSWORD`.
    #[test]
    fn hashes_are_those_of_openssl() {
        for (password, salt, expected) in [
            (
                "Hello world!",
                "saltstring",
                "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
            ),
            (
                "x",
                "abcdefgh",
                "$6$abcdefgh$D7W7qyozKBT.t6FD3DVYHvADbIO0eSyI4.p20LaEUjro8PqTGYYo/EQcuNjhFbzo9Yg5ir1KIEqFY/yJpgFph0",
            ),
            (
                &*"a".repeat(200),
                "0123456789abcdef",
                "$6$0123456789abcdef$RBjxx9VcHjdfmVLoRNP7x08zbAVFOXyFy3mlyE0sWhfPSO/dqE70ouCpiWlbXYaHeO2LT4lgRz1jtlKJM0gSv/",
            ),
        ] {
            assert_eq!(sha512(password, salt), expected, "{password} {salt}");
        }
    }

    #[test]
    fn salts_differ() {
        let (one, other) = (new_salt(), new_salt());
        assert_eq!(one.len(), 8);
        assert_ne!(one, other);
    }
}
