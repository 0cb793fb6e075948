//! What each role gets of both samples, and of configurations that have more.

use super::outside::DirectorUser;
use super::*;
use chandler_proto::config::{BoshAuthentication, Config, load, parse};
use chandler_proto::secret::Secret;

const FILE: &str = include_str!("../../../config/sample.yml");
const PROPERTIES: &str = include_str!("../../../config/sample-properties.yml");

fn with() -> Fill<'static> {
    Fill {
        bus_urls: vec!["nats://127.0.0.1:1".into(), "nats://127.0.0.1:2".into()],
        bus_replicas: 3,
        outside: Urls {
            director: "https://127.0.0.1:3".into(),
            credhub: "https://127.0.0.1:4".into(),
            bosh_credhub: "https://127.0.0.1:5".into(),
        },
        adapter: "/bin/true",
    }
}

fn filled(text: &str) -> Filled {
    let mut filled = fill(text, &with()).unwrap();
    if filled.simulated.director.is_some() {
        filled.trust_director("DIRECTOR CA");
    }
    if filled.simulated.credhub.is_some() {
        filled.trust_credhub("CREDHUB CA", "UAA CA");
    }
    if filled.simulated.bosh_credhub.is_some() {
        filled.trust_bosh_credhub("BOSH CREDHUB CA");
    }
    filled
}

#[track_caller]
fn config(text: &str) -> Config {
    parse(text).unwrap_or_else(|findings| panic!("{findings}")).config
}

/// What can be read of one that isn't whole.
fn draft(text: &str) -> Config {
    let mut draft = None;
    let _ = load::<()>(text, |config| {
        draft = Some(config.clone());
        Ok(())
    });
    draft.unwrap()
}

#[test]
fn both_samples_suffice_for_every_role_once_filled_in() {
    for sample in [FILE, PROPERTIES] {
        let plain = config(sample);
        let filled = filled(sample);
        assert!(filled.example && filled.simulated.real.is_none());
        let (user, password) = &filled.credential;
        assert_eq!((user.as_str(), password.expose()), ("broker", "secret"));
        let gateway = config(&filled.for_gateway("pw"));
        assert_eq!(gateway.catalog, plain.catalog);
        assert_eq!(
            gateway.service_deployment, plain.service_deployment,
            "versions stay as written"
        );
        assert!(gateway.credentials().is_ok() && gateway.require_seal().is_ok());
        for role in ["provisioning", "binding"] {
            let worker = config(&filled.for_worker(role, "pw"));
            assert!(worker.credentials().is_err());
            assert_eq!(worker.require_bosh().unwrap().root_ca_cert, Some("DIRECTOR CA"));
            assert_eq!(worker.require_seal().unwrap(), gateway.require_seal().unwrap());
            assert_eq!(worker.service_adapter.path, "/bin/true");
            assert_eq!(worker.chandler.bus.user.as_deref(), Some(role));
            assert_eq!((worker.chandler.bus.urls.len(), worker.chandler.bus.replicas), (2, 3));
            assert_eq!(worker.chandler.workers.poll_seconds, 1);
            assert_eq!(worker.chandler.bus.password.as_ref().map(|p| p.expose()), Some("pw"));
        }
        let operator = config(&filled.for_operator("pw"));
        assert!(operator.require_bosh().is_ok() && operator.credentials().is_err());
    }
}

