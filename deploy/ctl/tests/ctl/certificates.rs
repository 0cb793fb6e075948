//! `chandler config check` and the certificates of the gateway.

use crate::check::BOSH;
use crate::run::{chandler, config};
use chandler_simulators::tls::Identity;

/// The certificates of HTTPS and of who may call are looked at as at the gateway's start.
#[test]
fn certificates_of_the_gateway_are_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let file = config(dir.path(), BOSH, "{}");
    let text = std::fs::read_to_string(&file).unwrap();
    let (ours, other) = (Identity::generate().unwrap(), Identity::generate().unwrap());
    let write = |name: &str, pem: &str| {
        std::fs::write(dir.path().join(name), pem).unwrap();
    };
    let paths = ["crt", "key"].map(|name| dir.path().join(name).display().to_string());
    let tls = format!("tls: {{cert_file: {}, key_file: {}}}", paths[0], paths[1]);
    let check = |process: &str, gateway: &str, tls: &str| {
        let text = text.replace("port: 8080", &format!("port: 8080, {tls}"));
        let text = text.replace("chandler:\n", &format!("chandler:\n  gateway: {gateway}\n"));
        std::fs::write(&file, text).unwrap();
        chandler(&["config", "check", "--process", process, file.to_str().unwrap()], &[])
    };
    write("crt", &ours.cert_pem);
    write("key", &ours.key_pem);
    assert_eq!(check("gateway", "{}", &tls).code, Some(0));
    for (certificate, key, told) in [
        (
            &ours.cert_pem,
            &other.key_pem,
            "error: broker.tls.key_file: tls: private key does not match public key",
        ),
        (
            &expired(),
            &ours.key_pem,
            "error: broker.tls.cert_file: server certificate expired on 2001-01-01 00:00:00 +0000 UTC",
        ),
        (
            &"x".to_owned(),
            &ours.key_pem,
            "error: broker.tls.cert_file: failed to find any PEM data in certificate input",
        ),
        (
            &ours.cert_pem,
            &"x".to_owned(),
            "error: broker.tls.key_file: failed to find any PEM data in key input",
        ),
    ] {
        write("crt", certificate);
        write("key", key);
        let said = check("gateway", "{}", &tls);
        assert_eq!(said.code, Some(64), "{said:?}");
        assert!(said.err.starts_with(told), "{told}: {}", said.err);
        assert!(
            said.err.ends_with(": 1 error, no warnings\n") && !said.err.contains("PRIVATE KEY"),
            "{said:?}"
        );
        assert_eq!(check("errands", "{}", &tls).code, Some(0), "only the gateway has them");
    }
    write("crt", &ours.cert_pem);
    write("key", &ours.key_pem);
    let ca = serde_json::to_string(&ours.ca_pem).unwrap();
    let whole = format!("{{client_ca_cert: {ca}, client_cert_names: [cc.example.com]}}");
    assert_eq!(check("gateway", &whole, &tls).code, Some(0));
    for (gateway, tls, told) in [
        (
            whole.as_str(),
            "startup_banner: true",
            "error: chandler.gateway.client_ca_cert: needs broker.tls",
        ),
        (
            "{client_ca_cert: none}",
            &tls,
            "error: chandler.gateway.client_ca_cert: ",
        ),
        (
            &whole.replace("cc.example.com", "'10.0.0.1'"),
            &tls,
            "error: chandler.gateway.client_cert_names: ",
        ),
    ] {
        let said = check("gateway", gateway, tls);
        assert_eq!(said.code, Some(64), "{said:?}");
        assert!(said.err.starts_with(told), "{told}: {}", said.err);
    }
}

/// A certificate that was good once.
fn expired() -> String {
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2000, 1, 1);
    params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem()
}
