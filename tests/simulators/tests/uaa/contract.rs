//! What must hold at any UAA, check by check. The checks' numbers are in the names of the tests.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chandler_simulators::bosh::{BoshOptions, BoshSimulator};
use serde_json::{Value, json};

use crate::bench::{Answer, Bench, client, opened};
use crate::clients::{ask, service};
use crate::keys::is_signed;

const BY_ITSELF: &str = "grant_type=client_credentials";

#[tokio::test]
async fn u1_a_client_says_who_it_is_by_basic_or_by_form() {
    let bench = Bench::new().await;
    let form = |more: &str| bench.form("/oauth/token", &format!("{BY_ITSELF}{more}"));
    for request in [
        bench.grant("bosh", "s", BY_ITSELF),
        form("&client_id=bosh&client_secret=s"),
    ] {
        let answer = bench.send(request.header("Accept", "application/json")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        for (name, value) in [
            ("content-type", "application/json;charset=UTF-8"),
            ("cache-control", "no-store"),
            ("pragma", "no-cache"),
        ] {
            assert_eq!(answer.headers[name], value);
        }
        let body = &answer.json;
        let keys: Vec<&String> = body.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["access_token", "token_type", "expires_in", "scope", "jti"]);
        assert_eq!(
            (&body["token_type"], &body["expires_in"]),
            (&json!("bearer"), &json!(43_199))
        );
        assert_eq!(body["scope"], "bosh.admin bosh.teams.a.admin credhub.read");
        let (_, claims) = opened(body["access_token"].as_str().expect("a token"));
        assert_eq!((&claims["client_id"], &claims["sub"]), (&json!("bosh"), &json!("bosh")));
        assert_eq!(claims["grant_type"], "client_credentials");
        assert_eq!(claims["jti"], body["jti"]);
    }

    let wrong = json!({"error": "invalid_client", "error_description": "Bad credentials"});
    for request in [
        bench.grant("bosh", "wrong", BY_ITSELF),
        bench.grant("bosh", "", BY_ITSELF),
        bench.grant("nobody", "s", BY_ITSELF),
        form("&client_id=bosh&client_secret=wrong"),
        form("&client_id=nobody&client_secret=s"),
    ] {
        let answer = bench.send(request).await;
        assert_eq!((answer.status, &answer.json), (401, &wrong));
        let challenge = "Basic realm=\"UAA/client\", error=\"unauthorized\", error_description=\"Bad credentials\"";
        assert_eq!(answer.headers["www-authenticate"], challenge);
    }
    let none = bench.send(form("")).await;
    let text = "Full authentication is required to access this resource";
    assert_eq!(none.refusal(), (401, "unauthorized", text));

    let missing = json!({"error": "invalid_request", "error_description": "Missing grant type"});
    for request in [
        bench.grant("bosh", "s", ""),
        bench.grant("bosh", "s", "grant_type="),
        bench.form("/oauth/token", "client_id=bosh&client_secret=s"),
    ] {
        let answer = bench.send(request).await;
        assert_eq!((answer.status, &answer.json), (400, &missing));
    }
    assert_eq!(bench.uaa.all_tokens_issued(), [("bosh".to_owned(), 2)]);
}

