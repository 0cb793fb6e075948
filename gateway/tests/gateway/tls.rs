//! HTTPS, as `broker.tls` has it.
use crate::https::{Files, Https, Pair, check};
use reqwest::Version;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

#[tokio::test]
async fn a_certificate_is_shown_and_http_1_and_2_are_spoken() {
    let pair = Pair::new();
    let gateway = Https::start(&Files::of(&pair).text()).await;
    let client = || pair.trusted_by(gateway.addr);
    for (client, version) in [
        (client().http1_only().build().unwrap(), Version::HTTP_11),
        (client().build().unwrap(), Version::HTTP_2),
    ] {
        let answer = gateway.answers(&client).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
        let nobody = gateway.catalog(&client).send().await.unwrap();
        assert_eq!(nobody.status(), 401);
    }
    gateway.stop().await;
}

#[tokio::test]
async fn plain_http_is_told_what_is_wrong() {
    let gateway = Https::start(&Files::of(&Pair::new()).text()).await;
    let large = format!(
        "PUT /v2/x HTTP/1.1\r\nContent-Length: 99999\r\n\r\n{}",
        "x".repeat(99_999)
    );
    for request in [
        "GET /v2/catalog HTTP/1.1\r\nHost: x\r\n\r\n",
        "PATCH",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        &large,
    ] {
        let mut stream = TcpStream::connect(gateway.addr).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 400 Bad Request\r\n")
                && answer.ends_with("\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"),
            "{answer}"
        );
    }
    gateway.stop().await;
}

#[test]
fn what_is_wrong_with_certificate_and_key_is_told_as_odb_tells_it() {
    let (good, other) = (Pair::new(), Pair::new());
    let files = Files::of(&good);
    let (cert, key) = (files.certificate(), files.key());
    let (cert_name, key_name) = (cert.display(), key.display());
    let refused = |certificate: Option<&str>, private: Option<&str>| {
        for (file, text) in [(&cert, certificate), (&key, private)] {
            match text {
                Some(text) => std::fs::write(file, text).unwrap(),
                None => std::fs::remove_file(file).unwrap(),
            }
        }
        check(&files.text()).unwrap_err()
    };
    let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let broken = "-----BEGIN CERTIFICATE-----\nA";
    let expired = Pair::until(2020, 2, 3);
    for (certificate, private, says) in [
        (
            None,
            Some(good.key.as_str()),
            format!("broker.tls.cert_file: can't read server certificate file {cert_name}: No such file"),
        ),
        (
            Some("x"),
            Some(&good.key),
            format!("broker.tls.cert_file: failed to find any PEM data in certificate input from: \"{cert_name}\""),
        ),
        (
            Some(junk),
            Some(&good.key),
            format!("broker.tls.cert_file: can't parse server certificate file {cert_name}: "),
        ),
        (
            Some(broken),
            Some(&good.key),
            format!("broker.tls.cert_file: can't parse server certificate file {cert_name}: "),
        ),
        (
            Some(&expired.certificate),
            Some(&expired.key),
            "broker.tls.cert_file: server certificate expired on 2020-02-03 00:00:00 +0000 UTC".to_owned(),
        ),
        (
            Some(&good.certificate),
            Some("x"),
            format!("broker.tls.key_file: failed to find any PEM data in key input from: \"{key_name}\""),
        ),
        (
            Some(&good.certificate),
            Some(&other.key),
            "broker.tls.key_file: tls: private key does not match public key".to_owned(),
        ),
        (
            Some(&good.certificate),
            None,
            format!("broker.tls.key_file: can't read server key file {key_name}: No such file"),
        ),
    ] {
        let findings = refused(certificate, private);
        assert!(findings.starts_with(&says), "{findings}\nbut should be\n{says}");
        assert_eq!(findings.lines().count(), 1, "{findings}");
        if private.is_none() {
            std::fs::write(&key, "").unwrap();
        }
        if certificate.is_none() {
            std::fs::write(&cert, "").unwrap();
        }
    }
    let both = refused(Some("x"), Some("y"));
    assert_eq!(both.lines().count(), 2, "{both}");
    assert!(!both.contains("PRIVATE"), "{both}");
    files.put(&good);
    assert!(check(&files.text()).is_ok());
}
