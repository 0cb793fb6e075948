//! Until when a certificate is good. Of X.509 only the way there is read: what the certificate is worth otherwise,
//! rustls and the client find out.
use chandler_proto::ids::Millis;
use std::fmt;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xA0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The end of a validity, to the second. Shown as Go shows times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotAfter(OffsetDateTime);

impl NotAfter {
    pub(crate) fn of(ms: Millis) -> Option<Self> {
        let seconds = i64::try_from(ms.0 / 1000).ok()?;
        OffsetDateTime::from_unix_timestamp(seconds).ok().map(NotAfter)
    }
    pub(super) fn ms(self) -> Millis {
        Millis(u64::try_from(self.0.unix_timestamp()).unwrap_or(0).saturating_mul(1000))
    }
}

impl fmt::Display for NotAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, (h, m, s)) = (self.0.date(), self.0.to_hms());
        let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
        write!(f, "{year:04}-{month:02}-{day:02} {h:02}:{m:02}:{s:02} +0000 UTC")
    }
}

/// The end of the validity of a certificate in DER (RFC 5280, 4.1). `None`: it isn't one.
pub(super) fn not_after(der: &[u8]) -> Option<NotAfter> {
    let (certificate, _) = tagged(SEQUENCE, der)?;
    let (mut rest, _) = tagged(SEQUENCE, certificate)?;
    // The version is left out where it is the first.
    if let Some((_, after)) = tagged(VERSION, rest) {
        rest = after;
    }
    // Serial number, signature algorithm, issuer.
    for tag in [INTEGER, SEQUENCE, SEQUENCE] {
        (_, rest) = tagged(tag, rest)?;
    }
    let (validity, _) = tagged(SEQUENCE, rest)?;
    let (tag, (_, after)) = time_of(validity)?;
    debug_assert!(tag == UTC_TIME || tag == GENERALIZED_TIME);
    let (tag, (digits, _)) = time_of(after)?;
    moment(tag, digits).map(NotAfter)
}

type Split<'a> = (&'a [u8], &'a [u8]);

fn time_of(input: &[u8]) -> Option<(u8, Split<'_>)> {
    [UTC_TIME, GENERALIZED_TIME]
        .into_iter()
        .find_map(|tag| Some((tag, tagged(tag, input)?)))
}

/// The content of the element with this tag at the beginning, and what follows it.
fn tagged(tag: u8, input: &[u8]) -> Option<Split<'_>> {
    let (&found, rest) = input.split_first()?;
    let (&length, rest) = rest.split_first()?;
    if found != tag {
        return None;
    }
    let (length, rest) = match length {
        short @ 0..=0x7F => (usize::from(short), rest),
        // Long: so many bytes of length follow. More than 4 of them no certificate needs.
        long @ 0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(long & 0x7F))?;
            let length = bytes.iter().fold(0_usize, |all, byte| all << 8 | usize::from(*byte));
            (length, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// `YYMMDDhhmmssZ` (1950 to 2049) or `YYYYMMDDhhmmssZ`.
fn moment(tag: u8, text: &[u8]) -> Option<OffsetDateTime> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = text.split_at_checked(if tag == UTC_TIME { 2 } else { 4 })?;
    let year: i32 = year.parse().ok()?;
    let year = match (tag, year) {
        (UTC_TIME, 50..) => 1900 + year,
        (UTC_TIME, _) => 2000 + year,
        (_, year) => year,
    };
    if rest.len() != 10 {
        return None;
    }
    let part = |index: usize| rest.get(2 * index..2 * index + 2)?.parse::<u8>().ok();
    let date = Date::from_calendar_date(year, Month::try_from(part(0)?).ok()?, part(1)?).ok()?;
    let time = Time::from_hms(part(2)?, part(3)?, part(4)?).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    fn made(year: i32, month: u8, day: u8) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(1999, 1, 1);
        params.not_after = date_time_ymd(year, month, day);
        params
            .self_signed(&KeyPair::generate().unwrap())
            .unwrap()
            .der()
            .to_vec()
    }

    #[test]
    fn the_end_is_read_in_both_spellings_and_shown_as_go_shows_it() {
        for (y, m, d, shown) in [
            (2026, 11, 22, "2026-11-22 00:00:00 +0000 UTC"),
            (2049, 12, 31, "2049-12-31 00:00:00 +0000 UTC"),
            (2050, 1, 1, "2050-01-01 00:00:00 +0000 UTC"),
            (4096, 2, 29, "4096-02-29 00:00:00 +0000 UTC"),
        ] {
            let end = not_after(&made(y, m, d)).unwrap();
            assert_eq!(end.to_string(), shown);
            assert_eq!(NotAfter::of(end.ms()), Some(end));
        }
        let end = not_after(&made(2026, 11, 22)).unwrap();
        assert_eq!(end.ms(), Millis(1_795_305_600_000));
    }

    #[test]
    fn what_is_cut_off_or_changed_is_no_certificate_and_never_a_panic() {
        let der = made(2026, 11, 22);
        for end in 0..120 {
            assert_eq!(not_after(&der[..end]), None, "{end} bytes");
        }
        for at in 0..der.len() {
            for byte in [0, 0x7F, 0x80, 0x84, 0xFF] {
                let mut other = der.clone();
                other[at] = byte;
                let _ = not_after(&other);
            }
        }
        for text in [
            "",
            "Z",
            "991301000000Z",
            "99010100000Z",
            "9901010000é0Z",
            "990101000060Z",
            "990101000000",
        ] {
            assert_eq!(moment(UTC_TIME, text.as_bytes()), None, "{text}");
        }
        assert_eq!(moment(UTC_TIME, b"500101000000Z").unwrap().year(), 1950);
        assert_eq!(moment(UTC_TIME, b"491231235959Z").unwrap().year(), 2049);
    }
}
