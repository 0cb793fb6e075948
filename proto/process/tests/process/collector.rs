//! A collector: takes OTLP over HTTP or HTTPS and keeps what it got.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What arrived: path, headers, content.
pub(crate) type Got = (String, HeaderMap, ExportTraceServiceRequest);

pub(crate) struct Collector {
    pub(crate) addr: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Collector {
    /// Answers each export with this status.
    pub(crate) async fn start(status: StatusCode) -> Self {
        Self::listen(status, None).await
    }

    /// The same over TLS, with the certificate of its authority in PEM.
    pub(crate) async fn start_tls() -> (Self, String) {
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let private = PrivateKeyDer::try_from(key.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![key.cert.der().clone()], private)
            .unwrap();
        let tls = TlsAcceptor::from(Arc::new(config));
        (Self::listen(StatusCode::OK, Some(tls)).await, key.cert.pem())
    }

    async fn listen(status: StatusCode, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = got.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, tls) = (kept.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, status, kept).await,
                        // A client that doesn't trust us ends it here.
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, status, kept).await;
                            }
                        }
                    }
                });
            }
        });
        Self { addr, got }
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        let scopes = self.got().into_iter().flat_map(|(.., request)| request.resource_spans);
        scopes
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans)
            .collect()
    }

    pub(crate) fn resource(&self, key: &str) -> Option<String> {
        use opentelemetry_proto::tonic::common::v1::any_value::Value::StringValue;
        let (.., request) = self.got().into_iter().next()?;
        let attributes = request.resource_spans.into_iter().next()?.resource?.attributes;
        match attributes
            .into_iter()
            .find(|attribute| attribute.key == key)?
            .value?
            .value?
        {
            StringValue(text) => Some(text),
            other => panic!("{key} is {other:?}"),
        }
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + 'static, status: StatusCode, kept: Arc<Mutex<Vec<Got>>>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let kept = kept.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let content = ExportTraceServiceRequest::decode(body).unwrap();
            kept.lock()
                .unwrap()
                .push((head.uri.path().to_owned(), head.headers, content));
            let mut answer = Response::new(Full::new(Bytes::new()));
            *answer.status_mut() = status;
            Ok::<_, hyper::Error>(answer)
        }
    });
    // A connection that breaks is seen by the missing spans.
    drop(
        hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}