#[tokio::test]
async fn u2_a_token_is_signed_for_its_audience_by_the_issuer() {
    let bench = Bench::new().await;
    let discovered = bench.request("GET", "/.well-known/openid-configuration");
    let discovered = bench.send(discovered).await.json;
    let url = bench.uaa.url();
    assert_eq!(discovered["issuer"], format!("{url}/oauth/token"));
    assert_eq!(discovered["token_endpoint"], format!("{url}/oauth/token"));
    assert_eq!(discovered["jwks_uri"], format!("{url}/token_keys"));
    let keys = bench.send(bench.request("GET", "/token_keys")).await.json;
    let key = &keys["keys"][0];
    for (name, value) in [("kty", "RSA"), ("alg", "RS256"), ("use", "sig"), ("e", "AQAB")] {
        assert_eq!(key[name], value, "{name}");
    }

    let for_user = bench.grant("app", "s", "grant_type=password&username=jo&password=pw");
    let for_user = bench.send(for_user).await.json["access_token"].clone();
    let for_user = for_user.as_str().expect("a token").to_owned();
    for (token, audience) in [
        (bench.token("bosh").await, json!(["bosh", "bosh.teams.a", "credhub"])),
        (bench.token("asker").await, json!(["asker", "uaa"])),
        (for_user, json!(["app", "bosh"])),
    ] {
        assert!(is_signed(&bench, &token).await);
        let (header, claims) = opened(&token);
        let expected = json!({"alg": "RS256", "jku": discovered["jwks_uri"], "kid": key["kid"], "typ": "JWT"});
        assert_eq!(header, expected);
        assert_eq!((&claims["aud"], &claims["iss"]), (&audience, &discovered["issuer"]));
        let times = ["iat", "exp"].map(|name| claims[name].as_i64().expect("seconds"));
        assert_eq!(times[1] - times[0], 43_200);
        assert!(claims["scope"].is_array() && claims["zid"] == "uaa", "{claims}");
    }
    // More scopes under the same signature.
    let token = bench.token("bosh").await;
    let parts: Vec<&str> = token.split('.').collect();
    let [head, _, signature] = parts.as_slice() else {
        panic!("{} parts", parts.len())
    };
    let (_, mut claims) = opened(&token);
    claims["scope"] = json!(["bosh.admin", "clients.admin"]);
    let forged = URL_SAFE_NO_PAD.encode(claims.to_string());
    assert!(!is_signed(&bench, &format!("{head}.{forged}.{signature}")).await);

    let nothing = json!({
        "client_id": "noone", "client_secret": "s", "authorized_grant_types": ["client_credentials"],
    });
    assert_eq!(ask(&bench, "POST", "/oauth/clients", nothing).await.status, 201);
    let (_, claims) = opened(&bench.token("noone").await);
    assert_eq!(
        (&claims["scope"], &claims["aud"]),
        (&json!(["uaa.none"]), &json!(["noone"]))
    );
}

#[tokio::test]
async fn u3_a_refresh_token_gives_new_tokens_and_opens_nothing_else() {
    let bench = Bench::new().await;
    let director = BoshSimulator::start(BoshOptions {
        uaa: Some(bench.uaa.verifier()),
        ..BoshOptions::default()
    })
    .await
    .expect("the Director starts");
    let trusting = client(director.ca_pem());
    let deployments = async |token: &str| {
        let request = trusting.get(format!("{}/deployments", director.url()));
        let answer = request.bearer_auth(token).send().await;
        Answer::of(answer.expect("an answer")).await
    };
    let text = |answer: &Answer, name: &str| answer.json[name].as_str().expect("a text").to_owned();

    let body = "grant_type=password&username=jo&password=pw";
    let first = bench.send(bench.grant("app", "s", body)).await;
    assert_eq!(
        (first.status, &first.json["scope"]),
        (200, &json!("bosh.read bosh.admin"))
    );
    let (access, refresh) = (text(&first, "access_token"), text(&first, "refresh_token"));
    let (_, claims) = opened(&access);
    for (name, value) in [
        ("user_name", "jo"),
        ("email", "jo"),
        ("origin", "uaa"),
        ("client_id", "app"),
        ("cid", "app"),
        ("azp", "app"),
        ("grant_type", "password"),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert_eq!(claims["sub"], claims["user_id"]);
    assert!(claims["user_id"].is_string() && claims["auth_time"].is_i64());
    assert_eq!(claims["authorities"], Value::Null);
    assert!(!text(&first, "jti").ends_with("-r"));
    let (_, of_refresh) = opened(&refresh);
    assert!(
        of_refresh["jti"].as_str().is_some_and(|jti| jti.ends_with("-r")),
        "{of_refresh}"
    );
    let life = of_refresh["exp"].as_i64().zip(of_refresh["iat"].as_i64());
    assert_eq!(life.map(|(exp, iat)| exp - iat), Some(2_592_000));

    let again = |token: &str| {
        let body = format!("grant_type=refresh_token&refresh_token={token}");
        bench.grant("app", "s", &body)
    };
    let second = bench.send(again(&refresh)).await;
    assert_eq!((second.status, &second.json["scope"]), (200, &first.json["scope"]));
    let fresh = text(&second, "access_token");
    assert_ne!(opened(&fresh).1["jti"], claims["jti"]);
    let next = text(&second, "refresh_token");
    assert!(text(&second, "jti") == opened(&fresh).1["jti"] && opened(&next).1["jti"] != of_refresh["jti"]);
    for bad in [access.as_str(), "nonsense"] {
        let answer = bench.send(again(bad)).await;
        assert_eq!((answer.status, &answer.json["error"]), (400, &json!("invalid_grant")));
    }
    let wrong = bench.grant("app", "s", "grant_type=password&username=jo&password=no");
    assert_eq!(
        bench.send(wrong).await.refusal(),
        (401, "invalid_client", "Bad credentials")
    );

    for good in [&access, &fresh] {
        assert_eq!(deployments(good).await.status, 200);
    }
    for refused in [&refresh, &next] {
        let answer = deployments(refused).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (401, "Not authorized: '/deployments'\n")
        );
    }
}

