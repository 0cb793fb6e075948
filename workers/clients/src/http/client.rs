//! Sending: one attempt for writes, up to three for reads, never longer than the given limit.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use tokio::time::{Instant, sleep_until};

use tracing::{Instrument, Span};

use super::{Answer, Request, Trust, trace};
use crate::fault::{Fault, FaultKind};
use crate::text;

/// The pauses before the repeats of a read; there are no more repeats than pauses.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];

/// The largest body that is read. A list of 100,000 deployments is about 10 MB.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// How an [`Http`] is built.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Whom to trust.
    pub trust: Trust,
    /// Limit for name look-up, TCP and TLS together.
    pub connect_timeout: Duration,
    /// The `User-Agent` of each call.
    pub user_agent: String,
}

/// An HTTPS client. Clones share their connections.
///
/// Writes get a connection of their own: on one that was idle a request may vanish into a peer that has already
/// hung up, and then nobody knows whether it took effect.
#[derive(Clone)]
pub struct Http {
    reads: Client,
    writes: Client,
}

impl Http {
    /// Builds the client.
    ///
    /// # Errors
    /// A text for the operator, when certificates can't be used.
    pub fn new(settings: &HttpSettings) -> Result<Self, String> {
        Self::build(settings, true)
    }

    /// The same, which also calls addresses with `http://`: what is sent there can be read and changed on the way. For servers whose operator
    /// has chosen such an address, and for no other.
    ///
    /// # Errors
    /// A text for the operator, when certificates can't be used.
    pub(crate) fn also_in_clear(settings: &HttpSettings) -> Result<Self, String> {
        Self::build(settings, false)
    }

