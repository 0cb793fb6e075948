//! Client certificates as a second way to authenticate.
use crate::https::{Ca, Files, Https, Pair, check};
use reqwest::Client;

fn client(gateway: &Https, server: &Pair, own: Option<&Pair>) -> Client {
    let builder = server.trusted_by(gateway.addr);
    let builder = own
        .into_iter()
        .fold(builder, |builder, own| builder.identity(own.identity()));
    builder.build().unwrap()
}

#[tokio::test]
async fn a_certificate_stands_in_for_credentials_that_are_left_out_and_never_for_wrong_ones() {
    let (ca, server) = (Ca::new("ca"), Pair::new());
    let gateway = Https::start(&Files::of(&server).text_with_ca(&ca.pem(), "")).await;
    let (with, without) = (
        client(&gateway, &server, Some(&ca.client("cc"))),
        client(&gateway, &server, None),
    );
    let status = async |client: &Client, credentials: Option<(&str, &str)>| {
        let request = gateway.catalog(client);
        let request = match credentials {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        };
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(status(&with, None).await, 200);
    assert_eq!(status(&with, Some(("broker", "p:ss"))).await, 200);
    assert_eq!(status(&with, Some(("broker", "wrong"))).await, 401);
    let bearer = gateway.catalog(&with).bearer_auth("token").send().await.unwrap();
    assert_eq!(bearer.status(), 401, "whatever is brought has to be right");
    assert_eq!(status(&without, None).await, 401);
    assert_eq!(status(&without, Some(("second", "other"))).await, 200);
    let stranger = client(&gateway, &server, Some(&Ca::new("ca").client("cc")));
    assert!(gateway.answers(&stranger).await.is_err(), "the handshake fails");
    gateway.stop().await;
}

#[tokio::test]
async fn only_certificates_with_one_of_the_names_are_good() {
    let (ca, server) = (Ca::new("ca"), Pair::new());
    let names = r#"client_cert_names: ["cc.example.com", other.example.com],"#;
    let gateway = Https::start(&Files::of(&server).text_with_ca(&ca.pem(), names)).await;
    for (name, status) in [
        ("cc.example.com", 200),
        ("other.example.com", 200),
        ("CC.example.com", 200),
        ("example.com", 401),
        ("x.cc.example.com", 401),
    ] {
        let client = client(&gateway, &server, Some(&ca.client(name)));
        assert_eq!(
            gateway.catalog(&client).send().await.unwrap().status(),
            status,
            "{name}"
        );
        assert_eq!(
            gateway.answers(&client).await.unwrap().status(),
            200,
            "with credentials"
        );
    }
    gateway.stop().await;
}

#[tokio::test]
async fn a_certificate_counts_as_the_configuration_of_the_moment_has_it_also_on_an_old_connection() {
    let (ca, next, server) = (Ca::new("one"), Ca::new("two"), Pair::new());
    let files = Files::of(&server);
    let text = files.text_with_ca(&ca.pem(), "");
    let gateway = Https::start(&text).await;
    let kept = server
        .trusted_by(gateway.addr)
        .identity(ca.client("cc").identity())
        .pool_max_idle_per_host(1)
        .build()
        .unwrap();
    let status = async |client: &Client| gateway.catalog(client).send().await.unwrap().status().as_u16();
    assert_eq!(status(&kept).await, 200);
    let both = format!("{}{}", ca.pem(), next.pem());
    gateway.reloader.reload(&files.text_with_ca(&both, "")).unwrap();
    let of_next = client(&gateway, &server, Some(&next.client("cc")));
    assert_eq!((status(&kept).await, status(&of_next).await), (200, 200));
    gateway.reloader.reload(&files.text_with_ca(&next.pem(), "")).unwrap();
    assert_eq!((status(&kept).await, status(&of_next).await), (401, 200));
    assert_eq!(
        gateway.answers(&kept).await.unwrap().status(),
        200,
        "the connection itself stays"
    );
    let fresh = client(&gateway, &server, Some(&ca.client("cc")));
    assert!(gateway.answers(&fresh).await.is_err());
    gateway.reloader.reload(&files.text()).unwrap();
    assert_eq!(status(&of_next).await, 401, "nobody is asked any more");
    gateway.stop().await;
}

#[test]
fn a_ca_that_is_none_and_names_that_are_none_are_refused() {
    let (ca, files) = (Ca::new("ca").pem(), Files::of(&Pair::new()));
    let told = |text: &str| check(text).unwrap_err();
    let key = "chandler.gateway.client_ca_cert: ";
    assert!(told(&files.text_with_ca("x", "")).starts_with(key));
    let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(told(&files.text_with_ca(junk, "")).starts_with(key));
    let found = told(&files.text_with_ca(&ca, r#"client_cert_names: ["127.0.0.1"],"#));
    assert_eq!(
        found,
        "chandler.gateway.client_cert_names: \"127.0.0.1\" is not a DNS name"
    );
    let plain = files
        .text_with_ca(&ca, "")
        .replace("tls: {cert_file", "tsl: {cert_file");
    assert!(told(&plain).starts_with("chandler.gateway.client_ca_cert: needs broker.tls"));
    std::fs::write(files.key(), "x").unwrap();
    let both = told(&files.text_with_ca("x", ""));
    assert!(both.contains(key) && both.contains("broker.tls.key_file: "), "{both}");
}
