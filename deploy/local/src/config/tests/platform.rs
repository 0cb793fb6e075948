//! Cloud Foundry: the UAA where clients of instances are, and Cloud Controller.

use super::*;
use crate::config::cf::Registrar;

#[test]
fn with_the_samples_instances_get_clients_and_only_who_keeps_them_can_call_the_uaa() {
    for (sample, client) in [(FILE, "chandler-clients"), (PROPERTIES, "redis-broker")] {
        let filled = filled(sample);
        let ours = filled.simulated.clients.clone().unwrap();
        assert_eq!(ours.id, client);
        let all = filled.simulated.platform_clients();
        assert_eq!(
            (all.len(), &all[1]),
            (
                3,
                &(&ours, vec!["clients.read", "clients.write", "cloud_controller.admin"])
            )
        );
        assert_eq!(
            (all[2].0.id.as_str(), &all[2].1),
            ("cc_service_key_client", &vec!["credhub.read", "credhub.write"])
        );
        for worker in [Worker::Provisioning, Worker::UaaClients] {
            let config = config(&filled.for_worker(worker, "pw"));
            let uaa = config.require_uaa_clients().unwrap().unwrap();
            assert_eq!((uaa.url, uaa.root_ca_cert), ("https://127.0.0.1:6", Some("UAA CA")));
            assert_eq!(uaa.client.client_secret, ours.secret);
        }
        let gateway = config(&filled.for_gateway("pw"));
        assert_eq!(gateway.client_definition(), config(sample).client_definition());
        assert!(gateway.client_definition().is_some() && gateway.require_uaa_clients().is_err());
        assert_eq!(gateway.cf.unwrap().authentication, None);
    }
}

#[test]
fn clients_are_kept_at_the_simulated_uaa_unless_there_is_another_one() {
    let pattern = "client_definition: {scopes: a}";
    let client = "authentication: {client_credentials: {client_id: c, client_secret: s}}";
    let user = "authentication: {user_credentials: {username: u, password: p}}";
    let cf = |uaa: &str| forms("{}", "", "").map(|text| format!("{text}cf: {{url: 'https://cc', uaa: {{{uaa}}}}}\n"));
    for text in cf(&format!("{pattern}, {client}")).iter().chain(&cf(client)) {
        let filled = filled(text);
        let ours = filled.simulated.clients.as_ref().unwrap();
        assert_eq!((ours.id.as_str(), ours.secret.expose()), ("c", "s"));
        assert_eq!(filled.simulated.real, Some("a real Cloud Controller"));
        assert_eq!(filled.simulated.cloud_controller, None);
        assert_eq!(
            filled.simulated.platform_clients(),
            [(ours, vec!["clients.read", "clients.write"])]
        );
    }
    for text in cf(pattern) {
        let filled = filled(&text);
        let made = draft(&filled.for_worker(Worker::UaaClients, "pw"));
        assert_eq!(
            made.require_uaa_clients().unwrap().unwrap().client.client_id,
            "chandler-cf"
        );
        // With the checks of ODB's start, which these have, too.
        assert!(draft(&filled.for_gateway("pw")).client_definition().is_some());
        let gateway = filled.for_gateway("pw");
        let told = load::<()>(&gateway, |_| Ok(()))
            .err()
            .map_or(String::new(), |it| it.to_string());
        assert!(!told.contains("cf"), "{told}");
    }
    let real = "url: 'https://uaa.example.com'";
    let nowhere = |text: String| text.replace("url: 'https://cc', ", "");
    for (uaa, is_real) in [
        (format!("{real}, {pattern}, {client}"), Some("a real UAA")),
        (format!("{real}, {client}"), None),
    ] {
        for text in cf(&uaa).map(nowhere) {
            let simulated = filled(&text).simulated;
            assert_eq!((&simulated.clients, simulated.real), (&None, is_real), "{text}");
            assert_eq!(simulated.cloud_controller, None, "it would not know the tokens");
        }
    }
    for uaa in [format!("{real}, {client}"), user.to_owned(), String::new()] {
        for text in cf(&uaa) {
            let filled = filled(&text);
            assert_eq!(
                (&filled.simulated.clients, filled.simulated.real),
                (&None, Some("a real Cloud Controller")),
                "{text}"
            );
            assert_eq!(filled.simulated.platform_clients().len(), 0);
            assert!(!filled.whole().contains("127.0.0.1:6"), "{text}");
        }
    }
    // The same client at CredHub and for clients is one.
    let [text, _] = cf(&format!("{pattern}, {client}"));
    let filled = filled(&format!("{text}credhub: {{client_id: c, client_secret: s}}\n"));
    let all = filled.simulated.platform_clients();
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(
        all[0].1,
        ["credhub.read", "credhub.write", "clients.read", "clients.write"]
    );
}

