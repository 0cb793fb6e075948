//! `GET /v2/catalog`
use crate::{answer::Answer, desk::Desk};
use http::{HeaderMap, header::IF_NONE_MATCH};

pub(crate) fn call(desk: &Desk, headers: &HeaderMap) -> Answer {
    let page = match desk.shelf.page(&desk.library) {
        Ok(page) => page,
        Err(unready) => return unready.into(),
    };
    let etag = &page.etag;
    let known = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut known = known
        .flat_map(|list| list.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"));
    if known.any(|tag| tag == "*" || tag.as_bytes() == etag.as_bytes()) {
        return Answer::CatalogUnchanged(etag.clone());
    }
    Answer::Catalog(page)
}
