//! Nothing secret in what is logged, at whatever level.

use chandler_clients::SecretJson;
use chandler_clients::bosh::{Auth, Director, DirectorSettings};
use chandler_clients::credhub::NewValue;
use chandler_clients::http::Trust;
use chandler_clients::uaa::{Grant, Tokens, Uaa, UaaSettings};
use chandler_testing::log::Log;

use crate::credhub_calls::{LIMIT, Pair};
use crate::server::{Server, context, json};
use crate::uaa_tokens::{bad_credentials, token};

/// All tasks of such a test run on its thread, so the subscriber sees them.
#[tokio::test]
async fn no_secret_reaches_the_log() {
    let log = Log::default();
    let _guard = log.catch();

    let value = format!(
        r#"{{"id":"1","name":"/a","type":"json","value":{{"pw":"{}"}}}}"#,
        "stored-value"
    );
    let pair = Pair::with([
        json("200 OK", &value),
        json("200 OK", &format!(r#"{{"data":[{value}]}}"#)),
        json("401 Unauthorized", r#"{"error":"invalid_token"}"#),
        json("422 Unprocessable Entity", r#"{"error":"bad new-value"}"#),
    ])
    .await;
    let new = NewValue::Json(SecretJson::from_text(r#"{"pw":"new-value"}"#).unwrap());
    let stored = pair.credhub.set("/a", &new, &context(), LIMIT).await.unwrap();
    let read = pair.credhub.get("/a", &context()).await.unwrap().unwrap();
    let fault = pair.credhub.set("/a", &new, &context(), LIMIT).await.unwrap_err();
    tracing::info!(?new, ?stored, ?read, ?fault, credhub = ?pair.credhub, "shown");

    let uaa = Server::with([bad_credentials()]).await;
    let grant = Grant::Password {
        username: "me".into(),
        password: "users&password".into(),
    };
    let client = Uaa::new(UaaSettings {
        url: format!("https://127.0.0.1:{}", uaa.port),
        trust: Trust::Only(uaa.ca_pem.clone()),
        timeout: LIMIT,
        user_agent: "x".into(),
    })
    .unwrap();
    tracing::info!(?client, ?grant, "shown");
    let tokens = Tokens::new(client, grant).unwrap();
    let fault = tokens
        .get(&context(), tokio::time::Instant::now() + LIMIT)
        .await
        .unwrap_err();
    tracing::info!(?fault, ?tokens, "shown");
    assert!(uaa.asked()[0].body.contains("users%26password"));

    let uaa = Server::with([token("a-directors-token", 600)]).await;
    let info = format!(
        r#"{{"version":"1","user_authentication":{{"type":"uaa","options":{{"url":"https://127.0.0.1:{}"}}}}}}"#,
        uaa.port
    );
    let server = Server::with([json("200 OK", &info), json("200 OK", "[]")]).await;
    let settings = DirectorSettings {
        url: format!("https://127.0.0.1:{}", server.port),
        ca_pem: Some(format!("{}\n{}", server.ca_pem, uaa.ca_pem)),
        auth: Auth::Uaa {
            client_id: "odb".into(),
            client_secret: "uaa-client-secret".into(),
        },
        timeout: LIMIT,
        user_agent: "x".into(),
    };
    tracing::info!(?settings, "shown");
    let director = Director::new(settings).unwrap();
    director.deployments(&context()).await.unwrap();
    tracing::info!(?director, "shown");

    let text = log.text();
    for seen in [
        "PUT /api/v1/data of CredHub",
        "POST /oauth/token of the UAA",
        "GET /deployments of the Director",
        "bad ***",
    ] {
        assert!(text.contains(seen), "{seen} not in {text}");
    }
    let hidden = [
        "stored-value",
        "new-value",
        "users&password",
        "users%26password",
        "uaa-client-secret",
        // odb:uaa-client-secret
        "b2RiOnVhYS1jbGllbnQtc2VjcmV0",
        "a-directors-token",
        "Bearer t1",
        "Bearer t2",
        "grant_type",
    ];
    for hidden in hidden {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
}