#[test]
fn with_the_samples_secure_bindings_are_on_and_only_workers_can_call_credhub() {
    for sample in [FILE, PROPERTIES] {
        let filled = filled(sample);
        let ours = filled.simulated.credhub.clone().unwrap();
        let worker = config(&filled.for_worker("binding", "pw"));
        let credhub = worker.require_credhub().unwrap().unwrap();
        assert_eq!(
            (credhub.api_url, credhub.ca_cert, credhub.internal_uaa_ca_cert),
            ("https://127.0.0.1:4", Some("CREDHUB CA"), Some("UAA CA"))
        );
        assert_eq!(
            (&credhub.client.client_id, &credhub.client.client_secret),
            (&ours.id, &ours.secret)
        );
        let text = filled.for_gateway("pw");
        let gateway = config(&text);
        assert!(gateway.secure_bindings() && gateway.bosh.is_none());
        let secrets = [ours.secret.expose(), "director-secret", "CREDHUB CA", "UAA CA"];
        assert_eq!(secrets.map(|secret| text.contains(secret)), [false; 4], "{text}");
        let operator = filled.for_operator("pw");
        assert!(!config(&operator).secure_bindings() && !operator.contains(ours.secret.expose()));
        let clients = filled.simulated.clients();
        assert_eq!(clients, [(&ours, &["credhub.read", "credhub.write"][..])]);
        assert_eq!(filled.simulated.bosh_clients(), []);
    }
}

/// A configuration with little in it, in both forms.
fn forms(bosh: &str, file: &str, properties: &str) -> [String; 2] {
    let common = format!("bosh: {bosh}\nservice_adapter: {{path: /my/adapter}}\n");
    [
        format!("broker: {{username: u, enable_secure_manifests: true}}\n{common}{file}\n"),
        format!("username: u\nenable_secure_manifests: true\n{common}{properties}\n"),
    ]
}

#[test]
fn a_section_without_an_address_is_simulated() {
    let client = "client_id: c, client_secret: s";
    let [file, properties] = forms(
        "{}",
        &format!("credhub: {{{client}}}"),
        &format!("secure_binding_credentials: {{enabled: yes, authentication: {{uaa: {{{client}}}}}}}"),
    );
    for text in [file, properties] {
        let filled = filled(&text);
        assert!(!filled.example && filled.simulated.real.is_none());
        let client = filled.simulated.credhub.clone().unwrap();
        assert_eq!((client.id.as_str(), client.secret.expose()), ("c", "s"));
        let whole = draft(&filled.for_worker("binding", "pw"));
        assert_eq!(whole.require_credhub().unwrap().unwrap().api_url, "https://127.0.0.1:4");
        let bosh = whole.require_bosh_credhub().unwrap().unwrap();
        assert_eq!(bosh.url, "https://127.0.0.1:5");
        assert_eq!(bosh.ca_certs, ["BOSH CREDHUB CA", "DIRECTOR CA"]);
        let ours = filled.simulated.bosh_credhub.as_ref().unwrap();
        assert_eq!(bosh.client.client_secret, ours.secret);
        assert!(!filled.for_gateway("pw").contains(ours.secret.expose()));
        assert!(!filled.for_operator("pw").contains(ours.secret.expose()));
    }
}

#[test]
fn a_section_with_an_address_never_is() {
    let url = "https://credhub.example.com";
    let [file, properties] = forms(
        "{url: 'https://director.example.com', authentication: {basic: {username: a, password: b}}}",
        &format!("credhub: {{api_url: '{url}', client_id: c, client_secret: s}}\nbosh_credhub: {{url: '{url}'}}"),
        &format!(
            "secure_binding_credentials: {{enabled: true, authentication: {{uaa: {{client_id: c, client_secret: s}}}}}}\n\
             links: {{credhub: {{credhub: {{internal_url: '{url}', port: 8844}}}}}}\nbosh_credhub_api: {{url: '{url}'}}"
        ),
    );
    for text in [file, properties] {
        let filled = filled(&text);
        let wanted = &filled.simulated;
        assert!(wanted.director.is_none() && wanted.credhub.is_none() && wanted.bosh_credhub.is_none());
        assert_eq!(wanted.real, Some("a real Director"));
        let worker = filled.for_worker("binding", "pw");
        assert!(worker.contains(url) && !worker.contains("127.0.0.1:4"), "{worker}");
    }
    // Switched off is switched off, in the sample too.
    let off = "secure_binding_credentials: {enabled: false}\n";
    for text in [
        forms("{}", "", off)[1].clone(),
        format!("{PROPERTIES}{off}"),
        forms("{}", "", "")[0].clone(),
    ] {
        assert_eq!(filled(&text).simulated.credhub, None);
    }
}

