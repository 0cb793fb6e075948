//! `POST /oauth/token`: grants, claims, refusals.

use std::time::Duration;

use chandler_simulators::uaa::{BadToken, Options};
use serde_json::{Value, json};

use crate::bench::{Bench, opened};

#[tokio::test]
async fn a_client_gets_a_token_by_basic_and_by_form() {
    let bench = Bench::new().await;
    let basic = bench.grant("bosh", "s", "grant_type=client_credentials&response_type=token");
    let form = bench.form(
        "/oauth/token",
        "grant_type=client_credentials&client_id=bosh&client_secret=s",
    );
    let query = bench
        .request("POST", "/oauth/token?grant_type=client_credentials")
        .basic_auth("bosh", Some("s"));
    for request in [basic, form, query] {
        let answer = bench.send(request).await;
        assert_eq!(answer.status, 200);
        for (name, value) in [
            ("content-type", "application/json;charset=UTF-8"),
            ("cache-control", "no-store"),
            ("pragma", "no-cache"),
        ] {
            assert_eq!(answer.headers[name], value);
        }
        let body = &answer.json;
        assert_eq!(body["token_type"], "bearer");
        assert_eq!(body["expires_in"], 43_199);
        assert_eq!(body["scope"], "bosh.admin bosh.teams.a.admin credhub.read");
        assert_eq!(body["refresh_token"], Value::Null);
        let (header, claims) = opened(body["access_token"].as_str().expect("a token"));
        let url = bench.uaa.url();
        let expected = json!({"alg": "RS256", "jku": format!("{url}/token_keys"), "kid": "key-1", "typ": "JWT"});
        assert_eq!(header, expected);
        for key in ["sub", "client_id", "cid", "azp"] {
            assert_eq!(claims[key], "bosh", "{key}");
        }
        assert_eq!(claims["jti"], body["jti"]);
        assert_eq!(claims["grant_type"], "client_credentials");
        assert_eq!(
            claims["scope"],
            json!(["bosh.admin", "bosh.teams.a.admin", "credhub.read"])
        );
        assert_eq!(claims["authorities"], claims["scope"]);
        assert_eq!(claims["aud"], json!(["bosh", "bosh.teams.a", "credhub"]));
        assert_eq!(claims["iss"], format!("{url}/oauth/token"));
        let times = ["iat", "exp"].map(|key| claims[key].as_i64().expect("seconds"));
        assert_eq!(times[1] - times[0], 43_200);
        assert_eq!(claims["user_id"], Value::Null);
    }
    assert_eq!(bench.uaa.tokens_issued("bosh"), 3);
    assert_eq!(bench.uaa.tokens_issued("admin"), 0);
}

#[tokio::test]
async fn a_client_may_ask_for_less_but_not_for_more() {
    let bench = Bench::new().await;
    let less = bench.grant(
        "bosh",
        "s",
        "grant_type=client_credentials&scope=credhub.read+bosh.admin",
    );
    assert_eq!(bench.send(less).await.json["scope"], "credhub.read bosh.admin");
    let more = bench.grant(
        "bosh",
        "s",
        "grant_type=client_credentials&scope=bosh.admin%20clients.admin",
    );
    let text = "clients.admin is invalid. Please use a valid scope name in the request";
    assert_eq!(bench.send(more).await.refusal(), (400, "invalid_scope", text));
}

#[tokio::test]
async fn refusals_are_uaas_own() {
    let bench = Bench::new().await;
    let full = "Full authentication is required to access this resource";
    for (id, secret, body, expected) in [
        (
            "bosh",
            "wrong",
            "grant_type=client_credentials",
            (401, "invalid_client", "Bad credentials"),
        ),
        (
            "nobody",
            "s",
            "grant_type=client_credentials",
            (401, "invalid_client", "Bad credentials"),
        ),
        ("bosh", "s", "", (400, "invalid_request", "Missing grant type")),
        (
            "bosh",
            "s",
            "grant_type=magic",
            (400, "unsupported_grant_type", "Unsupported grant type"),
        ),
        (
            "bosh",
            "s",
            "grant_type=password",
            (401, "invalid_client", "Unauthorized grant type"),
        ),
        (
            "bosh",
            "s",
            "grant_type=implicit",
            (401, "invalid_client", "Unauthorized grant type"),
        ),
        (
            "bosh",
            "s",
            "grant_type=client_credentials&client_id=admin",
            (
                401,
                "invalid_client",
                "Given client ID does not match authenticated client",
            ),
        ),
        (
            "app",
            "s",
            "grant_type=refresh_token&refresh_token=x",
            (400, "invalid_grant", "Invalid refresh token"),
        ),
        (
            "app",
            "s",
            "grant_type=password&username=jo&password=no",
            (401, "invalid_client", "Bad credentials"),
        ),
    ] {
        let answer = bench.send(bench.grant(id, secret, body)).await;
        assert_eq!(answer.refusal(), expected, "{id} {body}");
    }
    let wrong = bench
        .send(bench.grant("bosh", "wrong", "grant_type=client_credentials"))
        .await;
    assert_eq!(
        wrong.headers["www-authenticate"],
        "Basic realm=\"UAA/client\", error=\"unauthorized\", error_description=\"Bad credentials\""
    );
    for body in [
        "grant_type=client_credentials",
        "grant_type=client_credentials&client_id=bosh",
    ] {
        let nobody = bench.send(bench.form("/oauth/token", body)).await;
        assert_eq!(nobody.refusal(), (401, "unauthorized", full));
    }
    let get = bench.send(bench.request("GET", "/oauth/token")).await;
    assert_eq!((get.status, &get.json["error"]), (405, &json!("method_not_allowed")));
    assert_eq!(bench.uaa.all_tokens_issued(), []);

    let old = Bench::start(Options {
        bad_credentials: "unauthorized",
        ..Options::default()
    })
    .await;
    let wrong = old
        .send(old.grant("bosh", "wrong", "grant_type=client_credentials"))
        .await;
    assert_eq!(wrong.refusal(), (401, "unauthorized", "Bad credentials"));
}

