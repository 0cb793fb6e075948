//! `/oauth/clients` against the simulated UAA, which checks tokens, scopes and fields by itself.

use std::time::Duration;

use chandler_clients::http::Trust;
use chandler_clients::uaa::{Creation, Grant, OauthClient, OauthClients, Tokens, Uaa, UaaSettings};
use chandler_clients::{CallContext, FaultKind, Secret};
use chandler_simulators::common::{CallAction, CallFault, Outage};
use chandler_simulators::uaa as uaas;

const LIMIT: Duration = Duration::from_secs(10);

async fn start() -> uaas::Uaa {
    uaas::Uaa::start(uaas::Options {
        clients: vec![
            uaas::Client::new("odb", "odb-secret", &["clients.read", "clients.write"]),
            uaas::Client::new("admin", "admin-secret", &["clients.admin"]),
            uaas::Client::new("reader", "reader-secret", &["clients.read"]),
            uaas::Client::for_users("cf", "", &["clients.read", "clients.write"]),
        ],
        users: vec![uaas::User::new("me", "my-password", &["clients.read", "clients.write"])],
        ..Default::default()
    })
    .await
    .unwrap()
}

fn by(simulator: &uaas::Uaa, grant: Grant) -> OauthClients {
    let uaa = Uaa::new(UaaSettings {
        url: simulator.url(),
        trust: Trust::Only(simulator.ca_pem().to_owned()),
        timeout: LIMIT,
        user_agent: "chandler-test".into(),
    })
    .unwrap();
    OauthClients::new(uaa.clone(), Tokens::new(uaa, grant).unwrap())
}

fn clients(simulator: &uaas::Uaa, id: &str) -> OauthClients {
    let grant = Grant::ClientCredentials {
        client_id: id.into(),
        client_secret: format!("{id}-secret").into(),
    };
    by(simulator, grant)
}

fn wanted() -> OauthClient {
    OauthClient {
        client_id: "6b1f.instance".into(),
        name: Some("my instance".into()),
        scope: vec!["openid".into(), "space.1".into()],
        authorized_grant_types: vec!["authorization_code".into()],
        resource_ids: vec!["mine".into()],
        redirect_uri: vec!["https://placeholder.example.com".into()],
        ..Default::default()
    }
}

fn secret() -> Secret {
    Secret::new("minted-1")
}

#[tokio::test]
async fn a_client_from_nothing_to_nothing() {
    let simulator = start().await;
    let (clients, call) = (clients(&simulator, "odb"), CallContext::default());
    let wanted = wanted();
    let id = &wanted.client_id;
    assert_eq!(clients.get(id, &call).await.unwrap(), None);
    assert!(!clients.update(&wanted, &call, LIMIT).await.unwrap());
    assert!(!clients.delete(id, &call, LIMIT).await.unwrap());

    let created = clients.create(&wanted, Some(&secret()), &call, LIMIT).await.unwrap();
    assert_eq!(created, Creation::Created);
    assert_eq!(simulator.client(id).unwrap().secrets, ["minted-1"]);
    let there = clients.get(id, &call).await.unwrap().unwrap();
    assert!(there.has(&wanted), "{there:?}");
    let other = Secret::new("minted-2");
    let again = clients.create(&wanted, Some(&other), &call, LIMIT).await.unwrap();
    assert_eq!(again, Creation::Exists);

    let redirect = OauthClient {
        client_id: id.clone(),
        redirect_uri: vec!["https://d/1".into()],
        ..Default::default()
    };
    assert!(!there.has(&redirect));
    assert!(clients.update(&redirect, &call, LIMIT).await.unwrap());
    let there = clients.get(id, &call).await.unwrap().unwrap();
    assert!(there.has(&redirect) && there.name == wanted.name && there.scope == wanted.scope);
    let kept = simulator.client(id).unwrap();
    assert_eq!(
        kept.secrets,
        ["minted-1"],
        "neither a conflict nor an update changes it"
    );

    assert!(clients.delete(id, &call, LIMIT).await.unwrap());
    assert_eq!(clients.get(id, &call).await.unwrap(), None);
    assert_eq!(simulator.tokens_issued("odb"), 1);
}

#[tokio::test]
async fn public_clients_and_those_that_may_have_no_secret() {
    let simulator = start().await;
    let (clients, call) = (clients(&simulator, "odb"), CallContext::default());
    let implicit = OauthClient {
        authorized_grant_types: vec!["implicit".into()],
        ..wanted()
    };
    let fault = clients
        .create(&implicit, Some(&secret()), &call, LIMIT)
        .await
        .unwrap_err();
    assert!(
        fault.is_permanent() && fault.detail.contains("Implicit grant should not"),
        "{fault}"
    );
    clients.create(&implicit, None, &call, LIMIT).await.unwrap();
    let public = OauthClient {
        client_id: "public".into(),
        allowpublic: true,
        ..wanted()
    };
    clients
        .create(&public, Some(&Secret::new("-")), &call, LIMIT)
        .await
        .unwrap();
    assert!(clients.get("public", &call).await.unwrap().unwrap().allowpublic);
    let confidential = OauthClient {
        client_id: "confidential".into(),
        ..wanted()
    };
    let fault = clients.create(&confidential, None, &call, LIMIT).await.unwrap_err();
    assert!(fault.detail.contains("Client secret is required"), "{fault}");
}

