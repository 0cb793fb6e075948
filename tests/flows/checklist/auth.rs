//! Who may call.
use super::{
    floor::{Floor, get, path, poll},
    items::Endpoint,
    wire::{Request, basic},
};

/// Values of `Authorization` that open nothing.
fn wrong() -> Vec<String> {
    let pairs = [
        "broker:wrong",
        "broker:",
        "other:secret",
        ":secret",
        "broker",
        "",
        ":",
        "Broker:secret",
        "broker:Secret",
    ];
    let near = [
        "broker:secret:",
        "broker:secret ",
        " broker:secret",
        "broker:secret\n",
        "broker:secret\0",
        "broker::secret",
    ];
    let mut all: Vec<_> = pairs.iter().chain(&near).map(|pair| basic(pair)).collect();
    let right = basic("broker:secret").replace("Basic ", "");
    let other = [
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic broker:secret",
        "Basic YnJva2V",
        "Digest username=\"broker\"",
        &right,
    ];
    all.extend(other.map(str::to_owned));
    all.extend(["Bearer", "Token", "Basically", "Basic,", "Negotiate"].map(|scheme| format!("{scheme} {right}")));
    all.push(format!("Basic {}", "A".repeat(20_000)));
    all
}

pub(crate) async fn who_is_not_let_in(floor: &Floor) {
    for at in Endpoint::ALL {
        let id = format!("not-let-in-{at:?}");
        let (request, served) = at.probe(&id);
        floor.expect(served, request.clone()).await;
        let lower = basic("broker:secret").replace("Basic", "basic");
        floor.expect(served, request.clone().set("authorization", &lower)).await;
        let without = request.clone().without("Authorization");
        for refused in wrong()
            .iter()
            .map(|value| without.clone().with("Authorization", value))
            .chain([without.clone()])
        {
            let reply = floor.expect(401, refused.clone()).await;
            let asks = reply.header("WWW-Authenticate").unwrap_or_default();
            assert!(asks.starts_with("Basic realm=\""), "{reply:?}");
            assert!(!reply.description().is_empty(), "{reply:?}");
            let said = format!("{:?}{:?}", reply.headers, String::from_utf8_lossy(&reply.bytes));
            let sent = refused.header("Authorization").unwrap_or_default();
            assert!(
                !said.contains("secret") && (sent.len() < 12 || !said.contains(sent)),
                "an echo of {sent:?}: {said}"
            );
        }
        let doubled = request.with("Authorization", &basic("broker:wrong"));
        let status = floor.ask(doubled).await.status;
        assert!([served, 400, 401].contains(&status), "two headers: {status}");
        floor.is_unknown(&id).await;
        floor.covers_at(at, &["AUT-1", "AUT-2"]);
    }
    floor.covers(&["GEN-1"]);
}

/// Who isn't let in learns nothing: neither what exists nor whether the rest of the request is good.
pub(crate) async fn nothing_is_told_or_parsed_before(floor: &Floor) {
    floor.provisioned("there-but-not-for-you", serde_json::json!({})).await;
    let anonymous = |request: Request| request.without("Authorization");
    let there = "there-but-not-for-you";
    for at in Endpoint::ALL {
        let answer = async |id: &str| {
            let reply = floor.expect(401, anonymous(at.probe(id).0)).await;
            (
                reply.body,
                reply.headers.into_iter().map(|(name, _)| name).collect::<Vec<_>>(),
            )
        };
        let said = answer("nowhere-at-all").await;
        assert_eq!(answer(there).await, said, "{at:?}");
        assert_eq!(answer("a%2Fb").await, said, "{at:?}: an id that isn't served");
        for version in ["", "1.0", "x"] {
            floor
                .expect(401, anonymous(at.probe(there).0).set("X-Broker-API-Version", version))
                .await;
        }
        floor
            .expect(401, anonymous(at.probe(there).0).without("X-Broker-API-Version"))
            .await;
    }
    for body in ["", "{", "[]", "{\"service_id\": 1}", &"x".repeat(300_000)] {
        let put = Request::new("PUT", &path(there)).bytes(body.as_bytes());
        floor.expect(401, anonymous(put)).await;
    }
    for target in ["/v2/nothing", "/v2", "/v2/service_instances"] {
        floor.expect(401, anonymous(Request::new("GET", target))).await;
    }
    floor.expect(401, anonymous(Request::new("POST", "/v2/catalog"))).await;
    floor.expect(200, get(there)).await;
    floor.expect(200, poll(there, None)).await;
    for at in Endpoint::ALL {
        floor.covers_at(at, &["AUT-5"]);
    }
}