#[tokio::test]
async fn encoded_credentials_are_decoded_when_the_header_says_so() {
    let bench = Bench::new().await;
    assert!(bench.uaa.rotate_secret("bosh", "a:b %"));
    let encoded = bench.grant("bosh", "a%3Ab+%25", "grant_type=client_credentials");
    let plain = bench.grant("bosh", "a:b %", "grant_type=client_credentials");
    let said = encoded
        .try_clone()
        .expect("a copy")
        .header("X-CF-ENCODED-CREDENTIALS", "true");
    assert_eq!(bench.send(encoded).await.status, 401);
    assert_eq!(bench.send(said).await.status, 200);
    assert_eq!(bench.send(plain).await.status, 200);
}

#[tokio::test]
async fn a_user_gets_tokens_by_password_and_refreshes_them() {
    let bench = Bench::new().await;
    let first = bench
        .send(bench.grant("app", "s", "grant_type=password&username=jo&password=pw"))
        .await
        .json;
    // What the client lets through and the user has.
    assert_eq!(first["scope"], "bosh.read bosh.admin");
    let (_, claims) = opened(first["access_token"].as_str().expect("a token"));
    assert_eq!(
        (&claims["user_name"], &claims["origin"], &claims["sub"]),
        (&json!("jo"), &json!("uaa"), &claims["user_id"])
    );
    assert_eq!(claims["authorities"], Value::Null);
    let refresh = first["refresh_token"].as_str().expect("a refresh token");
    let (_, refresh_claims) = opened(refresh);
    assert!(refresh_claims["jti"].as_str().is_some_and(|jti| jti.ends_with("-r")));
    let refused = bench.uaa.verifier().verify(refresh, bench.uaa.now());
    assert_eq!(refused, Err(BadToken::Refresh));

    let body = format!("grant_type=refresh_token&refresh_token={refresh}&scope=bosh.read");
    let second = bench.send(bench.grant("app", "s", &body)).await.json;
    assert_eq!(second["scope"], "bosh.read");
    let token = second["access_token"].as_str().expect("a token");
    let claims = bench
        .uaa
        .verifier()
        .verify(token, bench.uaa.now())
        .expect("a good token");
    assert_eq!((claims.name(), claims.grant_type.as_str()), ("jo", "refresh_token"));

    let access = first["access_token"].as_str().expect("a token");
    let body = format!("grant_type=refresh_token&refresh_token={access}");
    assert_eq!(
        bench.send(bench.grant("app", "s", &body)).await.refusal().0,
        400,
        "an access token"
    );
    let body = format!("grant_type=refresh_token&refresh_token={refresh}");
    assert_eq!(
        bench.send(bench.grant("bosh_cli", "", &body)).await.refusal().0,
        400,
        "another client's"
    );

    let none = bench.grant("credhub_cli", "", "grant_type=password&username=jo&password=pw");
    let text = "[credhub.read, credhub.write] is invalid. This user is not allowed any of the requested scopes";
    assert_eq!(bench.send(none).await.refusal(), (400, "invalid_scope", text));
    let wild = bench
        .send(bench.grant("bosh_cli", "", "grant_type=password&username=jo&password=pw"))
        .await;
    assert_eq!(wild.json["scope"], "bosh.read bosh.admin", "bosh.* lets through");
}

#[tokio::test]
async fn tokens_end_by_time_and_clocks_may_differ() {
    let bench = Bench::start(Options {
        token_seconds: 1,
        ..Options::default()
    })
    .await;
    bench.uaa.freeze(true);
    let verifier = bench.uaa.verifier();
    let answer = bench
        .send(bench.grant("bosh", "s", "grant_type=client_credentials"))
        .await
        .json;
    assert_eq!(answer["expires_in"], 0);
    let token = bench.token("bosh").await;
    assert!(verifier.verify(&token, bench.uaa.now()).is_ok());
    bench.uaa.skip(Duration::from_secs(1));
    assert_eq!(verifier.verify(&token, bench.uaa.now()), Err(BadToken::Expired));

    bench.uaa.set_token_seconds(100);
    for skew in [300.0, -300.0] {
        bench.uaa.set_skew_seconds(skew);
        let token = bench.token("bosh").await;
        let life = 100.0 + skew;
        assert_eq!(verifier.verify(&token, bench.uaa.now()).is_ok(), life > 0.0, "{skew}");
        assert_eq!(
            verifier
                .verify(&token, bench.uaa.now() + life - 1.0)
                .map(|c| c.client_id),
            Ok("bosh".to_owned())
        );
        assert_eq!(
            verifier.verify(&token, bench.uaa.now() + life + 1.0),
            Err(BadToken::Expired)
        );
    }
    bench.uaa.set_expires_in(Some(7));
    let lie = bench
        .send(bench.grant("bosh", "s", "grant_type=client_credentials"))
        .await;
    assert_eq!(lie.json["expires_in"], 7);
}
