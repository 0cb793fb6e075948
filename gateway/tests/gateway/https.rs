//! A gateway with HTTPS, and certificates for it. What is asked of it here needs no bus.
use crate::config::{config_of, config_text};
use chandler_gateway::{Checked, Ended, Process, Reloader};
use chandler_process::{Clock, Health, ManualClock, Registry, Shutdown, SystemClock};
use chandler_proto::config::Config;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// A certificate with its key, PEM.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// Who signs.
pub(crate) struct Ca(CertifiedIssuer<'static, KeyPair>);

/// Where a gateway finds its certificate.
pub(crate) struct Files {
    dir: TempDir,
}

/// A gateway that serves HTTPS.
pub(crate) struct Https {
    pub(crate) addr: SocketAddr,
    pub(crate) health: Health,
    pub(crate) registry: Registry,
    pub(crate) reloader: Reloader,
    pub(crate) clock: ManualClock,
    shutdown: Shutdown,
    task: JoinHandle<Ended>,
}

impl Ca {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        Ca(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A client certificate with this DNS name.
    pub(crate) fn client(&self, name: &str) -> Pair {
        self.client_until(name, 2100)
    }

    /// One that ends with the beginning of a year.
    pub(crate) fn client_until(&self, name: &str, year: i32) -> Pair {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.not_after = date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().unwrap();
        Pair {
            certificate: params.signed_by(&key, &self.0).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }
}

impl Pair {
    /// For `localhost`, signed by itself, until the beginning of that day.
    pub(crate) fn until(year: i32, month: u8, day: u8) -> Self {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(year, month, day);
        let key = KeyPair::generate().unwrap();
        Pair {
            certificate: params.self_signed(&key).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }

    pub(crate) fn new() -> Self {
        Pair::until(2100, 1, 1)
    }

    /// A client that trusts this certificate and nobody else, with a new connection for each request.
    pub(crate) fn trusted_by(&self, addr: SocketAddr) -> ClientBuilder {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Client::builder()
            .no_proxy()
            .resolve("localhost", addr)
            .pool_max_idle_per_host(0)
            .tls_certs_only([reqwest::Certificate::from_pem(self.certificate.as_bytes()).unwrap()])
    }

    pub(crate) fn identity(&self) -> reqwest::Identity {
        reqwest::Identity::from_pem(format!("{}{}", self.certificate, self.key).as_bytes()).unwrap()
    }
}

impl Files {
    pub(crate) fn of(pair: &Pair) -> Self {
        let files = Files {
            dir: tempfile::tempdir().unwrap(),
        };
        files.put(pair);
        files
    }

    pub(crate) fn put(&self, pair: &Pair) {
        std::fs::write(self.certificate(), &pair.certificate).unwrap();
        std::fs::write(self.key(), &pair.key).unwrap();
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.dir().join("broker.crt")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.dir().join("broker.key")
    }

    /// The usual configuration with these files.
    pub(crate) fn text(&self) -> String {
        let tls = format!(
            "broker: {{tls: {{cert_file: {}, key_file: {}}}, ",
            self.certificate().display(),
            self.key().display()
        );
        config_text("nats://127.0.0.1:1").replace("broker: {", &tls)
    }

    /// That, and a CA of clients.
    pub(crate) fn text_with_ca(&self, pem: &str, more: &str) -> String {
        let quoted = serde_json::Value::from(pem);
        let gateway = format!("gateway: {{client_ca_cert: {quoted}, {more} ");
        self.text().replace("gateway: {", &gateway)
    }
}

/// Checks a configuration as a gateway does.
pub(crate) fn check(text: &str) -> Result<Checked, String> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config: Config = config_of(text);
    Checked::new(&config).map_err(|findings| findings.to_string())
}

impl Https {
    /// By a clock that shows the present and stands still.
    pub(crate) async fn start(text: &str) -> Self {
        let checked = check(text).unwrap_or_else(|findings| panic!("{findings}"));
        let clock = ManualClock::new(SystemClock::new().now_ms());
        let (health, shutdown) = (Health::new(), Shutdown::manual());
        let registry = Registry::new("test", &clock);
        let process = Process {
            clock: Arc::new(clock.clone()),
            registry: registry.clone(),
            health: health.clone(),
            shutdown: shutdown.clone(),
        };
        let gateway = checked.listen("127.0.0.1:0".parse().unwrap(), process).await.unwrap();
        Https {
            addr: gateway.addr(),
            health,
            registry,
            reloader: gateway.reloader(),
            clock,
            shutdown,
            task: tokio::spawn(gateway.run()),
        }
    }

    /// Asks for the catalog, without credentials.
    pub(crate) fn catalog(&self, client: &Client) -> RequestBuilder {
        client
            .get(format!("https://localhost:{}/v2/catalog", self.addr.port()))
            .header("X-Broker-API-Version", "2.17")
    }

    /// Asks with the right ones.
    pub(crate) async fn answers(&self, client: &Client) -> Result<Response, reqwest::Error> {
        self.catalog(client).basic_auth("broker", Some("p:ss")).send().await
    }

    /// What `/readyz` says of a check.
    pub(crate) fn reason(&self, check: &str) -> Option<String> {
        let checks = self.health.report().checks;
        checks.into_iter().find(|it| it.name == check)?.reason
    }

    /// A line of the metrics.
    pub(crate) fn shows(&self, line: &str) -> bool {
        self.registry.encode().lines().any(|it| it == line)
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap();
    }
}
