//! A list, read to its end.

use std::collections::HashSet;

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::CloudController;
use super::answer::fault;
use super::pages::Pages;
use super::query::Query;
use crate::Fault;
use crate::http::CallContext;

/// A page is in memory as a whole.
const PER_PAGE: &str = "500";

/// One page.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    pagination: Pagination,
    resources: Vec<T>,
}

#[derive(Deserialize)]
struct Pagination {
    next: Option<Link>,
}

#[derive(Deserialize)]
struct Link {
    href: String,
}

/// What can be in a list.
pub(super) trait Resource: DeserializeOwned {
    /// Its guid.
    fn guid(&self) -> &str;
}

impl CloudController {
    /// Everything below `path` that the query lets through, each once.
    pub(super) async fn list<T: Resource>(
        &self,
        path: &[&str],
        query: Query<'_>,
        call: &CallContext,
    ) -> Result<Vec<T>, Fault> {
        let (mut found, mut known) = (Vec::new(), HashSet::new());
        for pairs in query.requests() {
            let pairs = pairs.iter().map(|(key, value)| (*key, value.as_str()));
            let pairs: Vec<_> = [("per_page", PER_PAGE)].into_iter().chain(pairs).collect();
            let mut request = self.request(Method::GET, path, &pairs, call)?;
            let mut pages = Pages::new(&request.url);
            loop {
                let answer = self.read(request).await?;
                if answer.status != StatusCode::OK {
                    return Err(fault(&answer, None));
                }
                let page: Page<T> = answer.json()?;
                // Entries move to the next page when others come in before them.
                let new = page.resources.into_iter();
                found.extend(new.filter(|it: &T| known.insert(it.guid().to_owned())));
                let Some(next) = page.pagination.next else { break };
                let url = pages.next(&next.href).map_err(|why| answer.garbled(why))?;
                request = self.request_page(url, call)?;
            }
        }
        Ok(found)
    }
}
