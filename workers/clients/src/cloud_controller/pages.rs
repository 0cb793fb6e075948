//! Where the next page of a list is. Pure.

use std::collections::HashSet;

use reqwest::Url;

/// So many pages has no list; at 500 entries each these are 5 million.
const MOST: usize = 10_000;

/// The pages of one list that were asked for.
pub(super) struct Pages {
    first: Url,
    asked: HashSet<String>,
}

impl Pages {
    /// Nothing but the first one was asked for.
    pub(super) fn new(first: &Url) -> Self {
        Self {
            first: first.clone(),
            asked: HashSet::from([first.as_str().to_owned()]),
        }
    }

    /// The address of the next page, as the page before it says: only if it is one of the same list at the same server, because a token
    /// goes there.
    ///
    /// # Errors
    /// What is wrong with it, without its query.
    pub(super) fn next(&mut self, href: &str) -> Result<Url, String> {
        let url = self
            .first
            .join(href)
            .map_err(|_| "the address of the next page is none".to_owned())?;
        let is_ours = url.origin() == self.first.origin()
            && url.path() == self.first.path()
            && url.username().is_empty()
            && url.password().is_none();
        if !is_ours {
            let origin = url.origin().ascii_serialization();
            return Err(format!(
                "the next page would be at {origin}{}, which is no page of this list: no token goes there",
                url.path()
            ));
        }
        if self.asked.len() >= MOST {
            return Err(format!("the list doesn't end after {MOST} pages"));
        }
        if !self.asked.insert(url.as_str().to_owned()) {
            return Err("the list doesn't end: a page says that the next is one that was read already".to_owned());
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(base: &str) -> Pages {
        let base = Url::parse(base).unwrap();
        Pages::new(&base.join("v3/plans?page=1").unwrap())
    }

    #[test]
    fn only_the_list_itself_is_followed() {
        let followed = [
            ("https://api/", "https://api/v3/plans?page=2"),
            ("https://api/", "https://api:443/v3/plans?page=2"),
            ("https://api/cc/", "https://api/cc/v3/plans?page=2"),
            ("https://api/cc/", "/cc/v3/plans?page=2"),
        ];
        for (base, href) in followed {
            assert!(pages(base).next(href).is_ok(), "{base} {href}");
        }
        let refused = [
            ("https://api/", "https://api.elsewhere/v3/plans?page=2"),
            ("https://api/", "https://api:444/v3/plans?page=2"),
            ("https://api/", "http://api/v3/plans?page=2"),
            ("https://api/", "//elsewhere/v3/plans"),
            ("https://api/", "https://user:word@api/v3/plans"),
            ("https://api/", "https://api@elsewhere/v3/plans"),
            ("https://api/", "data:text/plain,x"),
            ("https://api/", "https://"),
            ("https://api/", "https://api/v3/service_brokers?page=2"),
            ("https://api/", "plans/x?page=2"),
            ("https://api/cc/", "https://api/v3/plans?page=2"),
            ("https://api/cc/", "https://api/cc/../v3/plans?page=2"),
            ("https://api/cc/", "https://api/cc-other/v3/plans?page=2"),
        ];
        for (base, href) in refused {
            let why = pages(base).next(href).unwrap_err();
            assert!(!why.contains("page=2") && !why.contains("word"), "{base} {href}: {why}");
        }
    }

    #[test]
    fn no_page_is_read_twice_and_no_list_for_ever() {
        let mut list = pages("https://api/");
        assert!(list.next("/v3/plans?page=1").unwrap_err().contains("read already"));
        assert!(list.next("/v3/plans?page=2").is_ok());
        assert!(list.next("/v3/plans?page=2").unwrap_err().contains("read already"));
        for page in 3..=MOST {
            list.next(&format!("/v3/plans?page={page}")).unwrap();
        }
        let why = list.next("/v3/plans?page=1000000").unwrap_err();
        assert!(why.contains("10000 pages"), "{why}");
    }
}
