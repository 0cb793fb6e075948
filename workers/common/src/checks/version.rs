//! The Director's version, read as ODB reads it, and those of others.

/// A Director's version. Directors counted as their stemcells did until version 257.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DirectorVersion {
    /// Two or three numbers: major and minor.
    Release(u64, u64),
    /// Four numbers, the first of which says nothing: the major number of the stemcell.
    Stemcell(u64),
}

impl DirectorVersion {
    /// Reads what `/info` says, `280.1.0 (00000000)`: the first word counts. `None`: it is no version of a Director.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let word = first_word(text);
        let numbers: Option<Vec<u64>> = word.split('.').map(number).collect();
        match numbers?.as_slice() {
            &[major, minor] | &[major, minor, _] => Some(Self::Release(major, minor)),
            &[_, major, _, _] => Some(Self::Stemcell(major)),
            _ => None,
        }
    }

    /// Whether it is 257 or later. Stemcells of that time were 3262.
    pub(super) fn serves(self) -> bool {
        match self {
            Self::Release(major, _) => major >= 257,
            Self::Stemcell(major) => major >= 3262,
        }
    }

    /// Whether it is a release of that major version or a later one.
    pub(super) fn is_at_least(self, wanted: u64) -> bool {
        match self {
            Self::Release(major, _) => major >= wanted,
            Self::Stemcell(_) => false,
        }
    }

    /// Whether its links API serves addresses: 266.12, 267.6 and later ones.
    pub(super) fn has_dns(self) -> bool {
        match self {
            Self::Release(266, minor) => minor >= 12,
            Self::Release(267, minor) => minor >= 6,
            Self::Release(major, _) => major >= 268,
            Self::Stemcell(_) => false,
        }
    }
}

/// The part of what `/info` says that is the version.
pub(super) fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

/// The version of a CredHub, as far as it counts: major and minor.
pub(super) fn credhub(text: &str) -> Option<(u64, u64)> {
    let mut parts = first_word(text).split('.');
    Some((number(parts.next()?)?, number(parts.next()?)?))
}

/// The version of Cloud Controller's API: three numbers, whatever follows them after a `-` or a `+`.
pub(super) fn cloud_controller(text: &str) -> Option<(u64, u64, u64)> {
    let mut parts = text.split(['-', '+']).next()?.split('.').map(number);
    match (parts.next()??, parts.next()??, parts.next()??, parts.next()) {
        (major, minor, patch, None) => Some((major, minor, patch)),
        (_, _, _, Some(_)) => None,
    }
}

/// Digits only: `+1` and `-1` are none.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_is_two_three_or_four_numbers() {
        let release = |major, minor| Some(DirectorVersion::Release(major, minor));
        let cases = [
            ("280.1.0 (00000000)", release(280, 1)),
            ("257.3", release(257, 3)),
            ("  268.0.0", release(268, 0)),
            ("1.3262.24.0 (00000000)", Some(DirectorVersion::Stemcell(3262))),
            ("", None),
            ("280", None),
            ("1.2.3.4.5", None),
            ("280.x.0", None),
            ("280..1", None),
            ("280.+1.0", None),
            ("268.0.0-rc.1", None),
            ("99999999999999999999.1", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(DirectorVersion::parse(text), wanted, "{text}");
        }
    }

    #[test]
    fn which_version_has_what() {
        // Version, serves at all, errands (261), co-located ones (263), addresses.
        let cases = [
            ("256.9.0", false, false, false, false),
            ("257.0.0", true, false, false, false),
            ("260.9.9", true, false, false, false),
            ("261.0", true, true, false, false),
            ("262.9", true, true, false, false),
            ("263.0.0", true, true, true, false),
            ("265.99.0", true, true, true, false),
            ("266.11.9", true, true, true, false),
            ("266.12.0", true, true, true, true),
            ("267.5.9", true, true, true, false),
            ("267.6", true, true, true, true),
            ("268.0.0", true, true, true, true),
            ("1.3261.99.0", false, false, false, false),
            ("1.3262.0.0", true, false, false, false),
            ("1.9999.0.0", true, false, false, false),
        ];
        for (text, serves, errands, colocated, dns) in cases {
            let version = DirectorVersion::parse(text).unwrap();
            let has = (
                version.serves(),
                version.is_at_least(261),
                version.is_at_least(263),
                version.has_dns(),
            );
            assert_eq!(has, (serves, errands, colocated, dns), "{text}");
        }
    }

    #[test]
    fn of_cloud_controller_three_numbers_count() {
        let cases = [
            ("3.228.0", Some((3, 228, 0))),
            ("3.99.0-rc.1", Some((3, 99, 0))),
            ("3.99.0+build.2", Some((3, 99, 0))),
            ("3.99", None),
            ("3.99.0.1", None),
            ("3.x.0", None),
            ("", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(cloud_controller(text), wanted, "{text}");
        }
    }

    #[test]
    fn of_a_credhub_two_numbers_count() {
        let cases = [
            ("2.12.95", Some((2, 12))),
            ("1.6", Some((1, 6))),
            ("1.5.3-beta", Some((1, 5))),
            ("2", None),
            ("dev", None),
            ("", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(credhub(text), wanted, "{text}");
        }
    }
}
