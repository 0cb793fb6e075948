//! Rules for all answers alike, judged over everything that was asked.
use super::{
    Check, binding_rules,
    floor::{Exchange, Floor, is_unreserved},
    items::Endpoint,
    update_rules,
};
use futures::FutureExt as _;
use std::time::Duration;

/// Platforms give up after 60 s; nothing here had to wait.
const PROMPT: Duration = Duration::from_secs(20);

const CODES: [&str; 4] = [
    "AsyncRequired",
    "ConcurrencyError",
    "RequiresApp",
    "MaintenanceInfoConflict",
];

/// What may stand in no answer: credentials, keys, and what only programs of ours would say.
const NEVER_SAID: [&str; 8] = [
    "admin",
    "secret",
    "AQEBAQEB",
    "AgICAgIC",
    "panicked",
    ".rs:",
    "stack backtrace",
    "nats://",
];

/// A rule for the answers that it picks; some must be there.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) ids: &'static [&'static str],
    pub(crate) picks: fn(&Exchange) -> bool,
    pub(crate) holds: fn(&Exchange) -> bool,
}

pub(crate) fn status(e: &Exchange) -> u16 {
    e.reply.status
}
pub(crate) fn is(e: &Exchange, at: Endpoint) -> bool {
    e.at == Some(at)
}
fn refused(e: &Exchange) -> bool {
    status(e) >= 400 && e.request.method != "HEAD"
}
pub(crate) fn state(e: &Exchange) -> Option<&str> {
    e.reply.body["state"].as_str()
}
/// What a platform waited for took too long, or ended badly, and the check was about that.
fn was_to_fail(e: &Exchange) -> bool {
    let waits = is(e, Endpoint::Bind) || is(e, Endpoint::Unbind);
    waits && !e.request.target.contains("accepts_incomplete=true") && e.wanted == Some(status(e))
}
/// The word after the first is capital, and there are no others.
fn is_camel_case(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.bytes().all(|b| b.is_ascii_alphanumeric())
}
/// A poll for no other kind of operation.
fn asks_for(e: &Exchange, letters: &[char]) -> bool {
    let asked = e.request.target.split_once("operation=");
    asked.is_none_or(|(_, asked)| letters.contains(&asked.chars().next().unwrap_or(' ')))
}
fn tells_of_a_deletion(e: &Exchange) -> bool {
    e.reply.description().starts_with("Instance deletion ") && asks_for(e, &['d'])
}
fn tells_of_an_update(e: &Exchange) -> bool {
    let others = ["Instance provisioning ", "Instance deletion ", "Binding "];
    asks_for(e, &['u', 'g']) && !others.iter().any(|noun| e.reply.description().starts_with(noun))
}

const RULES: &[Rule] = &[
    Rule {
        name: "no server errors and redirections",
        ids: &["HSE-6", "CCR-5"],
        picks: |_| true,
        holds: |e| matches!(status(e), 200 | 201 | 202 | 304 | 400..500) || was_to_fail(e) && status(e) >= 500,
    },
    Rule {
        name: "prompt",
        ids: &["GEN-4", "CCS-5", "ASY-2"],
        picks: |e| !(was_to_fail(e) && status(e) == 504),
        holds: |e| e.took < PROMPT,
    },
    Rule {
        name: "an error code is one of the four",
        ids: &["HSE-2", "ERR-2"],
        picks: |e| e.reply.body.get("error").is_some(),
        holds: |e| {
            e.reply
                .error()
                .is_some_and(|code| CODES.contains(&code) && is_camel_case(code) && status(e) == 422)
        },
    },
    Rule {
        name: "each 422 has a code, but for a PATCH's",
        ids: &["CCR-18"],
        picks: |e| status(e) == 422 && !is(e, Endpoint::Update),
        holds: |e| e.reply.error().is_some_and(|code| CODES.contains(&code)),
    },
    Rule {
        name: "a description is a text that says something",
        ids: &["ERR-3", "LOP-6"],
        picks: |e| e.reply.body.get("description").is_some(),
        holds: |e| !e.reply.description().trim().is_empty(),
    },
    Rule {
        name: "whether it is usable is told of failed deletions and updates, update_repeatable of these",
        ids: &["ERR-4", "ERR-5"],
        picks: |e| refused(e) || state(e).is_some(),
        holds: |e| {
            let failed = state(e) == Some("failed");
            let (deletion, update) = (tells_of_a_deletion(e), tells_of_an_update(e));
            let is = |name: &str, of: bool| {
                e.reply
                    .body
                    .get(name)
                    .is_none_or(|flag| failed && of && flag.is_boolean())
            };
            is("instance_usable", deletion || update) && is("update_repeatable", update)
        },
    },
    Rule {
        name: "nothing in an answer is ours alone",
        ids: &["HSE-6"],
        picks: |e| !is(e, Endpoint::Catalog) || refused(e),
        holds: |e| {
            let text = format!("{:?} {}", e.reply.headers, String::from_utf8_lossy(&e.reply.bytes));
            !NEVER_SAID.iter().any(|word| text.contains(word))
        },
    },
    Rule {
        name: "an operation is short and unreserved",
        ids: &[
            "HSE-13", "URL-2", "AMB-8", "CCR-12", "CCR-13", "CCR-26", "DEP-9", "ASY-3",
        ],
        picks: |e| status(e) == 202,
        holds: |e| {
            let operation = e.reply.body["operation"].as_str().unwrap_or_default();
            let url = &e.reply.body["dashboard_url"];
            let waits = ["accepts_incomplete=true", "accepts%5Fincomplete=%74rue"]
                .iter()
                .any(|ai| e.request.target.contains(ai));
            (1..=10_000).contains(&operation.len())
                && operation.bytes().all(is_unreserved)
                && (url.is_null() || url.is_string())
                && e.reply.body.is_object()
                && waits
        },
    },
    Rule {
        name: "a PUT is never done at once, gone, or found to be empty",
        ids: &["PRV-1", "CCR-19", "ASY-1"],
        picks: |e| is(e, Endpoint::Provision),
        holds: |e| !matches!(status(e), 201 | 204 | 404 | 410),
    },
    Rule {
        name: "a DELETE is never done at once, not found, or in conflict",
        ids: &["DEP-1", "CCR-25", "CCR-28", "CCR-30"],
        picks: |e| is(e, Endpoint::Deprovision),
        holds: |e| !matches!(status(e), 200 | 201 | 204 | 404 | 409),
    },
    Rule {
        name: "a poll that is answered has one of the three states",
        ids: &["LOP-1", "CCR-33"],
        picks: |e| is(e, Endpoint::LastOperation) && status(e) == 200 && e.request.method == "GET",
        holds: |e| matches!(state(e), Some("in progress" | "succeeded" | "failed")),
    },
    Rule {
        name: "polls are told to come back after whole seconds",
        ids: &["HSE-14", "CCP-3"],
        picks: |e| state(e) == Some("in progress"),
        holds: |e| {
            e.reply
                .header("Retry-After")
                .is_some_and(|value| value.parse::<u32>().is_ok())
        },
    },
    Rule {
        name: "no poll of a creation or a change is told that it is gone",
        ids: &["CCR-34"],
        picks: |e| {
            let kinds = ["operation=p.", "operation=u.", "operation=g."];
            is(e, Endpoint::LastOperation) && kinds.iter().any(|kind| e.request.target.contains(kind))
        },
        holds: |e| status(e) != 410,
    },
];

