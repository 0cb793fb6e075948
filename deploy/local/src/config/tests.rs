//! What each role gets of both samples, and of configurations that have more.

mod platform;

use super::outside::DirectorUser;
use super::*;
use chandler_proto::config::{BoshAuthentication, Config, load, parse};
use chandler_proto::secret::Secret;
use chandler_proto::step::Worker;

const FILE: &str = include_str!("../../../config/broker.yml");
const PROPERTIES: &str = include_str!("../../../config/redis-properties.yml");

fn with() -> Fill<'static> {
    Fill {
        bus_urls: vec!["nats://127.0.0.1:1".into(), "nats://127.0.0.1:2".into()],
        bus_monitors: ["http://127.0.0.1:7", "http://127.0.0.1:8", "http://127.0.0.1:9"]
            .map(str::to_owned)
            .to_vec(),
        bus_replicas: 3,
        outside: Urls {
            director: "https://127.0.0.1:3".into(),
            credhub: "https://127.0.0.1:4".into(),
            bosh_credhub: "https://127.0.0.1:5".into(),
            uaa: "https://127.0.0.1:6".into(),
            cloud_controller: "https://127.0.0.1:7".into(),
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
    if filled.simulated.clients.is_some() || filled.simulated.cloud_controller.is_some() {
        filled.trust_cf("UAA CA");
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
    for (sample, credential) in [
        (FILE, ("broker", "secret")),
        (PROPERTIES, ("redis-broker", "redis-broker-secret")),
    ] {
        let plain = config(sample);
        let filled = filled(sample);
        assert!(filled.example && filled.simulated.real.is_none());
        let (user, password) = &filled.credential;
        assert_eq!((user.as_str(), password.expose()), credential);
        let gateway = config(&filled.for_gateway("pw"));
        let offered = |mut config: Config| {
            let offering = &mut config.catalog.offerings[0];
            offering.adapter.path.clear();
            config.catalog
        };
        assert_eq!(offered(gateway.clone()), offered(plain), "versions stay as written");
        assert!(gateway.credentials().is_ok() && gateway.require_seal().is_ok());
        for &role in Worker::ALL {
            let worker = config(&filled.for_worker(role, "pw"));
            assert!(worker.credentials().is_err());
            match worker.require_bosh() {
                Ok(bosh) => assert_eq!(bosh.root_ca_cert, Some("DIRECTOR CA")),
                Err(_) => assert_eq!(role, Worker::UaaClients),
            }
            match worker.require_seal() {
                Ok(seal) => assert_eq!(seal, gateway.require_seal().unwrap()),
                Err(_) => assert_eq!(role, Worker::Errands),
            }
            assert_eq!(worker.catalog.offerings[0].adapter.path, "/bin/true");
            assert_eq!(worker.chandler.bus.user.as_deref(), Some(role.name()));
            assert_eq!((worker.chandler.bus.urls.len(), worker.chandler.bus.replicas), (2, 3));
            assert_eq!(worker.chandler.bus.monitor_urls.len(), 3, "each is looked at");
            assert_eq!(worker.chandler.workers.poll_seconds, 1);
            assert_eq!(worker.chandler.bus.password.as_ref().map(|p| p.expose()), Some("pw"));
        }
        let operator = config(&filled.for_operator("pw"));
        assert!(operator.require_bosh().is_ok() && operator.credentials().is_err());
        let elsewhere = [&gateway, &operator].map(|it| it.chandler.bus.monitor_urls.len());
        assert_eq!(elsewhere, [0, 0], "workers look");
        let registrar = config(&filled.for_registrar());
        let theirs = registrar.credentials().unwrap();
        assert_eq!((theirs[0].username.as_str(), theirs[0].password.expose()), credential);
        assert_eq!(offered(registrar.clone()), offered(gateway));
        let controller = registrar.require_cloud_controller().unwrap().unwrap();
        assert_eq!(
            (controller.url, controller.uaa_url),
            ("https://127.0.0.1:7", "https://127.0.0.1:6")
        );
        assert_eq!(controller.root_ca_cert, Some("UAA CA"));
        assert!(registrar.require_bosh().is_err() && registrar.require_seal().is_err());
        assert!(registrar.chandler.bus.user.is_none() && registrar.chandler.bus.password.is_none());
    }
}

#[test]
fn with_the_samples_secure_bindings_are_on_and_only_workers_can_call_credhub() {
    for sample in [FILE, PROPERTIES] {
        let filled = filled(sample);
        let ours = filled.simulated.credhub.clone().unwrap();
        let worker = config(&filled.for_worker(Worker::Binding, "pw"));
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
        let clients = filled.simulated.platform_clients();
        assert_eq!(clients[0], (&ours, vec!["credhub.read", "credhub.write"]));
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
        let whole = draft(&filled.for_worker(Worker::Binding, "pw"));
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
        let worker = filled.for_worker(Worker::Binding, "pw");
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
            (&clients[0].1, clients[1].0.id.as_str()),
            (&vec!["bosh.admin"], "chandler")
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
        !properties.for_worker(Worker::Binding, "pw").contains("KEY"),
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

/// A secret of each section, and who is told it.
#[test]
fn a_worker_is_told_what_it_needs_and_nothing_else() {
    for sample in [FILE, PROPERTIES] {
        let secure = sample.replacen("broker:\n", "broker:\n  enable_secure_manifests: true\n", 1);
        let secure = match secure == sample {
            true => format!("{sample}\nenable_secure_manifests: true\n"),
            false => secure,
        };
        let filled = filled(&secure);
        let simulated = &filled.simulated;
        let secrets = [&simulated.credhub, &simulated.bosh_credhub, &simulated.clients]
            .map(|client| client.as_ref().unwrap().secret.expose().to_owned());
        let [credhub, bosh_credhub, clients] = &secrets;
        let of = |text: &str| ["director-secret", credhub, bosh_credhub, clients].map(|secret| text.contains(secret));
        for (worker, told) in [
            (Worker::Provisioning, [true, true, true, true]),
            (Worker::Binding, [true, true, true, false]),
            (Worker::Errands, [true, false, false, false]),
            (Worker::UaaClients, [false, false, false, true]),
        ] {
            let text = filled.for_worker(worker, "pw");
            assert_eq!(of(&text), told, "{worker:?}: {text}");
            assert_eq!(
                text.contains("fingerprint_key"),
                worker != Worker::Errands,
                "{worker:?}"
            );
        }
        assert_eq!(of(&filled.for_gateway("pw")), [false; 4]);
        assert_eq!(of(&filled.for_operator("pw")), [true, false, false, false]);
        // Who keeps clients and who registers is one client of the UAA here.
        assert_eq!(of(&filled.for_registrar()), [false, false, false, true]);
        let controller = simulated.cloud_controller.as_ref().unwrap();
        for foreign in [&controller.person.password, &controller.keys.secret] {
            assert!(!filled.whole().contains(foreign.expose()));
        }
    }
}

#[test]
fn a_newer_configuration_has_another_version_and_another_stemcell() {
    for sample in [FILE, PROPERTIES] {
        let given = filled(sample);
        let newer = given.newer().unwrap();
        assert_eq!(in_force(&given).as_deref(), Some("1.2.0"));
        assert_eq!(in_force(&newer).as_deref(), Some("1.2.1"));
        let stemcell = |filled: &Filled| {
            config(&filled.whole()).catalog.offerings[0].deployment.stemcells[0]
                .version
                .clone()
        };
        assert_eq!(
            (stemcell(&given), stemcell(&newer)),
            ("1.651".to_owned(), "1.652".to_owned())
        );
    }
    assert!(filled("broker: {}\n").newer().is_none());
    // A plan with a version of its own isn't offered a newer one.
    let own = FILE.replace(
        "    name: small\n",
        "    name: small\n    maintenance_info: {version: 3.0.0}\n",
    );
    assert_ne!(own, FILE);
    assert_eq!(in_force(&filled(&own)), None);
}
