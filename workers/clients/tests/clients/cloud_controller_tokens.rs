//! Tokens for Cloud Controller: replaced once, tried anew, a user's as well as a client's.

use chandler_clients::FaultKind;
use chandler_clients::cloud_controller::CloudController;
use chandler_clients::uaa::Grant;

use crate::cloud_controller::{LIMIT, Pair, list, settings, tokens};
use crate::cloud_controller_faults::{broker, invalid_token};
use crate::server::{Server, context, json, reply};
use crate::uaa_tokens::{bad_credentials, token};

fn bearers(server: &Server) -> Vec<String> {
    let asked = server.asked();
    asked
        .iter()
        .map(|asked| asked.header("authorization").unwrap())
        .collect()
}

#[tokio::test]
async fn a_token_that_is_not_taken_is_replaced_once() {
    let pair = Pair::with([invalid_token(), broker()]).await;
    assert!(pair.cc.broker("b1", &context()).await.unwrap().is_some());
    assert_eq!(bearers(&pair.server), ["Bearer t1", "Bearer t2"]);
    assert!(pair.cc.broker("b1", &context()).await.unwrap().is_some());
    assert_eq!(bearers(&pair.server).pop().unwrap(), "Bearer t2");
    assert_eq!(pair.uaa.asked().len(), 2);

    // A write, too: the 401 says that nothing happened.
    let done = reply("204 No Content", &[], "");
    let pair = Pair::with([invalid_token(), done]).await;
    pair.cc.delete_instance("i1", &context(), LIMIT).await.unwrap();
    assert_eq!(bearers(&pair.server), ["Bearer t1", "Bearer t2"]);

    // In the middle of a list, as well.
    let pair = Pair::with([invalid_token(), list(""), invalid_token(), list("")]).await;
    pair.cc.organizations(&["o".into()], &context()).await.unwrap();
    assert_eq!(bearers(&pair.server), ["Bearer t1", "Bearer t2"]);
}

#[tokio::test]
async fn twice_refused_is_refused() {
    let pair = Pair::with([invalid_token()]).await;
    let fault = pair.cc.broker("b1", &context()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unauthorized);
    assert!(fault.detail.contains("CF-InvalidAuthToken: "), "{fault}");
    assert!(fault.nothing_happened() && !fault.is_permanent());
    assert_eq!(bearers(&pair.server), ["Bearer t1", "Bearer t2"]);
    pair.cc.delete_instance("i1", &context(), LIMIT).await.unwrap_err();
    assert_eq!(pair.server.asked().len(), 4);
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let pair = Pair::with_uaa([bad_credentials()], [broker()]).await;
    let fault = pair.cc.delete_instance("i1", &context(), LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unauthorized);
    assert_eq!(fault.call, "POST /oauth/token of the UAA");
    assert!(pair.server.asked().is_empty());
}

#[tokio::test]
async fn where_we_stand_is_tried_with_a_new_token() {
    let scoped = json(
        "200 OK",
        r#"{"access_token":"t9","expires_in":600,"scope":"cloud_controller.read cloud_controller.admin"}"#,
    );
    let pair = Pair::with_uaa([token("t1", 600), scoped], [list("")]).await;
    pair.cc.organizations(&["o".into()], &context()).await.unwrap();
    let standing = pair.cc.standing(&context()).await.unwrap();
    let wanted = ["cloud_controller.read", "cloud_controller.admin"].map(str::to_owned);
    assert_eq!(standing.scopes.as_deref(), Some(&wanted[..]));
    assert_eq!(pair.last().line, "GET /v3/service_brokers?per_page=1 HTTP/1.1");
    assert_eq!(bearers(&pair.server), ["Bearer t1", "Bearer t9"]);

    let pair = Pair::with([invalid_token()]).await;
    let fault = pair.cc.standing(&context()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unauthorized);
    assert_eq!(fault.call, "GET /v3/service_brokers of Cloud Controller");
    let pair = Pair::with_uaa([bad_credentials()], [list("")]).await;
    let fault = pair.cc.standing(&context()).await.unwrap_err();
    assert_eq!(fault.call, "POST /oauth/token of the UAA");
    let pair = Pair::with([json("200 OK", "<html>Welcome</html>")]).await;
    assert_eq!(pair.cc.standing(&context()).await.unwrap_err().kind, FaultKind::Garbled);
}

#[tokio::test]
async fn d18_a_user_logs_in_whatever_is_in_the_password() {
    let (uaa, server) = (
        Server::with([json(
            "200 OK",
            r#"{"access_token":"t1","expires_in":600,"refresh_token":"r","scope":"cloud_controller.read cloud_controller.write"}"#,
        )])
        .await,
        Server::with([list("")]).await,
    );
    let grant = Grant::Password {
        username: "me&=%+ ä".into(),
        password: "p&grant_type=x%+ ä".into(),
    };
    let tokens = tokens(&uaa, grant);
    let scopes = tokens.scopes(&context()).await.unwrap().unwrap();
    assert_eq!(scopes, ["cloud_controller.read", "cloud_controller.write"]);
    let cc = CloudController::new(settings(&server, ""), tokens).unwrap();
    assert_eq!(cc.standing(&context()).await.unwrap().scopes.unwrap(), scopes);
    let asked = uaa.asked();
    for asked in &asked {
        assert_eq!(asked.header("authorization").as_deref(), Some("Basic Y2Y6"));
        assert_eq!(
            asked.body,
            "grant_type=password&username=me%26%3D%25%2B+%C3%A4&password=p%26grant_type%3Dx%25%2B+%C3%A4"
        );
    }
    assert_eq!(asked.len(), 2, "neither is remembered");
}

/// A check comes each minute; the UAA would lock the account.
#[tokio::test]
async fn a_user_who_was_refused_is_not_tried_again_and_again() {
    let user = Grant::Password {
        username: "admin".into(),
        password: "of-yesterday".into(),
    };
    let client = Grant::ClientCredentials {
        client_id: "registrar".into(),
        client_secret: "of-yesterday".into(),
    };
    for (grant, tries) in [(user, 1), (client, 3)] {
        let uaa = Server::with([bad_credentials()]).await;
        let tokens = tokens(&uaa, grant);
        for _ in 0..3 {
            let fault = tokens.scopes(&context()).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::Unauthorized);
        }
        assert_eq!(uaa.asked().len(), tries);
    }
}
