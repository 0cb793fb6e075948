//! Rules for all answers of the calls on bindings, judged over everything that was asked.
use super::{
    floor::{Exchange, Floor},
    house::{Rule, is, state, status},
    items::Endpoint,
};

fn polls(e: &Exchange) -> bool {
    e.request.target.contains("accepts_incomplete=true")
}
fn is_answered(e: &Exchange) -> bool {
    [200, 201].contains(&status(e))
}

pub(crate) const RULES: &[Rule] = &[
    Rule {
        name: "a bind is never empty or gone, and no 422 of it is without a code",
        ids: &["CCR-47", "CCR-48"],
        picks: |e| is(e, Endpoint::Bind),
        holds: |e| !matches!(status(e), 204 | 410) && (status(e) != 422 || e.reply.error().is_some()),
    },
    Rule {
        name: "who said that it can poll polls, and who didn't never has to",
        ids: &["BND-7", "UNB-5", "HSE-15"],
        picks: |e| (is(e, Endpoint::Bind) || is(e, Endpoint::Unbind)) && is_answered(e) | (status(e) == 202),
        holds: |e| match status(e) {
            202 => polls(e) || e.request.target.contains("accepts%5Fincomplete"),
            // What is created or deleted by a request that could wait isn't waited for.
            201 => !polls(e),
            200 => !is(e, Endpoint::Unbind) || !polls(e),
            _ => false,
        },
    },
    Rule {
        name: "202 tells of the operation and of nothing else",
        ids: &["BND-2", "BND-9", "UNB-9", "CCR-43"],
        picks: |e| (is(e, Endpoint::Bind) || is(e, Endpoint::Unbind)) && status(e) == 202,
        holds: |e| {
            let operation = e.reply.body["operation"].as_str().unwrap_or_default();
            (1..=10_000).contains(&operation.len()) && e.reply.body.as_object().is_some_and(|body| body.len() == 1)
        },
    },
    Rule {
        name: "a binding that is told of has credentials",
        ids: &["BND-10", "GSB-2", "CCR-39"],
        picks: |e| {
            (is(e, Endpoint::Bind) || is(e, Endpoint::FetchBinding)) && is_answered(e) && e.request.method != "HEAD"
        },
        holds: |e| e.reply.body["credentials"].as_object().is_some_and(|it| !it.is_empty()),
    },
    Rule {
        name: "an unbind is never not found, in conflict, or without its object",
        ids: &["UNB-1", "UNB-4"],
        picks: |e| is(e, Endpoint::Unbind),
        holds: |e| match status(e) {
            200 => e.reply.body == serde_json::json!({}),
            201 | 204 | 404 | 409 => false,
            _ => true,
        },
    },
    Rule {
        name: "a poll that is answered has one of the three states",
        ids: &["LOP-1"],
        picks: |e| is(e, Endpoint::BindingLastOperation) && status(e) == 200 && e.request.method == "GET",
        holds: |e| matches!(state(e), Some("in progress" | "succeeded" | "failed")),
    },
    Rule {
        name: "no poll of a bind is told that it is gone",
        ids: &["LOP-5", "CCR-34"],
        picks: |e| is(e, Endpoint::BindingLastOperation) && e.request.target.contains("operation=b."),
        holds: |e| status(e) != 410,
    },
];

/// What is secret stands in answers to those who asked for it, and with CredHub in none; in no log at all.
pub(crate) async fn secrets_are_kept(floor: &Floor) {
    let secrets = floor.secrets();
    assert!(secrets.len() > 10, "there was nothing to keep");
    let tells = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        secrets
            .iter()
            .any(|secret| text.contains(&**secret) || text.contains(&serde_json::json!(secret).to_string()))
    };
    let mut told = 0;
    for e in floor.journal().iter().filter(|e| tells(&e.reply.bytes)) {
        let of_binding = is(e, Endpoint::Bind) || is(e, Endpoint::FetchBinding);
        let fits = of_binding && is_answered(e) && !floor.is_secure();
        assert!(fits, "{} {} → {:?}", e.request.method, e.request.target, e.reply);
        told += 1;
    }
    assert_eq!(told > 0, !floor.is_secure(), "it can tell");
    let world = &floor.world;
    let processes = [&world.gateways, &world.workers, &world.binding_workers];
    for process in processes.into_iter().flatten() {
        let log = process.output();
        assert!(
            !log.is_empty() && !tells(log.as_bytes()),
            "{}: a secret in its log",
            process.name
        );
        assert!(!log.contains(r#""panic""#), "{}: {log}", process.name);
    }
}
