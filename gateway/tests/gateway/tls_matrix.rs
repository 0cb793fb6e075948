//! Versions and cipher suites of TLS, as `openssl s_client` finds them. Without openssl nothing is tested here, and a
//! line says so.
use crate::https::{Ca, Files, Https, Pair};
use std::{path::Path, process::Stdio, time::Duration};
use tokio::{io::AsyncWriteExt as _, process::Command};

/// What the client tries, and what comes of it.
struct Try {
    args: &'static [&'static str],
    outcome: Outcome,
}

enum Outcome {
    /// These lines are in what it says of the connection.
    Agreed(&'static [&'static str]),
    /// The server answered with this alert.
    Alert(&'static str),
}

use Outcome::{Agreed, Alert};

// handshake_failure: no version, or no suite, that both have.
const NOTHING_SHARED: Outcome = Alert("alert number 40");

#[tokio::test]
async fn an_rsa_certificate_is_served_as_odb_serves_it() {
    if !installed().await {
        return;
    }
    let files = Files::of(&Pair::new());
    make_rsa(&files).await;
    let gateway = Https::start(&files.text()).await;
    let port = gateway.addr.port();
    for tried in [
        // The client itself must be willing, or nothing would be learnt.
        refused(&["-tls1", "-cipher", "ALL:@SECLEVEL=0"], NOTHING_SHARED),
        refused(&["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], NOTHING_SHARED),
        agreed(
            &["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"],
            &["TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"],
        ),
        agreed(
            &["-tls1_2", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384"],
            &["TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384"],
        ),
        refused(&["-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"], NOTHING_SHARED),
        refused(&["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA256"], NOTHING_SHARED),
        refused(&["-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA"], NOTHING_SHARED),
        refused(&["-tls1_2", "-cipher", "AES128-GCM-SHA256"], NOTHING_SHARED),
        refused(&["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"], NOTHING_SHARED),
        refused(&["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], NOTHING_SHARED),
        refused(
            &[
                "-tls1_2",
                "-cipher",
                "ALL:!ECDHE-RSA-AES128-GCM-SHA256:!ECDHE-RSA-AES256-GCM-SHA384",
            ],
            NOTHING_SHARED,
        ),
        agreed(
            &["-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"],
            &["TLSv1.3", "TLS_AES_128_GCM_SHA256"],
        ),
        agreed(
            &["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"],
            &["TLSv1.3", "TLS_AES_256_GCM_SHA384"],
        ),
        agreed(
            &["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"],
            &["TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256"],
        ),
        agreed(&[], &["TLSv1.3"]),
        agreed(&["-alpn", "h2,http/1.1"], &["ALPN protocol: h2"]),
        agreed(&["-alpn", "http/1.1"], &["ALPN protocol: http/1.1"]),
        agreed(&["-tls1_2", "-alpn", "http/1.1,h2"], &["ALPN protocol: h2"]),
        refused(&["-alpn", "spdy/1"], Alert("alert number 120")),
    ] {
        tried.hold(port, &files.certificate()).await;
    }
    gateway.stop().await;
}

#[tokio::test]
async fn a_key_of_an_elliptic_curve_has_the_same_suites_of_its_own() {
    if !installed().await {
        return;
    }
    let files = Files::of(&Pair::new());
    let gateway = Https::start(&files.text()).await;
    for tried in [
        agreed(
            &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"],
            &["TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"],
        ),
        agreed(
            &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"],
            &["TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384"],
        ),
        refused(
            &[
                "-tls1_2",
                "-cipher",
                "ALL:!ECDHE-ECDSA-AES128-GCM-SHA256:!ECDHE-ECDSA-AES256-GCM-SHA384",
            ],
            NOTHING_SHARED,
        ),
        agreed(&["-tls1_3"], &["TLSv1.3"]),
    ] {
        tried.hold(gateway.addr.port(), &files.certificate()).await;
    }
    gateway.stop().await;
}

#[tokio::test]
async fn client_certificates_right_wrong_and_none() {
    if !installed().await {
        return;
    }
    let (ca, other) = (Ca::new("ours"), Ca::new("theirs"));
    let files = Files::of(&Pair::new());
    let gateway = Https::start(&files.text_with_ca(&ca.pem(), "")).await;
    let ask = async |version: &str, pair: Option<Pair>| {
        let mut args = vec![version.to_owned()];
        if let Some(pair) = pair {
            let (cert, key) = (files.dir().join("client.crt"), files.dir().join("client.key"));
            std::fs::write(&cert, pair.certificate).unwrap();
            std::fs::write(&key, pair.key).unwrap();
            args.extend(["-cert".to_owned(), cert.display().to_string()]);
            args.extend(["-key".to_owned(), key.display().to_string()]);
        }
        let request = "GET /v2/catalog HTTP/1.1\r\nHost: x\r\nX-Broker-API-Version: 2.17\r\nConnection: close\r\n\r\n";
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        s_client(gateway.addr.port(), &files.certificate(), &args, request).await
    };
    for version in ["-tls1_2", "-tls1_3"] {
        let said = ask(version, Some(ca.client("cc"))).await;
        assert!(said.contains("HTTP/1.1 200 OK"), "{said}");
        let said = ask(version, None).await;
        assert!(said.contains("HTTP/1.1 401 Unauthorized"), "{said}");
        // Of an authority that isn't ours, and one that has ended.
        for (wrong, alert) in [
            (other.client("cc"), "alert number 48"),
            (ca.client_until("cc", 2020), "alert number 45"),
        ] {
            let said = ask(version, Some(wrong)).await;
            assert!(said.contains(alert) && !said.contains("HTTP/1.1"), "{said}");
        }
    }
    gateway.stop().await;
}

fn agreed(args: &'static [&'static str], lines: &'static [&'static str]) -> Try {
    let outcome = Agreed(lines);
    Try { args, outcome }
}

fn refused(args: &'static [&'static str], outcome: Outcome) -> Try {
    Try { args, outcome }
}

impl Try {
    async fn hold(&self, port: u16, ca: &Path) {
        let said = s_client(port, ca, self.args, "").await;
        match self.outcome {
            Agreed(lines) => {
                let all = lines.iter().all(|line| said.contains(line));
                assert!(
                    all && said.contains("Verify return code: 0 (ok)"),
                    "{:?}: {said}",
                    self.args
                );
            }
            Alert(alert) => assert!(said.contains(alert), "{:?}: {said}", self.args),
        }
    }
}

/// What openssl says, on stdout and stderr, when it connects and sends this.
async fn s_client(port: u16, ca: &Path, args: &[&str], input: &str) -> String {
    let mut command = Command::new("openssl");
    command
        .args([
            "s_client",
            "-connect",
            &format!("127.0.0.1:{port}"),
            "-servername",
            "localhost",
        ])
        .args(["-verify_return_error", "-CAfile"])
        .arg(ca)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // With something to send it waits for the end of the answer, without it leaves when its input ends.
    if !input.is_empty() {
        command.arg("-ign_eof");
    }
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // Who is refused may not read any more.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = tokio::time::timeout(Duration::from_secs(30), child.wait_with_output());
    let output = output.await.unwrap().unwrap();
    format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[expect(clippy::print_stderr, reason = "whoever reads the outcome of the tests shall know")]
async fn installed() -> bool {
    let there = Command::new("openssl").arg("version").output().await.is_ok();
    if !there {
        eprintln!("skipped: openssl is not installed");
    }
    there
}

/// ring makes no RSA keys.
async fn make_rsa(files: &Files) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .arg("-keyout")
        .arg(files.key())
        .arg("-out")
        .arg(files.certificate())
        .output()
        .await
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