#[test]
fn the_simulated_director_takes_what_the_configuration_has() {
    let uaa = "uaa: {client_id: d, client_secret: ds}";
    let client = "uaa: {client_credentials: {client_id: d, client_secret: ds}}";
    let [file, properties] = [client, uaa].map(|it| format!("{{authentication: {{{it}}}}}"));
    for text in [forms(&file, "", "")[0].clone(), forms(&properties, "", "")[1].clone()] {
        let filled = filled(&text);
        let Some(DirectorUser::Uaa(ours)) = &filled.simulated.director else {
            panic!("{:?}", filled.simulated)
        };
        assert_eq!((ours.id.as_str(), ours.secret.expose()), ("d", "ds"));
        let clients = filled.simulated.bosh_clients();
        assert_eq!(
            (clients[0].1, clients[1].0.id.as_str()),
            (&["bosh.admin"][..], "chandler")
        );
    }
    let both = format!(
        "{}bosh_credhub: {{authentication: {{{client}}}}}\n",
        forms(&file, "", "")[0]
    );
    let both = filled(&both);
    let clients = both.simulated.bosh_clients();
    assert_eq!(clients.len(), 1, "the same client, once");
    assert_eq!(clients[0].1, ["bosh.admin", "credhub.read", "credhub.write"]);
    let made = filled(&forms("{}", "", "")[0]);
    let worker = draft(&made.for_operator("pw"));
    let told = worker.require_bosh().unwrap().authentication.clone();
    let Some(DirectorUser::Basic(user, password)) = &made.simulated.director else {
        panic!("{:?}", made.simulated)
    };
    let BoshAuthentication::Basic(theirs) = told else {
        panic!("{told:?}")
    };
    assert_eq!((&theirs.username, &theirs.password), (user, password));
}

#[test]
fn tls_is_kept_when_its_files_are_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let text = format!(
        "broker: {{tls: {{cert_file: {}, key_file: {}}}}}\n",
        path("crt"),
        path("key")
    );
    std::fs::write(path("crt"), "CERTIFICATE").unwrap();
    let without_key = filled(&text);
    assert_eq!(
        (without_key.certificate.as_deref(), without_key.remarks.len()),
        (None, 1)
    );
    assert!(!without_key.for_gateway("pw").contains("cert_file"));
    std::fs::write(path("key"), "KEY").unwrap();
    let whole = filled(&text);
    assert_eq!(
        (whole.certificate.as_deref(), whole.remarks.len()),
        (Some("CERTIFICATE"), 0)
    );
    assert!(whole.for_gateway("pw").contains("cert_file"));
    let properties = filled("tls: {certificate: CERTIFICATE, private_key: KEY}\n");
    assert_eq!(properties.certificate.as_deref(), Some("CERTIFICATE"));
    assert!(
        !properties.for_worker("binding", "pw").contains("KEY"),
        "only the gateway has the key"
    );
}

#[test]
fn what_the_operator_gave_is_kept_but_for_the_bus() {
    let text = "broker: {username: u, password: p}\n\
                bosh: {url: https://real, authentication: {basic: {username: a, password: b}}}\n\
                service_adapter: {path: /my/adapter}\n\
                chandler: {bus: {urls: ['nats://theirs']}, workers: {poll_seconds: 7}}\n";
    let filled = filled(text);
    assert_eq!(filled.remarks.len(), 1);
    assert_eq!(filled.credential, ("u".to_owned(), Secret::new("p")));
    let file = filled.for_operator("pw");
    for kept in ["https://real", "/my/adapter", r#""poll_seconds": 7"#, "127.0.0.1:1"] {
        assert!(file.contains(kept), "{kept}: {file}");
    }
    for gone in ["theirs", r#""password": "p""#] {
        assert!(!file.contains(gone), "{gone}: {file}");
    }
    assert!(!format!("{filled:?}").contains("127"), "{filled:?}");
}
