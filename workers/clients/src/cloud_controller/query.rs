//! How a list is narrowed. Pure.

use std::fmt::Write as _;

/// So many bytes of one filter go into one request, and the rest into others: servers on the way refuse lines of 8 KiB.
const LONGEST: usize = 2_000;

/// What a list is narrowed to. Cloud Controller splits a value at its commas, and decodes each part once more after the query as a whole; so each
/// is encoded for itself before they are joined, or a name with a comma would be two.
pub(super) struct Query<'a> {
    fixed: Vec<(&'static str, String)>,
    among: Vec<(&'static str, &'a [String])>,
}

/// One request's share of it: pairs that still have to be encoded as a query.
pub(super) type Pairs = Vec<(&'static str, String)>;

impl<'a> Query<'a> {
    /// Everything.
    pub(super) fn new() -> Self {
        Self {
            fixed: Vec::new(),
            among: Vec::new(),
        }
    }

    /// What has one of these values; no list is no filter, and an empty one lets nothing through.
    pub(super) fn among(mut self, key: &'static str, values: Option<&'a [String]>) -> Self {
        if let Some(values) = values {
            self.among.push((key, values));
        }
        self
    }

    /// What has this value; it is one of ours, without a comma.
    pub(super) fn is(mut self, key: &'static str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.fixed.push((key, value.to_owned()));
        }
        self
    }

    /// The requests that find all of it; none when nothing can be found.
    pub(super) fn requests(self) -> Vec<Pairs> {
        let mut requests = vec![self.fixed];
        for (key, values) in self.among {
            let parts = parts(values);
            let with = |pairs: &Pairs| -> Vec<Pairs> {
                let each = parts.iter().map(|part| {
                    let mut pairs = pairs.clone();
                    pairs.push((key, part.clone()));
                    pairs
                });
                each.collect()
            };
            requests = requests.iter().flat_map(with).collect();
        }
        requests
    }
}

/// Whether a name is one of those that were asked for. Databases take `ODB` for `odb`, and some `a` for `ä`.
pub(super) fn is_among(values: Option<&[String]>, name: &str) -> bool {
    values.is_none_or(|values| values.iter().any(|value| value == name))
}

/// The values joined by commas, in as many parts as needed. Each value is in one part, once; an empty one, which nothing can have, in none.
fn parts(values: &[String]) -> Vec<String> {
    let mut sorted: Vec<&String> = values.iter().filter(|value| !value.is_empty()).collect();
    sorted.sort();
    sorted.dedup();
    let mut parts: Vec<String> = Vec::new();
    for value in sorted {
        let value = encoded(value);
        match parts.last_mut() {
            Some(part) if sent_size(part) + sent_size(&value) < LONGEST => {
                part.push(',');
                part.push_str(&value);
            }
            Some(_) | None => parts.push(value),
        }
    }
    parts
}

/// How long it is at most once it stands in a query.
fn sent_size(text: &str) -> usize {
    let size = |byte: u8| {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            1
        } else {
            3
        }
    };
    text.bytes().map(size).sum()
}

/// What would be lost between the commas: the comma itself, what begins an encoding, and blanks at the beginning, which count as part of the comma.
fn encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut at_start = true;
    for c in value.chars() {
        let is_blank = c.is_ascii_whitespace() || c == '\u{b}';
        match c {
            '%' => out.push_str("%25"),
            ',' => out.push_str("%2C"),
            blank if at_start && is_blank => {
                // Writing to a string can't fail.
                let _ = write!(out, "%{:02X}", u32::from(blank));
            }
            other => out.push(other),
        }
        at_start &= is_blank;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(values: &[&str]) -> Vec<String> {
        values.iter().map(|&it| it.to_owned()).collect()
    }

    #[test]
    fn values_are_joined_so_that_each_stays_one() {
        let cases: [(&[&str], &[&str]); 8] = [
            (&["b", "a", "b"], &["a,b"]),
            (&["a,b"], &["a%2Cb"]),
            (&["a,b", "c"], &["a%2Cb,c"]),
            (&["100%", "%2C"], &["%252C,100%25"]),
            (&[" \tx y ", "\nz"], &["%0Az,%20%09x y "]),
            (&["a&b=c+ä/"], &["a&b=c+ä/"]),
            (&[""], &[]),
            (&[], &[]),
        ];
        for (values, wanted) in cases {
            assert_eq!(parts(&owned(values)), wanted, "{values:?}");
        }
    }

    #[test]
    fn no_list_is_everything_and_an_empty_one_nothing() {
        assert_eq!(Query::new().among("names", None).requests(), [Vec::new()]);
        let nothing = Query::new().among("names", Some(&[])).is("type", Some("app"));
        assert_eq!(nothing.requests(), Vec::<Pairs>::new());
        assert!(is_among(None, "x") && !is_among(Some(&[]), "x"));
        assert!(is_among(Some(&owned(&["odb"])), "odb") && !is_among(Some(&owned(&["odb"])), "ODB"));
    }

    #[test]
    fn long_lists_are_several_requests_that_cover_each_pair_once() {
        let guids: Vec<_> = (0..120).map(|n| format!("c24f1dcb-0000-4000-8000-{n:012}")).collect();
        let names = owned(&["x", "y"]);
        let query = Query::new()
            .is("type", Some("app"))
            .among("guids", Some(&guids))
            .among("names", Some(&names));
        let requests = query.requests();
        assert!(requests.len() > 1, "{}", requests.len());
        let mut seen = Vec::new();
        for pairs in &requests {
            let keys: Vec<_> = pairs.iter().map(|(key, _)| *key).collect();
            assert_eq!(keys, ["type", "guids", "names"]);
            assert!(pairs[1].1.len() <= LONGEST && pairs[2].1 == "x,y");
            seen.extend(pairs[1].1.split(',').map(str::to_owned));
        }
        assert_eq!(seen, guids);
        let longest = owned(&[&"ä".repeat(600), &"ö".repeat(600)]);
        assert_eq!(parts(&longest).len(), 2, "bytes as they are sent count");
    }
}
