//! A page of a list.

use std::cmp::Ordering;
use std::fmt::Write as _;

use http::StatusCode;
use serde_json::{Value, json};

use super::included::Included;
use super::query::Query;
use crate::cloud_controller::model::*;
use crate::common::answer::Answer;

/// What lists are ordered by.
pub(super) trait Row {
    fn guid(&self) -> &str;
    /// Empty when it has none.
    fn name(&self) -> &str;
    fn stamp(&self) -> &Stamp;
}

macro_rules! rows {
    ($($kind:ty),+) => {$(
        impl Row for $kind {
            fn guid(&self) -> &str {
                &self.guid
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn stamp(&self) -> &Stamp {
                &self.stamp
            }
        }
    )+};
}

rows!(Organization, Space, App, Broker, Offering, Plan, Instance);

impl Row for Binding {
    fn guid(&self) -> &str {
        &self.guid
    }

    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    fn stamp(&self) -> &Stamp {
        &self.stamp
    }
}

/// The rows of a page, in order.
pub(super) struct Page<'a, T> {
    pub(super) rows: Vec<&'a T>,
    pagination: Value,
}

impl<'a, T: Row> Page<'a, T> {
    /// The page that is asked for. `url` is Cloud Controller's own.
    pub(super) fn of(query: &Query<'_>, url: &str, rows: impl Iterator<Item = &'a T>) -> Self {
        let mut rows: Vec<&T> = rows.filter(|row| query.fits("guids", row.guid())).collect();
        rows.sort_by(|a, b| order(query, *a, *b));
        let number = |key, default| query.single(key).and_then(|it| it.parse().ok()).unwrap_or(default);
        let (page, many): (usize, usize) = (number("page", 1), number("per_page", 50));
        let (total, pages) = (rows.len(), rows.len().div_ceil(many).max(1));
        let href = |page: usize| json!({"href": href(query, url, page, many)});
        let pagination = json!({
            "total_results": total,
            "total_pages": pages,
            "first": href(1),
            "last": href(pages),
            "next": (page < pages).then(|| href(page + 1)),
            "previous": (page > 1).then(|| href(page - 1)),
        });
        let rows = rows
            .into_iter()
            .skip((page - 1).saturating_mul(many))
            .take(many)
            .collect();
        Self { rows, pagination }
    }

    /// With a view of each row.
    pub(super) fn answer(&self, view: impl Fn(&T) -> Value, included: Included) -> Answer {
        let resources: Vec<Value> = self.rows.iter().map(|row| view(row)).collect();
        let mut body = json!({"pagination": self.pagination, "resources": resources});
        included.into(&mut body);
        Answer::json(StatusCode::OK, &body)
    }
}

fn order<T: Row>(query: &Query<'_>, a: &T, b: &T) -> Ordering {
    let by = query.single("order_by").unwrap_or_default();
    let column = by.strip_prefix(['-', '+']).unwrap_or(by);
    let serial = a.stamp().serial.cmp(&b.stamp().serial);
    let order = match column {
        "name" => a.name().cmp(b.name()),
        "created_at" => a.stamp().created_at.total_cmp(&b.stamp().created_at),
        "updated_at" => a.stamp().updated_at.total_cmp(&b.stamp().updated_at),
        _ => Ordering::Equal,
    };
    match by.starts_with('-') {
        true => order.reverse().then(serial),
        false => order.then(serial),
    }
}

/// Absolute, with all filters once more.
fn href(query: &Query<'_>, url: &str, page: usize, many: usize) -> String {
    let mut href = format!("{url}{}?page={page}&per_page={many}", query.spec.path);
    for (key, value) in query.rest() {
        href.push('&');
        encode(key, &mut href);
        href.push('=');
        encode(value, &mut href);
    }
    href
}

fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => into.push(char::from(byte)),
            _ => {
                // Writing to a text can't fail.
                let _ = write!(into, "%{byte:02X}");
            }
        }
    }
}
