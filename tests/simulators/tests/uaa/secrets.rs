//! Secrets that change, by the API and by a test.

use serde_json::{Value, json};

use crate::bench::{Answer, Bench};

async fn change(bench: &Bench, by: &str, body: Value) -> Answer {
    let token = bench.token(by).await;
    let request = bench.request("PUT", "/oauth/clients/bosh/secret").bearer_auth(token);
    bench.send(request.json(&body)).await
}

async fn is_right(bench: &Bench, secret: &str) -> bool {
    let answer = bench
        .send(bench.grant("bosh", secret, "grant_type=client_credentials"))
        .await;
    assert!([200, 401].contains(&answer.status), "{answer:?}");
    answer.status == 200
}

#[tokio::test]
async fn an_administrator_changes_adds_and_deletes_secrets() {
    let bench = Bench::new().await;
    let changed = change(&bench, "admin", json!({"clientId": "bosh", "secret": "t"})).await;
    assert_eq!(changed.json, json!({"status": "ok", "message": "secret updated"}));
    assert_eq!(
        (is_right(&bench, "s").await, is_right(&bench, "t").await),
        (false, true)
    );
    let added = change(&bench, "admin", json!({"secret": "u", "changeMode": "ADD"})).await;
    assert_eq!(added.json["message"], "Secret is added");
    assert_eq!((is_right(&bench, "t").await, is_right(&bench, "u").await), (true, true));
    assert_eq!(
        change(&bench, "admin", json!({"secret": "v", "changeMode": "ADD"}))
            .await
            .status,
        400
    );
    let deleted = change(&bench, "admin", json!({"changeMode": "DELETE"})).await;
    assert_eq!(deleted.json["message"], "Secret is deleted");
    assert_eq!(
        (is_right(&bench, "t").await, is_right(&bench, "u").await),
        (false, true)
    );
    assert_eq!(
        change(&bench, "admin", json!({"changeMode": "DELETE"})).await.status,
        400
    );
    assert_eq!(change(&bench, "admin", json!({})).await.status, 400);
}

#[tokio::test]
async fn a_client_changes_its_own_with_the_old_one() {
    let bench = Bench::new().await;
    assert_eq!(
        change(&bench, "asker", json!({"oldSecret": "s", "secret": "t"}))
            .await
            .status,
        403
    );
    assert_eq!(change(&bench, "bosh", json!({"secret": "t"})).await.status, 400);
    assert_eq!(
        change(&bench, "bosh", json!({"oldSecret": "s", "secret": "t"}))
            .await
            .status,
        200
    );
    assert!(is_right(&bench, "t").await);
}

#[tokio::test]
async fn after_a_rotation_the_old_secret_is_wrong_and_old_tokens_are_good_elsewhere() {
    let bench = Bench::new().await;
    let token = bench.token("admin").await;
    assert!(bench.uaa.rotate_secret("admin", "new"));
    assert!(!bench.uaa.rotate_secret("nobody", "new"));
    let old = bench
        .send(bench.grant("admin", "s", "grant_type=client_credentials"))
        .await;
    assert_eq!(old.refusal(), (401, "invalid_client", "Bad credentials"));
    assert_eq!(
        bench
            .send(bench.grant("admin", "new", "grant_type=client_credentials"))
            .await
            .status,
        200
    );
    assert!(bench.uaa.verifier().verify(&token, bench.uaa.now()).is_ok());
    let own = bench
        .send(bench.request("GET", "/oauth/clients").bearer_auth(token))
        .await;
    assert_eq!((own.status, &own.json["error"]), (401, &json!("invalid_token")));
    let shown = format!("{:?} {:?}", bench.uaa.client("admin"), bench.uaa);
    assert!(!shown.contains("new"), "{shown}");
}
