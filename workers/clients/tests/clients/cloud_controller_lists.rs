//! Cloud Controller's lists: narrowed to just what was asked for, read to their end, and nowhere else.

use chandler_clients::FaultKind;
use chandler_clients::cloud_controller::{
    BindingFilter, BrokerFilter, CloudController, CloudControllerSettings, InstanceFilter, PlanFilter,
};
use chandler_clients::http::Trust;
use reqwest::Url;

use crate::cloud_controller::{Pair, all, list, settings, tokens};
use crate::server::{Reply, Server, context, json};
use crate::uaa_tokens::{client, token};

fn page(next: &str, names: &[&str]) -> Reply {
    let rows: Vec<_> = names
        .iter()
        .map(|name| format!(r#"{{"guid":"{name}-guid","name":"{name}"}}"#))
        .collect();
    let body = format!(
        r#"{{"pagination":{{"total_results":3,"next":{next}}},"resources":[{}]}}"#,
        rows.join(",")
    );
    json("200 OK", &body)
}

fn link(href: &str) -> String {
    format!(r#"{{"href":"{href}"}}"#)
}

fn organizations() -> Vec<String> {
    all(&["a", "b", "c"]).unwrap()
}

/// The values that Cloud Controller sees for a key: it decodes the query, splits at commas with the blanks behind them, and decodes each part once more.
fn seen(line: &str, key: &str) -> Vec<String> {
    let target = line.split(' ').nth(1).unwrap();
    let url = Url::parse("https://api").unwrap().join(target).unwrap();
    let value = url.query_pairs().find(|(k, _)| k == key).unwrap().1.into_owned();
    let parts = value.split(',').enumerate();
    let parts = parts.map(|(n, part)| if n > 0 { part.trim_start() } else { part });
    parts.map(decoded).collect()
}

fn decoded(text: &str) -> String {
    let (mut out, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, tail @ ..] = rest {
        let hex = || u8::from_str_radix(std::str::from_utf8(tail.get(..2)?).ok()?, 16).ok();
        match (first, hex()) {
            (b'%', Some(byte)) => {
                out.push(byte);
                rest = &tail[2..];
            }
            _ => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(out).unwrap()
}

#[tokio::test]
async fn d18_a_name_finds_just_itself() {
    let names = [
        "plain",
        "a&b",
        "a&names=c",
        "a,b",
        "a, b",
        "100%",
        "%2C",
        "%252C",
        "a+b",
        "a b",
        " a",
        "ä",
        "a/b",
        "a=b#c?d",
        "\"q\"",
        "日本",
    ];
    for name in names {
        let others = ["a", "b", "A&B", "100", ",", "a b c", "unplain"];
        let rows: Vec<_> = others
            .iter()
            .chain([&name])
            .map(|name| serde_json::json!({"guid": format!("guid of {name}"), "name": name, "url": "u"}).to_string())
            .collect();
        let pair = Pair::with([list(&rows.join(","))]).await;
        let filter = BrokerFilter {
            names: all(&[name]),
            ..Default::default()
        };
        let found = pair.cc.brokers(&filter, &context()).await.unwrap();
        let found: Vec<_> = found.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(found, [name], "what Cloud Controller finds besides is left out");
        let line = pair.last().line;
        assert_eq!(seen(&line, "names"), [name], "{line}");
        assert_eq!(seen(&line, "per_page"), ["500"], "{line}");
        assert_eq!(line.split(' ').count(), 3, "{line}");
    }

    let pair = Pair::with([list("")]).await;
    let sorted = [" x", "%", "a", "b, c", "ä"];
    let many = all(&["b, c", "a", "ä", "%", " x", "a", ""]).unwrap();
    pair.cc.organizations(&many, &context()).await.unwrap();
    assert_eq!(seen(&pair.last().line, "names"), sorted);
    pair.cc.spaces(&many, "g,1", &context()).await.unwrap();
    assert_eq!(seen(&pair.last().line, "names"), sorted);
    assert_eq!(seen(&pair.last().line, "organization_guids"), ["g,1"]);
}

#[tokio::test]
async fn an_empty_list_of_values_finds_nothing_and_not_everything() {
    let pair = Pair::with([list("")]).await;
    let none = Some(Vec::new());
    let plans = InstanceFilter {
        plan_guids: none.clone(),
        ..Default::default()
    };
    assert_eq!(pair.cc.instances(&plans, &context()).await.unwrap(), []);
    let instances = BindingFilter {
        instance_guids: none.clone(),
        ..Default::default()
    };
    assert_eq!(pair.cc.bindings(&instances, &context()).await.unwrap(), []);
    let nameless = PlanFilter {
        names: all(&[""]),
        ..Default::default()
    };
    assert_eq!(pair.cc.plans(&nameless, &context()).await.unwrap(), []);
    assert_eq!(pair.cc.organizations(&[], &context()).await.unwrap(), []);
    assert!(pair.server.asked().is_empty());
}

#[tokio::test]
async fn many_values_are_several_requests() {
    let row = |n: usize| {
        format!(
            r#"{{"guid":"k{n}","name":"k","type":"key","relationships":{{"service_instance":{{"data":{{"guid":"i"}}}}}}}}"#
        )
    };
    let pair = Pair::with([list(&row(1)), list(&format!("{},{}", row(1), row(2))), list("")]).await;
    let guids: Vec<_> = (0..100).map(|n| format!("c24f1dcb-0000-4000-8000-{n:012}")).collect();
    let filter = BindingFilter {
        instance_guids: Some(guids.clone()),
        ..Default::default()
    };
    let found = pair.cc.bindings(&filter, &context()).await.unwrap();
    let found: Vec<_> = found.iter().map(|it| it.guid.as_str()).collect();
    assert_eq!(found, ["k1", "k2"], "each once");
    let lines: Vec<_> = pair.server.asked().into_iter().map(|asked| asked.line).collect();
    assert!(lines.iter().all(|line| line.len() < 4000), "{lines:?}");
    let asked: Vec<_> = lines
        .iter()
        .flat_map(|line| seen(line, "service_instance_guids"))
        .collect();
    assert_eq!(asked, guids);
}

#[tokio::test]
async fn a_list_is_read_to_its_end() {
    let pair = Pair::with([list("")]).await;
    let at = |n: u32| {
        link(&format!(
            "https://127.0.0.1:{}/v3/organizations?names=a%2Cb%2Cc&page={n}&per_page=500",
            pair.server.port
        ))
    };
    pair.server
        .go_on_with([page(&at(2), &["a"]), page(&at(3), &["a", "b"]), page("null", &["c"])]);
    let found = pair.cc.organizations(&organizations(), &context()).await.unwrap();
    let found: Vec<_> = found.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(found, ["a", "b", "c"], "each once");
    let asked = pair.server.asked();
    let lines: Vec<_> = asked.iter().map(|asked| asked.line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "GET /v3/organizations?per_page=500&names=a%2Cb%2Cc HTTP/1.1",
            "GET /v3/organizations?names=a%2Cb%2Cc&page=2&per_page=500 HTTP/1.1",
            "GET /v3/organizations?names=a%2Cb%2Cc&page=3&per_page=500 HTTP/1.1",
        ]
    );
    for asked in asked {
        assert_eq!(asked.header("authorization").as_deref(), Some("Bearer t1"));
        assert_eq!(asked.header("x-request-id").as_deref(), Some("request-1"));
    }
}

#[tokio::test]
async fn a_token_goes_nowhere_else() {
    let uaa = Server::with([token("t1", 600)]).await;
    let elsewhere = Server::with([page("null", &["b"])]).await;
    let server = Server::with([list("")]).await;
    // It would trust the other one, and go there.
    let settings = CloudControllerSettings {
        trust: Trust::Anyone,
        ..settings(&server, "/cf")
    };
    let cc = CloudController::new(settings, tokens(&uaa, client("s"))).unwrap();
    let (here, there) = (server.port, elsewhere.port);
    let hrefs = [
        format!("https://127.0.0.1:{there}/cf/v3/organizations?page=2&key=top-secret"),
        format!("https://localhost:{here}/cf/v3/organizations?page=2"),
        format!("http://127.0.0.1:{here}/cf/v3/organizations?page=2"),
        format!("//127.0.0.1:{there}/cf/v3/organizations?page=2"),
        format!("https://127.0.0.1:{here}/cf/../v3/organizations?page=2"),
        format!("https://127.0.0.1:{here}@127.0.0.1:{there}/cf/v3/organizations?page=2"),
        "not an address".to_owned(),
    ];
    for (n, href) in hrefs.iter().enumerate() {
        server.go_on_with([page(&link(href), &["a"])]);
        let fault = cc.organizations(&organizations(), &context()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Garbled, "{fault}");
        assert!(fault.detail.contains("next page"), "{fault}");
        assert_eq!(fault.call, "GET /cf/v3/organizations of Cloud Controller");
        assert!(!fault.to_string().contains("top-secret"), "{fault}");
        assert_eq!(server.asked().len(), n + 1, "{href}");
    }
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn a_list_that_goes_round_is_a_fault() {
    let pair = Pair::with([list("")]).await;
    let at = |n: u32| {
        link(&format!(
            "https://127.0.0.1:{}/v3/organizations?page={n}",
            pair.server.port
        ))
    };
    pair.server
        .go_on_with([page(&at(2), &["a"]), page(&at(3), &["b"]), page(&at(2), &["c"])]);
    let fault = pair.cc.organizations(&organizations(), &context()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Garbled);
    assert!(fault.detail.contains("doesn't end"), "{fault}");
    assert_eq!(pair.server.asked().len(), 3);
}

#[tokio::test]
async fn half_a_list_is_none() {
    let pair = Pair::with([list("")]).await;
    let next = link(&format!(
        "https://127.0.0.1:{}/v3/organizations?page=2",
        pair.server.port
    ));
    let bad = [
        json("500 Internal Server Error", "{}"),
        json("200 OK", r#"{"resources":[]}"#),
        json("200 OK", r#"{"pagination":{"next":null}}"#),
        json("200 OK", r#"{"pagination":{"next":null},"resources":[{"guid":"a"}]}"#),
        json("200 OK", r#"{"pagination":{"next":{}},"resources":[]}"#),
        json("200 OK", r#"{"pagination":{"next":null},"resources":["#),
    ];
    for reply in bad {
        pair.server.go_on_with([page(&next, &["a"]), reply.clone()]);
        let fault = pair.cc.organizations(&organizations(), &context()).await.unwrap_err();
        assert!(
            matches!(fault.kind, FaultKind::Garbled | FaultKind::Unknown),
            "{reply:?}: {fault}"
        );
    }
}