#[tokio::test]
async fn another_secret_and_who_may_set_it() {
    let simulator = start().await;
    let call = CallContext::default();
    let (odb, admin, reader) = (
        clients(&simulator, "odb"),
        clients(&simulator, "admin"),
        clients(&simulator, "reader"),
    );
    let id = wanted().client_id;
    assert!(
        !admin
            .set_secret(&id, &Secret::new("minted-2"), &call, LIMIT)
            .await
            .unwrap()
    );
    odb.create(&wanted(), Some(&secret()), &call, LIMIT).await.unwrap();
    assert!(
        admin
            .set_secret(&id, &Secret::new("minted-2"), &call, LIMIT)
            .await
            .unwrap()
    );
    assert_eq!(simulator.client(&id).unwrap().secrets, ["minted-2"]);
    let fault = odb.set_secret(&id, &secret(), &call, LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::MissingScope, "{fault}");

    assert!(reader.get(&id, &call).await.unwrap().is_some());
    let fault = reader.delete(&id, &call, LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::MissingScope, "{fault}");
    assert!(simulator.client(&id).is_some());
    simulator.rotate_secret("odb", "another-secret");
    simulator.expire_tokens();
    let fault = odb.get(&id, &call).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unauthorized, "{fault}");
}

#[tokio::test]
async fn a_user_may_do_it_and_an_expired_token_is_replaced() {
    let simulator = start().await;
    let call = CallContext::default();
    let clients = by(
        &simulator,
        Grant::Password {
            username: "me".into(),
            password: "my-password".into(),
        },
    );
    clients.create(&wanted(), Some(&secret()), &call, LIMIT).await.unwrap();
    simulator.expire_tokens();
    assert!(clients.delete(&wanted().client_id, &call, LIMIT).await.unwrap());
    assert_eq!(simulator.tokens_issued("cf"), 2);
}

#[tokio::test]
async fn each_lost_call_is_found_or_is_not_there() {
    let simulator = start().await;
    let (clients, call) = (clients(&simulator, "admin"), CallContext::default());
    let wanted = wanted();
    let id = wanted.client_id.clone();
    let redirect = OauthClient {
        client_id: id.clone(),
        redirect_uri: vec!["https://d/1".into()],
        ..Default::default()
    };
    let new = Secret::new("minted-2");
    let names = ["create", "update", "set secret", "delete"];
    let methods = ["POST", "PUT", "PUT", "DELETE"];
    let act = async |name: &str| match name {
        "create" => clients.create(&wanted, Some(&secret()), &call, LIMIT).await.map(|_| ()),
        "update" => clients.update(&redirect, &call, LIMIT).await.map(|_| ()),
        "set secret" => clients.set_secret(&id, &new, &call, LIMIT).await.map(|_| ()),
        _ => clients.delete(&id, &call, LIMIT).await.map(|_| ()),
    };
    // Whether it took effect, as the next look finds.
    let took = async |name: &str| {
        let there = clients.get(&id, &call).await.unwrap();
        match name {
            "create" => there.is_some(),
            "update" => there.is_some_and(|there| there.has(&redirect)),
            "set secret" => simulator.client(&id).unwrap().secrets == ["minted-2"],
            _ => there.is_none(),
        }
    };
    for (name, method) in names.into_iter().zip(methods) {
        for (action, effect) in [(CallAction::LoseRequest, false), (CallAction::LoseResponse, true)] {
            simulator.set_fault(CallFault::once(method, "/oauth/clients", action));
            let fault = act(name).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::Unknown, "{name}: {fault}");
            assert_eq!(took(name).await, effect, "{name}");
        }
    }
    // A read is asked again, and each write above was sent twice in all.
    simulator.set_fault(CallFault::once("GET", "/oauth/clients", CallAction::LoseResponse));
    assert_eq!(clients.get(&id, &call).await.unwrap(), None);
    let journal = simulator.journal();
    assert_eq!(journal.count("POST /oauth/clients"), 2);
    assert_eq!(journal.count("DELETE /oauth/clients/{}"), 2);
}

#[tokio::test]
async fn a_uaa_that_is_away() {
    let simulator = start().await;
    let (clients, call) = (clients(&simulator, "odb"), CallContext::default());
    simulator.set_outage(Some(Outage::Api));
    let fault = clients
        .create(&wanted(), Some(&secret()), &call, LIMIT)
        .await
        .unwrap_err();
    assert_eq!(
        fault.kind,
        FaultKind::NotSent,
        "without a token nothing is sent: {fault}"
    );
    simulator.set_outage(None);
    assert_eq!(clients.get(&wanted().client_id, &call).await.unwrap(), None);
    simulator.set_outage(Some(Outage::Api));
    let fault = clients.get(&wanted().client_id, &call).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
    let fault = clients.delete(&wanted().client_id, &call, LIMIT).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
}