    fn build(settings: &HttpSettings, https_only: bool) -> Result<Self, String> {
        let build = |shape: fn(ClientBuilder) -> ClientBuilder| {
            let builder = Client::builder()
                .tls_backend_preconfigured(settings.trust.client_config()?)
                .http1_only()
                .https_only(https_only)
                .no_proxy()
                .redirect(Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .connect_timeout(settings.connect_timeout)
                .user_agent(&settings.user_agent);
            shape(builder)
                .build()
                .map_err(|e| format!("the HTTPS client can't be built: {}", chain(&e)))
        };
        Ok(Self {
            reads: build(|b| b.pool_idle_timeout(Duration::from_secs(30)).pool_max_idle_per_host(8))?,
            writes: build(|b| b.pool_max_idle_per_host(0))?,
        })
    }

    /// Sends a read, and repeats it at most twice when it got no answer or 502, 503 or 504, all within `limit`.
    ///
    /// # Errors
    /// [`FaultKind::NotSent`] or [`FaultKind::Unknown`]. An answer of any other status is not an error here.
    pub(crate) async fn read(&self, request: &Request, limit: Duration) -> Result<Answer, Fault> {
        let span = trace::call(request);
        self.repeated(&trace::inside(request, &span), limit)
            .instrument(span)
            .await
    }

    async fn repeated(&self, request: &Request, limit: Duration) -> Result<Answer, Fault> {
        let until = Instant::now() + limit;
        let mut pauses = PAUSES.into_iter();
        loop {
            let outcome = attempt(&self.reads, request, until).await;
            let again = match &outcome {
                Ok(answer) => matches!(answer.status.as_u16(), 502..=504),
                Err(_) => true,
            };
            let next = pauses.next().map(|pause| Instant::now() + pause);
            match next {
                Some(at) if again && at < until => sleep_until(at).await,
                _ => return outcome,
            }
        }
    }

    /// Sends a write, once. Everything ends at `until`: connecting, sending, the whole answer. When that is past nothing is
    /// sent. The caller takes the time as early as it can: what it does before is part of the limit.
    ///
    /// # Errors
    /// [`FaultKind::NotSent`] or [`FaultKind::Unknown`]. An answer of any status is not an error here.
    pub(crate) async fn write(&self, request: &Request, until: Instant) -> Result<Answer, Fault> {
        let span = trace::call(request);
        attempt(&self.writes, &trace::inside(request, &span), until)
            .instrument(span)
            .await
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

async fn attempt(client: &Client, request: &Request, until: Instant) -> Result<Answer, Fault> {
    let begun = Instant::now();
    if begun >= until {
        return Err(request.fault(FaultKind::NotSent, "no time was left for it"));
    }
    let outcome = match within(until, exchange(client, request)).await {
        Some(outcome) => outcome,
        None => {
            let waited = begun.elapsed().as_secs_f64();
            Err(request.fault(FaultKind::Unknown, format!("no whole answer within {waited:.1} s")))
        }
    };
    let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    match &outcome {
        Ok(answer) => {
            Span::current().record("http.response.status_code", answer.status.as_u16());
            tracing::debug!(call = request.name, status = answer.status.as_u16(), millis, "answered");
        }
        Err(fault) => {
            Span::current().record("otel.status_code", "ERROR");
            tracing::debug!(call = request.name, kind = %fault.kind, millis, "not answered")
        }
    }
    outcome
}

/// What `work` comes to by `until`; afterwards it isn't polled even once more. The clock is asked each time: when the
/// process stood still, the work may be woken before the timer is.
async fn within<F: Future>(until: Instant, work: F) -> Option<F::Output> {
    let (mut timer, mut work) = (pin!(sleep_until(until)), pin!(work));
    poll_fn(|context| {
        if Instant::now() >= until || timer.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        work.as_mut().poll(context).map(Some)
    })
    .await
}

async fn exchange(client: &Client, request: &Request) -> Result<Answer, Fault> {
    let mut sending = client
        .request(request.method.clone(), request.url.clone())
        .headers(request.headers.clone());
    if let Some(body) = &request.body {
        sending = sending.body(body.clone());
    }
    let mut response = sending.send().await.map_err(|e| {
        let unsent = e.is_connect() || e.is_builder();
        request.fault(if unsent { FaultKind::NotSent } else { FaultKind::Unknown }, chain(&e))
    })?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_BODY => {
                let what = format!("the answer is larger than {MAX_BODY} bytes");
                return Err(request.fault(FaultKind::Unknown, what));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            // What a redirect or an empty answer says is in its head.
            Err(_) if status.is_redirection() || status.as_u16() == 204 => break,
            Err(e) => {
                let what = format!("answered {status}, then broke off: {}", chain(&e));
                return Err(request.fault(FaultKind::Unknown, what));
            }
        }
    }
    Ok(Answer {
        call: request.name.clone(),
        status,
        headers,
        body: body.into(),
    })
}

/// The causes of an error in one line, without the URL and without repetitions.
fn chain(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        let part = error.to_string();
        if parts.last().is_none_or(|last| !last.contains(&part)) {
            parts.push(part);
        }
        cause = error.source();
    }
    if parts.is_empty() {
        parts.push("the request failed".to_owned());
    }
    text::cut(&parts.join(": "), 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The process stands still in the middle of a call, longer than the limit; then all is ready at once.
    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "the freeze itself")]
    async fn after_a_freeze_nothing_goes_on() {
        let mut polls = 0;
        let work = poll_fn(|context| {
            polls += 1;
            if polls > 1 {
                return Poll::Ready("sent");
            }
            std::thread::sleep(Duration::from_millis(60));
            context.waker().wake_by_ref();
            Poll::Pending
        });
        assert_eq!(within(Instant::now() + Duration::from_millis(20), work).await, None);
        assert_eq!(polls, 1);
    }

    #[tokio::test]
    async fn what_is_ready_in_time_counts_and_what_never_is_ends() {
        let limit = Duration::from_millis(20);
        assert_eq!(
            within(Instant::now() + Duration::from_secs(60), async { 1 }).await,
            Some(1)
        );
        assert_eq!(within(Instant::now() + limit, std::future::pending::<()>()).await, None);
        assert_eq!(within(Instant::now() - limit, async { 1 }).await, None);
    }
}
