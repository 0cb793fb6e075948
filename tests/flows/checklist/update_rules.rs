//! Rules for all answers to PATCH, judged over everything that was asked.
use super::{
    house::{Rule, is, status},
    items::Endpoint,
};

fn is_update(e: &super::floor::Exchange) -> bool {
    is(e, Endpoint::Update)
}

pub(crate) const RULES: &[Rule] = &[
    Rule {
        name: "a PATCH creates nothing, and is never in conflict, gone or empty",
        ids: &["CCR-21", "CCR-24"],
        picks: is_update,
        holds: |e| !matches!(status(e), 201 | 204 | 409 | 410),
    },
    Rule {
        name: "what is changed or being changed is an object with a URL, or without",
        ids: &["CCR-20", "UPD-1", "UPD-16"],
        picks: |e| is_update(e) && status(e) < 300,
        holds: |e| {
            let url = &e.reply.body["dashboard_url"];
            let operation = e.reply.body["operation"].as_str();
            e.reply.body.is_object()
                && (url.is_null() || url.is_string())
                && operation.is_some_and(|it| !it.is_empty()) == (status(e) == 202)
        },
    },
    Rule {
        name: "a 422 has one of three codes, or none and a description",
        ids: &["CCR-22", "CCR-23", "UPD-5"],
        picks: |e| is_update(e) && status(e) == 422,
        holds: |e| {
            let codes = ["AsyncRequired", "ConcurrencyError", "MaintenanceInfoConflict"];
            !e.reply.description().is_empty() && e.reply.error().is_none_or(|code| codes.contains(&code))
        },
    },
];