/// To be run when everything else has been.
pub(crate) fn judgements(floor: &Floor) -> Vec<Check<'_>> {
    let rules = RULES.iter().chain(binding_rules::RULES).chain(update_rules::RULES);
    let rules = rules.map(|rule| (rule.name, judge(floor, rule).boxed_local()));
    let each = Endpoint::ALL.into_iter().flat_map(|at| {
        [
            (
                "each refusal has a description (HSE-1)",
                refusals(floor, at).boxed_local(),
            ),
            ("JSON says that it is JSON (CTY-1)", content(floor, at).boxed_local()),
            (
                "the request identity comes back (RID-1)",
                identities(floor, at).boxed_local(),
            ),
        ]
    });
    rules
        .chain(each)
        .chain([
            ("no gateway panicked", panics(floor).boxed_local()),
            ("secrets are kept", binding_rules::secrets_are_kept(floor).boxed_local()),
        ])
        .collect()
}

/// The exchanges that `picks` picks, some; `holds` holds for all of them.
fn all(floor: &Floor, picks: impl Fn(&Exchange) -> bool, holds: impl Fn(&Exchange) -> bool) {
    let journal = floor.journal();
    let picked: Vec<_> = journal.iter().filter(|e| picks(e)).collect();
    let bad: Vec<_> = picked.iter().filter(|e| !holds(e)).collect();
    let show = |e: &&&Exchange| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
        let (request, reply) = (&e.request, &e.reply);
        let target = text(request.target.as_bytes());
        format!(
            "{} {target} {:?} → {} {:?} {}",
            request.method,
            text(&request.body),
            reply.status,
            reply.headers,
            text(&reply.bytes)
        )
    };
    let (asked, failed, some) = (
        picked.len(),
        bad.len(),
        bad.iter().take(3).map(show).collect::<Vec<_>>(),
    );
    drop(journal);
    // The floor with CredHub is asked about bindings only.
    assert!(asked > 0 || floor.is_secure(), "there was nothing to judge");
    assert!(failed == 0, "{failed} of {asked}, such as {some:#?}");
}

async fn judge(floor: &Floor, rule: &Rule) {
    all(floor, rule.picks, rule.holds);
    floor.covers(rule.ids);
}

async fn refusals(floor: &Floor, at: Endpoint) {
    all(
        floor,
        |e| is(e, at) && refused(e),
        |e| e.reply.body.is_object() && !e.reply.description().is_empty(),
    );
    floor.covers_at(at, &["HSE-1"]);
}

async fn content(floor: &Floor, at: Endpoint) {
    let is_json = |e: &Exchange| {
        let said = e.reply.header("Content-Type").and_then(|value| value.split(';').next());
        said == Some("application/json") && !e.reply.body.is_null()
    };
    all(floor, |e| is(e, at) && !e.reply.bytes.is_empty(), is_json);
    floor.covers_at(at, &["CTY-1"]);
}

async fn identities(floor: &Floor, at: Endpoint) {
    const NAME: &str = "X-Broker-API-Request-Identity";
    let comes_back = |e: &Exchange| e.reply.header(NAME) == e.request.header(NAME).filter(|value| !value.is_empty());
    for good in [true, false] {
        all(
            floor,
            |e| is(e, at) && refused(e) != good && e.request.header(NAME).is_some(),
            comes_back,
        );
    }
    floor.covers_at(at, &["RID-1"]);
}

async fn panics(floor: &Floor) {
    for gateway in &floor.world.gateways {
        let log = gateway.output();
        assert!(log.contains("answered"), "{} was never asked", gateway.name);
        assert!(!log.contains(r#""panic""#), "{log}");
        assert!(!log.contains("Basic YnJva2VyOnNlY3JldA"), "credentials in the log");
    }
    floor.covers(&["HSE-6"]);
}