#[tokio::test]
async fn u4_clients_are_made_shown_listed_changed_and_deleted() {
    let bench = Bench::new().await;
    let one = "/oauth/clients/one";
    for method in ["GET", "PUT", "DELETE"] {
        let absent = ask(&bench, method, one, service("one")).await;
        assert_eq!((absent.status, absent.text.as_str()), (404, ""), "{method}");
    }
    let made = ask(&bench, "POST", "/oauth/clients", service("one")).await;
    assert_eq!((made.status, &made.json["client_id"]), (201, &json!("one")));
    assert!(!made.text.contains("hidden"), "no answer has the secret");
    assert_eq!(made.json["resource_ids"], json!(["none"]));
    assert_eq!(made.json["authorities"], json!(["uaa.none"]));
    assert_eq!(made.json["autoapprove"], json!(["true"]));
    assert_eq!(
        made.json["authorized_grant_types"],
        json!(["authorization_code", "refresh_token"])
    );
    let twice = ask(&bench, "POST", "/oauth/clients", service("one")).await;
    let exists = json!({"error": "invalid_client", "error_description": "Client already exists: one"});
    assert_eq!((twice.status, &twice.json), (409, &exists));
    let shown = ask(&bench, "GET", one, Value::Null).await;
    assert_eq!((shown.status, &shown.json), (200, &made.json));

    let list = async |filter: &str| {
        let path = format!("/oauth/clients?filter={filter}&startIndex=1&count=1");
        ask(&bench, "GET", &path, Value::Null).await
    };
    let expected = |rows: &[&Value]| {
        json!({
            "resources": rows, "startIndex": 1, "itemsPerPage": 1, "totalResults": rows.len(),
            "schemas": ["http://cloudfoundry.org/schema/scim/oauth-clients-1.0"],
        })
    };
    let found = list("client_id+eq+%22one%22").await;
    assert_eq!((found.status, found.json), (200, expected(&[&made.json])));
    let none = list("client_id+eq+%22on%22").await;
    assert_eq!((none.status, none.json), (200, expected(&[])));
    assert_eq!(list("nonsense").await.status, 400);

    // What isn't said, or is said to be empty, stays; a secret isn't looked at.
    for (change, field, value) in [
        (json!({"client_id": "one"}), "name", json!("svc")),
        (
            json!({"client_id": "one", "scope": [], "redirect_uri": [], "client_secret": "other"}),
            "scope",
            json!(["openid"]),
        ),
        (
            json!({"client_id": "one", "scope": ["openid", "scim.me"]}),
            "scope",
            json!(["openid", "scim.me"]),
        ),
        (json!({"client_id": "one", "name": "another"}), "name", json!("another")),
    ] {
        let before = ask(&bench, "GET", one, Value::Null).await.json;
        let changed = ask(&bench, "PUT", one, change.clone()).await;
        assert_eq!(changed.status, 200, "{change}");
        let mut expected = before;
        expected[field] = value;
        expected["lastModified"] = changed.json["lastModified"].clone();
        assert_eq!(changed.json, expected, "{change}");
        assert_eq!(ask(&bench, "GET", one, Value::Null).await.json, expected);
    }
    let secrets = bench.uaa.client("one").map(|client| client.secrets);
    assert_eq!(secrets, Some(vec!["hidden".to_owned()]));
    let other = ask(&bench, "PUT", one, json!({"client_id": "two"})).await;
    assert_eq!((other.status, &other.json["error"]), (400, &json!("invalid_client")));

    let last = ask(&bench, "GET", one, Value::Null).await.json;
    let gone = ask(&bench, "DELETE", one, Value::Null).await;
    let mut expected = last;
    expected["approvals_deleted"] = json!(true);
    assert_eq!((gone.status, &gone.json), (200, &expected));
    for method in ["GET", "PUT", "DELETE"] {
        let absent = ask(&bench, method, one, service("one")).await;
        assert_eq!((absent.status, absent.text.as_str()), (404, ""), "{method}");
    }
    assert_eq!(ask(&bench, "POST", "/oauth/clients", service("one")).await.status, 201);
}
