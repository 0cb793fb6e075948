//! One request from its head to its answer: span, credentials, version, route, call, echo, log line.
use crate::{
    answer::{Answer, Refusal, Trail, Trouble},
    calls,
    desk::Desk,
    headers, mgmt,
    routes::{self, Call, Query},
    tls::Peer,
};
use bytes::{Bytes, BytesMut};
use chandler_process::{TraceContext, traces};
use futures::FutureExt as _;
use http::{HeaderMap, Method, Request, Response, header::CONTENT_LENGTH};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Body;
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tracing::{Instrument as _, Span, field::Empty, info_span};

/// What a call gets to see of a request; its body is read only when the call wants it.
pub(crate) struct Asked<B> {
    pub(crate) headers: HeaderMap,
    pub(crate) query: Query,
    /// When its head had arrived, by the monotonic clock.
    pub(crate) began: Duration,
    /// The client's certificate, if it showed one.
    peer: Option<Peer>,
    body: B,
}

/// Answers a request. Nothing in a request can make this fail.
pub(crate) async fn answer<B>(desk: Arc<Desk>, peer: Option<Peer>, request: Request<B>) -> Response<Full<Bytes>>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
{
    let began = desk.clock.monotonic();
    let (head, body) = request.into_parts();
    let (method, path) = (head.method, head.uri.path().to_owned());
    let route = routes::find(&method, &path).map_or(routes::NO_ROUTE, |matched| matched.route);
    let identity = headers::request_identity_text(&head.headers);
    let echo = headers::request_identity(&head.headers).cloned();
    let span = info_span!(
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = %method,
        http.route = route,
        http.response.status_code = Empty,
        instance = Empty,
        binding = Empty,
        request_identity = identity,
    );
    if let Some(parent) = TraceContext::from_headers(&head.headers) {
        traces::set_parent(&span, &parent);
    }
    let asked = Asked {
        query: Query::read(head.uri.query()),
        headers: head.headers,
        began,
        peer,
        body,
    };
    async move {
        tracing::debug!("request begins");
        let deciding = AssertUnwindSafe(decide(&desk, &method, &path, asked)).catch_unwind();
        let answer = match tokio::time::timeout(desk.limits.request, deciding).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_panic)) => Trouble::Defect.into(),
            Err(_elapsed) => Trouble::OutOfTime.into(),
        };
        let trail = Trail {
            request: identity,
            trace: traces::trace_id_of_current(),
        };
        let mut response = answer.response(&trail);
        if let Some(echo) = echo.filter(|_| routes::is_ours(&path)) {
            response.headers_mut().insert(headers::REQUEST_IDENTITY, echo);
        }
        if method == Method::HEAD {
            without_body(&mut response);
        }
        let status = response.status();
        let took = desk.clock.monotonic().saturating_sub(began);
        Span::current().record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            Span::current().record("otel.status_code", "ERROR");
        }
        // Neither path nor query: an unknown path may be anything. Polls are many, and tell nothing new.
        let (status_code, took_ms) = (status.as_u16(), took.as_millis());
        if method == Method::GET && status.is_success() {
            tracing::debug!(%method, route, status = status_code, took_ms, "answered");
        } else {
            tracing::info!(%method, route, status = status_code, took_ms, "answered");
        }
        desk.metrics.answered(&method, route, status.as_u16(), took);
        response
    }
    .instrument(span)
    .await
}

/// HEAD: the length that the body would have, and no body.
fn without_body(response: &mut Response<Full<Bytes>>) {
    let length = response.body().size_hint().exact().unwrap_or_default();
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    *response.body_mut() = Full::default();
}

async fn decide<B>(desk: &Arc<Desk>, method: &Method, path: &str, asked: Asked<B>) -> Answer
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
{
    decided(desk, method, path, asked).await.unwrap_or_else(Answer::Refused)
}

/// Credentials first: whoever has none learns nothing, not even what exists.
async fn decided<B>(desk: &Arc<Desk>, method: &Method, path: &str, asked: Asked<B>) -> Result<Answer, Refusal>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
{
    if !routes::is_ours(path) {
        return Err(Refusal::NoSuchPath);
    }
    if !desk.door.lets_in(&asked.headers, asked.peer.as_ref(), desk.now()) {
        return Err(Refusal::Unauthorized);
    }
    if !routes::is_managed(path) {
        headers::check_version(&asked.headers)?;
    }
    let matched = routes::find(method, path).ok_or(Refusal::NoSuchPath)?;
    let call = matched.call.clone()?;
    if call == Call::Catalog {
        return Ok(calls::catalog::call(desk, &asked.headers));
    }
    let instance = matched.instance()?;
    Span::current().record("instance", instance.as_str());
    let binding = || {
        let binding = matched.binding()?;
        Span::current().record("binding", binding.as_str());
        Ok(binding)
    };
    match call {
        Call::Catalog => Err(Refusal::NoSuchPath),
        Call::Provision => calls::provision::call(desk, instance, asked).await,
        Call::Update => calls::update::call(desk, instance, asked).await,
        Call::Fetch => Ok(calls::fetch::call(desk, &instance).await),
        Call::Deprovision => calls::deprovision::call(desk, instance, &asked.headers, &asked.query).await,
        Call::LastOperation => Ok(calls::last_operation::call(desk, &instance, &asked.query).await),
        Call::Bind => calls::bind::call(desk, instance, binding()?, asked).await,
        Call::FetchBinding => Ok(calls::fetch_binding::call(desk, &instance, &binding()?).await),
        Call::Unbind => calls::unbind::call(desk, instance, binding()?, &asked).await,
        Call::Manage => mgmt::call(desk, instance, asked).await,
        Call::BindingLastOperation => {
            Ok(calls::binding_last_operation::call(desk, &instance, &binding()?, &asked.query).await)
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Asked<B> {
    /// The whole body, as long as it is neither too large nor too slow.
    pub(crate) async fn whole_body(&mut self, desk: &Desk) -> Result<Bytes, Refusal> {
        let limit = desk.limits.body_bytes;
        let said = self
            .headers
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if said.is_some_and(|said| said > u64::try_from(limit).unwrap_or(u64::MAX)) {
            return Err(Refusal::TooLarge(limit));
        }
        tokio::time::timeout(desk.limits.body, self.collect(limit))
            .await
            .map_err(|_| Refusal::TooSlow)?
    }

    async fn collect(&mut self, limit: usize) -> Result<Bytes, Refusal> {
        let mut all = BytesMut::new();
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|_| Refusal::Malformed("the body of the request broke off".to_owned()))?;
            let Ok(data) = frame.into_data() else { continue };
            if all.len() + data.len() > limit {
                return Err(Refusal::TooLarge(limit));
            }
            all.extend_from_slice(&data);
        }
        Ok(all.freeze())
    }
}