#[test]
fn cloud_controller_is_simulated_with_the_uaa_for_the_section_and_for_samples() {
    let with = |cf: &str| forms("{}", "", "").map(|text| format!("{text}{cf}\n"));
    let client = "client_credentials: {client_id: c, client_secret: s}";
    for text in with(&format!("cf: {{uaa: {{authentication: {{{client}}}}}}}")) {
        let filled = filled(&text);
        let ours = filled.simulated.clients.clone().unwrap();
        let controller = filled.simulated.cloud_controller.clone().unwrap();
        assert_eq!(controller.registrar, Registrar::Client(ours));
        assert_eq!(controller.person.name, "admin");
        assert_eq!(filled.simulated.real, None);
        let file = draft(&filled.for_registrar());
        let access = file.require_cloud_controller().unwrap().unwrap();
        assert_eq!(
            (access.url, access.uaa_url),
            ("https://127.0.0.1:7", "https://127.0.0.1:6")
        );
    }
    // A user keeps no clients, and is who types `cf`, too.
    let user = "user_credentials: {username: u, password: p}";
    for text in with(&format!("cf: {{uaa: {{authentication: {{{user}}}}}}}")) {
        let filled = filled(&text);
        assert_eq!(filled.simulated.clients, None);
        let controller = filled.simulated.cloud_controller.clone().unwrap();
        assert_eq!(controller.registrar, Registrar::User(controller.person.clone()));
        assert_eq!(
            (controller.person.name.as_str(), controller.person.password.expose()),
            ("u", "p")
        );
        let clients = filled.simulated.platform_clients();
        assert_eq!(
            clients.iter().map(|(it, _)| it.id.as_str()).collect::<Vec<_>>(),
            ["cc_service_key_client"]
        );
    }
    // Where there is no section there is no platform; a sample gets one.
    for text in with("").into_iter().chain(with("cf: {}")) {
        assert_eq!(filled(&text).simulated.cloud_controller, None, "{text}");
    }
    let without = |text: &str| {
        let (before, rest) = text.split_once("\ncf:").unwrap();
        format!(
            "{before}\nservice_adapter:{}",
            rest.split_once("\nservice_adapter:").unwrap().1
        )
    };
    for sample in [FILE, PROPERTIES].map(without) {
        let filled = filled(&sample);
        assert!(filled.simulated.clients.is_none(), "instances have none");
        let Some(Registrar::Client(made)) = filled.simulated.cloud_controller.clone().map(|it| it.registrar) else {
            panic!("{:?}", filled.simulated)
        };
        assert_eq!(made.id, "chandler-cf");
        // Nobody shares it with CredHub, whose client is made as well.
        let all = filled.simulated.platform_clients();
        let others = all.iter().filter(|(it, _)| it.id != made.id).map(|(it, _)| &it.secret);
        assert_eq!(others.filter(|it| **it != made.secret).count(), 2, "{all:?}");
        assert!(
            config(&filled.for_registrar())
                .require_cloud_controller()
                .unwrap()
                .is_some()
        );
    }
}
