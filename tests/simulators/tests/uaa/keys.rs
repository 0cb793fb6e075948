//! Keys and discovery; who holds a token can check it with what is published.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chandler_simulators::uaa::{BadToken, Options};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::bench::Bench;

fn bytes(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(value.as_str().expect("text")).expect("base64")
}

/// True when one of the published keys, the one that the token names, has signed it.
pub(crate) async fn is_signed(bench: &Bench, token: &str) -> bool {
    let keys = bench.send(bench.request("GET", "/token_keys")).await.json;
    let (header, _) = crate::bench::opened(token);
    let rows = keys["keys"].as_array().expect("keys");
    let Some(key) = rows.iter().find(|key| key["kid"] == header["kid"]) else {
        return false;
    };
    let (signed, signature) = token.rsplit_once('.').expect("a token");
    let parts = RsaPublicKeyComponents {
        n: bytes(&key["n"]),
        e: bytes(&key["e"]),
    };
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64");
    let by_parts = parts
        .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
        .is_ok();
    // The PEM says the same: 24 bytes of frame, then the PKCS#1 key.
    let pem = key["value"].as_str().expect("a PEM");
    let der: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(der).expect("base64");
    let by_pem = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &der[24..])
        .verify(signed.as_bytes(), &signature)
        .is_ok();
    assert_eq!(by_parts, by_pem);
    by_parts
}

#[tokio::test]
async fn tokens_verify_with_the_published_keys_through_a_rotation() {
    let bench = Bench::new().await;
    let verifier = bench.uaa.verifier();
    let first = bench.token("bosh").await;
    assert!(is_signed(&bench, &first).await);
    let one = bench.send(bench.request("GET", "/token_key")).await;
    assert_eq!(one.json["kid"], "key-1");

    bench.uaa.rotate_keys();
    let second = bench.token("bosh").await;
    let keys = bench.send(bench.request("GET", "/token_keys")).await.json;
    let kids: Vec<&Value> = keys["keys"]
        .as_array()
        .expect("keys")
        .iter()
        .map(|key| &key["kid"])
        .collect();
    assert_eq!(kids, ["key-2", "key-1"]);
    assert_ne!(keys["keys"][0]["n"], keys["keys"][1]["n"]);
    for token in [&first, &second] {
        assert!(is_signed(&bench, token).await);
        assert!(verifier.verify(token, bench.uaa.now()).is_ok());
    }

    bench.uaa.withdraw_old_keys();
    assert!(!is_signed(&bench, &first).await);
    assert_eq!(verifier.verify(&first, bench.uaa.now()), Err(BadToken::Signature));
    assert!(verifier.verify(&second, bench.uaa.now()).is_ok());

    // The third key is the first one again, under another name.
    bench.uaa.rotate_keys();
    bench.uaa.withdraw_old_keys();
    assert!(is_signed(&bench, &bench.token("bosh").await).await);
    assert_eq!(verifier.verify(&first, bench.uaa.now()), Err(BadToken::Signature));
}

#[tokio::test]
async fn a_token_that_was_changed_is_refused() {
    let bench = Bench::new().await;
    let (verifier, now) = (bench.uaa.verifier(), bench.uaa.now());
    let token = bench.token("bosh").await;
    let parts: Vec<&str> = token.split('.').collect();
    let (_, mut claims) = crate::bench::opened(&token);
    claims["scope"] = json!(["clients.admin"]);
    let forged = format!(
        "{}.{}.{}",
        parts[0],
        URL_SAFE_NO_PAD.encode(claims.to_string()),
        parts[2]
    );
    assert_eq!(verifier.verify(&forged, now), Err(BadToken::Signature));
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"key-1"}"#);
    for bad in [format!("{none}.{}.", parts[1]), "nonsense".to_owned(), String::new()] {
        assert_eq!(verifier.verify(&bad, now), Err(BadToken::Malformed), "{bad}");
    }
    let other = Bench::new().await;
    assert_eq!(other.uaa.verifier().verify(&token, now), Err(BadToken::Issuer));
}

#[tokio::test]
async fn keys_are_tagged() {
    let bench = Bench::new().await;
    for path in ["/token_key", "/token_keys"] {
        let tag = bench.send(bench.request("GET", path)).await.headers["etag"].clone();
        let again = |bench: &Bench| bench.request("GET", path).header("If-None-Match", tag.clone());
        assert_eq!(bench.send(again(&bench)).await.status, 304);
        bench.uaa.rotate_keys();
        assert_eq!(bench.send(again(&bench)).await.status, 200);
    }
}

#[tokio::test]
async fn discovery_needs_no_credentials() {
    let bench = Bench::start(Options {
        url: Some("https://uaa.demo".to_owned()),
        ..Options::default()
    })
    .await;
    for path in ["/info", "/login"] {
        let info = bench
            .send(bench.request("GET", path).header("Accept", "application/json"))
            .await
            .json;
        assert_eq!(info["links"]["uaa"], "https://uaa.demo", "{path}");
        assert_eq!(info["prompts"]["password"], json!(["password", "Password"]), "{path}");
    }
    let page = bench
        .send(bench.request("GET", "/login").header("Accept", "text/html"))
        .await;
    assert_eq!(page.headers["content-type"], "text/html;charset=UTF-8");
    let openid = bench
        .send(bench.request("GET", "/.well-known/openid-configuration"))
        .await
        .json;
    assert_eq!(openid["issuer"], "https://uaa.demo/oauth/token");
    assert_eq!(openid["jwks_uri"], "https://uaa.demo/token_keys");
    let (_, claims) = crate::bench::opened(&bench.token("bosh").await);
    assert_eq!(claims["iss"], openid["issuer"]);
    let health = bench.send(bench.request("GET", "/healthz")).await;
    assert_eq!((health.status, health.text.trim()), (200, "ok"));
    assert_eq!(bench.send(bench.request("GET", "/nonsense")).await.status, 404);
}

#[tokio::test]
async fn a_resource_server_may_ask_about_a_token() {
    let bench = Bench::new().await;
    let token = bench.token("bosh").await;
    let ask = |path: &str, body: String| bench.form(path, &body).basic_auth("asker", Some("s"));
    let good = bench
        .send(ask("/check_token", format!("token={token}&scopes=bosh.admin")))
        .await;
    assert_eq!((good.status, &good.json["client_id"]), (200, &json!("bosh")));
    let less = bench
        .send(ask("/check_token", format!("token={token}&scopes=bosh.admin,a,b")))
        .await;
    assert_eq!(
        less.refusal(),
        (400, "invalid_scope", "Some requested scopes are missing: a,b")
    );
    let active = bench.send(ask("/introspect", format!("token={token}"))).await;
    assert_eq!(
        (&active.json["active"], &active.json["client_id"]),
        (&json!(true), &json!("bosh"))
    );
    let foreign = bench
        .form("/check_token", &format!("token={token}"))
        .basic_auth("bosh", Some("s"));
    assert_eq!(bench.send(foreign).await.refusal().0, 403);

    bench.uaa.expire_tokens();
    let over = bench.send(ask("/check_token", format!("token={token}"))).await;
    assert_eq!(over.refusal(), (400, "invalid_token", "Token has expired"));
    let over = bench.send(ask("/introspect", format!("token={token}"))).await;
    assert_eq!(over.json, json!({"active": false}));
}
